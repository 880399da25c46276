/** Takes back a change of the base that could not be carried out, and nothing of what operators did since. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { baseOf, findPipeline, type SpecFile } from './base.js';
import { desiredStream, withoutStream, withQuarantine, withStream } from './desired.js';
import { own } from './json.js';
import type { SavedState } from './saved-state.js';

/** The spec file, and what lies over it. */
export interface Layers {
  readonly file: SpecFile;
  readonly saved: SavedState;
}

/** What is saved when everything is as `before` again. A stream in a pipeline that was not there then goes with it. */
export function reverted(before: Layers, after: Layers, now: SavedState): SavedState {
  const [was, is] = [baseOf(before.file, before.saved).spec, baseOf(after.file, after.saved).spec];
  let saved = before.saved;
  for (const id of differing(after.saved.streams, now.streams)) {
    const entry = desiredStream(is, now, id);
    if (!entry) saved = withoutStream(was, saved, id);
    else if (findPipeline(was, entry.pipeline)) saved = withStream(was, saved, entry);
  }
  for (const id of differing(after.saved.quarantine, now.quarantine))
    saved = withQuarantine(saved, id, own(now.quarantine, id));
  return { ...saved, generation: now.generation + 1 };
}

function differing<T>(a: Readonly<Record<string, T>>, b: Readonly<Record<string, T>>): string[] {
  const ids = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...ids].filter((id) => !isDeepStrictEqual(own(a, id), own(b, id)));
}
