/** A password in every place it is used, and a search of everything Weir puts out: it is found nowhere. */
import { mkdir, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Appliance, CLI, metricsUrl, record, startAppliance } from '../support/appliance.js';
import { startCamsim } from '../support/camsim.js';
import { CANARY, CANARY_USER, canaryIn, family, filesBelow } from '../support/canary.js';
import { startNats } from '../support/nats.js';
import { H264 } from '../support/paths.js';
import { run } from '../support/process.js';
import { startRtspServer, unauthorized } from '../support/rtsp-server.js';
import { specText } from '../support/spec.js';
import { tempDir } from '../support/temp.js';
import { freePort, until } from '../support/wait.js';

const REALMS = ['GStreamer RTSP Server', 'basic', 'digest'];

function spec(nats: string, dir: string, uris: Readonly<Record<string, string>>): string {
  const login = { user: `\${file:${dir}/user}`, password: `\${file:${dir}/password}` };
  const streams = Object.entries(uris).map(([id, uri]) => ({ id, uri, ...login }));
  const detector = { model: 'synthetic', rate: 2 };
  return specText(nats, { detector, streams }, { metrics: { listen: '127.0.0.1:0' } });
}

async function metrics(appliance: Appliance): Promise<string> {
  return (await fetch(new URL('/metrics', await metricsUrl(appliance)))).text();
}

function processes(pid: number): [place: string, content: string][] {
  return family(pid).flatMap((each) =>
    ['cmdline', 'environ'].map((file): [string, string] => {
      const path = `/proc/${each}/${file}`;
      return [path, readFileSync(path, 'latin1')];
    }),
  );
}

// What GStreamer's own log holds: see "Secrets" in docs/operations.md.
test.each(['6', '4,rtsp*:9,GST_BUS:9,udpsrc:9'])('with GST_DEBUG=%s', async (level) => {
  await using dir = await tempDir();
  const [dots, runtime] = [join(dir.path, 'dots'), join(dir.path, 'runtime')];
  for (const folder of [dots, runtime]) await mkdir(folder, { mode: 0o700 });
  await writeFile(join(dir.path, 'user'), CANARY_USER, { mode: 0o600 });
  await writeFile(join(dir.path, 'password'), CANARY, { mode: 0o600 });
  await using nats = await startNats();
  await using recording = await record(nats.url);
  await using cameras = await startCamsim({
    cameras: [
      { id: 'right', file: H264, fps: 15, user: CANARY_USER, password: CANARY },
      { id: 'wrong', file: H264, fps: 15, user: CANARY_USER, password: 'another' },
    ],
  });
  await using basic = await startRtspServer({ answers: { DESCRIBE: unauthorized('Basic realm="basic"') } });
  await using digest = await startRtspServer({
    answers: { DESCRIBE: unauthorized('Digest realm="digest", nonce="n"') },
  });
  await using elsewhere = await startRtspServer();
  await using redirecting = await startRtspServer({
    answers: { DESCRIBE: () => `302 Moved\r\nLocation: rtsp://127.0.0.1:${elsewhere.port}/x` },
  });
  const at = (port: number): string => `rtsp://127.0.0.1:${port}/x`;
  const text = spec(nats.url, dir.path, {
    right: `${cameras.uris.right}`,
    wrong: `${cameras.uris.wrong}`,
    basic: at(basic.port),
    digest: at(digest.port),
    redirecting: at(redirecting.port),
    absent: at(await freePort()),
    nowhere: 'rtsp://camera.invalid/x',
  });
  const env = {
    GST_DEBUG: level,
    GST_DEBUG_NO_COLOR: '1',
    GST_DEBUG_DUMP_DOT_DIR: dots,
    XDG_RUNTIME_DIR: runtime,
    WEIR_DUMPABLE: '1',
  };
  await using appliance = await startAppliance(text, env, ['--log-level', 'debug']);

  const causes = { wrong: 'unauthorized', basic: 'unauthorized', digest: 'unauthorized' };
  const all = { ...causes, redirecting: 'forbidden', absent: 'refused', nowhere: 'dns' };
  await until('every cause is told', () =>
    Object.entries(all).every(([id, expected]) => recording.cause(id)?.cause === expected),
  );
  await until('the camera with the right password delivers', () => recording.detections.length > 3);
  expect(basic.logins).toEqual([expect.stringMatching(/^Basic /)]);
  expect(canaryIn(basic.logins.join())).toContain('base64 of user:password');
  expect(elsewhere.connections).toBe(0);

  const file = join(dir.path, 'weir.yaml');
  await writeFile(file, text);
  const rendered = await run(process.execPath, [CLI, 'config', 'render', file]);
  const doctor = await run(process.execPath, [CLI, 'doctor', file, '--json']);
  const generated = filesBelow(runtime);
  const places: [place: string, content: string | Uint8Array][] = [
    ...recording.raw.map(({ subject, text }): [string, string] => [subject, text]),
    ...generated.map(({ path, content }): [string, Uint8Array] => [path, content]),
    ...[appliance.pid, ...(await appliance.workers())].flatMap(processes),
    ['status', JSON.stringify(await appliance.channel.status())],
    ['snapshot', await appliance.channel.snapshot('right')],
    ['metrics', await metrics(appliance)],
    ['weir config render', rendered.stdout + rendered.stderr],
    ['weir doctor', doctor.stdout + doctor.stderr],
  ];
  expect(generated.length).toBeGreaterThan(0);
  expect(await appliance.stop()).toBe(0);
  places.push(['log', appliance.log()]);
  expect(filesBelow(dots).map(({ path }) => path)).toEqual([]);

  const found = places.flatMap(([place, content]) =>
    canaryIn(content, REALMS).map((how) => `${place}: ${how}`),
  );
  expect(found).toEqual([]);
  expect(appliance.log()).toContain('rtspsrc');
});

test('the search finds it in every spelling', () => {
  const spelt = [
    CANARY,
    `rtsp://${CANARY_USER}:${encodeURIComponent(CANARY)}@camera/`,
    JSON.stringify({ password: CANARY }),
    ...['', 'a', 'ab', 'abc', `${CANARY_USER}:`].map((before) =>
      Buffer.from(before + CANARY).toString('base64'),
    ),
    ...['b', 'bc'].map((after) => Buffer.from(CANARY + after).toString('base64')),
  ];
  for (const text of spelt) expect(canaryIn(text), text).not.toEqual([]);
  expect(canaryIn('nothing of the kind')).toEqual([]);
});
