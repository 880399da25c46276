/** Workers of a supervisor that was killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { endOrphans, forgetWorkers, recordWorkers } from '../../src/supervisor/orphans.js';
import { Pipelines, type PipelinesOptions } from '../../src/supervisor/pipelines.js';
import { makeRuntimeDir, runtimePath } from '../../src/worker/runtime-dir.js';
import { type TempDir, tempDir } from '../support/temp.js';

let dir: TempDir;
let file: string;
let folder: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  dir = await tempDir();
  file = join(dir.path, 'weir.workers.json');
  folder = runtimePath({ XDG_RUNTIME_DIR: dir.path });
  makeRuntimeDir(folder);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await dir.remove();
});

function worker(): number {
  // A process group of its own: whatever goes wrong here meets nobody else.
  const child = spawn('sleep', ['60'], { stdio: 'ignore', detached: true });
  children.push(child);
  return child.pid as number;
}

/** Whether it was not killed: of one that was it is heard a moment later. */
async function lives(pid: number): Promise<boolean> {
  await setImmediate();
  const child = children.find((each) => each.pid === pid);
  return child?.signalCode === null;
}

const recorded = () =>
  (JSON.parse(readFileSync(file, 'utf8')) as { workers: { pid: number; started: string }[] }).workers;

it('are killed where they do not end by themselves, and their folder is removed', async () => {
  const [one, two] = [worker(), worker()];
  recordWorkers(file, folder, [one, two]);
  expect(await endOrphans(file)).toBe(2);
  expect([await lives(one), await lives(two), existsSync(folder)]).toEqual([false, false, false]);
});

it('that end when they see their channel close are waited for', async () => {
  const pid = worker();
  recordWorkers(file, folder, [pid]);
  const ending = endOrphans(file);
  const [child] = children;
  child?.kill('SIGTERM');
  await once(child as ChildProcess, 'exit');
  expect(await ending).toBe(0);
});

it('are not mistaken for a process that has their number now', async () => {
  const pid = worker();
  recordWorkers(file, folder, [pid]);
  const started = Number(recorded()[0]?.started) - 1;
  writeFileSync(file, JSON.stringify({ dir: folder, workers: [{ pid, started: String(started) }] }));
  expect(await endOrphans(file)).toBe(0);
  expect(await lives(pid)).toBe(true);
});

it('are those of the last record: one that has ended is in none', () => {
  const pid = worker();
  recordWorkers(file, folder, [pid, 9_999_999]);
  expect(recorded().map((each) => each.pid)).toEqual([pid]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  recordWorkers(file, folder, []);
  expect(recorded()).toEqual([]);
  forgetWorkers(file);
  forgetWorkers(file);
  expect(existsSync(file)).toBe(false);
});

it('that cannot be written down stop nobody', () => {
  expect(() => recordWorkers(join(dir.path, 'none', 'file'), folder, [worker()])).not.toThrow();
});

it('leave no folder that nobody knows of, whenever their supervisor is killed: it is recorded before it is made', () => {
  const missing = join(dir.path, 'missing');
  const open = () =>
    new Pipelines({
      ...{ desired: { spec: { pipelines: [] } }, workersFile: file, env: { XDG_RUNTIME_DIR: missing } },
    } as unknown as PipelinesOptions);
  expect(open).toThrow(expect.objectContaining({ code: 'IO' }));
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
    dir: expect.stringMatching(new RegExp(`^${missing}/weir-`)) as string,
  });
});

it('leave no folder that is not of a supervisor removed', async () => {
  const other = join(dir.path, 'photos');
  mkdirSync(other);
  recordWorkers(file, other, []);
  expect(await endOrphans(file)).toBe(0);
  expect(existsSync(other)).toBe(true);
});

it.each([
  ['no file', undefined],
  ['a torn file', '{"dir":"/run/weir-0123456789ab","workers":[{"pi'],
  ['a file of something else', '[1, 2]'],
  ['null', 'null'],
])('are none by %s', async (_what, text) => {
  if (text !== undefined) writeFileSync(file, text);
  expect(await endOrphans(file)).toBe(0);
});

it.each([
  ['that is no number', (pid: number) => ({ pid: String(pid), started: '1' })],
  ['of which it is not said when it started', (pid: number) => ({ pid })],
  // To a system call, all processes of a group.
  ['that is negative', (pid: number) => ({ pid: -pid })],
  ['that is no whole number', (pid: number) => ({ pid: pid + 0.5, started: '1' })],
])('are none where one has a number %s', async (_what, entry) => {
  const pid = worker();
  writeFileSync(file, JSON.stringify({ dir: folder, workers: [entry(pid)] }));
  expect(await endOrphans(file)).toBe(0);
  expect(await lives(pid)).toBe(true);
});
