/** One camera's supervisor: feeds the reducer and carries out its effects. */
import type { SourceParams } from '../native/types.js';
import type { Clock } from './clock.js';
import { ConnectFailure } from './connect-failure.js';
import type { Turns } from './handshake-budget.js';
import { type Cause, CAUSES, VAGUE } from './retry.js';
import {
  type Incident,
  INCIDENTS,
  initialState,
  next,
  type SlotSample,
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
  readonly budget: Turns;
  readonly clock: Clock;
  /** Read for every event. */
  readonly rules: StreamRules;
  /** For every connection anew: secrets, names. May reject with ConnectFailure; anything else is `config`. */
  source(epoch: number): Promise<SourceParams>;
  /** Looks more closely at a failure that says little; undefined: nothing better is known. */
  diagnose?(epoch: number): Promise<{ readonly cause: Cause; readonly message: string } | undefined>;
  /** Every change of what a status shows. Not called again once `close()` has settled. */
  onChange(state: StreamState, previous: StreamState): void;
  onIncident?(incident: Incident, message: string): void;
  /** A source that cannot be removed: only a new process helps. */
  onFatal(error: unknown): void;
}

type Lost = Extract<StreamEvent, { type: 'lost' }>;

export class StreamSupervisor {
  /** Connections that ended, and what happened to those that went on. */
  readonly losses: Readonly<Record<Cause, number>>;
  readonly incidents: Readonly<Record<Incident, number>>;
  readonly #losses = zeros(CAUSES);
  readonly #incidents = zeros(INCIDENTS);
  readonly #options: StreamSupervisorOptions;
  #state: StreamState;
  #params: SourceParams | undefined;
  #release: (() => void) | undefined;
  #unschedule: (() => void) | undefined;
  /** Calls into the pipeline, one after the other: a removal waits for the addition before it. */
  #calls: Promise<void> = Promise.resolve();

  constructor(options: StreamSupervisorOptions) {
    this.#options = options;
    this.#state = initialState(options.clock.now());
    this.losses = this.#losses;
    this.incidents = this.#incidents;
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
    this.#step({ type: 'start' });
  }

  /** Connects anew at once. */
  restart(cause: 'restart' | 'changed'): void {
    this.#step({ type: 'restart', cause });
  }

  /** Tries now, if it is the network the stream waits for. */
  nudge(): void {
    this.#step({ type: 'nudge' });
  }

  tick(sample: SlotSample): void {
    this.#step({ type: 'tick', sample });
  }

  /** What the pipeline reports. A failure that says little is looked at more closely before it counts. */
  dispatch(event: StreamEvent): void {
    if (event.type === 'lost' && this.#isVague(event)) void this.#examine(event);
    else this.#step(event);
  }

  /** Resolves when nothing of the stream is left in the pipeline. */
  async close(): Promise<void> {
    this.#step({ type: 'stop' });
    await this.#calls;
  }

  #step(event: StreamEvent): void {
    const { clock, rules, onChange } = this.#options;
    const previous = this.#state;
    const [state, effects] = next(previous, event, clock.now(), rules);
    this.#state = state;
    for (const effect of effects) this.#apply(effect);
    if (differs(state, previous)) onChange(state, previous);
  }

  #apply(effect: StreamEffect): void {
    const { budget, clock, onIncident } = this.#options;
    switch (effect.type) {
      case 'acquire':
        this.#release = budget.acquire(() => this.#step({ type: 'granted' }));
        return;
      case 'release':
        this.#release?.();
        this.#release = undefined;
        return;
      case 'schedule':
        this.#unschedule = clock.schedule(effect.at, () => this.#step({ type: 'retryDue' }));
        return;
      case 'unschedule':
        this.#unschedule?.();
        this.#unschedule = undefined;
        return;
      case 'resolve':
        void this.#resolve(effect.epoch);
        return;
      case 'add':
        this.#calls = this.#calls.then(() => this.#add(effect.epoch));
        return;
      case 'remove':
        this.#calls = this.#calls.then(() => this.#remove(effect.epoch));
        return;
      case 'loss':
        this.#losses[effect.cause]++;
        return;
      case 'incident':
        this.#incidents[effect.incident]++;
        onIncident?.(effect.incident, effect.message);
        return;
    }
  }

  /** Runs beside the calls into the pipeline: neither a slow name server nor a slow disk holds up a stop. */
  async #resolve(epoch: number): Promise<void> {
    try {
      const params = await this.#options.source(epoch);
      if (this.#state.epoch !== epoch) return;
      this.#params = params;
      this.#step({ type: 'resolved', epoch });
    } catch (error) {
      const cause = error instanceof ConnectFailure ? error.reason : 'config';
      this.#step({ type: 'lost', epoch, cause, message: (error as Error).message });
    }
  }

  async #add(epoch: number): Promise<void> {
    const params = this.#params;
    this.#params = undefined;
    if (!params || this.#state.source !== 'adding' || this.#state.epoch !== epoch) return;
    try {
      await this.#options.host.addSource(this.#options.slot, params);
      this.#step({ type: 'added', epoch });
    } catch (error) {
      this.#step({ type: 'lost', epoch, cause: 'source', message: (error as Error).message });
    }
  }

  async #remove(epoch: number): Promise<void> {
    try {
      await this.#options.host.removeSource(this.#options.slot);
      this.#step({ type: 'removed', epoch });
    } catch (error) {
      this.#options.onFatal(error);
    }
  }

  #isVague({ cause, epoch }: Lost): boolean {
    const { epoch: current, kind, watch } = this.#state;
    const handshake = kind === 'connecting' && epoch === current && watch.dataAt === undefined;
    return handshake && this.#options.diagnose !== undefined && VAGUE.has(cause);
  }

  /** Meanwhile the stream may have been stopped or connected anew: then the epoch or the source says so. */
  async #examine(event: Lost): Promise<void> {
    let better: Awaited<ReturnType<NonNullable<StreamSupervisorOptions['diagnose']>>>;
    try {
      better = await this.#options.diagnose?.(event.epoch);
    } catch {
      // The first word on it stands.
    }
    this.#step({ ...event, ...better });
  }
}

function zeros<K extends string>(names: readonly K[]): Record<K, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<K, number>;
}

/** Whether a status shows something else; numbers within a message may grow without a word. */
function differs(a: StreamState, b: StreamState): boolean {
  if (a.kind !== b.kind || a.phase !== b.phase || a.epoch !== b.epoch || a.cause !== b.cause) return true;
  return (
    a.troubles.length !== b.troubles.length || a.troubles.some(({ kind }, i) => kind !== b.troubles[i]?.kind)
  );
}
