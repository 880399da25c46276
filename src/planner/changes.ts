/** What could be changed so that a spec fits: one or two steps, the ones that take little away first. */
import { inferencesPerSecond } from './bounds/inference.js';
import { KEY_FRAME_SECONDS } from './input.js';
import { decidedPipeline } from './decide.js';
import { decodedFps, sum } from './load.js';
import type { Outcome } from './plan.js';
import type { Change, PlanInput, PlannedPipeline, PlannedStream } from './types.js';

export interface Step {
  readonly id: string;
  /** Two steps of one kind exclude each other. */
  readonly kind: string;
  /** How much it takes away; 1: nothing that a detector sees. */
  takes(input: PlanInput): number;
  readonly words: string;
  /** What is to be set. */
  readonly todo: string;
  /** undefined where it changes nothing. */
  apply(input: PlanInput): PlanInput | undefined;
}

const HD = { width: 1280, height: 720 } as const;
const SMALL = { width: 640, height: 360 } as const;

/** What a camera's sub-stream or its settings take away. */
export const STEPS: readonly Step[] = [
  { ...subStream('720p', HD), takes: (input) => (isAtMost(input, HD) ? 1 : 2) },
  {
    ...{ id: 'h265', kind: 'codec', takes: () => 2, words: 'H.265 instead of H.264' },
    todo: 'set H.265 in the cameras, for the stream of uri.analyse (browsers mostly cannot show it live)',
    apply: onStreams(({ codec }) => (codec === 'h264' ? { codec: 'h265' } : undefined)),
  },
  { ...frameRate(15), takes: () => 2 },
  { ...detectorRate(5), takes: () => 2 },
  { ...detectorRate(2), takes: () => 3 },
  { ...frameRate(10), takes: () => 4 },
  { ...detectorRate(1), takes: () => 5 },
  { ...subStream('360p', SMALL), takes: () => 6 },
  {
    ...{ id: 'auto', kind: 'decoder', takes: () => 3, words: 'decode: auto' },
    todo: 'decode: auto in each stream: key frames alone while they come as often as detector.rate asks',
    apply: onPipelines(withAuto),
  },
  {
    ...{ id: 'no-tracker', kind: 'tracker', takes: () => 7, words: 'no tracker' },
    todo: 'tracker: {algorithm: none}: objects have no ids',
    apply: onPipelines(withoutTracker),
  },
  {
    ...{
      id: 'keyframes',
      kind: 'decoder',
      takes: () => 9,
      words: `key frames only, ${KEY_FRAME_SECONDS} s apart`,
    },
    todo: 'decode: keyframes in each stream: nothing is tracked between key frames',
    apply: onStreams(({ keyFramesEvery, fps }) =>
      keyFramesEvery === undefined && fps > 1 / KEY_FRAME_SECONDS
        ? { decode: 'keyframes', keyFramesEvery: KEY_FRAME_SECONDS }
        : undefined,
    ),
  },
];

/** Bitrate is taken to fall as pixels per second do. */
function subStream(
  id: string,
  size: { readonly width: number; readonly height: number },
): Omit<Step, 'takes'> {
  const area = size.width * size.height;
  return {
    ...{ id, kind: 'size', words: `sub-streams at ${id}` },
    todo: `uri.analyse: the cameras' sub-stream, set to ${size.width}x${size.height}`,
    apply: onStreams(({ width, height, mbps }) =>
      width * height > area ? { ...size, mbps: (mbps * area) / (width * height) } : undefined,
    ),
  };
}

function frameRate(most: number): Omit<Step, 'takes'> {
  return {
    ...{ id: `${most}fps`, kind: 'fps', words: `${most} fps` },
    todo: `set ${most} frames per second in the cameras, and fps: ${most} in weir.yaml`,
    apply: onStreams(({ fps, mbps }) => (fps > most ? { fps: most, mbps: (mbps * most) / fps } : undefined)),
  };
}

function detectorRate(rate: number): Omit<Step, 'takes'> {
  return {
    ...{ id: `rate-${rate}`, kind: 'rate', words: `detector.rate ${rate}` },
    todo: `detector: {rate: ${rate}}: inferences per second and stream`,
    apply: onPipelines((pipeline) => lowered(pipeline, rate)),
  };
}

