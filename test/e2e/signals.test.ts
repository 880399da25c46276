/** An appliance that is told to end at any moment of its life ends, and leaves nothing behind. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ChannelClient } from '../../src/worker/channel.js';
import { CLI } from '../support/appliance.js';
import { Random, scenarioSeed } from '../support/fleet/random.js';
import { leftOvers } from '../support/plant/left-overs.js';
import { type Plant, startPlant } from '../support/plant/plant.js';
import { processesOf } from '../support/plant/processes.js';
import type { Running } from '../support/process.js';
import { LONG, measured, reportPart, type RowReport } from '../support/reliability.js';
import { pass, until } from '../support/wait.js';

const TIMES = LONG ? 50 : 8;
const TARGET_MS = 5_000;
/** Nothing here may take longer, however busy the machine. */
const CEILING_MS = 20_000;
const NOTE = 'From the signal to the end of the last process.';

const reports: RowReport[] = [];
afterAll(() => reportPart('signals', reports));

let plant: Plant;
/** From its start until it is up. */
let startMs = 0;

beforeAll(async () => {
  plant = await startPlant({ pipelines: { yard: ['yard-1', 'yard-2'], gate: ['gate-1'] } });
  await plant.supervisor.stop();
  const at = performance.now();
  await plant.start();
  startMs = performance.now() - at;
  await plant.supervisor.stop();
}, 120_000);
afterAll(() => plant[Symbol.asyncDispose]());

/** Of an appliance that runs; what it does to it may take a while. */
type Injection = (running: Running, random: Random) => Promise<void> | void;

const WAYS: readonly (readonly [name: string, inject: Injection])[] = [
  ['SIGTERM', (running) => running.kill('SIGTERM')],
  [
    'SIGTERM twice',
    async (running, random) => {
      running.kill('SIGTERM');
      await pass(random.between(0, 300));
      running.kill('SIGTERM');
    },
  ],
  ['Ctrl-C', ({ pid }) => void process.kill(-pid, 'SIGINT')],
  [
    'SIGTERM while cameras hang',
    async (running, random) => {
      plant.cameras.kill('SIGSTOP');
      await pass(random.between(0, 1_500));
      running.kill('SIGTERM');
    },
  ],
];

interface End {
  readonly ms: number;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

async function endOf(running: Running, inject: () => Promise<void> | void): Promise<End> {
  await inject();
  const at = performance.now();
  const { code, signal } = await running.ended();
  return { ms: performance.now() - at, code, signal };
}

beforeEach(() => plant.cameras.kill('SIGCONT'));

function report(name: string, ms: readonly number[]): void {
  const recovery = measured(ms, TARGET_MS);
  const row = { row: 35, name, injections: ms.length, clock: 'real', note: NOTE } as const;
  reports.push({ ...row, ...(recovery && { recovery }) });
  expect(Math.max(...ms)).toBeLessThan(CEILING_MS);
}

test('a signal at any moment between its start and its playing ends it with 0, and nothing is left', async () => {
  const random = new Random(scenarioSeed('signals', 35));
  const taken: number[] = [];
  let early = 0;
  for (let time = 0; time < TIMES; time++) {
    const [way, inject] = WAYS[time % WAYS.length] as (typeof WAYS)[number];
    // Each of as many parts of the time once: until well after it is up.
    const moment = ((time + random.next()) / TIMES) * (startMs * 1.2 + 1_000);
    const running = plant.launch();
    await pass(moment);
    const { ms, code, signal } = await endOf(running, () => inject(running, random));
    plant.cameras.kill('SIGCONT');
    const story = `${way} after ${Math.round(moment)} ms:\n${running.lines.join('\n')}`;
    // Before it has begun to run a signal does what it does to any process.
    if (signal !== null) expect(running.lines, story).toEqual([]);
    else expect(code, story).toBe(0);
    expect(leftOvers(plant), story).toEqual([]);
    if (signal === null) taken.push(ms);
    else early++;
  }
  expect(taken.length).toBeGreaterThan(early);
  report('told to end at a random moment', taken);
}, 900_000);

test('what a kill at any moment of its start leaves behind is gone after the next run', async () => {
  const random = new Random(scenarioSeed('kills', 30));
  const times = LONG ? 20 : 2;
  for (let time = 0; time < times; time++) {
    const moment = ((time + random.next()) / times) * startMs;
    const running = plant.launch();
    await pass(moment);
    running.kill('SIGKILL');
    await until('its workers end', () => processesOf(plant.runDir).length === 0);
  }
  await plant.start();
  await plant.supervisor.stop();
  expect(leftOvers(plant)).toEqual([]);
}, 400_000);

test('a hang-up before it is up or while it stops is no end without order', async () => {
  const running = plant.launch();
  // It has begun to run.
  await running.line((line) => line.includes('"msg":"control"'));
  running.kill('SIGHUP');
  await running.line((line) => line.includes('is up'), { timeoutMs: CEILING_MS });
  running.kill('SIGTERM');
  running.kill('SIGHUP');
  expect(await running.ended()).toEqual({ code: 0, signal: null });
  expect(leftOvers(plant)).toEqual([]);
}, 60_000);

test('a worker that hangs does not keep it from ending', async () => {
  await plant.start();
  const pid = await plant.workerPid('yard');
  process.kill(pid, 'SIGSTOP');
  const { supervisor } = plant;
  const { ms, code } = await endOf(supervisor, () => supervisor.kill('SIGTERM'));
  expect(code, supervisor.lines.join('\n')).toBe(0);
  expect(leftOvers(plant)).toEqual([]);
  report('told to end while a worker hangs', [ms]);
}, 60_000);

test.each([
  ['while it plays', (child: ChannelClient) => child.ready],
  ['before it has begun', () => undefined],
])(
  'it ends when whoever started it closes the channel, %s',
  async (_when, begun) => {
    const child = fork(CLI, ['up', plant.file], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: { ...process.env, WEIR_DUMPABLE: '1', XDG_RUNTIME_DIR: plant.runDir },
    });
    await begun(new ChannelClient(child));
    const ended = once(child, 'exit');
    child.disconnect();
    expect(await ended).toEqual([0, null]);
    expect(leftOvers(plant)).toEqual([]);
  },
  60_000,
);
