/** A whole spec as JSON, and the streams in it. */
import { record } from '../../spec/fault.js';
import { isObject, type JsonObject } from './json.js';
import type { SavedState, StreamEntry } from './saved-state.js';

/** weir.yaml as it lies on the disk. */
export interface SpecFile {
  readonly spec: JsonObject;
  /** Of `specHash`. */
  readonly hash: string;
}

export interface Base {
  readonly spec: JsonObject;
  readonly from: 'file' | 'applied';
}

/** What operators' changes lie over. A file that was edited since a spec was applied wins over that spec. */
export function baseOf(file: SpecFile, { applied }: SavedState): Base {
  return applied?.fileHash === file.hash
    ? { spec: applied.spec, from: 'applied' }
    : { spec: file.spec, from: 'file' };
}

export function pipelinesOf(spec: JsonObject): readonly JsonObject[] {
  return objects(spec.pipelines);
}

export function streamsOf(pipeline: JsonObject): readonly JsonObject[] {
  return objects(pipeline.streams);
}

export function findPipeline(spec: JsonObject, id: string): JsonObject | undefined {
  return pipelinesOf(spec).find((pipeline) => pipeline.id === id);
}

export function findStream(spec: JsonObject, id: string): StreamEntry | undefined {
  for (const pipeline of pipelinesOf(spec)) {
    const stream = streamsOf(pipeline).find((each) => each.id === id);
    if (stream) return { pipeline: String(pipeline.id), stream };
  }
  return undefined;
}

function objects(list: unknown): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** Slots that the spec names for a pipeline; undefined where they follow from its streams. */
export function namedSlots(pipeline: JsonObject): number | undefined {
  const { slots } = record(pipeline);
  return typeof slots === 'number' ? slots : undefined;
}
