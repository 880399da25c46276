/** A stream and the slot it has taken: the supervisor, and what the surroundings keep for it. */
import type { SourceParams } from '../native/types.js';
import type { DecodeMode } from '../spec/decode.js';
import { analysedFps, sameConnection } from '../spec/stream.js';
import type { StreamSpec } from '../spec/types.js';
import { sourceKind } from '../spec/uri.js';
import type { Clock } from './clock.js';
import { KEY_FRAMES_STALL_MS, stallMs } from './frame-interval.js';
import { DEFAULT_RULES, type StreamRules } from './rules.js';
import { StreamSupervisor, type StreamSupervisorOptions } from './stream-supervisor.js';
import type { Incident, StreamState } from './stream-types.js';
import type { SlotSample } from './watch.js';

/** Where a stream lives, from taking its slot to leaving it. */
export interface Place {
  readonly id: string;
  readonly slot: number;
  /** Never used twice in a pipeline's life. */
  readonly token: number;
}

/** What the surroundings keep for a stream. */
export interface Resident {
  /** For every connection anew, after the spec of that moment. May reject with ConnectFailure. */
  source(spec: StreamSpec, epoch: number): Promise<SourceParams>;
  /** Of the connection `epoch` that failed. */
  diagnose(spec: StreamSpec, epoch: number): ReturnType<NonNullable<StreamSupervisorOptions['diagnose']>>;
  /** What is decoded of it now. */
  decodes(spec: StreamSpec): DecodeMode;
  /** The slot's counters since it was taken. */
  sample(): SlotSample;
  onChange(stream: StreamSupervisor, state: StreamState, previous: StreamState): void;
  onIncident(stream: StreamSupervisor, incident: Incident, message: string): void;
  /** Nothing of the stream is left in the pipeline; its slot goes to others next. */
  leave(stream: StreamSupervisor): void;
}

export type Surroundings = Pick<StreamSupervisorOptions, 'host' | 'budget' | 'clock' | 'onFatal'>;

export class Tenant<R extends Resident> implements Place {
  readonly id: string;
  readonly slot: number;
  readonly token: number;
  readonly resident: R;
  readonly stream: StreamSupervisor;
  readonly #random: Clock['random'];
  #spec: StreamSpec;
  #decode: DecodeMode;
  #rules: StreamRules;

  constructor(spec: StreamSpec, { id, slot, token }: Place, resident: R, surroundings: Surroundings) {
    this.id = id;
    this.slot = slot;
    this.token = token;
    this.resident = resident;
    this.#random = surroundings.clock.random;
    this.#spec = spec;
    this.#decode = resident.decodes(spec);
    this.#rules = rulesOf(spec, this.#decode, this.#random);
    this.stream = new StreamSupervisor(this.#options(surroundings));
  }

  get spec(): StreamSpec {
    return this.#spec;
  }

  /** Connects anew only if the connection there is does not serve the new description. */
  replace(spec: StreamSpec): void {
    const before = this.#spec;
    this.#spec = spec;
    this.#rules = rulesOf(spec, this.#decode, this.#random);
    if (!sameConnection(before, spec)) this.stream.restart('changed');
    this.pace();
  }

  /** To be called when other frames may be decoded than before: then they come at another pace. */
  pace(): void {
    const decode = this.resident.decodes(this.#spec);
    if (decode === this.#decode) return;
    const slow = [decode, this.#decode].includes('keyframes');
    this.#decode = decode;
    this.#rules = rulesOf(this.#spec, decode, this.#random);
    this.stream.dispatch({ type: 'paced', ...(slow && { stallMs: KEY_FRAMES_STALL_MS }) });
  }

  #options(surroundings: Surroundings): StreamSupervisorOptions {
    const { resident } = this;
    const rules = (): StreamRules => this.#rules;
    return {
      ...surroundings,
      id: this.id,
      slot: this.slot,
      // Looked at for every event, so that a changed spec counts at once.
      get rules() {
        return rules();
      },
      source: (epoch) => resident.source(this.#spec, epoch),
      diagnose: (epoch) => resident.diagnose(this.#spec, epoch),
      onChange: (state, previous) => resident.onChange(this.stream, state, previous),
      onIncident: (incident, message) => resident.onIncident(this.stream, incident, message),
    };
  }
}

function rulesOf(spec: StreamSpec, decode: DecodeMode, random: Clock['random']): StreamRules {
  return {
    ...DEFAULT_RULES,
    random,
    stallMs: decode === 'keyframes' ? KEY_FRAMES_STALL_MS : stallMs(analysedFps(spec)),
    frozenMs: spec.frozenAfterSeconds * 1000,
    frozenRestart: spec.frozenRestart,
    ...(sourceKind(spec.uri.analyse) === 'rtsp' && { transport: spec.transport }),
  };
}
