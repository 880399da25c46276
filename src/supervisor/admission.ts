/** Whether a stream may come, and where it goes. */
import { WeirError } from '../spec/error.js';
import { parseStream, sameStream } from '../spec/stream.js';
import type { PipelineSpec, StreamSpec } from '../spec/types.js';
import { unknown } from '../spec/unknown.js';
import type { DesiredState } from './desired-state.js';
import type { JsonObject } from './state/json.js';
import type { StreamEntry } from './state/saved-state.js';

export class Admission {
  readonly #state: DesiredState;

  constructor(state: DesiredState) {
    this.#state = state;
  }

  /** By what is desired now. `named`: the pipeline asked for. Throws STREAM_EXISTS, SLOTS_FULL, PIPELINE_UNKNOWN. */
  addition(spec: StreamSpec, stream: JsonObject, named: string | undefined): StreamEntry {
    const state = this.#state;
    const present = state.find(spec.id);
    const { id: pipeline, slots } = this.#declared(named ?? present?.pipeline ?? this.#only());
    if (present) {
      if (present.pipeline !== pipeline) throw elsewhere(spec.id, present.pipeline);
      if (!sameStream(this.parse(present.stream), spec)) throw exists(spec.id);
      return present;
    }
    const taken = [...state.streams()].filter((each) => each.pipeline === pipeline).length;
    if (taken >= slots) throw full(pipeline, slots);
    return { pipeline, stream };
  }

  /** Throws PIPELINE_UNKNOWN. */
  #declared(id: string): PipelineSpec {
    const { pipelines } = this.#state.desired.spec;
    const found = pipelines.find((each) => each.id === id);
    if (found) return found;
    const known = pipelines.map((each) => each.id);
    throw unknown('pipeline', id, known);
  }

  #only(): string {
    const all = this.#state.desired.spec.pipelines.map(({ id }) => id);
    if (all.length === 1) return all[0] as string;
    throw new WeirError('PIPELINE_UNKNOWN', `there are several pipelines: ${all.join(', ')}`, {
      remedy: 'say which one the stream is for',
    });
  }

  /** Throws SPEC_INVALID. */
  parse(stream: unknown): StreamSpec {
    const { mediaRoot } = this.#state.desired.spec;
    return parseStream(stream, mediaRoot === undefined ? {} : { mediaRoot });
  }
}

function elsewhere(id: string, pipeline: string): WeirError {
  return new WeirError('STREAM_EXISTS', `stream "${id}" is there already, in pipeline "${pipeline}"`, {
    remedy: 'remove it there first, or choose another id',
  });
}

function exists(id: string): WeirError {
  return new WeirError('STREAM_EXISTS', `stream "${id}" is there already, with another description`, {
    remedy: 'update it, or choose another id',
  });
}

function full(pipeline: string, slots: number): WeirError {
  return new WeirError('SLOTS_FULL', `all ${slots} slots of pipeline "${pipeline}" are taken`, {
    remedy: 'remove a stream, or raise "slots" in the spec and apply it',
  });
}
