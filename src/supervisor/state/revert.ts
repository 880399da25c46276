/** Takes back a change of the base that could not be carried out, and nothing of what operators did since. Pure. */
import { baseOf, findPipeline, type SpecFile } from './base.js';
import { desiredStream, withoutStream, withQuarantine, withStream } from './desired.js';
import { own } from './json.js';
import type { SavedState } from './saved-state.js';

/** The spec file, and what lies over it. */
export interface Layers {
  readonly file: SpecFile;
  readonly saved: SavedState;
}

/**
 * What is saved when everything is as `before` again, but for the streams that were `touched` since `after`. One in a
 * pipeline that was not there before goes with it.
 */
export function reverted(
  before: Layers,
  after: Layers,
  now: SavedState,
  touched: ReadonlySet<string>,
): SavedState {
  const [was, is] = [baseOf(before.file, before.saved).spec, baseOf(after.file, after.saved).spec];
  let saved = before.saved;
  for (const id of touched) {
    const entry = desiredStream(is, now, id);
    if (!entry) saved = withoutStream(was, saved, id);
    else if (findPipeline(was, entry.pipeline)) saved = withStream(was, saved, entry);
    saved = withQuarantine(saved, id, own(now.quarantine, id));
  }
  return { ...saved, generation: now.generation + 1 };
}
