/** A GPU that fails, hangs or is full, and memory that grows: the process is replaced, never a part of it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WorkerEnd } from '../../src/supervisor/views.js';
import { mayLose } from '../support/plant/may-lose.js';
import { lives, type Plant, startPlant } from '../support/plant/plant.js';
import { watchApi } from '../support/plant/watch-api.js';
import { LONG, measured, reportPart, type RowReport } from '../support/reliability.js';
import { until } from '../support/wait.js';

const PIPELINES = { yard: ['yard-1', 'yard-2', 'yard-3'], gate: ['gate-1'] };
const CAMERAS = Object.values(PIPELINES).flat();
const IDS = Object.keys(PIPELINES);
const TIMES = LONG ? 20 : 1;
/** Nothing here may take longer, however busy the machine. */
const CEILING_MS = 60_000;

const reports: RowReport[] = [];
afterAll(() => reportPart('stand-in-faults', reports));

let plant: Plant;

beforeAll(async () => {
  plant = await startPlant({ pipelines: PIPELINES });
}, 120_000);
afterAll(() => plant[Symbol.asyncDispose]());

const pipeline = async (id: string) => {
  const found = (await plant.control.pipelines()).find((each) => each.id === id);
  if (!found) throw new Error(`there is no pipeline ${id}`);
  return found;
};

/** Otherwise the next end would be one more in a row, with a pause after it. */
async function renew(...ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => plant.control.restartPipeline(id)));
  await plant.flowing(CAMERAS, performance.now());
}

/** After the third time it would look for a stream that is to blame. */
async function forget(): Promise<void> {
  await plant.supervisor.stop();
  await plant.start();
  await plant.flowing(CAMERAS, performance.now());
}

function report(
  row: Pick<RowReport, 'row' | 'name'>,
  [detection, detectMs]: readonly [number[], number?],
  [recovery, recoverMs]: readonly [number[], number?],
  more: Partial<RowReport> = {},
): void {
  const [detected, recovered] = [measured(detection, detectMs), measured(recovery, recoverMs)];
  reports.push({
    ...{ ...row, injections: recovery.length, clock: 'real', ...more },
    ...(detected && { detection: detected }),
    ...(recovered && { recovery: recovered }),
  });
  expect(Math.max(...recovery)).toBeLessThan(CEILING_MS);
}

interface Fault {
  readonly line: string;
  readonly why: WorkerEnd;
  readonly says: string;
  readonly row: number;
  readonly detectMs: number;
}

const FAULTS: readonly Fault[] = [
  {
    line: 'infer-error cudaErrorIllegalAddress: an illegal memory access was encountered',
    why: 'pipeline-failed',
    says: 'cudaErrorIllegalAddress',
    ...{ row: 31, detectMs: 1_000 },
  },
  {
    line: 'surface-error',
    why: 'pipeline-failed',
    says: 'NvBufSurfaceMap failed',
    ...{ row: 31, detectMs: 1_000 },
  },
  {
    line: 'decoder-error out of decoder instances',
    why: 'pipeline-failed',
    says: 'out of decoder instances',
    ...{ row: 31, detectMs: 1_000 },
  },
  {
    line: 'infer-hang',
    why: 'stuck',
    says: 'cameras deliver pictures, but none comes out of the pipeline',
    ...{ row: 28, detectMs: 5_000 },
  },
];

/** Into both pipelines; resolves with how long it took until they were down, and then until all was as before. */
async function injected({ line, why, says }: Fault): Promise<{ down: number; back: number }> {
  await using api = watchApi(plant.control);
  const pids = await Promise.all(IDS.map(plant.workerPid));
  const before = await Promise.all(IDS.map(pipeline));
  const at = performance.now();
  await plant.suffer(line);
  for (const id of IDS)
    await until(`${id} is down`, async () => (await pipeline(id)).state !== 'playing', {
      timeoutMs: CEILING_MS,
    });
  const over = performance.now();
  await plant.suffer();
  await Promise.all(IDS.map(plant.workerPid));
  const back = await plant.flowing(CAMERAS, over);
  for (const { id, restarts } of before) {
    const now = await pipeline(id);
    expect(now.lastEnd).toMatchObject({ why, message: expect.stringContaining(says) });
    expect(now.restarts[why]).toBe(restarts[why] + 1);
  }
  expect(pids.filter(lives), 'workers that were replaced').toEqual([]);
  expect(api.failures).toEqual([]);
  return { down: over - at, back };
}

