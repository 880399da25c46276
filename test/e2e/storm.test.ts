/** Cameras come and go at random while others are watched: these lose no frame, and hardly notice. */
import { expect, test } from 'vitest';
import { LONG } from '../support/reliability.js';
import {
  gaps,
  longestGap,
  lostFrames,
  type Seen,
  strangers,
  type Window,
} from '../support/fleet/accounting.js';
import { cpuShare } from '../support/fleet/figures.js';
import { allLive, type Fleet, machineLoad, startFleet } from '../support/fleet/fleet.js';
import { Random, scenarioSeed } from '../support/fleet/random.js';
import { reportScenario } from '../support/fleet/report.js';
import { FPS } from '../support/fleet/scenes.js';
import { quantile } from '../support/times.js';
import { pass } from '../support/wait.js';

const CAMERAS = 32;
/** Every fourth camera: no slot is far from one that changes hands. */
const untouched = (camera: number): boolean => camera % 4 === 0;
const OPERATIONS = LONG ? 1_000 : 50;
/** Between two operations, on the average: many overlap with the handshakes of those before. */
const PAUSE_MS = 200;
/** Between removing and adding there are always some away, and never too many. */
const MOST_ABSENT = 6;
/** Times the longest gap of the quiet half, and so many frame intervals, are no more than a shared machine does. */
const CEILING = { factor: 3, intervals: 5 };

interface Operation {
  readonly kind: 'add' | 'remove';
  readonly ms: number;
}

/** Adds and removes at random; resolves with how long each operation took. */
async function storm(fleet: Fleet, random: Random): Promise<Operation[]> {
  const touched = fleet.ids.map((_, camera) => camera).filter((camera) => !untouched(camera));
  const absent = new Set<number>();
  const done: Operation[] = [];
  for (let i = 0; i < OPERATIONS; i++) {
    const present = touched.filter((camera) => !absent.has(camera));
    const adds = absent.size > 0 && (absent.size >= MOST_ABSENT || random.next() < 0.5);
    const camera = random.pick(adds ? [...absent] : present);
    const from = performance.now();
    const { changed } = await (adds
      ? fleet.appliance.channel.add(fleet.stream(camera))
      : fleet.appliance.channel.remove(fleet.ids[camera] ?? ''));
    done.push({ kind: adds ? 'add' : 'remove', ms: performance.now() - from });
    expect(changed).toBe(true);
    if (adds) absent.delete(camera);
    else absent.add(camera);
    await pass(random.next() * 2 * PAUSE_MS);
  }
  for (const camera of absent) await fleet.appliance.channel.add(fleet.stream(camera));
  return done;
}

const within = (seen: readonly Seen[], { from, to }: Window): Seen[] =>
  seen.filter(({ time }) => time >= from && time <= to);

/** What the untouched streams had to suffer in a span of time. */
function suffered(fleet: Fleet, window: Window) {
  const streams = fleet.ids.flatMap((id, camera) => {
    if (!untouched(camera)) return [];
    const seen = within(fleet.recorder.seen(id), window);
    expect(strangers(seen, camera), `${id}: pictures of other cameras`).toEqual([]);
    return [{ frames: seen.length, lost: lostFrames(gaps(seen)), gapMs: longestGap(seen, window) }];
  });
  return {
    frames: streams.reduce((sum, { frames }) => sum + frames, 0),
    lost: streams.reduce((sum, { lost }) => sum + lost, 0),
    gapMs: Math.max(...streams.map(({ gapMs }) => gapMs)),
  };
}

test(
  `${OPERATIONS} random operations on one pipeline: streams that nothing is done to lose no frame`,
  async () => {
    const seed = scenarioSeed('storm', 31_337);
    const random = new Random(seed);
    await using fleet = await startFleet({ cameras: CAMERAS });
    await allLive(fleet, fleet.ids);
    const epochs = await epochsOfUntouched(fleet);

    const quiet = { from: Date.now(), to: 0 };
    const start = await fleet.figures();
    await pass(OPERATIONS * PAUSE_MS);
    quiet.to = Date.now();
    const middle = await fleet.figures();
    const stormy = { from: Date.now(), to: 0 };
    const operations = await storm(fleet, random);
    stormy.to = Date.now();
    const end = await fleet.figures();
    await allLive(fleet, fleet.ids);

    const [before, during] = [suffered(fleet, quiet), suffered(fleet, stormy)];
    const seconds = ({ from, to }: Window): number => (to - from) / 1000;
    const row = (kind: Operation['kind']): (string | number)[] => {
      const ms = operations.filter((o) => o.kind === kind).map((o) => o.ms);
      return [kind, ms.length, ...[0.5, 0.95, 1].map((q) => quantile(ms, q).toFixed(0))];
    };
    reportScenario('storm', {
      title: 'Streams added and removed at random',
      seed,
      text: [
        `${OPERATIONS} operations in ${seconds(stormy).toFixed(0)} s on one pipeline of ${CAMERAS} cameras (640×360, ${FPS} fps, every frame inferred), one after the other; ${CAMERAS / 4} streams were left alone.`,
        `Longest gap between two frames of a stream left alone: ${before.gapMs.toFixed(0)} ms in ${seconds(quiet).toFixed(0)} s without operations, ${during.gapMs.toFixed(0)} ms with them.`,
        `Frames they lost, by the numbers in their pictures: ${before.lost} of ${before.frames} without, ${during.lost} of ${during.frames} with operations.`,
        `CPU of the appliance: ${cpuShare(start, middle, seconds(quiet)).toFixed(2)} of a core without, ${cpuShare(middle, end, seconds(stormy)).toFixed(2)} with operations. Load of the machine ${machineLoad()}.`,
      ],
      table: {
        head: ['Operation', 'Times', 'Median, ms', 'p95, ms', 'Worst, ms'],
        rows: [row('add'), row('remove')],
      },
    });

    expect(during.frames).toBeGreaterThan(0.9 * (CAMERAS / 4) * FPS * seconds(stormy));
    expect(during.lost, 'frames lost by untouched streams').toBe(0);
    expect(await epochsOfUntouched(fleet), 'none of them was connected anew').toEqual(epochs);
    expect(during.gapMs).toBeLessThanOrEqual(
      CEILING.factor * before.gapMs + (CEILING.intervals * 1000) / FPS,
    );
    expect(await fleet.appliance.stop()).toBe(0);
  },
  4 * OPERATIONS * PAUSE_MS + 180_000,
);

async function epochsOfUntouched(fleet: Fleet): Promise<Record<string, number>> {
  const rows = await fleet.appliance.rows();
  const left = rows.filter(({ id }) => untouched(fleet.ids.indexOf(id)));
  return Object.fromEntries(left.map(({ id, epoch }) => [id, epoch]));
}
