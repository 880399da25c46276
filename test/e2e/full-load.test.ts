/**
 * As many cameras as two cores carry, every frame tracked, a detection a second each: nothing is lost outside the
 * detector, no camera is served better than another, and nothing grows.
 */
import { expect, test } from 'vitest';
import { type Arrival, measure, type StreamCounts } from '../bench/lib/contestant.js';
import { startWeir } from '../bench/contestants/weir.js';
import { rssOfTree } from '../bench/lib/processes.js';
import { benchModel, startCameras } from '../bench/lib/scene.js';
import { reportScenario } from '../support/fleet/report.js';
import { startNats } from '../support/nats.js';
import { H264 } from '../support/paths.js';
import { LONG } from '../support/reliability.js';
import { trend } from '../support/trend.js';
import { pass } from '../support/wait.js';

const CAMERAS = LONG ? 32 : 8;
const SECONDS = LONG ? 600 : 6;
/** Allocators and tracks have found their size by then. */
const WARM_UP_SECONDS = LONG ? 30 : 2;
const RATE = 1;
const SCENE = {
  streams: CAMERAS,
  footage: { file: H264, width: 640, height: 360, fps: 15 },
  model: benchModel('nanodet-320x256'),
  rate: RATE,
};
const RSS_SAMPLES = 60;
/** Of the pipeline's process: what is not told from noise of an allocator. */
const RSS_SHARE = 0.01;
/** Of all processes: the supervisor makes so little garbage that V8 lets a generation of 16 MiB fill for many minutes. */
const RSS_MIB = 16;
const UNFAIR = 1.2;
const LATE_MS = 500;

/** How far a line through the values rises from one end to the other. */
const rise = (values: readonly number[]): number => trend(values).slope * values.length;

/** Messages missing between the first and the last that came, of all streams. */
function gaps(arrivals: readonly Arrival[]): number {
  const last = new Map<string, number>();
  let missing = 0;
  for (const { stream, sequence = Number.NaN } of arrivals) {
    missing += sequence - (last.get(stream) ?? sequence - 1) - 1;
    last.set(stream, sequence);
  }
  return missing;
}

const perStream = (before: readonly StreamCounts[], after: readonly StreamCounts[]): number[] =>
  after.map(({ inferred }, i) => inferred - (before[i]?.inferred ?? 0));

test(
  `${CAMERAS} cameras for ${SECONDS} s`,
  async () => {
    await using nats = await startNats();
    await using cameras = await startCameras(SCENE);
    await using weir = await startWeir(SCENE, cameras, nats.url);
    const [worker = 0] = await weir.appliance.workers();
    const rss: { all: number; worker: number }[] = [];
    const look = () => rss.push({ all: rssOfTree(weir.appliance.pid), worker: rssOfTree(worker) });
    const watch = setInterval(look, (SECONDS * 1000) / RSS_SAMPLES);
    const sample = await measure(weir, cameras, SCENE, { seconds: SECONDS, settleSeconds: WARM_UP_SECONDS });
    clearInterval(watch);
    const arrivals = weir.arrivals();
    const [from, before] = [arrivals.length, await weir.counts()];
    // Every stream in turn, for whole turns: what one was ahead at the end of the window says nothing.
    await pass((LONG ? 30 : 4) * 1000);
    const looked = perStream(before, await weir.counts());
    const [least, most] = [Math.min(...looked), Math.max(...looked)];
    const settled = rss.slice(-RSS_SAMPLES);
    const all = rise(settled.map(({ all }) => all));
    const share = rise(settled.map(({ worker }) => worker)) / (settled[0]?.worker ?? 1);
    // Where nothing is tracked, frames without a detection have no message.
    const late = [sample.latency?.p99, sample.trackedLatency?.p99 ?? 0].map((ms) => ms ?? Number.NaN);

    reportScenario('full-load', {
      title: `${CAMERAS} cameras at full load`,
      seed: 0,
      text: [
        `${sample.sent} frames sent in ${sample.seconds.toFixed(0)} s, ${sample.frames} done with, ${sample.dropped} lost; ${sample.inferred} detections.`,
        `Detections per camera: ${least} to ${most} in the last stretch, most over least ${sample.unfairness.toFixed(2)} in all.`,
        `Latency p99: ${late[0]} ms for detections, ${late[1]} ms for tracked frames.`,
        `CPU: ${(sample.cpuSeconds / sample.seconds).toFixed(2)} cores; RSS ${sample.rssMiB.toFixed(0)} MiB; its trend over the time: ${all.toFixed(1)} MiB in all, ${(share * 100).toFixed(2)} % in the process of the pipeline.`,
      ],
    });

    expect(sample.dropped).toBe(0);
    expect(gaps(arrivals.slice(0, from))).toBe(0);
    // What was on its way at either end.
    expect(Math.abs(sample.frames - sample.sent)).toBeLessThanOrEqual(3 * CAMERAS);
    expect(sample.inferred).toBeGreaterThanOrEqual(CAMERAS * (RATE * SECONDS - 2));
    expect(most - least).toBeLessThanOrEqual(Math.max(2, least * (UNFAIR - 1)));
    if (!LONG) return;
    expect(sample.unfairness).toBeLessThanOrEqual(UNFAIR);
    expect(Math.max(...late)).toBeLessThanOrEqual(LATE_MS);
    expect(share).toBeLessThanOrEqual(RSS_SHARE);
    expect(all).toBeLessThanOrEqual(RSS_MIB);
  },
  (SECONDS + WARM_UP_SECONDS) * 1000 + 120_000,
);
