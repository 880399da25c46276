/** What of a stream's life is an event: that it is live, lost or failed, and what happened to a connection that goes on. */
import type { Emit } from '../sinks/events/event-sink.js';
import type { Clock } from '../streams/clock.js';
import type { Incident, StreamState } from '../streams/stream-types.js';

export interface StreamEventsContext {
  readonly stream: string;
  readonly emit: Emit;
  readonly clock: Pick<Clock, 'wall' | 'now'>;
  /** Takes credentials out. */
  clean(text: string): string;
}

export class StreamEvents {
  readonly #context: StreamEventsContext;
  /** What is known of the stream outside: `failed` with its cause. */
  #told = '';

  constructor(context: StreamEventsContext) {
    this.#context = context;
  }

  change(state: StreamState, format: object | undefined): void {
    const { kind, cause, message, retryAt, attempt } = state;
    if (kind === 'live' && this.#told !== 'live') {
      this.#told = 'live';
      this.#emit(state, 'live', 'frames arrive', format ? { format } : {});
    }
    if (kind === 'live' || kind === 'stalled' || kind === 'stopped') return;
    const data = { cause, attempt, ...(retryAt !== undefined && { retryAt: this.#iso(retryAt) }) };
    if (this.#told === 'live') {
      this.#told = 'lost';
      // Who asked for it knows.
      if (cause !== 'restart' && cause !== 'changed')
        this.#emit(state, 'lost', message ?? cause ?? kind, data);
    }
    if (kind !== 'failed' || this.#told === `failed ${cause}`) return;
    this.#told = `failed ${cause}`;
    this.#emit(state, 'failed', message ?? cause ?? kind, data);
  }

  incident(state: StreamState, incident: Incident, message: string): void {
    this.#emit(state, incident, message, {});
  }

  #emit(
    { epoch }: StreamState,
    kind: string,
    message: string,
    data: Readonly<Record<string, unknown>>,
  ): void {
    const { stream, emit, clock, clean } = this.#context;
    emit({ stream, kind, time: clock.wall(clock.now()), epoch, message: clean(message), data });
  }

  #iso(at: number): string {
    return new Date(this.#context.clock.wall(at)).toISOString();
  }
}
