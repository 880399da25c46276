/** 32 cameras over real RTSP; operations and faults at random; afterwards everything is as if nothing had been. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { StreamRow } from '../../src/worker/status.js';
import { dropped, longestGap } from '../support/fleet/accounting.js';
import { ChaosDriver } from '../support/fleet/chaos-driver.js';
import type { SceneFiles } from '../support/fleet/faults.js';
import { cpuShare, type Figures } from '../support/fleet/figures.js';
import { allLive, type Fleet, machineLoad, startFleet } from '../support/fleet/fleet.js';
import type { ObjectStorm } from '../support/fleet/object-storm.js';
import { scenarioSeed } from '../support/fleet/random.js';
import { reportScenario } from '../support/fleet/report.js';
import { FPS, otherScene } from '../support/fleet/scenes.js';
import { type ChaosEvent, schedule, type Transport } from '../support/fleet/schedule.js';
import { judge } from '../support/fleet/verdict.js';
import { root } from '../support/paths.js';
import { run } from '../support/process.js';
import { LONG } from '../support/reliability.js';
import { pass, until } from '../support/wait.js';

const CAMERAS = 32;
const WITNESSES = [0, 6, 12, 18, 24, 31];
const USUAL_SEED = 20_261;
const EVENTS = Number(process.env.WEIR_CHAOS_EVENTS ?? (LONG ? 5_000 : 50));
/** As dense in both forms. */
const PER_SECOND = Number(process.env.WEIR_CHAOS_RATE ?? 5);
const HALF_MS = (EVENTS / PER_SECOND) * 1000;
/** A queue that was empty fills, a first batch is late: not what a rate should be measured by. */
const WARM_UP_MS = 5_000;
/** The back-off's cap, turns for handshakes, a late key frame, and 5 s of frames before `live` after a flap. */
const SETTLE_MS = 60_000;
/** Longer than this nobody who has mended a camera waits. */
const PATIENCE_MS = 10_000;
/** Threads that GLib keeps idle for a while, and sockets half closed. */
const SLACK = { threads: 6, fds: 4 };

const TRACED_EVENTS = LONG ? 400 : 20;
const TRACED_MS = 180_000 + 1_000 * TRACED_EVENTS;

const transport = (camera: number): Transport => (camera % 3 === 1 ? 'udp' : 'tcp');

interface Mark {
  readonly at: number;
  readonly figures: Figures;
  readonly witnesses: readonly StreamRow[];
}

async function mark(fleet: Fleet): Promise<Mark> {
  const [rows, figures] = await Promise.all([fleet.appliance.rows(), fleet.figures()]);
  const witnesses = rows.filter(({ id }) => WITNESSES.includes(fleet.ids.indexOf(id)));
  return { at: Date.now(), figures, witnesses };
}

const total = <T>(all: readonly T[], of: (each: T) => number): number =>
  all.reduce((sum, each) => sum + of(each), 0);

/** What the witnesses got, and lost, between two looks. */
function between(fleet: Fleet, before: Mark, after: Mark) {
  const change = (of: (row: StreamRow) => number): number =>
    total(after.witnesses, of) - total(before.witnesses, of);
  const window = { from: before.at, to: after.at };
  const gap = (camera: number): number => longestGap(fleet.recorder.seen(fleet.ids[camera] ?? ''), window);
  return {
    seconds: (after.at - before.at) / 1000,
    frames: change(({ frames }) => frames),
    dropped: change(dropped),
    gapMs: Math.max(...WITNESSES.map(gap)),
    cpu: cpuShare(before.figures, after.figures, (after.at - before.at) / 1000),
  };
}

const NO_FILES: SceneFiles = { half: '', h265: '' };

/** Scenes in other formats, made before the clock runs, for the cameras that will change to them. */
async function otherScenes(fleet: Fleet, events: readonly ChaosEvent[]): Promise<Map<number, SceneFiles>> {
  const files = new Map<number, SceneFiles>();
  for (const { camera, ...event } of events) {
    if (event.do !== 'fault' || event.fault.kind !== 'switch' || files.has(camera)) continue;
    const made = fleet.scenes[camera] as Fleet['scenes'][number];
    files.set(camera, { half: await otherScene(made, 'h264', 2), h265: await otherScene(made, 'h265', 1) });
  }
  return files;
}

