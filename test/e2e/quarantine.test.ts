/** A camera whose pictures kill the process of its pipeline each time: it is found out, and the others play. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cameraScene, otherScene } from '../support/fleet/scenes.js';
import { mayLose } from '../support/plant/may-lose.js';
import { type Plant, startPlant } from '../support/plant/plant.js';
import { watchApi } from '../support/plant/watch-api.js';
import { LONG, measured, reportPart, type RowReport } from '../support/reliability.js';
import { until } from '../support/wait.js';

const PIPELINES = { yard: ['yard-1', 'yard-2', 'yard-3'], gate: ['gate-1'] };
const POISON = 'yard-2';
const OTHERS = ['yard-1', 'yard-3'];
/** No other camera sends this. */
const SIZE = '320x180';
const TIMES = LONG ? 20 : 1;
/** Nothing here may take longer, however busy the machine. */
const CEILING_MS = 120_000;

const reports: RowReport[] = [];
afterAll(() => reportPart('quarantine', reports));

let plant: Plant;

beforeAll(async () => {
  plant = await startPlant({ pipelines: PIPELINES });
}, 120_000);
afterAll(() => plant[Symbol.asyncDispose]());

const yard = async () => {
  const found = (await plant.control.pipelines()).find(({ id }) => id === 'yard');
  if (!found) throw new Error('there is no pipeline yard');
  return found;
};

const state = async (id: string) => (await plant.control.stream(id)).state;

/** From now on its pictures have the size that a fault asks for. */
async function poison(fault: 'mux-crash' | 'infer-crash'): Promise<void> {
  await plant.suffer(`${fault} ${SIZE}`);
  const file = await otherScene(await cameraScene(PIPELINES.yard.indexOf(POISON)), 'h264', 2);
  await plant.cameras.fault(POISON, { kind: 'switch', file });
}

/** It plays with the others again, as on the first day. */
async function heal(): Promise<void> {
  await plant.suffer();
  await plant.cameras.clear(POISON);
  await plant.control.restart(POISON, { waitMs: 20_000 });
  await plant.control.restartPipeline('yard');
  await plant.flowing(PIPELINES.yard, performance.now());
}

/** Resolves when it is found out, with how long after the crash that proved it the others were back. */
async function poisonUntilFoundOut(crashes: number): Promise<number> {
  const before = (await yard()).restarts.crash;
  await poison('mux-crash');
  const proof = until(
    `it has crashed ${crashes} times`,
    async () => (await yard()).restarts.crash >= before + crashes,
    { timeoutMs: CEILING_MS },
  );
  const at = await proof.then(() => performance.now());
  await until('it is found out', async () => (await state(POISON)) === 'quarantined', {
    timeoutMs: CEILING_MS,
  });
  await plant.workerPid('yard');
  await plant.flowing(OTHERS, at);
  const { restarts } = await yard();
  expect(restarts.crash, 'crashes').toBe(before + crashes);
  return performance.now() - at;
}

test('a camera whose pictures crash the process three times is quarantined, and the others come back', async () => {
  const recovery: number[] = [];
  await using api = watchApi(plant.control);
  const witnesses = plant.watch(PIPELINES.gate);
  for (let time = 0; time < TIMES; time++) {
    if (time > 0) await heal();
    const since = performance.now();
    recovery.push(await poisonUntilFoundOut(3));
    const { lastEnd } = await yard();
    expect(lastEnd?.message).toMatch(/SIGSEGV in thread .* at mux of stream "yard-2"$/);
    expect(await plant.control.stream(POISON)).toMatchObject({
      state: 'quarantined',
      message: expect.stringContaining('ended the process of its pipeline again and again'),
    });
    const quarantine = {
      what: 'its status',
      fits: (status: object) => JSON.stringify(status).includes('"quarantine"'),
    };
    const told = await plant.timeline.status(POISON, since, quarantine);
    expect(told.message).toMatchObject({ state: 'failed', cause: 'quarantine' });
    const { lines } = await plant.control.logs({ stream: POISON, level: 'warn' });
    expect(lines.map(({ message }) => message)).toContainEqual(expect.stringContaining('quarantine'));
  }
  const others = witnesses.take();
  const recovered = measured(recovery, 10_000);
  reports.push({
    ...{
      row: 29,
      name: 'pictures of one camera crash the process',
      injections: TIMES,
      clock: 'real',
      others,
    },
    ...(recovered && { recovery: recovered }),
    note: 'From the third crash until all other cameras of the pipeline deliver.',
  });
  expect(others.lost).toBeLessThanOrEqual(mayLose(others.frames));
  expect(Math.max(...recovery)).toBeLessThan(CEILING_MS);
  expect(api.failures).toEqual([]);
}, 1_800_000);

test('it stays so over a restart of the appliance, until somebody restarts the stream', async () => {
  await plant.supervisor.stop();
  await plant.start();
  await plant.flowing(OTHERS, performance.now());
  expect(await state(POISON)).toBe('quarantined');
  const { restarts, streams } = await yard();
  expect([restarts.crash, streams]).toEqual([0, 3]);
  await plant.suffer();
  const asked = await plant.control.restart(POISON, { waitMs: 20_000 });
  expect(asked.stream?.state).toBe('live');
  await plant.flowing([POISON], performance.now());
  expect((await plant.control.operations())[0]).toMatchObject({
    operation: 'streams.restart',
    stream: POISON,
    result: 'ok',
  });
}, 120_000);

test('a crash that leaves no trace of its camera is tried out, and the same one is found', async () => {
  await heal();
  await poison('infer-crash');
  const at = performance.now();
  await until('it is found out', async () => (await state(POISON)) === 'quarantined', {
    timeoutMs: CEILING_MS,
  });
  const found = performance.now() - at;
  await plant.flowing(OTHERS, performance.now());
  const free = (await plant.control.streams()).filter((stream) => stream.state !== 'quarantined');
  expect(free.map(({ id }) => id)).toEqual(['yard-1', 'yard-3', 'gate-1']);
  const detection = measured([found], undefined);
  reports.push({
    ...{ row: 29, name: 'the same, without a trace of the camera', injections: 1, clock: 'real' },
    ...(detection && { detection }),
  });
}, 300_000);
