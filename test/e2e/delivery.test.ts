/** The broker goes away, is slow, or revokes our rights while cameras are analysed: nothing else suffers, and all is accounted for. */
import { readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'nats';
import { afterAll, expect, test } from 'vitest';
import { type Appliance, startAppliance } from '../support/appliance.js';
import { startBroker, storedEvents } from '../support/broker.js';
import {
  accounted,
  allLive,
  cameraIds,
  cameras,
  deliverySpec,
  FPS,
  frameRate,
  framesSince,
  incident,
  incidents,
  rowOf,
  status,
  took,
} from '../support/delivery.js';
import { figures } from '../support/fleet/figures.js';
import { LONG, reportPart, type RowReport } from '../support/reliability.js';
import { tempDir } from '../support/temp.js';
import { freePort, until } from '../support/wait.js';
import { wireFaults } from '../support/wire.js';

/** The more, the nearer to what the machine carries. */
const COUNT = LONG ? 24 : 4;
const AWAY_MS = LONG ? 600_000 : 8_000;

const rows: RowReport[] = [];
const findings: string[] = [];
afterAll(() => reportPart('delivery', rows, findings));

const nats = (appliance: Appliance, kind: string) => async () => (await status(appliance)).nats.kind === kind;
const delivered = (appliance: Appliance) => async () => {
  const { nats, events } = await status(appliance);
  return nats.kind === 'connected' && events.waiting === 0;
};
const rssMiB = async (pid: number) => (await figures(pid)).rssMiB;

test(
  'a broker that is away under load: frames go on, memory is bounded, every event arrives once by id',
  async () => {
    await using store = await tempDir();
    await using cams = await cameras(COUNT);
    const port = await freePort();
    const broker = await startBroker({ port, store: store.path });
    await using appliance = await startAppliance(deliverySpec(broker.url, cams));
    await allLive(appliance);
    await until('the first events have arrived', async () => {
      const { events } = await status(appliance);
      return events.acknowledged >= COUNT && events.waiting === 0;
    });
    const before = await frameRate(appliance, LONG ? 30_000 : 3_000);
    const { pid } = await status(appliance);

    broker.kill('SIGKILL');
    const noticedMs = await took(until('it is noticed', nats(appliance, 'disconnected')));
    const since = await framesSince(appliance);
    const fall = await rssMiB(pid);
    const happening = incidents(cams, LONG ? 15_000 : 1_000);
    const during = await frameRate(appliance, AWAY_MS);
    happening[Symbol.dispose]();
    const grown = (await rssMiB(pid)) - fall;
    const others = await since();
    const { events: away } = await status(appliance);
    expect(away.waiting).toBeGreaterThan(3);
    const lost = await accounted(appliance);
    expect(lost).toBeGreaterThan(50);

    await broker.stop();
    await using back = await startBroker({ port, store: store.path });
    const backMs = await took(until('it is connected', nats(appliance, 'connected')));
    const deliveredMs = await took(until('all is delivered', delivered(appliance)));
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
    const name = `NATS away for ${AWAY_MS / 1000} s, ${COUNT} cameras`;
    rows.push(
      rowOf({ row: 21, name, noticedMs, noticedTargetMs: 2_000, backMs, backTargetMs: 2_000, others }),
    );
    findings.push(
      `NATS away for ${AWAY_MS / 1000} s: ${before.toFixed(1)} frames a second before, ${during.toFixed(1)} meanwhile; ` +
        `${grown.toFixed(1)} MiB more; the ${away.waiting} events that had waited were in JetStream ${deliveredMs.toFixed(0)} ms ` +
        `after the connection was back, and all ${all.length} of the run are there once; the ${lost} messages of detections ` +
        'that had nowhere to go are counted, and the sums agree.',
    );
  },
  AWAY_MS + 60_000,
);

test('a slow broker, and one that revokes our rights: a clear state, detections dropped and counted, and recovery', async () => {
  await using cams = await cameras();
  const users = (name: string) =>
    `authorization { users: [{user: ${name}, password: pass-of-gate}, {user: reader, password: reader}] }`;
  await using broker = await startBroker({ config: users('gate') });
  await using dir = await tempDir();
  const secret = join(dir.path, 'password');
  await writeFile(secret, 'pass-of-gate', { mode: 0o600 });
  const login = { url: broker.url, user: '${env:NATS_USER}', password: `\${file:${secret}}` };
  await using appliance = await startAppliance(deliverySpec('', cams, { nats: login }), {
    NATS_USER: 'gate',
  });
  await allLive(appliance);

  let since = await framesSince(appliance);
  broker.kill('SIGSTOP');
  let noticedMs = await took(until('it is called stalled', nats(appliance, 'stalled')));
  const stalled = (await status(appliance)).nats;
  expect(stalled).toMatchObject({
    error: expect.stringMatching(/no answer for .* s, the connection is still open/) as string,
  });
  const frames = (await appliance.rows()).map((row) => row.frames);
  await until('detections are dropped as slow, and frames go on', async () =>
    (await appliance.rows()).every(
      (row, i) => row.dropped.slow > 0 && row.frames > (frames[i] ?? 0) + FPS / 2,
    ),
  );
  broker.kill('SIGCONT');
  let backMs = await took(until('it is connected again', nats(appliance, 'connected')));
  const slow = { row: 22, name: 'NATS does not read (SIGSTOP)', others: await since() };
  rows.push(rowOf({ ...slow, noticedMs, noticedTargetMs: 2_000, backMs, backTargetMs: 2_000 }));

  since = await framesSince(appliance);
  await broker.configure(users('somebody'));
  noticedMs = await took(until('it is called failed', nats(appliance, 'failed')));
  expect((await status(appliance)).nats).toMatchObject({
    cause: 'authorization',
    error: 'the server refuses these credentials',
  });
  await incident(cams, 'cam-2');
  await until('an event waits', async () => (await status(appliance)).events.waiting > 0);
  // The administrator has made a new password, and writes it where the appliance reads it.
  await broker.configure(users('gate').replace('pass-of-gate', 'another-one'));
  await writeFile(secret, 'another-one');
  backMs = await took(until('it is delivered with the new password', delivered(appliance)));
  const revoked = { row: 25, name: 'credentials revoked, then others in their file', others: await since() };
  rows.push(rowOf({ ...revoked, noticedMs, noticedTargetMs: 1_000, backMs }));
  await accounted(appliance);
  const all = await storedEvents({ servers: broker.url, user: 'reader', pass: 'reader' });
  expect(all.map(({ stream, kind }) => `${stream} ${kind}`)).toContain('cam-2 timestamps');
  expect(appliance.log()).not.toMatch(/pass-of-gate|another-one/);
});

test('what the pipeline of an earlier spec has left is delivered, and its spool taken away', async () => {
  await using cams = await cameras(1);
  await using state = await tempDir();
  const port = await freePort();
  const spec = (id: string) =>
    deliverySpec(`nats://127.0.0.1:${port}`, cams, { stateDir: state.path }).replace('"main"', `"${id}"`);
  const before = await startAppliance(spec('old'));
  await until('its event waits', async () => (await status(before)).events.waiting > 0);
  await before.stop();
  await using broker = await startBroker({ port });
  await using appliance = await startAppliance(spec('new'));
  await allLive(appliance);
  const spools = () => readdir(join(state.path, 'weir.events'));
  await until('its spool is gone', async () => (await spools()).sort().join() === '_supervisor,new');
  await until('all is delivered', delivered(appliance));
  const all = await storedEvents({ servers: broker.url });
  const runs = all.filter(({ kind }) => kind === 'live').map(({ id }) => id.split('.')[2]);
  expect(new Set(runs).size).toBe(2);
});

test('nats: embedded runs a server of its own, replaces it, and takes it along', async () => {
  await using cams = await cameras();
  await using state = await tempDir();
  await using appliance = await startAppliance(
    deliverySpec('', cams, { nats: 'embedded', stateDir: state.path }),
  );
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
  await cams.fault('cam-1', { kind: 'kill' });
  await until('another one has all events', async () => {
    const { nats, events } = await status(appliance);
    return nats.kind === 'connected' && events.waiting === 0 && events.emitted > cameraIds().length;
  });
  const all = await storedEvents(login);
  expect(all.map(({ stream, kind }) => `${stream} ${kind}`)).toEqual(
    expect.arrayContaining(['cam-1 live', 'cam-1 lost']),
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
