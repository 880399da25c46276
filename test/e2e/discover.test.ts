/** ONVIF devices that are simulated: found, asked, and not believed. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DeviceReport, discoverCameras, type DiscoverOptions } from '../../src/onvif/index.js';
import { CLI } from '../support/appliance.js';
import { type Camsim, type CamsimOnvif, type OnvifFault, startCamsim } from '../support/camsim.js';
import { CANARY, CANARY_USER, canaryIn } from '../support/canary.js';
import { footage, H264 } from '../support/paths.js';
import { run } from '../support/process.js';
import { RtspClient } from '../support/rtsp.js';

const CAMERAS = [
  { id: 'main', file: footage('vtest-576.h264'), fps: 10, toldSize: '1920x1080' },
  { id: 'sub', file: footage('vtest-360p.h265'), fps: 15 },
  { id: 'tiny', file: H264, fps: 15, toldSize: '320x180' },
];
const LOGIN = { user: '${env:CAM_USER}', password: '${env:CAM_PASSWORD}' };
const ENV = { CAM_USER: CANARY_USER, CAM_PASSWORD: CANARY };
const device = (more: CamsimOnvif): Promise<Camsim> =>
  startCamsim({ cameras: CAMERAS, onvif: { user: CANARY_USER, password: CANARY, ...more } });

/** Its clock is wrong, and it knows both services for profiles. */
let modern: Camsim;
/** Asks for HTTP Digest, and knows the older service alone. */
let old: Camsim;
beforeAll(async () => {
  modern = await device({ name: 'Front door', clockOffset: -7200 });
  old = await device({ httpDigest: true, mediaVersion: 1 });
});
afterAll(async () => {
  await modern.stop();
  await old.stop();
});

const place = ({ onvif }: Camsim): string => `127.0.0.1:${onvif.discoveryPort}`;

async function found(camsim: Camsim, options: DiscoverOptions = {}): Promise<DeviceReport> {
  const [report, ...more] = await discoverCameras({ addresses: [place(camsim)], ...options });
  expect(more).toEqual([]);
  return report as DeviceReport;
}

const withLogin = { ...LOGIN, env: ENV };
const profiles = [
  { token: 'main', name: 'main', codec: 'H264', width: 1920, height: 1080, fps: 10 },
  { token: 'sub', name: 'sub', codec: 'H265', width: 640, height: 360, fps: 15 },
  { token: 'tiny', name: 'tiny', codec: 'H264', width: 320, height: 180, fps: 15 },
];

describe('a device', () => {
  test('tells its streams to a token of its own time', async () => {
    expect(await found(modern, withLogin)).toEqual({
      ...{ address: '127.0.0.1', service: `http://127.0.0.1:${modern.onvif.port}/onvif/device_service` },
      ...{
        name: 'Front door',
        model: 'Weir Front door',
        firmware: '1.0',
        clockSkewSeconds: expect.closeTo(-7200, -1),
      },
      profiles: profiles.map((p) => ({ ...p, uri: `${modern.uris[p.token]}?unicast=true&proto=Onvif` })),
      ...{ analyse: 'sub', main: 'main' },
    });
  });

  test('is found by the port of its web service, too', async () => {
    const [report] = await discoverCameras({
      ...{ ...withLogin, timeoutMs: 300 },
      addresses: [`127.0.0.1:${modern.onvif.port}`],
    });
    expect(report).toMatchObject({ profiles: profiles.map(({ token }) => ({ token })), analyse: 'sub' });
  });

  test('tells them by HTTP Digest and the older service', async () => {
    const report = await found(old, withLogin);
    expect(report).toMatchObject({ profiles, analyse: 'sub', main: 'main' });
    const uri = report.profiles[0]?.uri ?? '';
    await using client = new RtspClient(Number(new URL(uri).port));
    expect(await client.ask('DESCRIBE', uri)).toContain('200 OK');
  });

  test.each([
    ['token', () => modern, 1],
    ['digest', () => old, 2],
  ])('that refuses a login by %s is not asked again', async (_how, camsim, times) => {
    const before = (await camsim().onvifAsked()).GetDeviceInformation ?? 0;
    const env = { ...ENV, CAM_PASSWORD: 'wrong' };
    const report = await found(camsim(), { ...LOGIN, env });
    expect(report).toMatchObject({ profiles: [], problem: { cause: 'unauthorized' } });
    expect(((await camsim().onvifAsked()).GetDeviceInformation ?? 0) - before).toBe(times);
    expect(JSON.stringify(report)).not.toContain('wrong');
  });

  test('tells little without a login', async () => {
    const report = await found(modern);
    expect(report).toMatchObject({ name: 'Front door', model: 'camsim', problem: { cause: 'unauthorized' } });
  });

  test('answers to the whole network', async (context) => {
    if (!(await multicastOnLoopback())) context.skip('the loopback interface carries no multicast here');
    await using camsim = await device({ multicast: true });
    const reports = await discoverCameras({ interface: '127.0.0.1', timeoutMs: 700, ...withLogin });
    const service = `http://127.0.0.1:${camsim.onvif.port}/onvif/device_service`;
    expect(reports.find((report) => report.service === service)).toMatchObject({ analyse: 'sub' });
  });

  test('that is silent by UDP is asked at the usual place', async () => {
    await using camsim = await startCamsim({ cameras: CAMERAS });
    const { port } = camsim;
    const [report] = await discoverCameras({ addresses: [`127.0.0.1:${port}`], timeoutMs: 200 });
    expect(report?.service).toBe(`http://127.0.0.1:${port}/onvif/device_service`);
    expect(report?.problem).toBeDefined(); // what listens there is no ONVIF device
  });
});

