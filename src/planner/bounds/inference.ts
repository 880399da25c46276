/** The detector: Σ f / k over its frames per second. Detectors of several pipelines share one GPU. */
import { interval } from '../../deepstream/index.js';
import { analysedFps, bound, sum } from '../load.js';
import { throughput, type Throughput } from '../throughput.js';
import type { Bound, Device, PlanInput, PlannedPipeline, PlanOptions } from '../types.js';

/** Inferences per second of all streams: every k-th batch is inferred. */
export function inferencesPerSecond({ detector, streams }: PlannedPipeline): number {
  const analysed = streams.map((stream) => ({ fps: analysedFps(stream), decode: stream.decode ?? 'all' }));
  const skipped = interval({ pipeline: { streams: analysed }, detector, provider: 'nvidia' });
  return sum(analysed, ({ fps }) => fps) / (skipped + 1);
}

interface Part {
  readonly pipeline: PlannedPipeline;
  readonly demand: number;
  readonly rate: Throughput | undefined;
}

export function inference(input: PlanInput, device: Device, options: PlanOptions): Bound {
  const parts = input.pipelines
    .filter(({ streams }) => streams.length > 0)
    .map((pipeline) => ({
      pipeline,
      demand: inferencesPerSecond(pipeline),
      rate: throughput(pipeline.detector, device, options),
    }));
  const known = parts.filter(isKnown);
  const missing = parts
    .filter((part) => !isKnown(part))
    .map(({ pipeline }) => unknownModel(pipeline, device));
  const isNothing = known.length === 0 && parts.length > 0;
  return bound({
    resource: 'inference',
    demand: sum(parts, ({ demand }) => demand),
    unit: 'inferences/s',
    load: isNothing ? null : sum(known, ({ demand, rate }) => demand / rate.fps),
    ...(isNothing ? {} : { range: rangeOf(known) }),
    streams: sum(parts, ({ pipeline }) => pipeline.streams.length),
    how: parts.map(({ demand, rate }) => `${Number(demand.toFixed(1))} / ${rate?.how ?? '?'}`).join(' + '),
    figures: known.flatMap(({ rate }) => rate.figures),
    missing: [...new Set(missing)],
  });
}

type KnownPart = Part & { readonly rate: Throughput };

function isKnown(part: Part): part is KnownPart {
  return part.rate !== undefined;
}

function rangeOf(parts: readonly KnownPart[]): readonly [number, number] {
  return [
    sum(parts, ({ demand, rate }) => demand / rate.range[0]),
    sum(parts, ({ demand, rate }) => demand / rate.range[1]),
  ];
}

function unknownModel({ detector: { model, precision } }: PlannedPipeline, { name }: Device): string {
  return `no frames per second are known of ${model} in ${precision} on ${name}: give --model-fps, which trtexec measures, or --gflops`;
}
