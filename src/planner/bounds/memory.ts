/** The memory: what passes through it in a second, and what lies in it. */
import { CONSTANTS, NV12_BYTES, PASSES } from '../data/constants.js';
import { analysedFps, bound, decodedFps, streamsOf, sum } from '../load.js';
import { bytesPerStream, surfaces } from '../surfaces.js';
import type { Bound, Device, Figure, PlanInput, PlannedPipeline, PlanOptions } from '../types.js';
import { inferencesPerSecond } from './inference.js';

const GIB = 2 ** 30;

/** (Σ pictures of all passes + engines) / (peak · 0.6). Each inference is counted as one reading of the engine: the most. */
export function memoryBandwidth(input: PlanInput, device: Device, { superMode }: PlanOptions): Bound {
  const { memoryShare } = CONSTANTS;
  const { gbPerSecond, source, trust } = (superMode && device.super) || device.memory;
  const pictures = sum(input.pipelines, pictureBytes) / 1e9;
  const engines = sum(input.pipelines, engineBytesPerSecond) / 1e9;
  const peak: Figure = { name: 'memory, peak', value: gbPerSecond, unit: 'GB/s', source, trust };
  const passes: Figure = {
    name: 'passes',
    value: mostPasses(input),
    unit: 'a frame',
    source: 'calc',
    trust: 'derived',
  };
  return bound({
    resource: 'memory-bandwidth',
    demand: pictures + engines,
    unit: 'GB/s',
    load: (pictures + engines) / (gbPerSecond * memoryShare.value),
    streams: streamsOf(input).length,
    how: `(pictures ${pictures.toFixed(1)} + engines ${engines.toFixed(1)} GB/s) / (${gbPerSecond} GB/s · ${memoryShare.value})`,
    figures: [peak, passes],
    missing: missingEngines(input),
  });
}

/** Bytes per second: each stream's picture before the mux, the mux's behind it. */
function pictureBytes({ graph, mux, streams }: PlannedPipeline): number {
  const before = sum(graph.elements, (element) => PASSES[element]?.stream ?? 0);
  const behind = sum(graph.elements, (element) => PASSES[element]?.mux ?? 0);
  const pixels = (s: (typeof streams)[number]) =>
    s.width * s.height * before * decodedFps(s) + mux.width * mux.height * behind * analysedFps(s);
  return sum(streams, (s) => pixels(s) * NV12_BYTES);
}

function engineBytesPerSecond(pipeline: PlannedPipeline): number {
  return (pipeline.detector.engineBytes ?? 0) * inferencesPerSecond(pipeline);
}

function mostPasses({ pipelines }: PlanInput): number {
  const of = ({ graph }: PlannedPipeline) =>
    sum(graph.elements, (element) => (PASSES[element]?.stream ?? 0) + (PASSES[element]?.mux ?? 0));
  return Math.max(0, ...pipelines.map(of));
}

/** (Engines + surfaces + 1.5 GB where the system shares the memory) / the memory. */
export function memorySize(input: PlanInput, device: Device): Bound {
  const { gib, unified, source, trust } = device.memory;
  const system = unified ? CONSTANTS.systemBytes.value : 0;
  const pools = sum(surfaces(input), ({ bytes }) => bytes);
  const engines = sum(input.pipelines, ({ detector }) => detector.engineBytes ?? 0);
  const size: Figure = { name: 'memory', value: gib, unit: 'GiB', source, trust };
  const counted: Figure = {
    name: 'surfaces',
    value: pools / GIB,
    unit: 'GiB',
    source: 'calc',
    trust: 'derived',
  };
  return bound({
    resource: 'memory-size',
    demand: (system + pools + engines) / GIB,
    unit: 'GiB',
    load: (system + pools + engines) / (gib * GIB),
    growth: { fixed: (system + engines) / (gib * GIB), perStream: bytesPerStream(input) / (gib * GIB) },
    streams: streamsOf(input).length,
    how: `(system ${inGib(system)} + surfaces ${inGib(pools)} + engines ${inGib(engines)}) / ${gib} GiB`,
    figures: [size, counted],
    missing: missingEngines(input),
  });
}

function inGib(bytes: number): string {
  return (bytes / GIB).toFixed(2);
}

function missingEngines({ pipelines }: PlanInput): string[] {
  const unknown = pipelines.filter(
    ({ detector, streams }) => detector.engineBytes === null && streams.length > 0,
  );
  const models = new Set(unknown.map(({ detector }) => detector.model));
  return [...models].map(
    (model) => `the size of the engine of ${model}: its weights are not on this machine`,
  );
}
