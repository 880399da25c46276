/**
 * Hands the events of a spool to JetStream, in order, with a bounded number on the way. What was taken leaves the spool.
 * An event that may have been taken without our hearing of it is looked up in the stream before it is sent once more:
 * JetStream's own memory of ids does not last as long as an outage may.
 */
import type { NatsLink } from '../nats-link.js';
import { RequestFailed } from '../nats-request.js';
import { pause, withinMs } from '../pause.js';
import type { Entry, Spool } from '../spool/spool.js';
import { Consumers } from './consumers.js';
import { ensureEventStream, type EventStreamSpec, namesOf, type Ready } from './event-stream.js';
import { ApiError, JetStream, messageId } from './jetstream.js';
import { type JetStreamProblem, type Refusal, refusalOf, takenByAnother } from './problems.js';

export type JetStreamState =
  /** There is no connection to NATS. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'checking' }
  | { readonly kind: 'ready'; readonly notes?: readonly string[] }
  | {
      readonly kind: 'refused';
      readonly problem: JetStreamProblem;
      readonly message: string;
      readonly remedy: string;
    };

export interface OutboxOptions extends EventStreamSpec {
  readonly link: Pick<NatsLink, 'state' | 'watch' | 'request'>;
  readonly spool: Pick<Spool, 'opened' | 'problem' | 'next' | 'rewind' | 'settle' | 'seq' | 'waiting'>;
  onState(state: JetStreamState): void;
  /** Most events on the way. */
  readonly window?: number;
  readonly ackMs?: number;
  readonly retryMs?: number;
  /** How often it is asked who reads the stream. */
  readonly consumersMs?: number;
}

export interface OutboxCounts {
  /** Taken by JetStream. */
  acknowledged: number;
  /** Of those, how many it had already when we sent or were about to send them again. */
  repeated: number;
  /** Never taken, whoever asks: too large. */
  refused: number;
}

const WINDOW = 256;
const ACK_MS = 5_000;
const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 10_000;
/** For what an earlier process left, before what is new goes out ahead of it. */
const OPEN_MS = 2_000;
const CLOSE_MS = 1_000;
/** Message size exceeds the maximum of the stream. */
const TOO_LARGE = 10054;