test.each(FAULTS)(
  '$line: the process of each pipeline that meets it is replaced, and no element',
  async (fault) => {
    const [detection, recovery] = [[] as number[], [] as number[]];
    for (let time = 0; time < TIMES; time++) {
      const { down, back } = await injected(fault);
      detection.push(down);
      recovery.push(back);
      await (fault.why === 'stuck' ? forget() : renew(...IDS));
    }
    const { row, line, detectMs } = fault;
    report({ row, name: line.replace(/:.*/, '') }, [detection, detectMs], [recovery, 5_000]);
  },
  900_000,
);

test('a GPU without memory for one more keeps one pipeline from starting, and no other from playing', async () => {
  const recovery: number[] = [];
  const text = 'Cuda failure: out of memory';
  await using api = watchApi(plant.control);
  const witnesses = plant.watch(PIPELINES.yard);
  const yard = await plant.workerPid('yard');
  for (let time = 0; time < TIMES; time++) {
    await plant.suffer(`infer-start-error ${text}`);
    const refused = plant.control.restartPipeline('gate');
    await expect(refused).rejects.toMatchObject({
      code: 'PIPELINE_FAILED',
      message: expect.stringContaining(text),
    });
    const { state, lastEnd } = await pipeline('gate');
    expect(state).not.toBe('playing');
    expect(lastEnd).toMatchObject({ why: 'start-failed', message: expect.stringContaining(text) });
    const stream = await plant.control.stream('gate-1');
    expect(stream).toMatchObject({ state: 'pipeline-down', message: expect.stringContaining(text) });
    await plant.suffer();
    recovery.push(await plant.flowing(['gate-1'], performance.now()));
    await plant.control.restartPipeline('gate');
  }
  await plant.flowing(CAMERAS, performance.now());
  const others = witnesses.take();
  expect(await plant.workerPid('yard')).toBe(yard);
  expect(others.lost).toBeLessThanOrEqual(mayLose(others.frames));
  report({ row: 32, name: 'GPU out of memory at the start' }, [[]], [recovery, 5_000], { others });
  expect(api.failures).toEqual([]);
}, 900_000);

test('a process that passes its memory limit is replaced, and told how many streams fit', async () => {
  const [detection, recovery] = [[] as number[], [] as number[]];
  await using api = watchApi(plant.control);
  const witnesses = plant.watch(PIPELINES.gate);
  const gate = await plant.workerPid('gate');
  for (let time = 0; time < TIMES; time++) {
    const pid = await plant.workerPid('yard');
    const rssBytes = await until('its memory is known', async () => (await pipeline('yard')).rssBytes);
    const { restarts } = await pipeline('yard');
    const limit = Math.round((rssBytes / 1024 ** 2) * 0.7);
    const at = performance.now();
    await plant.control.apply(plant.spec(PIPELINES, { yard: { memoryLimitMb: limit } }));
    await until('it is noticed', async () => (await pipeline('yard')).state !== 'playing');
    detection.push(performance.now() - at);
    await plant.control.apply(plant.spec(PIPELINES));
    await plant.workerPid('yard');
    recovery.push(await plant.flowing(PIPELINES.yard, at));
    const { lastEnd, restarts: now } = await pipeline('yard');
    expect(lastEnd?.why).toBe('memory');
    expect(lastEnd?.message).toMatch(
      new RegExp(`^\\d+ MiB of memory with 3 streams, the limit is ${limit} MiB: about [12] would fit$`),
    );
    expect(now.memory).toBe(restarts.memory + 1);
    expect(lives(pid), 'the worker that was replaced').toBe(false);
    await renew('yard');
  }
  const others = witnesses.take();
  expect(await plant.workerPid('gate')).toBe(gate);
  expect(others.lost).toBeLessThanOrEqual(mayLose(others.frames));
  report({ row: 32, name: 'memory limit passed' }, [detection, 2_000], [recovery, 7_000], { others });
  expect(api.failures).toEqual([]);
}, 900_000);