/** Every fault is over: who would not be tried again for long is restarted, as an operator would. */
async function mend(fleet: Fleet): Promise<number> {
  const rows = await fleet.appliance.rows();
  const left = rows.filter(({ retryAt }) => retryAt && Date.parse(retryAt) - Date.now() > PATIENCE_MS);
  for (const { id } of left) await fleet.appliance.channel.restart(id);
  return left.length;
}

/** Cameras as their own side sees it: who is connected, and how often. */
async function viewers(fleet: Fleet): Promise<Record<string, number>> {
  const stats = await fleet.cameras.stats();
  return Object.fromEntries(fleet.ids.map((id) => [id, stats[id]?.viewers.length ?? 0]));
}

/** Nothing flows any more; what was sent has arrived. */
async function standstill(fleet: Fleet): Promise<Map<string, StreamRow>> {
  await fleet.cameras.pause();
  let before = '';
  return until(
    'nothing flows any more',
    async () => {
      const rows = await fleet.appliance.rows();
      const now = JSON.stringify([
        rows.map(({ received, frames, published }) => [received, frames, published]),
        fleet.ids.map((id) => fleet.recorder.seen(id).length),
      ]);
      const still = now === before;
      before = now;
      return still && new Map(rows.map((row) => [row.id, row]));
    },
    { everyMs: 500 },
  );
}

function tally(events: readonly ChaosEvent[]): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const event of events) {
    if (event.do === 'clear') continue;
    const name = event.do === 'fault' ? event.fault.kind : `(${event.do})`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}

function lostConnections(driver: ChaosDriver, rows: ReadonlyMap<string, StreamRow>): number {
  const cameras = Array.from({ length: CAMERAS }, (_, camera) => camera);
  const removed = cameras.flatMap((camera) => driver.occupancies(camera).flatMap(({ row }) => row ?? []));
  return total([...removed, ...rows.values()], ({ losses }) => total(Object.values(losses), Number));
}

const witnessEpochs = ({ witnesses }: Mark): Record<string, number> =>
  Object.fromEntries(witnesses.map(({ id, epoch }) => [id, epoch]));

/** Waits, in vain if need be, until threads and files are no more than they were. */
function settled(fleet: Fleet, { threads, fds }: Figures): Promise<Figures> {
  const settling = until('threads and files are those of before', async () => {
    const now = await fleet.figures();
    return now.threads <= threads + SLACK.threads && now.fds <= fds + SLACK.fds && now;
  });
  return settling.catch(() => fleet.figures());
}

/** A quiet half, a stormy half, and then everything as it was at first. */
async function play(fleet: Fleet, driver: ChaosDriver, events: readonly ChaosEvent[]) {
  await allLive(fleet, fleet.ids);
  await pass(WARM_UP_MS);
  const start = await mark(fleet);
  await pass(HALF_MS);
  const middle = await mark(fleet);
  await driver.play(events);
  const end = await mark(fleet);
  await driver.restore();
  const restarted = await mend(fleet);
  await allLive(fleet, fleet.ids, SETTLE_MS);
  const settledMs = Date.now() - end.at;
  const figures = { before: middle.figures, after: await settled(fleet, middle.figures) };
  const connected = await viewers(fleet);
  const rows = await standstill(fleet);
  return {
    ...{ start, end, restarted, settledMs, figures, connected, rows },
    quiet: between(fleet, start, middle),
    stormy: between(fleet, middle, end),
    verdict: judge({ recorder: fleet.recorder, driver, cameras: CAMERAS, rows }),
    lost: lostConnections(driver, rows),
  };
}

type Played = Awaited<ReturnType<typeof play>>;

