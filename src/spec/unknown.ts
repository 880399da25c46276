import { WeirError } from './error.js';

const CODES = { pipeline: 'PIPELINE_UNKNOWN', stream: 'STREAM_UNKNOWN' } as const;

/** What was asked for is not there. PIPELINE_UNKNOWN or STREAM_UNKNOWN, with the names of those that are. */
export function unknown(kind: keyof typeof CODES, id: string, known: Iterable<string>): WeirError {
  return new WeirError(CODES[kind], `no ${kind} "${id}"; there are ${[...known].join(', ') || 'none'}`);
}
