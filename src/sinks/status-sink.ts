/** Publishes each stream's state: on change at most once a second, and now and then for those who came late. */
import type { NatsLink } from './nats-link.js';

export interface StatusSinkOptions {
  readonly link: Pick<NatsLink, 'state' | 'publish' | 'watch'>;
  subject(stream: string): string;
  readonly minIntervalMs?: number;
  /** Unchanged states are said again this often. */
  readonly repeatMs?: number;
}

interface Slot {
  message: object;
  sentAt: number;
  timer: NodeJS.Timeout | undefined;
}

const MIN_INTERVAL_MS = 1_000;
const REPEAT_MS = 10_000;

export class StatusSink {
  readonly #options: StatusSinkOptions;
  readonly #slots = new Map<string, Slot>();
  readonly #repeat: NodeJS.Timeout;
  readonly #unwatch: () => void;

  constructor(options: StatusSinkOptions) {
    this.#options = options;
    this.#repeat = setInterval(() => this.#sendAll(), options.repeatMs ?? REPEAT_MS);
    this.#unwatch = options.link.watch((state) => {
      if (state.kind === 'connected') this.#sendAll();
    });
  }

  /** The last value wins. */
  set(stream: string, message: object): void {
    const slot = this.#slots.get(stream) ?? { message, sentAt: Number.NEGATIVE_INFINITY, timer: undefined };
    this.#slots.set(stream, slot);
    slot.message = message;
    if (slot.timer) return;
    const wait = slot.sentAt + this.#interval - performance.now();
    if (wait <= 0) this.#send(stream, slot);
    else slot.timer = setTimeout(() => this.#send(stream, slot), wait);
  }

  /** Sends what still waits. Nothing is sent afterwards. */
  close(): void {
    clearInterval(this.#repeat);
    this.#unwatch();
    for (const [stream, slot] of this.#slots) if (slot.timer) this.#send(stream, slot);
    this.#slots.clear();
  }

  get #interval(): number {
    return this.#options.minIntervalMs ?? MIN_INTERVAL_MS;
  }

  #sendAll(): void {
    for (const [stream, slot] of this.#slots) this.set(stream, slot.message);
  }

  #send(stream: string, slot: Slot): void {
    clearTimeout(slot.timer);
    slot.timer = undefined;
    if (this.#options.link.state.kind !== 'connected') return;
    slot.sentAt = performance.now();
    try {
      this.#options.link.publish(this.#options.subject(stream), Buffer.from(JSON.stringify(slot.message)));
    } catch {
      // Lost between two states of the connection: the next connection sends all again.
    }
  }
}