function story({ quiet, stormy, verdict, settledMs, restarted, lost, figures }: Played): string[] {
  const { before, after } = figures;
  return [
    `${EVENTS} operations and faults at random on ${CAMERAS} cameras over RTSP, a third of them by UDP (640×360, ${FPS} fps, every frame inferred), ${PER_SECOND} a second; ${WITNESSES.length} cameras only looked on.`,
    `They lost ${quiet.dropped} of ${quiet.frames} frames in ${quiet.seconds.toFixed(0)} s without faults and ${stormy.dropped} of ${stormy.frames} in ${stormy.seconds.toFixed(0)} s with them; longest gap between two frames ${quiet.gapMs} ms and ${stormy.gapMs} ms.`,
    `${verdict.delivered} frames were delivered in all; ${verdict.missing} are missing between them where neither camera nor network lost any, and the counters own up to ${verdict.counted}.`,
    `${lost} connections were lost. All ${CAMERAS} streams were live ${(settledMs / 1000).toFixed(1)} s after the last event; ${restarted} had to be restarted by hand, as an operator would who has mended a camera.`,
    `Threads ${before.threads} before, ${after.threads} after; files ${before.fds} and ${after.fds}; memory ${before.rssMiB.toFixed(0)} MiB and ${after.rssMiB.toFixed(0)} MiB.`,
    `CPU of the appliance: ${quiet.cpu.toFixed(2)} of a core without, ${stormy.cpu.toFixed(2)} with faults. Load of the machine ${machineLoad()}.`,
  ];
}

test(
  `${EVENTS} operations and faults on ${CAMERAS} cameras leave nothing behind and disturb no others`,
  async () => {
    const seed = scenarioSeed('chaos', USUAL_SEED);
    const events = schedule({
      ...{ seed, transport, cameras: CAMERAS, witnesses: WITNESSES },
      ...{ events: EVENTS, durationMs: HALF_MS },
    });
    await using fleet = await startFleet({ cameras: CAMERAS, transport, camsim: { ownPort: true } });
    const files = await otherScenes(fleet, events);
    const driver = new ChaosDriver({
      ...{ target: fleet.appliance.channel, cameras: fleet.cameras, count: CAMERAS, stream: fleet.stream },
      files: (camera) => files.get(camera) ?? NO_FILES,
    });
    const played = await play(fleet, driver, events);
    const { quiet, stormy, verdict, rows, figures, start, end } = played;
    const { findings } = verdict;
    const table = { head: ['Operation or fault', 'Times'], rows: tally(events) };
    reportScenario('chaos', { title: 'Chaos', seed, findings, text: story(played), table });

    expect(findings.slice(0, 20)).toEqual([]);
    expect(played.connected, 'clients of each camera').toEqual(
      Object.fromEntries(fleet.ids.map((id) => [id, 1])),
    );
    expect([...rows.keys()].sort()).toEqual([...fleet.ids].sort());
    expect(new Set([...rows.values()].map(({ slot }) => slot)).size).toBe(CAMERAS);
    expect(figures.after.threads).toBeLessThanOrEqual(figures.before.threads + SLACK.threads);
    expect(figures.after.fds).toBeLessThanOrEqual(figures.before.fds + SLACK.fds);
    // Counts of rare events differ by chance: by three standard deviations of their difference at most.
    const allowed = quiet.dropped + 3 * Math.sqrt(quiet.dropped + stormy.dropped);
    expect(stormy.dropped, 'frames the witnesses lost').toBeLessThanOrEqual(allowed);
    expect(witnessEpochs(end), 'none of them was connected anew').toEqual(witnessEpochs(start));
    expect(await fleet.appliance.stop()).toBe(0);
  },
  4 * HALF_MS + SETTLE_MS + 180_000,
);

test(
  `${TRACED_EVENTS} operations and faults leave no GStreamer object, thread or file behind`,
  async () => {
    const seed = scenarioSeed('objects', USUAL_SEED);
    const script = join(root, 'test/support/fleet/object-storm.ts');
    const args = ['--expose-gc', '--import', 'tsx', script, String(seed), String(TRACED_EVENTS)];
    const outcome = await run(process.execPath, args, {
      cwd: root,
      env: { GST_TRACERS: 'leaks' },
      timeoutMs: TRACED_MS,
    });
    expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
    const { objects, failures, before, after } = JSON.parse(outcome.stdout) as ObjectStorm;
    console.log(
      `objects: ${objects?.length} alive; threads ${before.threads} and ${after.threads}, files ${before.fds} and ${after.fds}, memory ${before.rssMiB.toFixed(0)} and ${after.rssMiB.toFixed(0)} MiB`,
    );
    expect(failures).toEqual([]);
    expect(objects).toEqual([]);
    expect(after.threads).toBeLessThanOrEqual(before.threads + SLACK.threads);
    expect(after.fds).toBeLessThanOrEqual(before.fds + SLACK.fds);
  },
  TRACED_MS + 30_000,
);
