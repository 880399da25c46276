/** How many frames per second a model makes on a device: given, published, or estimated. */
import { CONSTANTS, EFFICIENCY_RANGE, UTILISATION } from './data/constants.js';
import { PUBLISHED } from './data/published.js';
import type { Device, Figure, PlannedDetector, PlanOptions, PublishedRate } from './types.js';

export interface Throughput {
  /** Frames per second within a pipeline. */
  readonly fps: number;
  /** With the best and the worst share of the bare engine's rate that a pipeline keeps. */
  readonly range: readonly [best: number, worst: number];
  readonly figures: readonly Figure[];
  readonly how: string;
}

/** undefined: nothing is known, and nothing could be estimated. */
export function throughput(
  detector: PlannedDetector,
  device: Device,
  options: PlanOptions,
): Throughput | undefined {
  return (
    given(detector, options) ?? published(detector, device, options) ?? estimated(detector, device, options)
  );
}

function given({ model }: PlannedDetector, { modelFps }: PlanOptions): Throughput | undefined {
  const fps = modelFps?.get(model) ?? modelFps?.get('*');
  if (fps === undefined) return undefined;
  return ofEngine({
    name: `${model}, bare engine`,
    value: fps,
    unit: 'fps',
    source: 'given',
    trust: 'given',
  });
}

function published(detector: PlannedDetector, device: Device, options: PlanOptions): Throughput | undefined {
  const row = PUBLISHED.filter((each) => matches(each, detector, device, options)).sort(
    (a, b) => rank(a, detector.batch) - rank(b, detector.batch),
  )[0];
  if (row === undefined) return undefined;
  const { model, precision, fps, of, batch, source, trust } = row;
  const at = batch === null ? '' : `, batch ${batch}`;
  const name = `${model} ${precision}, ${of === 'engine' ? `bare engine${at}` : 'pipeline of 16 streams'}`;
  const figure: Figure = { name, value: fps, unit: 'fps', source, trust };
  return of === 'engine' ? ofEngine(figure) : ofPipeline(figure);
}

/** A manifest is of a published model where its name is, or begins with, that model's. */
function matches(
  row: PublishedRate,
  detector: PlannedDetector,
  device: Device,
  options: PlanOptions,
): boolean {
  const name = detector.model.toLowerCase().replace('yolov11', 'yolo11');
  return (
    row.device === device.id &&
    (name === row.model || name.startsWith(`${row.model}-`) || name.startsWith(`${row.model}_`)) &&
    row.precision === detector.precision &&
    row.width === detector.width &&
    row.height === detector.height &&
    row.superMode === (options.superMode ?? false)
  );
}

/** Whole pipelines first, then the largest batch that is not larger than ours, then the smallest that is. */
function rank({ of, batch }: PublishedRate, wanted: number): number {
  if (of === 'pipeline') return 0;
  const size = batch ?? wanted;
  return size <= wanted ? 1 + wanted - size : 1e6 + size;
}

/** Dense operations per second / operations per inference, times the share a detector reaches. */
function estimated(detector: PlannedDetector, device: Device, options: PlanOptions): Throughput | undefined {
  const { model, batch, precision } = detector;
  const gflops = options.modelGflops?.get(model) ?? options.modelGflops?.get('*');
  const teraops = denseTeraops(device, precision, options);
  if (gflops === undefined || teraops === null) return undefined;
  const utilisation = UTILISATION.find(({ fromBatch }) => batch >= fromBatch)?.share ?? 0;
  const value = (teraops * 1000 * utilisation) / gflops;
  const name = `${model}, estimate: ${teraops} T/s · ${utilisation} / ${gflops} G`;
  return ofEngine({ name, value, unit: 'fps', source: 'calc', trust: 'derived' });
}

function denseTeraops(
  device: Device,
  precision: PlannedDetector['precision'],
  { superMode }: PlanOptions,
): number | null {
  const { int8DenseTops, fp16DenseTflops } = device.ai;
  const int8 = superMode && device.super ? device.super.int8DenseTops : int8DenseTops;
  if (precision === 'int8') return int8 === 'none' ? null : int8;
  if (precision === 'fp32') return null;
  return superMode && device.super ? half(device.super.int8DenseTops) : fp16DenseTflops;
}

/** Tensor cores make half as many operations in FP16 as in INT8. */
function half(teraops: number | null): number | null {
  return teraops === null ? null : teraops / 2;
}

function ofEngine(figure: Figure): Throughput {
  const { value: share, source, trust } = CONSTANTS.pipelineEfficiency;
  const [best, worst] = EFFICIENCY_RANGE;
  const kept: Figure = {
    name: 'kept by a pipeline',
    value: share,
    unit: 'of the bare engine',
    source,
    trust,
  };
  return {
    fps: figure.value * share,
    range: [figure.value * best, figure.value * worst],
    figures: [figure, kept],
    how: `(${Number(figure.value.toFixed(1))} fps · ${share})`,
  };
}

function ofPipeline(figure: Figure): Throughput {
  const { value: fps } = figure;
  return { fps, range: [fps, fps], figures: [figure], how: `${fps} fps` };
}
