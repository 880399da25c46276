/** As a new user: from nothing to eight cameras by the command line, one wrong, one removed, and all as before after a restart. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { StreamView } from '../../src/supervisor/views.js';
import { CLI } from '../support/appliance.js';
import { startCamsim } from '../support/camsim.js';
import { startNats } from '../support/nats.js';
import { footage } from '../support/paths.js';
import { run, Running } from '../support/process.js';
import { specText } from '../support/spec.js';
import { tempDir } from '../support/temp.js';

const IDS = ['cam-1', 'cam-2', 'cam-3', 'cam-4', 'cam-5', 'cam-6', 'cam-7'];
const [USER, PASSWORD] = ['viewer', 'canary-of-the-first-day'];

test('a day with eight cameras', async () => {
  await using nats = await startNats();
  const file = footage('vtest-360p.h264');
  const camera = (id: string) => ({ id, file, fps: 10 });
  await using cameras = await startCamsim({
    cameras: [...IDS.map(camera), { ...camera('door'), user: USER, password: PASSWORD }],
  });
  await using dir = await tempDir();
  await writeFile(join(dir.path, 'weir.yaml'), specText(nats.url, {}));
  const env = { DOOR_USER: USER, DOOR_PASSWORD: PASSWORD };
  const up = async () => {
    const appliance = new Running(process.execPath, [CLI, 'up'], { cwd: dir.path, env });
    await appliance.line((line) => line.includes('is up'));
    return appliance;
  };
  const weir = (...args: string[]) => run(process.execPath, [CLI, ...args], { cwd: dir.path });
  const uri = (id: string) => cameras.uris[id] ?? '';
  const list = async () => {
    const { streams } = JSON.parse((await weir('streams', 'list', '--json')).stdout) as {
      streams: StreamView[];
    };
    return streams.map(({ id, state, cause }) => [id, state, ...(cause ? [cause] : [])].join(' '));
  };

  let appliance = await up();
  try {
    expect(await weir('status')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('0 of 0 streams live'),
    });
    const added = await Promise.all(IDS.slice(1).map((id) => weir('streams', 'add', id, uri(id), '--wait')));
    expect(added.map(({ code, stdout }) => [code, stdout])).toEqual(
      IDS.slice(1).map((id) => [0, `added ${id}: live\n`]),
    );
    // One with a wrong path, which is told and mended.
    const wrong = await weir('streams', 'add', 'cam-1', `${uri('cam-1')}-not`, '--wait');
    expect(wrong).toMatchObject({ code: 69, stderr: expect.stringContaining('not-found: 404 not found') });
    expect((await weir('streams', 'update', 'cam-1', uri('cam-1'), '--wait')).code).toBe(0);
    // One that wants a password.
    const locked = await weir('streams', 'add', 'door', uri('door'), '--wait');
    expect(locked).toMatchObject({ code: 69, stderr: expect.stringContaining('unauthorized') });
    const login = ['--user', '${env:DOOR_USER}', '--password', '${env:DOOR_PASSWORD}'];
    expect((await weir('streams', 'update', 'door', ...login, '--wait')).code).toBe(0);
    // One too many.
    const full = await weir('streams', 'add', 'cam-9', uri('cam-1'));
    expect(full).toMatchObject({ code: 78, stderr: expect.stringContaining('SLOTS_FULL') });
    expect((await weir('streams', 'remove', 'cam-3')).stdout).toBe('removed cam-3\n');
    const picture = join(dir.path, 'door.jpg');
    expect((await weir('streams', 'snapshot', 'door', '-o', picture)).code).toBe(0);
    expect([...(await readFile(picture)).subarray(0, 2)]).toEqual([0xff, 0xd8]);

    const before = await list();
    expect(before).toEqual([...IDS.filter((id) => id !== 'cam-3'), 'door'].map((id) => `${id} live`));
    const operations = (await weir('operations', '--json')).stdout;

    await appliance.stop();
    appliance = await up();
    for (const id of ['cam-1', 'door']) expect((await weir('streams', 'restart', id, '--wait')).code).toBe(0);
    await expect.poll(list, { timeout: 20_000 }).toEqual(before);
    const since = JSON.parse((await weir('operations', '--json')).stdout) as { operations: object[] };
    const then = JSON.parse(operations) as { operations: object[] };
    expect(since.operations.slice(-then.operations.length)).toEqual(then.operations);
    const kept = await readFile(join(dir.path, 'weir.state.json'), 'utf8');
    for (const text of [kept, operations, appliance.lines.join('\n')]) expect(text).not.toContain(PASSWORD);
  } finally {
    await appliance.stop();
  }
}, 180_000);
