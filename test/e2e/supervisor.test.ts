/** Processes that are killed, hang, grow, or meet a broken GPU: what is lost, and how soon all is as before. */
import { connect } from 'nats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lives, type Plant, startPlant } from '../support/plant/plant.js';
import { watchApi } from '../support/plant/watch-api.js';
import { LONG, measured, reportPart, type RowReport } from '../support/reliability.js';
import { until } from '../support/wait.js';
import { wireFaults } from '../support/wire.js';

const YARD = ['yard-1', 'yard-2', 'yard-3'];
const GATE = ['gate-1', 'gate-2'];
const TIMES = LONG ? 20 : 1;
/** Nothing here may take longer, however busy the machine. */
const CEILING_MS = 60_000;

const reports: RowReport[] = [];
afterAll(() => reportPart('processes', reports));

let plant: Plant;

beforeAll(async () => {
  plant = await startPlant({ pipelines: { yard: YARD, gate: GATE } });
}, 120_000);
afterAll(() => plant[Symbol.asyncDispose]());

const yard = async () => (await plant.control.pipelines()).find(({ id }) => id === 'yard');

/** Does it again and again; the pipeline beside it must not notice. */
async function injectedIntoYard(
  { row, name, detectMs, recoverMs, why }: Expected,
  inject: (pid: number) => unknown,
): Promise<void> {
  const [detection, recovery] = [[] as number[], [] as number[]];
  await using api = watchApi(plant.control);
  const witnesses = plant.watch(GATE);
  for (let time = 0; time < TIMES; time++) {
    const pid = await plant.workerPid('yard');
    const before = (await yard())?.restarts[why] ?? 0;
    const at = performance.now();
    await inject(pid);
    await until('it is noticed', async () => (await yard())?.state !== 'playing', { timeoutMs: CEILING_MS });
    detection.push(performance.now() - at);
    await until('it has ended', async () => ((await yard())?.restarts[why] ?? 0) > before);
    await plant.workerPid('yard');
    recovery.push(await plant.flowing(YARD, at));
    expect(lives(pid), 'the worker that was replaced').toBe(false);
    // Otherwise the next end would be one more in a row, with a pause after it.
    await plant.control.restartPipeline('yard');
    await plant.flowing(YARD, performance.now());
  }
  await plant.flowing(GATE, performance.now());
  const others = witnesses.take();
  reports.push({ ...report({ row, name, detectMs, recoverMs }, detection, recovery), others });
  // A process that starts takes a core from those that play; on a machine of two that can cost a frame.
  expect(others.lost, 'frames of the other pipeline').toBeLessThanOrEqual(Math.max(3, others.frames * 0.02));
  expect(others.frames).toBeGreaterThan(10);
  expect(api.failures).toEqual([]);
  expect(api.answers.length).toBeGreaterThan(TIMES);
  expect(Math.max(...recovery)).toBeLessThan(CEILING_MS);
}

interface Expected {
  readonly row: number;
  readonly name: string;
  readonly detectMs: number;
  readonly recoverMs: number;
  readonly why: 'crash' | 'hang' | 'pipeline-failed' | 'stuck';
}

function report(
  { row, name, detectMs, recoverMs }: Omit<Expected, 'why'>,
  detection: readonly number[],
  recovery: readonly number[],
): RowReport {
  const [detected, recovered] = [measured(detection, detectMs), measured(recovery, recoverMs)];
  return {
    ...{ row, name, injections: recovery.length, clock: 'real' },
    ...(detected && { detection: detected }),
    ...(recovered && { recovery: recovered }),
  };
}

describe('a worker', () => {
  test(
    'that is killed is replaced',
    () =>
      injectedIntoYard(
        { row: 27, name: 'worker killed (SIGKILL)', detectMs: 200, recoverMs: 5_000, why: 'crash' },
        (pid) => process.kill(pid, 'SIGKILL'),
      ),
    240_000,
  );

  test(
    'that crashes is replaced',
    () =>
      injectedIntoYard(
        { row: 27, name: 'worker crashes (SIGSEGV)', detectMs: 200, recoverMs: 5_000, why: 'crash' },
        (pid) => process.kill(pid, 'SIGSEGV'),
      ),
    240_000,
  );

  test(
    'that hangs is replaced',
    () =>
      injectedIntoYard(
        { row: 28, name: 'worker hangs (SIGSTOP)', detectMs: 5_000, recoverMs: 10_000, why: 'hang' },
        (pid) => process.kill(pid, 'SIGSTOP'),
      ),
    400_000,
  );
});

test('streams whose pipeline is down are told to be, and the last word on each is kept', async () => {
  const at = performance.now();
  process.kill(await plant.workerPid('yard'), 'SIGKILL');
  const told = YARD.map((id) =>
    plant.timeline.status(id, at, {
      what: `${id} is told to be down`,
      fits: ({ cause }) => (cause as string) === 'pipeline',
    }),
  );
  for (const { message } of await Promise.all(told)) {
    expect(wireFaults(message)).toEqual([]);
    expect(message).toMatchObject({
      state: 'waiting',
      message: 'pipeline "yard": its process ended (SIGKILL)',
    });
  }
  await plant.flowing(YARD, at);
  const nats = await connect({ servers: plant.nats.url });
  const { streams } = await nats.jetstreamManager();
  const last = () => streams.getMessage('weir_plant_status', { last_by_subj: 'weir.plant.yard-1.status' });
  await until(
    'the last word is "live"',
    async () => (await last()).json<{ state: string }>().state === 'live',
  );
  await nats.close();
});
