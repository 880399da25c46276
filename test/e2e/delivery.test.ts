/** The broker goes away, is slow, or revokes our rights while cameras are analysed: nothing else suffers, and all is accounted for. */
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'nats';
import { expect, test } from 'vitest';
import type { WorkerStatus } from '../../src/worker/status.js';
import { type Appliance, startAppliance } from '../support/appliance.js';
import { startBroker, storedEvents } from '../support/broker.js';
import { type Camsim, startCamsim } from '../support/camsim.js';
import { unpublished } from '../support/fleet/accounting.js';
import { figures } from '../support/fleet/figures.js';
import { H264 } from '../support/paths.js';
import { LONG } from '../support/reliability.js';
import { specText } from '../support/spec.js';
import { tempDir } from '../support/temp.js';
import { freePort, pass, until } from '../support/wait.js';
import { wireFaults } from '../support/wire.js';

const CAMERAS = ['a', 'b', 'c', 'd'];
const FPS = 15;
const AWAY_MS = LONG ? 600_000 : 8_000;

function cameras(): Promise<Camsim> {
  return startCamsim({ cameras: CAMERAS.map((id) => ({ id, file: H264, fps: FPS })) });
}

const spec = (nats: string, { uris }: Camsim, more: object = {}) => {
  const streams = CAMERAS.map((id) => ({ id, uri: uris[id], fps: FPS }));
  return specText(nats, { detector: { model: 'nanodet-320x256', rate: 2 }, streams }, more);
};

async function status({ channel }: Appliance): Promise<WorkerStatus> {
  const [worker] = await channel.status();
  if (!worker) throw new Error('no worker');
  return worker;
}

const allLive = (appliance: Appliance) =>
  until('all are live', async () =>
    (await appliance.rows()).every(({ state, published }) => state === 'live' && published > 0),
  );

/** Frames per second, of all streams together. */
async function rate(appliance: Appliance, ms: number): Promise<number> {
  const frames = async () => (await appliance.rows()).reduce((sum, row) => sum + row.frames, 0);
  const [before, began] = [await frames(), performance.now()];
  await pass(ms);
  return ((await frames()) - before) / ((performance.now() - began) / 1000);
}

/** Every message that was written was published, waits or is counted as lost, by cause. */
async function accounted(appliance: Appliance): Promise<number> {
  let lost = 0;
  for (const row of await appliance.rows()) {
    const inRing = row.messages - row.published - row.waiting - unpublished(row);
    expect(inRing).toBeGreaterThanOrEqual(0);
    expect(inRing).toBeLessThan(20);
    lost += unpublished(row);
  }
  return lost;
}

const rssMiB = async (pid: number) => (await figures(pid)).rssMiB;

test('a broker that is away under load: frames go on, memory is bounded, every event arrives once by id', async () => {
  await using store = await tempDir();
  await using cams = await cameras();
  const port = await freePort();
  const broker = await startBroker({ port, store: store.path });
  await using appliance = await startAppliance(spec(broker.url, cams));
  await allLive(appliance);
  await until('the first events have arrived', async () => {
    const { events } = await status(appliance);
    return events.acknowledged >= CAMERAS.length && events.waiting === 0;
  });
  const before = await rate(appliance, LONG ? 30_000 : 3_000);
  const { pid } = await status(appliance);

  broker.kill('SIGKILL');
  await until('it is noticed', async () => (await status(appliance)).nats.kind === 'disconnected', {
    timeoutMs: 2_000,
  });
  const fall = await rssMiB(pid);
  // Incidents of one camera, without an end of its connection.
  const jump = { kind: 'timestampJump', seconds: 3_600 } as const;
  const fault = setInterval(() => void cams.fault('a', jump), LONG ? 15_000 : 1_000);
  const during = await rate(appliance, AWAY_MS);
  clearInterval(fault);
  const grown = (await rssMiB(pid)) - fall;
  const { events: away } = await status(appliance);
  expect(away.waiting).toBeGreaterThan(3);
  expect(await accounted(appliance)).toBeGreaterThan(50);

  await broker.stop();
  await using back = await startBroker({ port, store: store.path });
  const began = performance.now();
  await until('everything is delivered', async () => (await status(appliance)).events.waiting === 0);
  console.log(
    `away ${AWAY_MS / 1000} s: ${before.toFixed(1)} then ${during.toFixed(1)} frames/s, ` +
      `${grown.toFixed(1)} MiB more, ${away.waiting} events delivered ${Math.round(performance.now() - began)} ms after`,
  );
  expect(during).toBeGreaterThan(0.8 * before);
  expect(grown).toBeLessThan(64);
  const { events } = await status(appliance);
  const all = await storedEvents({ servers: back.url });
  expect(all.flatMap(({ subject: _, ...event }) => wireFaults(event))).toEqual([]);
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(all.length).toBe(events.emitted);
  expect(events.dropped).toEqual({ full: 0, memory: 0, damaged: 0, refused: 0 });
  const jumps = all.filter(({ kind }) => kind === 'timestamps').map(({ data }) => data);
  expect(jumps.length).toBeGreaterThan(3);
  const order = all.map(({ id }) => Number(id.split('.').at(-1)));
  expect(order).toEqual([...order].sort((a, b) => a - b));
});

