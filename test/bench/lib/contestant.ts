/** What somebody who analyses cameras lets us see while he does, and one measurement of it. */
import type { Camsim } from '../../support/camsim.js';
import { quantile } from '../../support/times.js';
import { pass, until } from '../../support/wait.js';
import { cpuOfTree, rssOfTree } from './processes.js';
import type { BenchScene } from './scene.js';

/** Totals since it began. */
export interface StreamCounts {
  readonly id: string;
  /** Taken from the camera and done with: analysed, or left out on purpose. */
  readonly frames: number;
  /** Pictures lost because somebody fell behind. */
  readonly dropped: number;
  readonly inferred: number;
  readonly objects: number;
}

/** What was found in a picture became known. */
export interface Arrival {
  readonly stream: string;
  /** Of the stream, counted from 0. */
  readonly frame: number;
  readonly inferred: boolean;
  /** Of the stream's messages, where they are numbered. */
  readonly sequence?: number;
  /** Unix milliseconds. */
  readonly at: number;
}

export interface Runner extends AsyncDisposable {
  /** Frames are numbered before any is lost; else their numbers mean something only while none is. */
  readonly numbersAll?: boolean;
  /** Roots of the process trees whose CPU time counts. */
  readonly pids: readonly number[];
  counts(): Promise<readonly StreamCounts[]>;
  /** All so far, in order. */
  arrivals(): readonly Arrival[];
}

export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

export interface Sample {
  readonly streams: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly rssMiB: number;
  /** By the cameras, meanwhile. */
  readonly sent: number;
  readonly frames: number;
  readonly dropped: number;
  readonly inferred: number;
  readonly objects: number;
  /** Most over least of a stream's inferences. */
  readonly unfairness: number;
  /** From when the camera's frame was due to its detections; absent where frames cannot be told apart. */
  readonly latency?: Latency;
  /** The same of frames that were only tracked. */
  readonly trackedLatency?: Latency;
}

export interface Window {
  readonly seconds: number;
  /** After every stream flows; default 2. */
  readonly settleSeconds?: number;
  /** Frames by which a stream flows; default 5. */
  readonly flowing?: number;
}

/** Cameras whose first frame was due when. */
type Begun = ReadonlyMap<string, number>;

export async function measure(
  runner: Runner,
  cameras: Camsim,
  { footage, keyFrames }: Pick<BenchScene, 'footage' | 'keyFrames'>,
  { seconds, settleSeconds = 2, flowing = 5 }: Window,
): Promise<Sample> {
  const flows = async (): Promise<boolean> => {
    const counts = await runner.counts();
    return counts.length > 0 && counts.every(({ frames }) => frames >= flowing);
  };
  // Whoever is asked for too much may never get there: what he does then is told all the same.
  await until('every stream flows', flows, { timeoutMs: 60_000, everyMs: 100 }).catch(() => false);
  await pass(settleSeconds * 1000);
  const before = await look(runner, cameras);
  await pass(seconds * 1000);
  const after = await look(runner, cameras);
  const change = (of: keyof Omit<StreamCounts, 'id'>): number[] =>
    after.counts.map((now, i) => now[of] - (before.counts[i]?.[of] ?? 0));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const inferred = change('inferred');
  const arrivals = runner.arrivals().filter(({ at }) => at >= before.at && at < after.at);
  // Of what is not decoded nobody knows the number.
  const begun = keyFrames ? undefined : await beginnings(cameras, footage.fps);
  const skipped = lostBefore(runner, before.counts, after.counts);
  const delays = (wanted: boolean): Latency | undefined =>
    begun &&
    latency(
      arrivals.filter(({ inferred: is }) => is === wanted),
      { begun, skipped, fps: footage.fps },
    );
  const [detected, tracked] = [delays(true), delays(false)];
  return {
    streams: after.counts.length,
    seconds: (after.at - before.at) / 1000,
    cpuSeconds: after.cpu - before.cpu,
    rssMiB: after.rss,
    sent: after.sent - before.sent,
    frames: sum(change('frames')),
    dropped: sum(change('dropped')),
    inferred: sum(inferred),
    objects: sum(change('objects')),
    unfairness: Math.max(...inferred) / Math.min(...inferred),
    ...(detected && { latency: detected }),
    ...(tracked && { trackedLatency: tracked }),
  };
}

async function look(runner: Runner, cameras: Camsim) {
  const [counts, sent] = await Promise.all([runner.counts(), framesSent(cameras)]);
  const total = (of: (pid: number) => number): number => runner.pids.reduce((sum, pid) => sum + of(pid), 0);
  return { at: Date.now(), counts, sent, cpu: total(cpuOfTree), rss: total(rssOfTree) };
}

export async function framesSent(cameras: Camsim): Promise<number> {
  return Object.values(await cameras.stats()).reduce((sum, each) => sum + each.framesSent, 0);
}

/** When each camera's first frame was due; undefined if one has not kept its pace since. */
async function beginnings(cameras: Camsim, fps: number): Promise<Begun | undefined> {
  const stats = Object.values(await cameras.stats());
  const now = Date.now();
  const paced = stats.every(({ runs }) => {
    const run = runs.at(-1);
    return run && Math.abs(((now - run.began) / 1000) * fps - run.frames) < 3;
  });
  return paced ? new Map(stats.map(({ id, runs }) => [id, runs.at(-1)?.began ?? 0])) : undefined;
}

/** By stream: frames to be added to its numbers. A stream that lost some meanwhile has no numbers to rely on. */
function lostBefore(
  { numbersAll = false }: Runner,
  before: readonly StreamCounts[],
  after: readonly StreamCounts[],
): ReadonlyMap<string, number> {
  if (numbersAll) return new Map(before.map(({ id }) => [id, 0]));
  const steady = before.filter(({ dropped }, i) => after[i]?.dropped === dropped);
  return new Map(steady.map(({ id, dropped }) => [id, dropped]));
}

interface Numbering {
  readonly begun: Begun;
  readonly skipped: ReadonlyMap<string, number>;
  readonly fps: number;
}

function latency(arrivals: readonly Arrival[], { begun, skipped, fps }: Numbering): Latency | undefined {
  const delays = arrivals.flatMap(({ stream, frame, at }) => {
    const [first, lost] = [begun.get(stream), skipped.get(stream)];
    return first === undefined || lost === undefined ? [] : at - first - ((frame + lost) / fps) * 1000;
  });
  if (delays.length === 0) return undefined;
  const [p50, p99] = [0.5, 0.99].map((q) => Math.round(quantile(delays, q))) as [number, number];
  return { count: delays.length, p50, p99 };
}

/**
 * Whether it kept up: all that the cameras sent was done with, save a frame per stream that was on its way, nothing
 * was lost in between, and as often as was asked for somebody looked.
 */
export function sustained(sample: Sample, rate: number): boolean {
  const { streams, seconds, sent, frames, dropped, inferred } = sample;
  const due = streams * rate * seconds;
  return dropped === 0 && frames >= 0.99 * sent - streams && inferred >= 0.95 * due - streams;
}
