/** What a device makes of the streams of a spec: a first-order bound for each of its resources. */
import { decodeBitrate, decodePixels } from './bounds/decode.js';
import { inference } from './bounds/inference.js';
import { memoryBandwidth, memorySize } from './bounds/memory.js';
import { encode, jpeg } from './bounds/pictures.js';
import { smallestChanges } from './changes.js';
import { DEVICES } from './data/devices.js';
import { decided } from './decide.js';
import { isCurrent } from './devices.js';
import { streamsOf } from './load.js';
import { mixOf } from './mix.js';
import { assumptionsOf, warningsOf } from './notes.js';
import { surfaces } from './surfaces.js';
import type { Bound, Device, Plan, PlanInput, PlanOptions, Resource, Verdict } from './types.js';

type Computation = (input: PlanInput, device: Device, options: PlanOptions) => Bound;

const COMPUTATIONS: readonly Computation[] = [
  ...[decodePixels, decodeBitrate, inference, memoryBandwidth, memorySize, encode, jpeg],
];

/** The part of a plan that a change is judged by. */
export interface Outcome {
  readonly bounds: readonly Bound[];
  readonly verdict: Verdict;
  readonly limiting: Resource | null;
  readonly load: number | null;
  readonly maxStreams: number | null;
}

/** Pure: the same input gives the same plan. */
export function plan(asked: PlanInput, device: Device, options: PlanOptions = {}): Plan {
  const input = decided(asked);
  const outcome = judge(input, device, options);
  const streams = streamsOf(input);
  const isTooLarge = outcome.verdict === 'too-large';
  return {
    device: { id: device.id, name: device.name },
    streams: streams.length,
    mix: mixOf(streams),
    ...outcome,
    changes: isTooLarge ? smallestChanges(asked, (changed) => judge(decided(changed), device, options)) : [],
    carriers: isTooLarge ? carriers(input, options) : [],
    surfaces: surfaces(input),
    assumptions: assumptionsOf(options),
    warnings: warningsOf(input, device, options, outcome.bounds),
  };
}

/** With today's DeepStream, and nothing told of their clocks. */
function carriers(input: PlanInput, { videoClock: _, superMode: __, ...options }: PlanOptions): string[] {
  return DEVICES.filter((device) => device.kind === 'jetson' && isCurrent(device))
    .filter((device) => judge(input, device, options).verdict !== 'too-large')
    .map(({ id }) => id);
}

function judge(input: PlanInput, device: Device, options: PlanOptions): Outcome {
  const bounds = COMPUTATIONS.map((compute) => compute(input, device, options)).sort(byUrgency);
  const known = bounds.filter(({ load, fits }) => load !== null || fits === false);
  const counts = bounds.flatMap(({ maxStreams }) => maxStreams ?? []);
  return {
    bounds,
    verdict: verdictOf(bounds),
    limiting: known[0]?.resource ?? null,
    load: known[0]?.load ?? null,
    maxStreams: counts.length > 0 ? Math.min(...counts) : null,
  };
}

function verdictOf(bounds: readonly Bound[]): Verdict {
  if (bounds.some(({ fits }) => fits === false)) return 'too-large';
  return bounds.every(({ fits }) => fits === true) ? 'fits' : 'fits-as-known';
}

/** What the device has not, before the largest load; what is not known last. */
function byUrgency(a: Bound, b: Bound): number {
  return urgency(b) - urgency(a);
}

function urgency({ load, fits }: Bound): number {
  return load ?? (fits === false ? Number.MAX_VALUE : -1);
}