describe('a device that is not well', () => {
  test.each<readonly [OnvifFault, string, string]>([
    ['malformed', 'source', "the device's answer is malformed"],
    ['bomb', 'source', 'with a document type, which SOAP forbids'],
    ['endless', 'source', "the device's answer is larger than 256 KiB"],
    ['slow', 'timeout', 'did not answer within 0.3 s'],
    ['redirect', 'forbidden', 'redirects, which is not followed'],
  ])('%s: is told, and nothing else is lost', async (fault, cause, words) => {
    await modern.spoilOnvif(fault);
    const report = await found(modern, {
      ...withLogin,
      ...(fault === 'slow' && { device: { timeoutMs: 300 } }),
    });
    await modern.spoilOnvif('none');
    expect(report).toMatchObject({ name: 'Front door', profiles: [], problem: { cause } });
    expect(report.problem?.message).toContain(words);
  });

  test('that names other addresses speaks of its own alone', async () => {
    await modern.spoilOnvif('foreign');
    const report = await found(modern, withLogin);
    await modern.spoilOnvif('none');
    expect(report.service).toBe(`http://127.0.0.1:${modern.onvif.port}/onvif/device_service`);
    expect(report.profiles.map(({ uri }) => uri)).toEqual(
      profiles.map(({ token }) => `${modern.uris[token]}?unicast=true&proto=Onvif`),
    );
    expect(report.profiles[0]?.note).toBe('the device named 203.0.113.9; its own address is used');
    expect(JSON.stringify(report)).not.toContain('hush');
  });
});

test('the command prints what adds the cameras, and no password', async () => {
  const login = ['--user', LOGIN.user, '--password', LOGIN.password];
  const outcome = await run(process.execPath, [CLI, 'discover', '--address', place(modern), ...login], {
    env: ENV,
  });
  expect(outcome.code).toBe(0);
  const query = '?unicast=true&proto=Onvif';
  const [main, sub] = [`'${modern.uris.main}${query}'`, `'${modern.uris.sub}${query}'`];
  expect(outcome.stdout).toContain(
    `weir streams add front-door ${sub} --live-uri ${main} --record-uri ${main} ` +
      "--user '${env:CAM_USER}' --password '${env:CAM_PASSWORD}'",
  );
  expect(outcome.stdout).toMatch(/^→ Front door \(127\.0\.0\.1\): its clock is 7[12]\d\d s slow$/m);
  expect(canaryIn(outcome.stdout + outcome.stderr)).toEqual([]);
});

async function multicastOnLoopback(): Promise<boolean> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  try {
    socket.bind(0);
    await once(socket, 'listening');
    socket.addMembership('239.255.255.251', '127.0.0.1');
    socket.setMulticastInterface('127.0.0.1');
    socket.send('x', socket.address().port, '239.255.255.251');
    await once(socket, 'message', { signal: AbortSignal.timeout(1000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}
