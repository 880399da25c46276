/** The system's clock jumps by a day, there and back: no frame is lost, nobody is called too often or too late. */
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scene } from '../../scripts/footage/scene.js';
import { writeReliabilityPage } from '../../scripts/reliability-report.js';
import { type Appliance, startAppliance } from '../support/appliance.js';
import { startCamsim } from '../support/camsim.js';
import { startNats } from '../support/nats.js';
import { FrameCount, pictureNumber } from '../support/picture-number.js';
import { run } from '../support/process.js';
import { LONG, reportPart } from '../support/reliability.js';
import { specText } from '../support/spec.js';
import { tempDir } from '../support/temp.js';
import { type Timeline, timeline } from '../support/timeline.js';
import { freePort, until } from '../support/wait.js';

const FPS = 10;
const SCENE = { seed: 1, fps: FPS, frames: 200, objects: 1 };
const DAY = 86_400;
const JUMPS = LONG ? [DAY, -DAY, 3_600, 1, -1, 0] : [DAY, -DAY, 0];
const GOOD = ['good-1', 'good-2'];
/** How far a time may be off: the fake clock is read anew once a second. */
const SLACK_MS = 3_000;

const library = await (async () => {
  const { stdout } = await run('cc', ['-print-multiarch']);
  return `/usr/lib/${stdout.trim()}/faketime/libfaketimeMT.so.1`;
})();

/** A clock that follows the system's at a distance that the test sets; monotonic time is left alone. */
async function fakeClock(dir: string) {
  const file = join(dir, 'offset');
  const set = async (seconds: number): Promise<void> => {
    await writeFile(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    await rename(`${file}.new`, file);
  };
  await set(0);
  const env = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  return { set, env };
}

const offset = (time: string): number => Date.parse(time) - Date.now();

/** Resolves with the messages' own time once it has jumped. */
function jumped(watched: Timeline, seconds: number): Promise<unknown> {
  return watched.detections('good-1', {
    what: `a message with the time ${seconds} s away`,
    fits: ({ time }) => Math.abs(offset(time) - seconds * 1000) < SLACK_MS,
  });
}

async function checkTimes(appliance: Appliance, since: ReadonlyMap<string, number>, seconds: number) {
  for (const id of GOOD) {
    const row = await appliance.row(id);
    const expected = (since.get(id) ?? 0) + seconds * 1000;
    expect(row.state, id).toBe('live');
    expect(Math.abs(Date.parse(row.since) - expected), `${id} is live since ${row.since}`).toBeLessThan(
      SLACK_MS,
    );
  }
  const { retryAt = '' } = await appliance.row('locked');
  const left = offset(retryAt) - seconds * 1000;
  expect(left, `the locked camera is tried at ${retryAt}`).toBeGreaterThan(0);
  expect(left, `the locked camera is tried at ${retryAt}`).toBeLessThan(330_000 + SLACK_MS);
}

function report(counts: readonly FrameCount[]): void {
  const total = (of: 'seen' | 'lost'): number => counts.reduce((sum, each) => sum + each[of], 0);
  const name = 'system clock jumps by a day, there and back (libfaketime)';
  const others = { frames: total('seen'), lost: total('lost') };
  reportPart('clock', [{ row: 18, name, injections: JUMPS.length, clock: 'real', others }]);
  writeReliabilityPage();
}

test('a jump of the system clock by a day stalls nothing, loses no frame and changes no retry', async () => {
  expect(existsSync(library), `${library}: install the package faketime`).toBe(true);
  const made = await scene(SCENE);
  await using dir = await tempDir();
  await using nats = await startNats();
  await using watched = await timeline(nats.url);
  const counts = new Map(GOOD.map((id) => [id, new FrameCount(0, SCENE.frames)]));
  watched.onDetections(({ message }) => counts.get(message.stream)?.add(pictureNumber(message)));
  const login = { user: 'admin', password: 'right' };
  await using cameras = await startCamsim({
    cameras: [...GOOD, 'locked'].map((id) => ({
      ...{ id, file: made.file, fps: FPS },
      ...(id === 'locked' && login),
    })),
  });
  const clock = await fakeClock(dir.path);
  const { uris } = cameras;
  const streams = [
    { id: 'good-1', uri: uris['good-1'] },
    { id: 'good-2', uri: uris['good-2'], transport: 'udp' },
    { id: 'locked', uri: uris.locked, user: '${env:CAM_USER}', password: '${env:CAM_PASSWORD}' },
    { id: 'absent', uri: `rtsp://127.0.0.1:${await freePort()}/x` },
  ].map((stream) => ({ fps: FPS, ...stream }));
  await using appliance = await startAppliance(
    specText(nats.url, { tracker: { algorithm: 'none' }, streams }),
    { CAM_USER: 'admin', CAM_PASSWORD: 'wrong', ...clock.env },
  );
  await Promise.all(GOOD.map((id) => watched.detections(id, { what: `${id} is live` })));
  await watched.status('locked', 0, {
    what: 'the wrong password',
    fits: (s) => s.cause === 'unauthorized',
  });
  const since = new Map<string, number>();
  for (const id of GOOD) since.set(id, Date.parse((await appliance.row(id)).since));
  const before = performance.now();
  const { epoch: locked } = await appliance.row('locked');
  const { epoch: triedBefore } = await appliance.row('absent');

  for (const seconds of JUMPS) {
    await clock.set(seconds);
    await jumped(watched, seconds);
    const { epoch } = await appliance.row('absent');
    await until('the absent camera is tried once more', async () => {
      return (await appliance.row('absent')).epoch > epoch;
    });
    await checkTimes(appliance, since, seconds);
  }

  expect((await appliance.row('locked')).epoch, 'the locked camera is left in peace').toBe(locked);
  const tries = (await appliance.row('absent')).epoch - triedBefore;
  const passed = performance.now() - before;
  // After each try at least half a second is waited.
  expect(tries, `tries of the absent camera in ${passed} ms`).toBeLessThanOrEqual(passed / 500 + 1);
  const unwell = watched.statuses.filter(
    ({ at, message }) => at > before && GOOD.includes(message.stream) && message.state !== 'live',
  );
  expect(unwell.map(({ message }) => message)).toEqual([]);
  for (const [id, count] of counts) {
    expect(count.seen, id).toBeGreaterThan(JUMPS.length * FPS);
    expect({ id, lost: count.lost, foreign: count.foreign }).toEqual({ id, lost: 0, foreign: 0 });
  }
  report([...counts.values()]);
  expect(await appliance.stop()).toBe(0);
}, 180_000);