function lowered(pipeline: PlannedPipeline, rate: number): PlannedPipeline | undefined {
  const { interval: _, ...detector } = pipeline.detector;
  const changed = { ...pipeline, detector: { ...detector, rate } };
  const load = (of: PlannedPipeline) => inferencesPerSecond(decidedPipeline(of));
  return load(changed) < load(pipeline) ? changed : undefined;
}

/** undefined where it would have all frames decoded all the same. */
function withAuto(pipeline: PlannedPipeline): PlannedPipeline | undefined {
  const streams = pipeline.streams.map((stream) =>
    stream.keyFramesEvery === undefined ? { ...stream, decode: 'auto' as const } : stream,
  );
  const after = decidedPipeline({ ...pipeline, streams });
  const before = decidedPipeline(pipeline);
  const load = ({ streams: list }: PlannedPipeline) => sum(list, decodedFps);
  return load(after) < load(before) ? { ...pipeline, streams } : undefined;
}

function withoutTracker(pipeline: PlannedPipeline): PlannedPipeline | undefined {
  if (pipeline.tracker.algorithm === 'none') return undefined;
  const elements = pipeline.graph.elements.filter((element) => element !== 'nvtracker');
  const graph = { ...pipeline.graph, elements };
  return { ...pipeline, tracker: { ...pipeline.tracker, algorithm: 'none' }, graph };
}

/** Where the mux scales to no more than that, a detector never sees more. */
function isAtMost(
  { pipelines }: PlanInput,
  size: { readonly width: number; readonly height: number },
): boolean {
  return pipelines.every(({ mux }) => mux.width <= size.width && mux.height <= size.height);
}

function onStreams(change: (stream: PlannedStream) => Partial<PlannedStream> | undefined): Step['apply'] {
  return onPipelines((pipeline) => {
    const streams = pipeline.streams.map((stream) => ({ ...stream, ...change(stream) }));
    return pipeline.streams.some((stream) => change(stream)) ? { ...pipeline, streams } : undefined;
  });
}

function onPipelines(change: (pipeline: PlannedPipeline) => PlannedPipeline | undefined): Step['apply'] {
  return (input) => {
    const changed = input.pipelines.map(change);
    if (changed.every((pipeline) => pipeline === undefined)) return undefined;
    return { pipelines: input.pipelines.map((pipeline, i) => changed[i] ?? pipeline) };
  };
}

/** The input after the steps, in order; undefined where one of them changes nothing. */
function changed(input: PlanInput, steps: readonly Step[]): PlanInput | undefined {
  return steps.reduce<PlanInput | undefined>((now, step) => now && step.apply(now), input);
}

/** Single steps that fit, and pairs of which neither step alone does. */
export function smallestChanges(input: PlanInput, judge: (changed: PlanInput) => Outcome): Change[] {
  const fitting: { readonly steps: readonly Step[]; readonly change: Change }[] = [];
  const attempt = (combination: readonly Step[]) => {
    const after = changed(input, combination);
    const change = after && changeOf(combination, judge(after));
    if (change) fitting.push({ steps: combination, change });
  };
  for (const step of STEPS) attempt([step]);
  const alone = new Set(fitting.flatMap(({ change }) => change.steps));
  for (const pair of pairsOf(STEPS.filter(({ id }) => !alone.has(id)))) attempt(pair);
  const takes = (each: readonly Step[]) => sum(each, (step) => step.takes(input));
  return fitting
    .sort((a, b) => takes(a.steps) - takes(b.steps) || a.change.load - b.change.load)
    .map(({ change }) => change);
}

function pairsOf(steps: readonly Step[]): Step[][] {
  return steps.flatMap((a, i) => steps.slice(i + 1).flatMap((b) => (a.kind === b.kind ? [] : [[a, b]])));
}

function changeOf(
  steps: readonly Step[],
  { verdict, load, limiting, maxStreams }: Outcome,
): Change | undefined {
  if (verdict === 'too-large' || load === null || limiting === null) return undefined;
  return {
    steps: steps.map(({ id }) => id),
    words: steps.map(({ words }) => words).join(' and '),
    todo: steps.map(({ todo }) => todo),
    ...{ verdict, load, limiting, maxStreams },
  };
}
