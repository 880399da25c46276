/** When a pipeline whose worker ended is started anew. */
import type { ErrorCode } from '../spec/error.js';

const LONGEST_MS = 60_000;
/** A worker that played so long begins a new count. */
export const RESET_MS = 600_000;
/** As many ends in a row, and the pipeline is called failed. It is tried all the same. */
export const FAILED_AFTER = 5;

/** A worker that says one of these says it again until somebody changes something. */
const NEEDS_CHANGE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONFIG_INVALID',
  'CONFIG_UNSAFE',
  'ELEMENT_MISSING',
  'ENGINE_MISSING',
  'ENGINE_STALE',
  'ENGINE_UNSUPPORTED',
  'FILE_UNTRUSTED',
  'GRAPH_INVALID',
  'MODEL_CORRUPT',
  'MODEL_INVALID',
  'MODEL_MISSING',
  'NATIVE_MISSING',
  'SECRET_UNAVAILABLE',
]);

export interface Pause {
  readonly state: 'waiting' | 'failed';
  readonly ms: number;
}

/** `ends`: in a row, this one included. `random`: from 0 to 1. */
export function pauseAfter(ends: number, code: ErrorCode | undefined, random: number): Pause {
  const hopeless = code !== undefined && NEEDS_CHANGE.has(code);
  const exponential = ends <= 1 ? 0 : Math.min(LONGEST_MS, 1000 * 2 ** (ends - 2));
  const ms = hopeless ? LONGEST_MS : exponential;
  return {
    state: hopeless || ends >= FAILED_AFTER ? 'failed' : 'waiting',
    ms: Math.round(ms * (0.9 + 0.2 * random)),
  };
}
