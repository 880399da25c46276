/** What an appliance needs for itself is taken, or cannot be had: it says so, and disturbs nobody. */
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlClient } from '../../src/control/client.js';
import { CLI } from '../support/appliance.js';
import { leftOvers } from '../support/plant/left-overs.js';
import { mayLose } from '../support/plant/may-lose.js';
import { type Plant, startPlant } from '../support/plant/plant.js';
import { type Outcome, run, Running } from '../support/process.js';
import { LONG } from '../support/reliability.js';
import { until } from '../support/wait.js';

const CAMERAS = ['yard-1', 'yard-2'];
const TIMES = LONG ? 20 : 2;

let plant: Plant;

beforeAll(async () => {
  plant = await startPlant({
    pipelines: { yard: CAMERAS },
    spare: ['gate-1'],
    appliance: { stateDir: 'state' },
  });
}, 120_000);
afterAll(() => plant[Symbol.asyncDispose]());

/** A second appliance beside the first one: its spec file, and its own folder for run-time files. */
async function neighbour(name: string, more: object = {}) {
  const runDir = join(plant.dir, `${name}-run`);
  await mkdir(runDir);
  const [file, socket] = [join(plant.dir, `${name}.yaml`), join(plant.dir, `${name}.sock`)];
  const spec = { ...plant.spec({ gate: ['gate-1'] }), appliance: name, stateDir: undefined, ...more };
  await writeFile(file, JSON.stringify(spec));
  const env = { WEIR_DUMPABLE: '1', XDG_RUNTIME_DIR: runDir, WEIR_TOKEN: 'operator-token-0123456789' };
  return { dir: plant.dir, runDir, name, file, socket, env };
}

type Neighbour = Awaited<ReturnType<typeof neighbour>>;

const up = ({ file, env }: Pick<Neighbour, 'file'> & { env?: Neighbour['env'] }): Promise<Outcome> =>
  run(process.execPath, [CLI, 'up', file], { ...(env && { env }) });

/** Does it, and sees that the first appliance goes on as if nothing had been. */
async function undisturbed(act: () => Promise<void>): Promise<void> {
  const pid = await plant.workerPid('yard');
  const witnesses = plant.watch(CAMERAS);
  await act();
  await plant.flowing(CAMERAS, performance.now());
  const { frames, lost } = witnesses.take();
  expect(await plant.workerPid('yard')).toBe(pid);
  expect(frames).toBeGreaterThan(0);
  expect(lost).toBeLessThanOrEqual(mayLose(frames));
}

async function taken(address: string | { readonly host: string }): Promise<Server & AsyncDisposable> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (typeof address === 'string') server.listen(address, resolve);
    else server.listen(0, address.host, resolve);
  });
  return server;
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port;
}

test('a second process for the same spec names the first one, which goes on', async () => {
  await undisturbed(async () => {
    for (let time = 0; time < TIMES; time++) {
      const { code, stderr } = await up({ file: plant.file });
      expect(stderr).toContain(`ALREADY_RUNNING: process ${plant.supervisor.pid} runs this appliance`);
      expect(code).toBe(69);
    }
  });
}, 300_000);

test('two appliances with specs of other names work side by side in one folder', async () => {
  const other = await neighbour('other');
  // Left by one that was killed: nobody listens there.
  await run(process.execPath, [
    '-e',
    'net.createServer().listen(process.argv[1], () => process.kill(process.pid, 9))',
    other.socket,
  ]);
  expect(existsSync(other.socket)).toBe(true);
  await undisturbed(async () => {
    await using running = new Running(process.execPath, [CLI, 'up', other.file], { env: other.env });
    await running.line((line) => line.includes('appliance other is up'));
    using control = new ControlClient({ socket: other.socket });
    const stream = await control.stream('gate-1', { waitMs: 20_000 });
    expect(stream).toMatchObject({ state: 'live', pipeline: 'gate' });
    expect((await plant.control.status()).appliance).toBe('plant');
    expect((await control.status()).appliance).toBe('other');
    running.kill('SIGTERM');
    expect(await running.ended()).toEqual({ code: 0, signal: null });
  });
  expect(leftOvers(other)).toEqual([]);
}, 120_000);

test('a port or socket that is taken is named, and nothing is left', async () => {
  await using port = await taken({ host: '127.0.0.1' });
  const listen = `127.0.0.1:${portOf(port)}`;
  const tokens = [{ name: 'operator', token: '${env:WEIR_TOKEN}', scope: 'operate' }];
  const occupied = join(plant.dir, 'occupied.sock');
  await using _somebody = await taken(occupied);
  const file = join(plant.dir, 'no-socket');
  writeFileSync(file, 'somebody needs this');
  const cases: readonly (readonly [name: string, more: object, error: string])[] = [
    [
      'metrics',
      { metrics: { listen } },
      `LISTEN_FAILED: metrics: cannot listen on ${listen}: the port is in use`,
    ],
    [
      'tcp',
      { control: { listen, tokens } },
      `LISTEN_FAILED: control: cannot listen on ${listen}: the port is in use`,
    ],
    [
      'socket',
      { control: { socket: occupied } },
      `ALREADY_RUNNING: control.socket: somebody answers on ${occupied}`,
    ],
    ['file', { control: { socket: file } }, 'LISTEN_FAILED'],
  ];
  for (const [name, more, error] of cases) {
    const other = await neighbour(name, more);
    const { code, stderr } = await up(other);
    expect(stderr).toContain(error);
    expect(code).toBe(69);
    expect(leftOvers(other)).toEqual([]);
  }
  expect(existsSync(file) && existsSync(occupied)).toBe(true);
}, 120_000);

test('a folder for its state that cannot be made is named', async () => {
  const inTheWay = join(plant.dir, 'in-the-way');
  await writeFile(inTheWay, '');
  const other = await neighbour('homeless', { stateDir: join(inTheWay, 'state') });
  const { code, stderr } = await up(other);
  expect(stderr).toMatch(/IO: .*in-the-way\/state\/homeless\.lock cannot be written/);
  expect(code).toBe(74);
  expect(leftOvers(other)).toEqual([]);
}, 60_000);

test('a change that cannot be written down is refused, and nothing else happens', async () => {
  const [state, away] = [join(plant.dir, 'state'), join(plant.dir, 'state-away')];
  const { generation } = await plant.control.status();
  await undisturbed(async () => {
    renameSync(state, away);
    writeFileSync(state, 'in the way');
    const refused = plant.control.add(plant.stream('gate-1'), 'yard');
    await expect(refused).rejects.toMatchObject({ code: 'STATE_UNWRITABLE' });
    expect((await plant.control.status()).generation).toBe(generation);
    expect((await plant.control.streams()).map(({ id }) => id)).toEqual(CAMERAS);
    rmSync(state);
    renameSync(away, state);
  });
  expect(await plant.control.add(plant.stream('gate-1'), 'yard')).toMatchObject({ changed: true });
  await until('it is live', async () => (await plant.control.stream('gate-1')).state === 'live');
}, 60_000);
