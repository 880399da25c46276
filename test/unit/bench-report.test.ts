/** What the benchmarks found, judged and written down. */
import { expect, test } from 'vitest';
import { measure, type Runner, sustained } from '../bench/lib/contestant.js';
import { capacity, comparison, slope, type StreamsFindings } from '../bench/lib/comparison.js';
import { type Name, type Outcome, TITLES } from '../bench/lib/field.js';
import { type GrowthFindings, perObject } from '../bench/lib/growth.js';
import { parseShares } from '../bench/lib/perf.js';
import { spread } from '../bench/lib/statistics.js';
import { benchmarksPage } from '../bench/report/page.js';
import { keyFrameTargets, metadataTargets, streamTargets } from '../bench/report/targets.js';
import type { Camsim, CameraStats } from '../support/camsim.js';

const RATE = 1;

/** `each`: CPU milliseconds per stream and second; `lost` of 1,000 frames. */
function outcome(name: Name, streams: number, each: number, lost = 0): Outcome {
  const sample = {
    ...{ name, streams, seconds: 10, cpuSeconds: (each * streams) / 100, rssMiB: 100, unfairness: 1 },
    ...{
      sent: 150 * streams,
      frames: 150 * streams - lost,
      dropped: lost,
      inferred: 10 * streams,
      objects: 0,
    },
    ...(lost === 0 && { latency: { count: 10, p50: 40, p99: 90 } }),
  };
  const keptUp = name === 'decoding' || sustained(sample, RATE);
  return { ...sample, sustained: keptUp, perStreamSecond: each / 1000 };
}

const FINDINGS: StreamsFindings = {
  ...{ rate: RATE, fps: 15, seconds: 10, rounds: 2, model: 'm', titles: TITLES },
  names: ['weir', 'decoding', 'opencv'],
  sizes: [8, 16, 32].map((streams) => ({
    streams,
    inference: [0.015, 0.015],
    outcomes: [1, 2].flatMap((round) => [
      outcome('weir', streams, 36 + round),
      outcome('decoding', streams, 17 + round),
      outcome('opencv', streams, 50 + round, streams > 8 ? 20 : 0),
    ]),
  })),
};

test('whoever loses a frame, leaves some undone or detects less than was asked does not keep up', () => {
  const good = outcome('weir', 8, 30);
  expect(sustained(good, RATE)).toBe(true);
  expect(sustained({ ...good, dropped: 1 }, RATE)).toBe(false);
  expect(sustained({ ...good, frames: good.sent * 0.97 }, RATE)).toBe(false);
  expect(sustained({ ...good, inferred: 60 }, RATE)).toBe(false);
});

test('capacity is the most streams that were kept up with; slope is what one more costs', () => {
  expect([capacity(FINDINGS, 'weir'), capacity(FINDINGS, 'opencv')]).toEqual([32, 8]);
  expect(slope(FINDINGS, 'weir')).toBeCloseTo(0.0375, 5);
});

test('targets tell what was met, and by how much one was missed', () => {
  const found = streamTargets(FINDINGS).map(({ what, met, missedBy }) => [what, met, missedBy]);
  expect(found).toEqual([
    ['CPU over the floor, 32 streams', true, undefined],
    ['frames lost, 32 streams', true, undefined],
    ['latency p99, 32 streams', true, undefined],
    ["CPU of “OpenCV, a thread per camera” over Weir's, 32 streams, though it lost frames", true, undefined],
    ['streams without a loss, against “OpenCV, a thread per camera”', true, undefined],
  ]);
  const dear = FINDINGS.sizes.map((size) => ({
    ...size,
    outcomes: size.outcomes.map((o) => (o.name === 'weir' ? outcome('weir', o.streams, 69, 3) : o)),
  }));
  const missed = streamTargets({ ...FINDINGS, sizes: dear }).map(({ missedBy }) => missedBy);
  expect(missed).toEqual(['79 % over', '6 lost', 'unknown', '25 % short', '8 fewer']);
});

