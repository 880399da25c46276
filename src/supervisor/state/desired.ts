/** What is desired: the base with operators' changes over it, and how a change is taken in. Pure functions of JSON. */
import { isDeepStrictEqual } from 'node:util';
import { streamSchema } from '../../spec/schema.js';
import { resolveStream, sameStream } from '../../spec/stream.js';
import type { StreamSpec } from '../../spec/types.js';
import { unknown } from '../../spec/unknown.js';
import { findPipeline, findStream, pipelinesOf, streamsOf } from './base.js';
import { type JsonObject, own, without } from './json.js';
import type { Quarantine, SavedState, StreamEntry } from './saved-state.js';

export type Origin = 'spec' | 'added' | 'changed';

/** The whole spec: streams in the order of the base, behind them those that were added, in the order of their ids. */
export function desiredSpec(base: JsonObject, saved: SavedState): JsonObject {
  if (Object.keys(saved.streams).length === 0) return base;
  return { ...base, pipelines: pipelinesOf(base).map((pipeline) => overlaid(pipeline, base, saved)) };
}

function overlaid(pipeline: JsonObject, base: JsonObject, saved: SavedState): JsonObject {
  const declared = streamsOf(pipeline);
  const here = (id: string, otherwise: readonly JsonObject[]) => {
    const entry = overlay(base, saved, id);
    if (entry === undefined) return otherwise;
    return entry && entry.pipeline === pipeline.id ? [entry.stream] : [];
  };
  const ids = new Set(declared.map(({ id }) => id));
  const more = Object.keys(saved.streams).filter((id) => !ids.has(id));
  const kept = declared.flatMap((stream) => here(String(stream.id), [stream]));
  const added = more.sort().flatMap((id) => here(id, []));
  const streams = [...kept, ...added];
  return isDeepStrictEqual(streams, declared) ? pipeline : { ...pipeline, streams };
}

/** What operators said about a stream; undefined where that is nothing, or about a pipeline that is not there. */
function overlay(base: JsonObject, saved: SavedState, id: string): StreamEntry | null | undefined {
  const entry = own(saved.streams, id);
  return entry && !findPipeline(base, entry.pipeline) ? undefined : entry;
}

/** Undefined where the stream is not desired. */
export function desiredStream(base: JsonObject, saved: SavedState, id: string): StreamEntry | undefined {
  const entry = overlay(base, saved, id);
  return entry === undefined ? findStream(base, id) : (entry ?? undefined);
}

/** Where the description of a desired stream comes from. */
export function origin(base: JsonObject, saved: SavedState, id: string): Origin {
  const entry = overlay(base, saved, id);
  const declared = findStream(base, id);
  if (!entry || sameEntry(entry, declared)) return 'spec';
  return declared ? 'changed' : 'added';
}

/** The same state where nothing changes by it. Throws PIPELINE_UNKNOWN. */
export function withStream(base: JsonObject, saved: SavedState, entry: StreamEntry): SavedState {
  const id = String(entry.stream.id);
  if (!findPipeline(base, entry.pipeline)) {
    const known = pipelinesOf(base).map((pipeline) => String(pipeline.id));
    throw unknown('pipeline', entry.pipeline, known);
  }
  if (sameEntry(desiredStream(base, saved, id), entry)) return saved;
  return changed(saved, { streams: { ...others(saved.streams, id), ...unlessSaid(base, id, entry) } });
}

/** The same state where there is no such stream. A quarantine ends with its stream. */
export function withoutStream(base: JsonObject, saved: SavedState, id: string): SavedState {
  if (!desiredStream(base, saved, id)) return saved;
  const streams = { ...others(saved.streams, id), ...unlessSaid(base, id, null) };
  return changed(saved, { streams, quarantine: others(saved.quarantine, id) });
}

/** Without `quarantine`: ends it. The same state where nothing changes by it. */
export function withQuarantine(saved: SavedState, id: string, quarantine?: Quarantine): SavedState {
  if (isDeepStrictEqual(own(saved.quarantine, id), quarantine)) return saved;
  const rest = others(saved.quarantine, id);
  return changed(saved, { quarantine: quarantine ? { ...rest, [id]: quarantine } : rest });
}

function changed(saved: SavedState, changes: Partial<SavedState>): SavedState {
  return { ...saved, ...changes, generation: saved.generation + 1 };
}

function others<T>(record: Readonly<Record<string, T>>, id: string): Record<string, T> {
  return without(record, (key) => key === id);
}

/** Nothing where the base says so already. */
function unlessSaid(base: JsonObject, id: string, entry: StreamEntry | null): SavedState['streams'] {
  return sameEntry(findStream(base, id), entry) ? {} : { [id]: entry };
}

/** Whether both are absent, or mean the same stream in the same pipeline. */
export function sameEntry(a: StreamEntry | null | undefined, b: StreamEntry | null | undefined): boolean {
  if (!a || !b) return !a && !b;
  return a.pipeline === b.pipeline && sameMeaning(a.stream, b.stream);
}

/** A default that is written down means what one that is left out does. */
function sameMeaning(a: JsonObject, b: JsonObject): boolean {
  if (isDeepStrictEqual(a, b)) return true;
  const [one, other] = [meaning(a), meaning(b)];
  return one !== undefined && other !== undefined && sameStream(one, other);
}

function meaning(stream: JsonObject): StreamSpec | undefined {
  const parsed = streamSchema.safeParse(stream);
  return parsed.success ? resolveStream(parsed.data) : undefined;
}
