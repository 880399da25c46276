/** Publishes each stream's state: on change at most once a second, and now and then for those who came late. */
import type { NatsLink } from './nats-link.js';

export interface StatusSinkOptions {
  readonly link: Pick<NatsLink, 'state' | 'publish' | 'watch'>;
  subject(stream: string): string;
  readonly minIntervalMs?: number;
  /** Unchanged states are said again this often. */
  readonly repeatMs?: number;
}

/** Makes the message when it is sent: its times are right then, however long it waited. */
export type StatusSource = () => object;

interface Entry {
  source: StatusSource;
  sentAt: number;
  timer: NodeJS.Timeout | undefined;
  /** To be sent at the next opportunity. */
  pending: boolean;
  /** The stream is gone: one message more, and no other. */
  last: boolean;
}

const NEW = { sentAt: Number.NEGATIVE_INFINITY, timer: undefined, pending: false, last: false };
const MIN_INTERVAL_MS = 1_000;
const REPEAT_MS = 10_000;
/** Last messages kept while NATS is away; the oldest go first. */
const MAX_LAST = 1024;

export class StatusSink {
  readonly #options: StatusSinkOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #repeat: NodeJS.Timeout;
  readonly #unwatch: () => void;
  #closed = false;

  constructor(options: StatusSinkOptions) {
    this.#options = options;
    this.#repeat = setInterval(() => this.#sendAll(), options.repeatMs ?? REPEAT_MS);
    this.#unwatch = options.link.watch((state) => {
      if (state.kind === 'connected') this.#sendAll();
    });
  }

  /** The last value wins. */
  set(stream: string, source: StatusSource): void {
    this.#put(stream, source, false);
  }

  /** Somebody else speaks for it from now on: what waits is not sent. */
  drop(stream: string): void {
    this.#forget(stream);
  }

  /** The stream's last message: said once, then nothing of the stream is kept. */
  end(stream: string, source: StatusSource): void {
    this.#put(stream, source, true);
    const ended = [...this.#entries].filter(([, entry]) => entry.last);
    for (const [oldest] of ended.slice(0, Math.max(0, ended.length - MAX_LAST))) this.#forget(oldest);
  }

  /** Streams remembered. */
  get size(): number {
    return this.#entries.size;
  }

  /** Sends what still waits. Nothing is sent afterwards. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#repeat);
    this.#unwatch();
    for (const [stream, entry] of this.#entries) {
      clearTimeout(entry.timer);
      if (entry.pending) this.#send(stream, entry);
    }
    this.#entries.clear();
  }

  get #interval(): number {
    return this.#options.minIntervalMs ?? MIN_INTERVAL_MS;
  }

  #put(stream: string, source: StatusSource, last: boolean): void {
    if (this.#closed) return;
    const entry = this.#entries.get(stream) ?? { ...NEW, source };
    this.#entries.set(stream, Object.assign(entry, { source, last }));
    this.#want(stream, entry);
  }

  #sendAll(): void {
    for (const [stream, entry] of this.#entries) if (entry.pending || !entry.last) this.#want(stream, entry);
  }

  #want(stream: string, entry: Entry): void {
    entry.pending = true;
    if (entry.timer) return;
    const wait = entry.sentAt + this.#interval - performance.now();
    if (wait <= 0) this.#send(stream, entry);
    else this.#wait(stream, entry, wait);
  }

  #wait(stream: string, entry: Entry, ms: number): void {
    entry.timer = setTimeout(() => {
      entry.timer = undefined;
      if (entry.pending) this.#send(stream, entry);
      else if (entry.last) this.#forget(stream);
    }, ms);
  }

  #send(stream: string, entry: Entry): void {
    if (this.#options.link.state.kind !== 'connected') return;
    entry.sentAt = performance.now();
    try {
      const text = JSON.stringify(entry.source());
      this.#options.link.publish(this.#options.subject(stream), Buffer.from(text));
    } catch {
      // Lost between two states of the connection: the next connection sends all again.
      return;
    }
    entry.pending = false;
    // Forgotten only when it may speak again: a stream that comes and goes keeps to the limit.
    if (entry.last && !this.#closed) this.#wait(stream, entry, this.#interval);
  }

  #forget(stream: string): void {
    clearTimeout(this.#entries.get(stream)?.timer);
    this.#entries.delete(stream);
  }
}