test('the key frames of one that falls behind cost little, and that is told', () => {
  const scene = (detected: number) => ({
    ...{ size: '720p', fps: 15, many: 32, few: 8, inference: [0.01] },
    outcomes: [
      {
        ...outcome('weir', 32, 20),
        sustained: sustained({ ...outcome('weir', 32, 20), inferred: detected }, RATE),
      },
      outcome('opencv', 8, 80),
      outcome('ffmpeg', 8, 50),
    ],
  });
  const judged = (detected: number) =>
    keyFrameTargets({
      ...{ rounds: 1, seconds: 10, model: 'm', rivals: ['opencv', 'ffmpeg'], titles: TITLES },
      scenes: [scene(detected)],
    }).map(({ missedBy }) => missedBy);
  expect(judged(320)).toEqual([undefined, '17 % short', undefined]);
  expect(judged(90)).toEqual([undefined, '17 % short', 'it falls behind']);
});

test('the metadata path is held to a share of a core, to objects and to ready bytes', () => {
  const targets = metadataTargets({
    figures: { json: { coreShare: spread([0.025, 0.024, 0.026]) } },
    ratios: { objectsToJsonCore: spread([5.5]), jsonToFloorJs: spread([1.2]) },
  });
  expect(targets.map(({ missedBy }) => missedBy)).toEqual(['25 % over', undefined, undefined]);
});

test('the page has a table for each size, and a picture for each chart it names', () => {
  const machine = { cpu: 'c', cores: 2, memoryGiB: 8, kernel: 'k', node: 'n' };
  const streams = {
    name: 'streams',
    date: '2026-01-02T',
    machine,
    findings: FINDINGS,
    tables: comparison(FINDINGS),
  };
  const { text, charts } = benchmarksPage({ streams }, '## Notes\n\nSo it is.');
  expect([...text.matchAll(/\(images\/bench\/(.+?)\)/g)].map(([, file]) => file)).toEqual(
    Object.keys(charts),
  );
  expect(text).toContain('So it is.');
  expect(text).toMatch(/\| 32 \| 33\.5 .*\| 37\.5 \(37\.0–38\.0\), 1\.12 \(1\.12–1\.12\) \|/);
  expect(text).not.toMatch(/NaN|undefined/);
});

test('the slope over objects is per object, not per frame', () => {
  const sizes = [1, 10, 100].map((objects) => ({
    objects,
    outcomes: [{ ...outcome('weir', 1, 1), frames: 1000, cpuSeconds: 1 + objects * 0.005 }],
  }));
  const findings: GrowthFindings = { streams: 1, fps: 15, rounds: 1, seconds: 1, sizes };
  expect(perObject(findings)).toBeCloseTo(5, 6);
});

test('what perf says is read, without addresses that have no name', () => {
  const said =
    '    50.00%  libonnxruntime.so.1  [.] MlasGemm   -      -  \n  3%  lib.so  [.] 0x0000000000350c64\n\n# note\n';
  expect(parseShares(said)).toEqual([{ what: 'libonnxruntime.so.1 MlasGemm', share: 0.5 }]);
});

test('latency counts from when the frame was due, frames lost before the window included', async () => {
  const began = Date.now() - 10_000;
  const fps = 10;
  const run = () => ({ firstFrame: 7, began, frames: Math.round(((Date.now() - began) / 1000) * fps) });
  const stats = async () =>
    ({ a: { id: 'a', framesSent: run().frames, runs: [run()] } as unknown as CameraStats }) as const;
  const cameras = { stats } as unknown as Camsim;
  // Two frames were lost at the start: number n is the camera's n + 2.
  const runner: Runner = {
    pids: [],
    counts: async () => [{ id: 'a', frames: 50, dropped: 2, inferred: 5, objects: 0 }],
    arrivals: () => {
      const frame = Math.floor(((Date.now() - began) / 1000) * fps);
      return Array.from({ length: frame }, (_, n) => {
        const at = began + ((n + 2) / fps) * 1000 + 30;
        return { stream: 'a', frame: n, inferred: true, at };
      });
    },
    [Symbol.asyncDispose]: async () => {},
  };
  const footage = { file: '', width: 1, height: 1, fps };
  const { latency } = await measure(runner, cameras, { footage }, { seconds: 0.3, settleSeconds: 0 });
  expect(latency).toMatchObject({ p50: 30, p99: 30 });
});
