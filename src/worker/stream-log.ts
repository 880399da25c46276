/** A stream's log: its life and why at `info` and `warn`, how it gets there at `debug`. */
import type { Incident, StreamState, Trouble } from '../streams/stream-types.js';
import type { Logger } from './log.js';
import type { StreamFormat } from './status.js';

export class StreamLog {
  readonly #log: Logger;
  readonly #clean: (text: string) => string;

  /** `log` is a child of the worker's, bound to the stream. */
  constructor(log: Logger, clean: (text: string) => string) {
    this.#log = log;
    this.#clean = clean;
  }

  /** `now` is a moment of the streams' clock. */
  change(state: StreamState, previous: StreamState, now: number): void {
    if (state.kind !== previous.kind) this.#kind(state, previous, now);
    else if (state.phase !== previous.phase) this.#log.debug(about(state), state.phase ?? state.kind);
    this.#troubles(state, previous);
  }

  format(epoch: number, format: StreamFormat): void {
    this.#log.info({ epoch, ...format }, 'format');
  }

  warning(epoch: number, message: string): void {
    this.#log.warn({ epoch }, this.#clean(message));
  }

  incident(epoch: number, incident: Incident, message: string): void {
    this.#log.info({ epoch, incident, reason: this.#clean(message) }, 'incident');
  }

  #kind(state: StreamState, previous: StreamState, now: number): void {
    const { kind, cause, message, retryAt } = state;
    const troubled = kind === 'failed' || kind === 'waiting' || kind === 'stalled';
    const details = {
      ...about(state),
      ...(troubled && { cause, reason: message && this.#clean(message) }),
      ...(retryAt !== undefined && { retryInMs: Math.round(retryAt - now) }),
    };
    // Another attempt at what is known to be down is mechanics.
    const again = kind === 'connecting' && previous.kind !== 'stopped';
    this.#log[troubled ? 'warn' : again ? 'debug' : 'info'](details, kind);
  }

  #troubles(state: StreamState, previous: StreamState): void {
    const has = (list: readonly Trouble[], { kind }: Trouble) => list.some((each) => each.kind === kind);
    for (const trouble of state.troubles.filter((each) => !has(previous.troubles, each)))
      this.#log.warn({ ...about(state), reason: this.#clean(trouble.message) }, trouble.kind);
    for (const trouble of previous.troubles.filter((each) => !has(state.troubles, each)))
      this.#log.info(about(state), `${trouble.kind} is over`);
  }
}

function about({ epoch, phase }: StreamState) {
  return { epoch, ...(phase !== undefined && { phase }) };
}
