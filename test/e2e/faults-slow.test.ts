/** Faults after which a stream waits for minutes, and one that lasts an hour: by a clock that the test pushes. */
import { afterAll, expect, test } from 'vitest';
import { writeReliabilityPage } from '../../scripts/reliability-report.js';
import { type Camsim, startCamsim } from '../support/camsim.js';
import { type ClockedWorker, startClocked } from '../support/local-worker.js';
import { Random, scenarioSeed } from '../support/fleet/random.js';
import { startNats } from '../support/nats.js';
import { H264 } from '../support/paths.js';
import { LONG, type Measured, measured, reportPart, type RowReport } from '../support/reliability.js';
import { specText } from '../support/spec.js';
import { type Timeline, timeline } from '../support/timeline.js';
import { until } from '../support/wait.js';
import { flap } from './faults/flapping.js';

const CAMERAS = 5;
const ROUNDS = LONG ? 4 : 1;
const FLAPPING_MS = LONG ? 3_600_000 : 120_000;
/** The longest wait after a network failure, how long a stream must flow after a flap, and what a camera needs. */
const BACK_MS = 10_000 + 5_000 + 3_000;
/** How exactly the moment of a recovery is known. */
const STEP_MS = 500;
const fast = { everyMs: 5, timeoutMs: 60_000 };

const random = new Random(scenarioSeed('slow faults', 15));
const reports: RowReport[] = [];

afterAll(() => {
  reportPart('slow', reports);
  writeReliabilityPage();
});

interface Scene extends ClockedWorker {
  readonly cameras: Camsim;
  readonly watched: Timeline;
}

async function withScene(ids: readonly string[], use: (scene: Scene) => Promise<void>): Promise<void> {
  await using nats = await startNats();
  await using watched = await timeline(nats.url);
  await using cameras = await startCamsim({
    cameras: ids.map((id) => ({ id, file: H264, fps: 10 })),
    ownPort: true,
  });
  const streams = ids.map((id) => ({ id, uri: cameras.uris[id], fps: 10 }));
  const live = ids.map((id) => watched.detections(id, { what: `${id} to be live` }));
  const detector = { model: 'synthetic', rate: 5 };
  await using clocked = await startClocked(specText(nats.url, { detector, streams }));
  await Promise.all(live);
  await use({ ...clocked, cameras, watched });
}

interface Refusal {
  readonly row: number;
  readonly code: 401 | 404 | 503;
  readonly cause: string;
  readonly waitMs: number;
}

/** One camera refuses, is mended without a word, and is waited for; milliseconds of the clock. */
async function refusal(scene: Scene, id: string, { code, cause }: Refusal): Promise<number> {
  const { clock, cameras, watched, row } = scene;
  await cameras.fault(id, { kind: 'status', code, drop: true });
  await until(`${id} tells ${cause}`, () => row(id).cause === cause, fast);
  const { epoch, losses } = row(id);
  await cameras.clear(id);
  clock.advance(random.next() * 20_000);
  const mended = clock.now();
  let back: number | undefined;
  const detection = watched.detections(id, { what: `${id} to be back` }).then(() => (back = clock.now()));
  const waits = (): boolean => row(id).state === 'failed' || row(id).state === 'waiting';
  await until(`${id} is back`, () => (waits() && clock.advance(STEP_MS), back !== undefined), fast);
  await detection;
  expect(row(id).epoch, `${id} was called once`).toBe(epoch + 1);
  expect(row(id).losses, `${id} was not lost again`).toEqual(losses);
  return (back ?? Number.NaN) - mended;
}

const REFUSALS: readonly Refusal[] = [
  { row: 4, code: 401, cause: 'unauthorized', waitMs: 300_000 },
  { row: 5, code: 404, cause: 'not-found', waitMs: 60_000 },
  { row: 5, code: 503, cause: 'unavailable', waitMs: 60_000 },
];

test.each(REFUSALS)(
  'a camera that answers $code is left alone for its time, then called once, and is live',
  async (each) => {
    const ids = Array.from({ length: CAMERAS }, (_, i) => `cam-${i + 1}`);
    await withScene(ids, async (scene) => {
      const all: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        for (const id of ids) all.push(await refusal(scene, id, each));
      }
      const { row, code, waitMs } = each;
      expect(Math.max(...all)).toBeLessThan(1.1 * waitMs + 5_000);
      // Up to 20 s had passed when it was mended.
      expect(Math.min(...all)).toBeGreaterThan(0.9 * waitMs - 21_000);
      reports.push({
        ...{ row, name: `${code} from the camera, mended without a word to Weir`, injections: all.length },
        ...{ clock: 'injected', recovery: measured(all, 1.1 * waitMs) as Measured },
      });
    });
  },
  LONG ? 600_000 : 120_000,
);

test(
  `a camera that comes and goes every 2 s for ${FLAPPING_MS / 60_000} min is called less and less, and never live`,
  async () => {
    await withScene(['flaps', 'steady'], async (scene) => {
      const { clock, cameras, watched, row } = scene;
      const begun = performance.now();
      const { epoch } = row('flaps');
      const lastsMs = await flap(scene, cameras, { id: 'flaps', halfMs: 2_000, lastsMs: FLAPPING_MS });
      const over = clock.now();
      const real = performance.now() - begun;
      const { attempt, epoch: last } = row('flaps');
      await until('it is live again', () => row('flaps').state === 'live', { everyMs: 50 });
      const recovery = measured([clock.now() - over], BACK_MS) as Measured;
      const told = watched.statuses.filter(
        ({ at, message }) => at >= begun && at <= begun + real && message.stream === 'flaps',
      ).length;
      const tries = last - epoch;
      expect(attempt, 'failures in a row').toBeGreaterThan(5);
      expect(tries, `connections in ${lastsMs} ms`).toBeLessThan(lastsMs / 3_000);
      expect(told, `statuses in ${real} ms`).toBeLessThanOrEqual(real / 1_000 + 2);
      expect(row('steady')).toMatchObject({ state: 'live', epoch: 1 });
      const name = `there for 2 s, away for 2 s, for ${Math.round(lastsMs / 60_000)} min`;
      const note = `${tries} connections, ${(lastsMs / tries / 1_000).toFixed(1)} s apart on average, and ${told} statuses in ${(real / 1_000).toFixed(0)} s of real time. Back means the state live: a wait of at most 10 s, then 5 s of frames.`;
      reports.push({ row: 15, name, injections: 1, clock: 'injected', recovery, note });
    });
  },
  LONG ? 1_800_000 : 120_000,
);
