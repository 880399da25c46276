/** Tries a camera nobody knows yet. */
import { assess } from './advice.js';
import type { ProbeReport } from './report.js';
import { probeStream, type ProbeTarget } from './target.js';
import { throwAway } from './throw-away.js';

export { assess, type Assessment, GOOD } from './advice.js';
export { type ProbeFacts, probeReport, type ProbeReport } from './report.js';
export { probeStream, type ProbeTarget } from './target.js';

export interface ProbeOptions extends ProbeTarget {
  /** Watch it so long; default 5. */
  readonly seconds?: number;
  /** Wait so long for its first key frame; default 15,000. */
  readonly timeoutMs?: number;
  /** The spec's `cameraNetworks`. */
  readonly networks?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export interface ProbePicture {
  readonly report: ProbeReport;
  /** A JPEG; absent where none could be made. */
  readonly picture?: Uint8Array;
}

/**
 * In a process of its own, which is thrown away. Rejects with URI_REFUSED, SPEC_INVALID or SECRET_UNAVAILABLE before
 * anything is connected to, and with PROBE_FAILED where the camera shows nothing.
 */
export async function probeCamera(options: ProbeOptions): Promise<ProbeReport> {
  return (await probe(options, false)).report;
}

/** With a picture, where this machine has a software decoder. */
export function probePicture(options: ProbeOptions): Promise<ProbePicture> {
  return probe(options, true);
}

async function probe(options: ProbeOptions, picture: boolean): Promise<ProbePicture> {
  const { seconds = 5, timeoutMs = 15_000, networks, env, ...target } = options;
  probeStream(target);
  const request = { target, seconds, timeoutMs, picture, ...(networks && { networks }) };
  const { facts, picture: jpeg } = await throwAway(request, env ? { env } : {});
  const advice = assess(facts).flatMap(({ about, advice: text }) =>
    text === undefined ? [] : [{ about, text }],
  );
  return {
    report: { ...facts, advice },
    ...(jpeg !== undefined && { picture: Buffer.from(jpeg, 'base64') }),
  };
}
