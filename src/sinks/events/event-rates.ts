/**
 * Events of one stream that come in a flood: the first few go out at once, then one a second. Of a kind that has to wait
 * the last one goes out, with how many it stands for.
 */
export interface RatesOptions {
  /** At once. */
  readonly burst?: number;
  readonly intervalMs?: number;
}

interface Flow<T> {
  tokens: number;
  at: number;
  readonly waiting: Map<string, { event: T; suppressed: number }>;
  timer: NodeJS.Timeout | undefined;
}

const BURST = 10;
const INTERVAL_MS = 1_000;

export class EventRates<T> {
  readonly #flows = new Map<string, Flow<T>>();
  readonly #send: (event: T, suppressed: number) => void;
  readonly #burst: number;
  readonly #intervalMs: number;
  /** Events that others stand for. */
  suppressed = 0;

  constructor(send: (event: T, suppressed: number) => void, options: RatesOptions = {}) {
    this.#send = send;
    this.#burst = options.burst ?? BURST;
    this.#intervalMs = options.intervalMs ?? INTERVAL_MS;
  }

  /** Streams remembered. */
  get size(): number {
    return this.#flows.size;
  }

  offer(stream: string, kind: string, event: T): void {
    const flow = this.#flow(stream);
    this.#refill(flow);
    if (flow.waiting.size === 0 && flow.tokens >= 1) {
      flow.tokens--;
      this.#send(event, 0);
      return;
    }
    const before = flow.waiting.get(kind);
    if (before) this.suppressed++;
    // Behind the others: what is last is last.
    flow.waiting.delete(kind);
    flow.waiting.set(kind, { event, suppressed: before ? before.suppressed + 1 : 0 });
    flow.timer ??= setTimeout(() => this.#due(flow), this.#intervalMs).unref();
  }

  /** Sends what waits. */
  close(): void {
    for (const flow of this.#flows.values()) {
      clearTimeout(flow.timer);
      for (const { event, suppressed } of flow.waiting.values()) this.#send(event, suppressed);
    }
    this.#flows.clear();
  }

  #due(flow: Flow<T>): void {
    flow.timer = undefined;
    this.#refill(flow);
    for (const [kind, { event, suppressed }] of flow.waiting) {
      if (flow.tokens < 1) break;
      flow.tokens--;
      flow.waiting.delete(kind);
      this.#send(event, suppressed);
    }
    if (flow.waiting.size > 0) flow.timer = setTimeout(() => this.#due(flow), this.#intervalMs).unref();
  }

  #flow(stream: string): Flow<T> {
    const known = this.#flows.get(stream);
    if (known) return known;
    this.#forget();
    const flow: Flow<T> = {
      tokens: this.#burst,
      at: performance.now(),
      waiting: new Map(),
      timer: undefined,
    };
    this.#flows.set(stream, flow);
    return flow;
  }

  /** Flows that are as if they were new. */
  #forget(): void {
    for (const [stream, flow] of this.#flows) {
      this.#refill(flow);
      if (flow.waiting.size === 0 && flow.tokens >= this.#burst) this.#flows.delete(stream);
    }
  }

  #refill(flow: Flow<T>): void {
    const now = performance.now();
    flow.tokens = Math.min(this.#burst, flow.tokens + (now - flow.at) / this.#intervalMs);
    flow.at = now;
  }
}