export class EventOutbox {
  readonly consumers: Consumers;
  readonly counts: OutboxCounts = { acknowledged: 0, repeated: 0, refused: 0 };
  readonly #options: OutboxOptions;
  readonly #api: JetStream;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  readonly #unwatch: () => void;
  /** Counts connections. */
  #generation = 0;
  #again = new AbortController();
  #state: JetStreamState = { kind: 'waiting' };
  #ready: JetStreamState = { kind: 'ready' };
  readonly #onTheWay = new Set<Promise<void>>();
  #problem: Refusal | undefined;
  #sent = 0;
  #news = true;
  #wakeUp = () => {};
  /** Who waits for an event to leave the spool, or for another state. */
  #onProgress: (() => void)[] = [];

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#api = new JetStream(options.link);
    this.consumers = new Consumers(this.#api, namesOf(options).stream, options.consumersMs);
    this.#unwatch = options.link.watch((_, problem) => {
      if (problem === undefined) this.#linkChanged();
    });
    this.#running = this.#run();
  }

  get state(): JetStreamState {
    return this.#state;
  }

  /** There may be something to send, or to hope for. */
  wake(): void {
    this.#news = true;
    this.#wakeUp();
    this.#progress();
  }

  /** Resolves when nothing waits any more; never where `close` comes first. */
  async emptied(): Promise<void> {
    const { spool } = this.#options;
    await spool.opened;
    while (spool.waiting > 0 || spool.problem !== undefined) await this.#progressed();
  }

  /** Sends what waits, for at most a second. */
  async close(): Promise<void> {
    await withinMs(CLOSE_MS, this.#sentAll());
    this.#closing.abort();
    this.#unwatch();
    this.#again.abort();
    this.wake();
    await withinMs(CLOSE_MS, this.#running);
  }

  /** Or there is nobody to send it to. */
  async #sentAll(): Promise<void> {
    while (this.#options.spool.waiting > 0 && this.#state.kind === 'ready') await this.#progressed();
  }

  #progressed(): Promise<void> {
    return new Promise((resolve) => void this.#onProgress.push(resolve));
  }

  #progress(): void {
    for (const resolve of this.#onProgress.splice(0)) resolve();
  }

  get #connected(): boolean {
    return this.#options.link.state.kind === 'connected' && !this.#closing.signal.aborted;
  }

  #linkChanged(): void {
    this.#generation++;
    this.#again.abort();
    this.wake();
  }

  async #run(): Promise<void> {
    const { spool, retryMs = RETRY_MS } = this.#options;
    const { signal } = this.#closing;
    await withinMs(OPEN_MS, spool.opened);
    for (let failures = 0; !signal.aborted;) {
      this.#again = new AbortController();
      const refusal = this.#connected ? await this.#session() : undefined;
      if (refusal) this.#enter({ kind: 'refused', ...refusal });
      else if (!this.#connected) this.#enter({ kind: 'waiting' });
      failures = refusal ? failures + 1 : 0;
      const ms = Math.min(LONGEST_RETRY_MS, retryMs * 2 ** (failures - 1)) * (0.9 + 0.2 * Math.random());
      if (refusal) await pause(ms, signal, this.#again.signal);
      else await this.#connection();
    }
  }

  /** Until the connection ends or JetStream refuses. */
  async #session(): Promise<Refusal | undefined> {
    const generation = this.#generation;
    if (this.#state.kind !== 'refused') this.#enter({ kind: 'checking' });
    const found = await ensureEventStream(this.#api, this.#options);
    if (this.#generation !== generation) return undefined;
    if ('problem' in found) return found;
    const { notes } = found;
    this.#ready = { kind: 'ready', ...(notes.length > 0 && { notes }) };
    if (this.#state.kind !== 'refused') this.#enter(this.#ready);
    this.#problem = undefined;
    using _watch = found.open ? this.consumers.watch() : undefined;
    await this.#drain(found, () => this.#connected && this.#generation === generation && !this.#problem);
    await Promise.allSettled(this.#onTheWay);
    return this.#generation === generation ? this.#problem : undefined;
  }

  async #drain(found: Ready, going: () => boolean): Promise<void> {
    const { spool, window = WINDOW } = this.#options;
    const taken = new Taken(this.#api, namesOf(this.#options).stream, spool.seq, found);
    const doubtful = Math.max(0, this.#sent);
    spool.rewind();
    while (going()) {
      this.#news = false;
      const entries = this.#onTheWay.size < window ? await this.#read(window - this.#onTheWay.size) : [];
      // Nothing is refused while there is nothing to refuse.
      if (entries.length === 0 && this.#onTheWay.size === 0 && this.#state.kind === 'refused')
        this.#enter(this.#ready);
      for (const entry of entries) {
        if (!going()) return;
        const seq = entry.n <= doubtful ? await taken.seq(entry) : undefined;
        if (seq === undefined) this.#send(entry);
        else this.#settle(entry, seq, true);
      }
      if (entries.length === 0) await this.#change();
    }
  }

  async #read(most: number): Promise<Entry[]> {
    try {
      return await this.#options.spool.next(most);
    } catch {
      // The spool tells what is wrong with its disk.
      await pause(this.#options.retryMs ?? RETRY_MS, this.#closing.signal, this.#again.signal);
      return [];
    }
  }

  #send(entry: Entry): void {
    this.#sent = Math.max(this.#sent, entry.n);
    const sending = this.#publish(entry).finally(() => {
      this.#onTheWay.delete(sending);
      this.wake();
    });
    this.#onTheWay.add(sending);
  }

  async #publish(entry: Entry): Promise<void> {
    const { ackMs = ACK_MS } = this.#options;
    const names = namesOf(this.#options);
    // Not `Nats-Expected-Stream`: with nats-server 2.9 a stream that is fed from ours takes no message that has it.
    const headers = { 'Nats-Msg-Id': entry.id };
    try {
      const ack = await this.#api.publish(entry.subject, entry.data, { headers, timeoutMs: ackMs });
      if (ack.stream !== names.stream) throw takenByAnother(ack.stream, entry.subject);
      this.#settle(entry, ack.seq, ack.duplicate === true);
      if (this.#state.kind === 'refused') this.#enter(this.#ready);
    } catch (error) {
      if (isTooLarge(error)) {
        this.counts.refused++;
        this.#options.spool.settle(entry);
        this.#progress();
      } else if (!(error instanceof RequestFailed && error.fault === 'lost')) {
        this.#problem ??= refusalOf(error, names);
      }
    }
  }

  #settle(entry: Entry, seq: number, repeated: boolean): void {
    this.counts.acknowledged++;
    if (repeated) this.counts.repeated++;
    this.#options.spool.settle(entry, seq);
    this.#progress();
  }

  async #connection(): Promise<void> {
    while (!this.#connected && !this.#closing.signal.aborted) {
      this.#news = false;
      await this.#change();
    }
  }

  async #change(): Promise<void> {
    if (this.#news) return;
    await new Promise<void>((resolve) => {
      this.#wakeUp = resolve;
    });
    this.#wakeUp = () => {};
  }

  #enter(state: JetStreamState): void {
    const same = JSON.stringify(state) === JSON.stringify(this.#state);
    this.#state = state;
    this.#progress();
    if (!same) this.#options.onState(state);
  }
}

function isTooLarge(error: unknown): boolean {
  if (error instanceof ApiError) return error.errCode === TOO_LARGE;
  return error instanceof RequestFailed && error.fault === 'too-large';
}

/** Which events the stream has got, of those sent after number `seq`. Each subject is looked at once. */
class Taken {
  readonly #bySubject = new Map<string, Promise<ReadonlyMap<string, number>>>();

  constructor(
    private readonly api: JetStream,
    private readonly stream: string,
    private readonly after: number,
    private readonly found: Ready,
  ) {}

  /** Undefined where it has not. */
  async seq({ id, subject }: Entry): Promise<number | undefined> {
    const known = this.#bySubject.get(subject) ?? this.#look(subject);
    this.#bySubject.set(subject, known);
    return (await known).get(id);
  }

  async #look(subject: string): Promise<ReadonlyMap<string, number>> {
    const ids = new Map<string, number>();
    const { lastSeq } = this.found;
    // A stream that was made anew counts anew.
    let from = this.after > lastSeq ? 1 : this.after + 1;
    try {
      while (from <= lastSeq) {
        const message = await this.api.messageFrom(this.stream, from, subject);
        if (!message) break;
        const id = messageId(message);
        if (id !== undefined) ids.set(id, message.seq);
        from = message.seq + 1;
      }
    } catch {
      // JetStream's own memory of ids has to do.
    }
    return ids;
  }
}