test('a slow broker, and one that revokes our rights: a clear state, detections dropped and counted, and recovery', async () => {
  await using cams = await cameras();
  const users = (name: string) =>
    `authorization { users: [{user: ${name}, password: pass-of-gate}, {user: reader, password: reader}] }`;
  await using broker = await startBroker({ config: users('gate') });
  await using dir = await tempDir();
  const secret = join(dir.path, 'password');
  await writeFile(secret, 'pass-of-gate', { mode: 0o600 });
  const nats = { url: broker.url, user: '${env:NATS_USER}', password: `\${file:${secret}}` };
  await using appliance = await startAppliance(spec('', cams, { nats }), { NATS_USER: 'gate' });
  await allLive(appliance);

  broker.kill('SIGSTOP');
  const stalled = await until(
    'it is called stalled',
    async () => {
      const { nats } = await status(appliance);
      return nats.kind === 'stalled' && nats;
    },
    { timeoutMs: 5_000 },
  );
  expect(stalled.error).toMatch(/no answer for .* s, the connection is still open/);
  const frames = (await appliance.rows()).map((row) => row.frames);
  await until('detections are dropped as slow, and frames go on', async () =>
    (await appliance.rows()).every(
      (row, i) => row.dropped.slow > 0 && row.frames > (frames[i] ?? 0) + FPS / 2,
    ),
  );
  broker.kill('SIGCONT');
  await until('it is connected again', async () => (await status(appliance)).nats.kind === 'connected', {
    timeoutMs: 4_000,
  });

  await broker.configure(users('somebody'));
  const failed = await until(
    'it is called failed',
    async () => {
      const { nats } = await status(appliance);
      return nats.kind === 'failed' && nats;
    },
    { timeoutMs: 5_000 },
  );
  expect(failed).toMatchObject({ cause: 'authorization', error: 'the server refuses these credentials' });
  await cams.fault('b', { kind: 'kill' });
  await until('an event waits', async () => (await status(appliance)).events.waiting > 0);
  // The administrator has made a new password, and writes it where the appliance reads it.
  await broker.configure(users('gate').replace('pass-of-gate', 'another-one'));
  await writeFile(secret, 'another-one');
  await until(
    'it is delivered with the new password',
    async () => {
      const { nats, events } = await status(appliance);
      return nats.kind === 'connected' && events.waiting === 0;
    },
    { timeoutMs: 10_000 },
  );
  await accounted(appliance);
  const all = await storedEvents({ servers: broker.url, user: 'reader', pass: 'reader' });
  expect(all.map(({ stream, kind }) => `${stream} ${kind}`)).toContain('b lost');
  expect(appliance.log()).not.toMatch(/pass-of-gate|another-one/);
});

test('nats: embedded runs a server of its own, replaces it, and takes it along', async () => {
  await using cams = await cameras();
  await using state = await tempDir();
  await using appliance = await startAppliance(spec('', cams, { nats: 'embedded', stateDir: state.path }));
  const folder = join(state.path, 'weir.nats');
  const text = (name: string) => readFile(join(folder, name), 'utf8');
  const serverPid = async () => {
    const { workers } = JSON.parse(await text('server.json')) as { workers: { pid: number }[] };
    return workers[0]?.pid ?? 0;
  };
  const pid = await serverPid();
  await allLive(appliance);
  const login = {
    servers: (await text('url')).trim(),
    user: await text('user'),
    pass: await text('password'),
  };
  await expect(connect({ servers: login.servers, reconnect: false })).rejects.toThrow(/[Aa]uthorization/);
  process.kill(pid, 'SIGKILL');
  await until('it is noticed', async () => (await status(appliance)).nats.kind !== 'connected');
  await cams.fault('a', { kind: 'kill' });
  await until('another one has all events', async () => {
    const { nats, events } = await status(appliance);
    return nats.kind === 'connected' && events.waiting === 0 && events.emitted > CAMERAS.length;
  });
  const all = await storedEvents(login);
  expect(all.map(({ stream, kind }) => `${stream} ${kind}`)).toEqual(
    expect.arrayContaining(['a live', 'a lost']),
  );
  expect(appliance.log() + readFileSync(`/proc/${appliance.pid}/cmdline`, 'utf8')).not.toContain(login.pass);
  const last = await serverPid();
  expect(last).not.toBe(pid);
  process.kill(appliance.pid, 'SIGKILL');
  await until('nothing of it is left', () => {
    try {
      return /^State:\tZ/m.test(readFileSync(`/proc/${last}/status`, 'utf8'));
    } catch {
      return true;
    }
  });
});
