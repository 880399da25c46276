/** The report's pictures, by file name. Pure. */
import { type BatchFindings, perSecond } from '../lib/batches.js';
import { floor, of, spent, type StreamsFindings } from '../lib/comparison.js';
import type { Name } from '../lib/field.js';
import { type GrowthFindings, perFrame } from '../lib/growth.js';
import type { KeyFrameFindings } from '../lib/key-frames.js';
import { barChart, lineChart, type Point, type Series } from '../lib/plot.js';
import { spread } from '../lib/statistics.js';

export type Charts = Readonly<Record<string, string>>;

function point(x: number, values: readonly number[]): Point[] {
  if (values.length === 0) return [];
  const { median, least, most } = spread(values);
  return [{ x, y: median, least, most }];
}

const SHORT: Partial<Readonly<Record<Name, string>>> = {
  weir: 'Weir',
  opencv: 'OpenCV',
  ffmpeg: 'ffmpeg, Node',
  'ffmpeg-thinned': 'thinned',
  'ffmpeg-keys': 'key frames',
  appsink: 'appsink, Node',
};

export function streamCharts({ sizes, names, rate, fps }: StreamsFindings): Charts {
  const rivals = names.filter((name) => name !== 'decoding');
  const series = (values: (size: StreamsFindings['sizes'][number], name: Name) => number[]): Series[] =>
    rivals.map((name) => ({
      name: SHORT[name] ?? name,
      points: sizes.flatMap((size) => point(size.streams, values(size, name))),
    }));
  const least: Series = {
    name: 'floor',
    points: sizes.flatMap((size) =>
      point(
        size.streams,
        floor(size, rate).map((each) => each * 1000),
      ),
    ),
  };
  const x = `streams, 640×360 at ${fps} fps`;
  return {
    'streams-cpu.svg': lineChart({
      ...{ title: 'CPU time per stream', x, y: 'ms of CPU per stream and second' },
      series: [...series((size, name) => spent(size, name).map((each) => each * 1000)), least],
    }),
    'streams-latency.svg': lineChart({
      ...{ title: 'From frame to detections, p99', x, y: 'ms', logarithmic: true },
      series: series((size, name) => of(size, name).flatMap(({ latency }) => latency?.p99 ?? [])),
    }),
    'streams-done.svg': lineChart({
      ...{ title: 'Frames done with, of those that cameras sent', x, y: '%' },
      series: series((size, name) =>
        of(size, name).map(({ frames, sent, dropped }) => (100 * Math.min(frames, sent - dropped)) / sent),
      ),
    }),
  };
}

export function keyFrameChart({ scenes, rivals }: KeyFrameFindings): Charts {
  const bars = (name: Name): Series => ({
    name: SHORT[name] ?? name,
    points: scenes.flatMap(({ outcomes, many, few }, i) =>
      point(
        i,
        outcomes
          .filter((each) => each.name === name && each.streams === (name === 'weir' ? many : few))
          .map(({ perStreamSecond }) => perStreamSecond * 1000),
      ),
    ),
  });
  return {
    'key-frames.svg': barChart({
      title: 'One detection a second: key frames alone, and everything decoded',
      y: 'ms of CPU per stream and second',
      groups: scenes.map(({ size, fps }) => `${size} at ${fps} fps`),
      series: (['weir', ...rivals] as const).map(bars),
    }),
  };
}

export function batchCharts({ settings }: BatchFindings): Charts {
  const timeouts = [...new Set(settings.map(({ timeoutMs }) => timeoutMs))];
  const series = (values: (setting: BatchFindings['settings'][number]) => number[]): Series[] =>
    timeouts.map((timeoutMs) => ({
      name: `timeout ${timeoutMs} ms`,
      points: settings
        .filter((setting) => setting.timeoutMs === timeoutMs)
        .flatMap((setting) => point(setting.batch, values(setting))),
    }));
  return {
    'batch-latency.svg': lineChart({
      ...{ title: 'Latency at 32 detections a second, p99', x: 'pictures per inference at most', y: 'ms' },
      series: series(({ usual }) => usual.flatMap(({ latency }) => latency?.p99 ?? [])),
    }),
    'batch-throughput.svg': lineChart({
      ...{
        title: 'Most detections a second',
        x: 'pictures per inference at most',
        y: 'detections per second',
      },
      series: series(({ full }) => perSecond(full)),
    }),
  };
}

export function growthChart({ sizes }: GrowthFindings): Charts {
  const points = sizes.flatMap(({ objects, outcomes }) => point(objects, perFrame(outcomes)));
  return {
    'objects.svg': lineChart({
      ...{ title: 'CPU time per frame by objects in it', x: 'objects per frame', y: 'ms of CPU per frame' },
      series: [{ name: 'Weir', points }],
    }),
  };
}
