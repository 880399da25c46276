/** JSON merge patch (RFC 7396): what is named is replaced, null removes. */
import { WeirError } from '../../spec/error.js';
import { formatProblems } from '../../spec/problem.js';
import { isObject, type Json, type JsonObject } from './json.js';

const MAX_DEPTH = 64;

/** Throws BAD_REQUEST where the patch is nested so deep that it is not about anything of ours. */
export function mergePatch(target: Json | undefined, patch: Json, depth = 0): Json {
  if (depth > MAX_DEPTH)
    throw new WeirError('BAD_REQUEST', `the changes are nested deeper than ${MAX_DEPTH} levels`);
  if (!isObject(patch)) return patch;
  const result = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, mergePatch(result.get(key), value, depth + 1));
  }
  return Object.fromEntries(result);
}

/** A patched stream, still to be checked. Throws BAD_REQUEST, and SPEC_INVALID for another id: that is another stream. */
export function patchStream(stream: JsonObject, changes: unknown): JsonObject {
  if (!isObject(changes)) throw new WeirError('BAD_REQUEST', 'changes: expected a map of what is to change');
  const patched = mergePatch(stream, changes) as JsonObject;
  if (patched.id === stream.id) return patched;
  const problem = { file: `stream "${String(stream.id)}"`, path: 'id', message: 'an id cannot be changed' };
  const remedy = 'remove the stream and add it under the other id';
  throw new WeirError('SPEC_INVALID', formatProblems([{ ...problem, remedy }]));
}
