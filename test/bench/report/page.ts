/** docs/benchmarks.md and its pictures, from what the benchmarks have left. Pure. */
import type { BatchFindings } from '../lib/batches.js';
import { slope, type StreamsFindings } from '../lib/comparison.js';
import { type GrowthFindings, perObject } from '../lib/growth.js';
import type { KeyFrameFindings } from '../lib/key-frames.js';
import type { Result } from '../lib/results.js';
import type { Spread } from '../lib/statistics.js';
import { markdownTable } from '../lib/table.js';
import { batchCharts, type Charts, growthChart, keyFrameChart, streamCharts } from './charts.js';
import {
  keyFrameTargets,
  type MetadataFindings,
  metadataTargets,
  overheadTarget,
  streamTargets,
  type Target,
  targetTable,
} from './targets.js';

/** By name of the benchmark; those that were not run are left out. */
export interface Results {
  readonly metadata?: Result<MetadataFindings> | undefined;
  readonly overhead?: Result<{ readonly ratio: Spread; readonly streams: number }> | undefined;
  readonly streams?: Result<StreamsFindings> | undefined;
  readonly keyframes?: Result<KeyFrameFindings> | undefined;
  readonly batch?: Result<BatchFindings> | undefined;
  readonly growth?: Result<GrowthFindings> | undefined;
  readonly profile?: Result<unknown> | undefined;
}
export type Part = keyof Results;

export interface Page {
  readonly text: string;
  readonly charts: Charts;
}

const IMAGES = 'images/bench';

/** `notes`: what a person says of it, in Markdown. */
export function benchmarksPage(results: Results, notes: string): Page {
  const sections = [
    ...section('Metadata path', results.metadata, METADATA, {}),
    ...section('Cost over the floor', results.overhead, OVERHEAD, {}),
    ...section(
      'Streams',
      results.streams,
      STREAMS,
      results.streams ? streamCharts(results.streams.findings) : {},
    ),
    ...section(
      'Key frames alone',
      results.keyframes,
      KEY_FRAMES,
      results.keyframes ? keyFrameChart(results.keyframes.findings) : {},
    ),
    ...section(
      'Batch size and timeout',
      results.batch,
      BATCH,
      results.batch ? batchCharts(results.batch.findings) : {},
    ),
    ...section(
      'Growth',
      results.growth,
      growthText(results),
      results.growth ? growthChart(results.growth.findings) : {},
    ),
    ...section('Where the time goes', results.profile, PROFILE, {}),
  ];
  const text = [
    '# Benchmarks',
    introduction(Object.values(results) as (Result<unknown> | undefined)[]),
    '## Aims',
    markdownTable(targetTable(targets(results))),
    ...(notes.trim() === '' ? [] : [notes.trim()]),
    ...sections.map(({ body }) => body),
  ];
  return {
    text: `${text.join('\n\n')}\n`,
    charts: Object.assign({}, ...sections.map(({ charts }) => charts)) as Charts,
  };
}

function targets({ metadata, overhead, streams, keyframes }: Results): Target[] {
  return [
    ...(metadata ? metadataTargets(metadata.findings) : []),
    ...(overhead ? [overheadTarget(overhead.findings)] : []),
    ...(streams ? streamTargets(streams.findings) : []),
    ...(keyframes ? keyFrameTargets(keyframes.findings) : []),
  ];
}

interface Section {
  readonly body: string;
  readonly charts: Charts;
}

function section(
  title: string,
  result: Result<unknown> | undefined,
  text: string,
  charts: Charts,
): Section[] {
  if (!result) return [];
  const tables = (result.tables ?? []).map((table) =>
    [...(table.title === undefined ? [] : [`**${table.title}**`]), markdownTable(table)].join('\n\n'),
  );
  const images = Object.keys(charts).map((file) => `![${file.replace('.svg', '')}](${IMAGES}/${file})`);
  return [{ body: [`## ${title}`, text, ...tables, ...images].join('\n\n'), charts }];
}

function introduction(results: readonly (Result<unknown> | undefined)[]): string {
  const known = results.filter((result) => result !== undefined);
  const [first] = known;
  if (!first) return 'Nothing has been measured.';
  const { machine } = first;
  const days = [...new Set(known.map(({ date }) => date.slice(0, 10)))].sort().join(', ');
  return `Written by \`scripts/bench report\`, from measurements of ${days}: ${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}; CPU stand-in. Cameras, message broker and reader share the machine with whoever is measured.

- CPU time is that of a whole process tree, user and system, from \`/proc\`. It holds when the machine is busy; wall time does not.
- Whoever is compared takes turns within one run, every other round backwards. A ratio is taken within a round; tables tell the median of all rounds and, in brackets, the least and the most.
- All have the same cameras, weights, thresholds and ONNX Runtime, one thread per inference and none that spins.
- Latency counts from the moment a camera's frame is due to the moment its detections are known: to a reader on NATS for Weir, within their own process for the others.
- Somebody *keeps up* when nothing was lost, all that was sent was done with, and as many detections were made as were asked for.
- The floor is the same decoder into a \`fakesink\`, and the same number of inferences one by one, each alone. It tracks nothing, publishes nothing and supervises nothing.
- Not measured here, as there is no GPU: NVDEC, TensorRT, anything of a Jetson.`;
}

const METADATA = 'What it takes to turn metadata into published messages.';
const OVERHEAD = 'The appliance, supervisor included, over its floor, with more detections than below.';
const STREAMS = `Each stream is 640×360 at 15 fps; Weir tracks every frame and detects once a second, the others detect once a second and do nothing with the frames between. Against it stand, in \`test/bench/alternatives\`:

- OpenCV: a C++ program with a \`VideoCapture\` thread per camera, a queue of two pictures each, and one loop that detects.
- ffmpeg: a process per camera decodes and scales, and pipes raw pictures into Node.js, which detects with \`onnxruntime-node\`; *thinned*, ffmpeg passes on one picture a second.
- appsink: an addon with a GStreamer pipeline per camera, whose \`appsink\` hands its newest two pictures to Node.js.`;
const KEY_FRAMES = `\`decode\` set to key frames, which come once a second, and each is detected on. Those who decode everything cannot carry as many streams: they are measured with fewer, and compared by CPU time per stream. ffmpeg can be told to decode key frames too, which is what somebody would do who knows of it.`;
const BATCH = `\`detector.batch\` and \`mux.batchTimeoutMs\`. Left, 16 streams are looked at twice a second, which is less than the machine can do: latency shows. Right, every frame of 8 streams is asked for, which is more: throughput shows.`;
const PROFILE =
  'Samples of the worker while it analyses. Libraries named libonnxruntime and libavcodec are the floor.';

function growthText({ growth, streams }: Results): string {
  const objects = growth
    ? `One more object in a frame costs ${perObject(growth.findings).toFixed(1)} µs of CPU`
    : '';
  const one = streams ? slope(streams.findings, 'weir') * 1000 : Number.NaN;
  const more = Number.isFinite(one)
    ? `; one more stream, from 8 on, ${one.toFixed(1)} ms of CPU a second`
    : '';
  return `${objects}${more}. A detector that finds the same objects in every frame at next to no cost shows what clustering, tracking, messages and publishing take.`;
}
