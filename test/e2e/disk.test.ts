/**
 * The appliance's disk is full, hangs or has become read-only: analysis goes on, events reach NATS all the same, changes
 * that cannot be kept are refused, and all is as before once the disk is well. A library that is preloaded plays the disk.
 */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startAppliance } from '../support/appliance.js';
import { startBroker, storedEvents } from '../support/broker.js';
import {
  allLive,
  cameras,
  deliverySpec,
  FPS,
  framesSince,
  incidents,
  rowOf,
  status,
  took,
} from '../support/delivery.js';
import { buildDir } from '../support/paths.js';
import { reportPart, type RowReport } from '../support/reliability.js';
import { tempDir } from '../support/temp.js';
import { until } from '../support/wait.js';

const LIBRARY = join(buildDir, 'lib/weir_disk_faults.so');

type Mode = 'well' | 'full' | 'hung' | 'read-only';

async function simulatedDisk() {
  const dir = await tempDir();
  const file = join(dir.path, 'mode');
  const folder = join(dir.path, 'state');
  const env = { LD_PRELOAD: LIBRARY, WEIR_TEST_DISK_FOLDER: folder, WEIR_TEST_DISK_MODE: file };
  // Shorter than what a file system writes at once: never seen half.
  const become = (mode: Mode) => writeFile(file, mode);
  await become('well');
  return { folder, env, become, [Symbol.asyncDispose]: () => dir.remove() };
}

const rows: RowReport[] = [];
afterAll(() => reportPart('disk', rows));

const FAULTS = [
  { mode: 'full', row: 19, name: 'disk full', says: 'the disk is full', targetMs: 1_000 },
  { mode: 'hung', row: 20, name: 'disk hangs', says: 'the disk does not answer', targetMs: 5_000 },
  { mode: 'read-only', row: 20, name: 'disk read-only', says: 'mounted read-only', targetMs: 5_000 },
] as const;

test.each(FAULTS)('$name', async ({ mode, row, name, says, targetMs }) => {
  await using disk = await simulatedDisk();
  await using broker = await startBroker();
  await using cams = await cameras(2);
  const spec = deliverySpec(broker.url, cams, { stateDir: disk.folder });
  await using appliance = await startAppliance(spec, disk.env);
  await allLive(appliance);
  const idle = async () => (await status(appliance)).events.waiting === 0;
  await until('all is delivered', idle);

  const since = await framesSince(appliance);
  const { emitted } = (await status(appliance)).events;
  await disk.become(mode);
  const began = performance.now();
  const happening = incidents(cams, 1_000);
  const problem = await until('it is told', async () => (await status(appliance)).events.spoolProblem);
  const noticedMs = performance.now() - began;
  happening[Symbol.dispose]();
  expect(problem).toContain(says);
  await until('what happened is delivered all the same', async () => {
    const { events } = await status(appliance);
    return events.emitted > emitted && events.waiting === 0;
  });
  const more = { id: 'other', uri: cams.uris['cam-1'] };
  await expect(appliance.channel.add(more)).rejects.toMatchObject({ code: 'STATE_UNWRITABLE' });
  expect((await appliance.rows()).map(({ id }) => id)).toEqual(['cam-1', 'cam-2']);
  await until('frames go on', async () => (await since()).frames > 2 * FPS);
  const { frames, lost } = await since();
  // The machine is shared with other tests.
  expect(lost).toBeLessThan(frames / 10);

  expect((await status(appliance)).events.spoolProblem).toContain(says);
  await disk.become('well');
  const backMs = await took(
    until('events are kept on disk again', async () => {
      const { events } = await status(appliance);
      return events.spoolProblem === undefined;
    }),
  );
  await until('changes are taken again', () =>
    appliance.channel.add(more).then(
      () => true,
      () => false,
    ),
  );
  await allLive(appliance);
  const others = await since();
  const { events } = await status(appliance);
  expect(events.dropped).toEqual({ full: 0, memory: 0, damaged: 0, refused: 0 });
  expect(await readdir(join(disk.folder, 'weir.events/main'))).not.toEqual([]);
  await until('all is delivered', idle);
  const all = await storedEvents({ servers: broker.url });
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(all.length).toBe((await status(appliance)).events.emitted);
  rows.push(
    rowOf({
      row,
      name,
      noticedMs,
      noticedTargetMs: targetMs,
      backMs,
      backTargetMs: 5_000,
      others,
    }),
  );
});
