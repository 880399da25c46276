/** A supervisor that is killed: its workers end, the next one takes up where it was. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../support/paths.js';
import { lives, type Plant, startPlant } from '../support/plant/plant.js';
import { leftOvers } from '../support/plant/left-overs.js';
import { watchWorkers, workersOf } from '../support/plant/processes.js';
import { LONG, measured, reportPart, type RowReport } from '../support/reliability.js';
import { pass, until } from '../support/wait.js';

const PIPELINES = { yard: ['yard-1', 'yard-2'], gate: ['gate-1', 'gate-2'] };
/** After what an operator did. */
const STREAMS = ['yard-1', 'yard-2', 'yard-3', 'gate-1'];
const TIMES = LONG ? 20 : 2;
const CEILING_MS = 60_000;
/** Longer than a worker may be silent. */
const PAUSE_MS = 5_500;

const reports: RowReport[] = [];
afterAll(() => reportPart('lives', reports));

let plant: Plant;

beforeAll(async () => {
  plant = await startPlant({ pipelines: PIPELINES, spare: ['yard-3'] });
  await plant.control.add(plant.stream('yard-3'), 'yard', { waitMs: 20_000 });
  await plant.control.update('yard-2', { latencyMs: 150 });
  await plant.control.remove('gate-2');
}, 120_000);
afterAll(() => plant[Symbol.asyncDispose]());

/** What the appliance is meant to be. */
async function desired() {
  const [{ generation }, streams] = [await plant.control.status(), await plant.control.streams()];
  return {
    generation,
    streams: streams.map(({ id, pipeline, origin, spec }) => ({ id, pipeline, origin, spec })),
  };
}

const remembered = async () =>
  (await plant.control.operations()).map(({ operation, stream }) => [operation, stream]);

/** Kills the supervisor; resolves with its time. */
async function killed(): Promise<number> {
  const at = performance.now();
  plant.supervisor.kill('SIGKILL');
  await until('it is gone', () => !lives(plant.supervisor.pid), { everyMs: 5 });
  return at;
}

test('a supervisor that is killed takes its workers with it, and the next one goes on where it was', async () => {
  const before = { ...(await desired()), operations: await remembered() };
  expect(before.streams.map(({ id, origin }) => [id, origin])).toEqual([
    ['yard-1', 'spec'],
    ['yard-2', 'changed'],
    ['yard-3', 'added'],
    ['gate-1', 'spec'],
  ]);
  const [detection, recovery] = [[] as number[], [] as number[]];
  await using watch = watchWorkers(plant.runDir, ['yard', 'gate']);
  for (let time = 0; time < TIMES; time++) {
    const workers = workersOf(plant.runDir).map(({ pid }) => pid);
    expect(workers).toHaveLength(2);
    const at = await killed();
    const ended = until('its workers end', () => !workers.some(lives), { everyMs: 5 });
    expect(existsSync(plant.socket), 'a socket nobody listens on').toBe(true);
    // At once, as a restart without a pause: the workers may still be there.
    await Promise.all([ended.then(() => detection.push(performance.now() - at)), plant.start()]);
    recovery.push(await plant.flowing(STREAMS, at));
    expect({ ...(await desired()), operations: await remembered() }).toEqual(before);
    expect(readdirSync(plant.runDir), 'folders for run-time files').toHaveLength(1);
  }
  expect(Object.fromEntries(watch.most)).toEqual({ all: 2, yard: 1, gate: 1 });
  const [detected, recovered] = [measured(detection, 200), measured(recovery, 6_000)];
  reports.push({
    ...{ row: 30, name: 'supervisor killed (SIGKILL)', injections: TIMES, clock: 'real' },
    ...(detected && { detection: detected }),
    ...(recovered && { recovery: recovered }),
  });
  expect(Math.max(...recovery)).toBeLessThan(CEILING_MS);
}, 400_000);

test('a worker that hangs when its supervisor is killed is ended by the next one', async () => {
  const before = await desired();
  const stopped = await plant.workerPid('yard');
  await using watch = watchWorkers(plant.runDir, ['yard', 'gate']);
  process.kill(stopped, 'SIGSTOP');
  const at = await killed();
  await plant.start();
  expect(lives(stopped), 'the worker that hung').toBe(false);
  const recovery = await plant.flowing(STREAMS, at);
  expect(await desired()).toEqual(before);
  expect(plant.supervisor.lines.join('\n')).toContain('did not end by themselves');
  expect(Object.fromEntries(watch.most)).toEqual({ all: 2, yard: 1, gate: 1 });
  expect(readdirSync(plant.runDir), 'folders for run-time files').toHaveLength(1);
  const recovered = measured([recovery], 9_000);
  reports.push({
    ...{ row: 30, name: 'supervisor killed, a worker hangs', injections: 1, clock: 'real' },
    ...(recovered && { recovery: recovered }),
  });
}, 120_000);

test('a worker whose supervisor is gone before it has begun ends', async () => {
  const worker = fork(join(root, 'dist/worker/main.js'), { serialization: 'advanced', stdio: 'inherit' });
  const ended = once(worker, 'exit');
  worker.disconnect();
  expect(await ended).toEqual([0, null]);
});

test('a supervisor that stands still for a while blames no worker', async () => {
  const workers = workersOf(plant.runDir).map(({ pid }) => pid);
  plant.supervisor.kill('SIGSTOP');
  await pass(PAUSE_MS);
  await plant.flowing(STREAMS, performance.now());
  plant.supervisor.kill('SIGCONT');
  // It has looked at them again a few times.
  await until('it answers', () => plant.control.status(), { timeoutMs: 10_000 });
  await pass(1_000);
  expect(workersOf(plant.runDir).map(({ pid }) => pid)).toEqual(workers);
}, 60_000);

test('what is left when it ends in order is what it is to remember', async () => {
  await plant.supervisor.stop();
  expect(leftOvers(plant)).toEqual([]);
}, 60_000);
