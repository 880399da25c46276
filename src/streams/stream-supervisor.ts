/** One camera's supervisor: feeds the reducer and carries out its effects. */
import type { SourceParams } from '../native/types.js';
import type { Clock } from './clock.js';
import type { HandshakeBudget } from './handshake-budget.js';
import type { Cause } from './retry.js';
import {
  initialState,
  next,
  type StreamEffect,
  type StreamEvent,
  type StreamRules,
  type StreamState,
} from './stream-state.js';

/** The part of a pipeline a stream needs. */
export interface SourceHost {
  addSource(slot: number, source: SourceParams): Promise<void>;
  removeSource(slot: number): Promise<void>;
}

export interface StreamSupervisorOptions {
  readonly id: string;
  readonly slot: number;
  readonly host: SourceHost;
  readonly budget: HandshakeBudget;
  readonly clock: Clock;
  readonly rules: StreamRules;
  /** Called for every connection: secrets are read anew, and may throw. */
  source(epoch: number): SourceParams;
  /** Every change of kind, epoch or cause. Not called again once `close()` has settled. */
  onChange(state: StreamState, previous: StreamState): void;
  /** A source that cannot be removed: only a new process helps. */
  onFatal(error: unknown): void;
}

export class StreamSupervisor {
  readonly #options: StreamSupervisorOptions;
  #state: StreamState;
  #release: (() => void) | undefined;
  #unschedule: (() => void) | undefined;
  /** Calls into the pipeline, one after the other: a removal waits for the addition before it. */
  #calls: Promise<void> = Promise.resolve();

  constructor(options: StreamSupervisorOptions) {
    this.#options = options;
    this.#state = initialState(options.clock.now());
  }

  get id(): string {
    return this.#options.id;
  }

  get slot(): number {
    return this.#options.slot;
  }

  get state(): StreamState {
    return this.#state;
  }

  start(): void {
    this.dispatch({ type: 'start' });
  }

  /** Resolves when nothing of the stream is left in the pipeline. */
  async close(): Promise<void> {
    this.dispatch({ type: 'stop' });
    await this.#calls;
  }

  dispatch(event: StreamEvent): void {
    const { clock, rules, onChange } = this.#options;
    const previous = this.#state;
    const [state, effects] = next(previous, event, clock.now(), rules);
    this.#state = state;
    for (const effect of effects) this.#apply(effect);
    const changed =
      state.kind !== previous.kind || state.epoch !== previous.epoch || state.cause !== previous.cause;
    if (changed) onChange(state, previous);
  }

  #apply(effect: StreamEffect): void {
    const { budget, clock } = this.#options;
    switch (effect.type) {
      case 'acquire':
        this.#release = budget.acquire(() => this.dispatch({ type: 'granted' }));
        return;
      case 'release':
        this.#release?.();
        this.#release = undefined;
        return;
      case 'schedule':
        this.#unschedule = clock.schedule(effect.at, () => this.dispatch({ type: 'retryDue' }));
        return;
      case 'unschedule':
        this.#unschedule?.();
        this.#unschedule = undefined;
        return;
      case 'add':
        this.#enqueue(() => this.#add(effect.epoch));
        return;
      case 'remove':
        this.#enqueue(() => this.#remove(effect.epoch));
        return;
    }
  }

  #enqueue(call: () => Promise<void>): void {
    this.#calls = this.#calls.then(call);
  }

  async #add(epoch: number): Promise<void> {
    const { host, slot, source } = this.#options;
    if (this.#state.source !== 'adding' || this.#state.epoch !== epoch) return;
    let cause: Cause = 'config';
    try {
      const params = source(epoch);
      cause = 'source';
      await host.addSource(slot, params);
      this.dispatch({ type: 'added', epoch });
    } catch (error) {
      this.dispatch({ type: 'lost', epoch, cause, message: (error as Error).message });
    }
  }

  async #remove(epoch: number): Promise<void> {
    try {
      await this.#options.host.removeSource(this.#options.slot);
      this.dispatch({ type: 'removed', epoch });
    } catch (error) {
      this.#options.onFatal(error);
    }
  }
}
