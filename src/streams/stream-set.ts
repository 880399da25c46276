/** All streams of one pipeline: slots, native events, the watchdog. */
import type { Counters } from '../native/counters.js';
import type { NativeEvent, SourceParams } from '../native/types.js';
import { type Clock, systemClock } from './clock.js';
import { HandshakeBudget } from './handshake-budget.js';
import type { Cause } from './retry.js';
import { DEFAULT_RULES, type StreamState, stallMs } from './stream-state.js';
import { type SourceHost, StreamSupervisor } from './stream-supervisor.js';

export interface StreamDeclaration {
  readonly id: string;
  /** Declared frame rate; 0 when unknown. */
  readonly fps: number;
  /** What the pipeline is to connect to; called for every connection, and may throw. */
  source(epoch: number): SourceParams;
}

export interface StreamSetOptions {
  readonly host: SourceHost;
  /** Shared by all pipelines of the appliance. */
  readonly budget?: HandshakeBudget;
  readonly clock?: Clock;
  onChange(id: string, state: StreamState, previous: StreamState): void;
  onFatal(error: unknown): void;
}

/** An event that says which source it is about. */
type SourceEvent = Extract<NativeEvent, { slot: number }>;

function causeOf({ cause, status }: Extract<NativeEvent, { type: 'source-error' }>): Cause {
  if (cause === 'pipeline') return 'source';
  // Without a status no camera has answered: that is the network's failure and soon tried again.
  return cause === 'unavailable' && status === undefined ? 'unreachable' : cause;
}

export class StreamSet {
  /** By slot. */
  readonly #streams: readonly StreamSupervisor[];

  /** The n-th declaration takes slot n. */
  constructor(declared: readonly StreamDeclaration[], options: StreamSetOptions) {
    const { host, budget = new HandshakeBudget(), clock = systemClock } = options;
    this.#streams = declared.map(
      (stream, slot) =>
        new StreamSupervisor({
          id: stream.id,
          slot,
          host,
          budget,
          clock,
          rules: { ...DEFAULT_RULES, random: clock.random, stallMs: stallMs(stream.fps) },
          source: stream.source,
          onChange: (state, previous) => options.onChange(stream.id, state, previous),
          onFatal: options.onFatal,
        }),
    );
  }

  [Symbol.iterator](): Iterator<StreamSupervisor> {
    return this.#streams[Symbol.iterator]();
  }

  find(id: string): StreamSupervisor | undefined {
    return this.#streams.find((stream) => stream.id === id);
  }

  start(): void {
    for (const stream of this.#streams) stream.start();
  }

  async close(): Promise<void> {
    await Promise.all(this.#streams.map((stream) => stream.close()));
  }

  /** Whether the event is about the current connection of a declared stream; older ones are dropped. */
  current(event: SourceEvent): StreamSupervisor | undefined {
    const stream = this.#streams[event.slot];
    return stream?.state.epoch === event.epoch ? stream : undefined;
  }

  handle(event: SourceEvent): void {
    const stream = this.current(event);
    if (event.type === 'first-frame') stream?.dispatch({ type: 'firstFrame', epoch: event.epoch });
    if (event.type === 'source-error') {
      stream?.dispatch({ type: 'lost', epoch: event.epoch, cause: causeOf(event), message: event.message });
    }
  }

  /** The watchdog's round. */
  tick(counters: Counters): void {
    for (const stream of this.#streams) {
      stream.dispatch({ type: 'tick', frames: counters.slot(stream.slot, 'frames') });
    }
  }
}
