/** Cameras and servers that are away or refuse: the cause is told everywhere, and the rest runs on. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { record, startAppliance } from '../support/appliance.js';
import { startCamsim } from '../support/camsim.js';
import { startNats } from '../support/nats.js';
import { H264 } from '../support/paths.js';
import { run } from '../support/process.js';
import { tempDir } from '../support/temp.js';
import { freePort, until } from '../support/wait.js';

const PASSWORD = 'canary-7f3a91';

const spec = (nats: string, streams: readonly string[]): string => `
appliance: gate
nats: {url: "${nats}"}
pipelines:
  - id: main
    mux: {width: 640, height: 360}
    detector: {model: nanodet-320x256, rate: 2}
    streams:
${streams.map((stream) => `      - ${stream}`).join('\n')}
`;

test('a camera that refuses, one with a wrong password and one that is not there stop nobody else', async () => {
  await using nats = await startNats();
  await using recording = await record(nats.url);
  const closed = await freePort();
  await using cameras = await startCamsim({
    cameras: [
      { id: 'good', file: H264, fps: 15 },
      { id: 'locked', file: H264, fps: 15, user: 'admin', password: 'right' },
    ],
  });
  const credentials = 'user: "${env:CAM_USER}", password: "${env:CAM_PASSWORD}"';
  await using appliance = await startAppliance(
    spec(nats.url, [
      `{id: good, uri: "${cameras.uris.good}"}`,
      `{id: locked, uri: "${cameras.uris.locked}", ${credentials}}`,
      `{id: absent, uri: "rtsp://127.0.0.1:${closed}/x"}`,
      `{id: nowhere, uri: "${cameras.uris.good}-not"}`,
    ]),
    { CAM_USER: 'admin', CAM_PASSWORD: PASSWORD },
  );
  await until('every cause is published', () => {
    const cause = (stream: string) => recording.cause(stream)?.cause;
    return (
      cause('locked') === 'unauthorized' && cause('absent') === 'refused' && cause('nowhere') === 'not-found'
    );
  });
  expect(recording.statuses.findLast((s) => s.stream === 'locked')).toMatchObject({ state: 'failed' });
  await until(
    'the good camera goes on',
    () => recording.detections.filter((d) => d.stream === 'good').length > 10,
  );
  expect(await appliance.row('good')).toMatchObject({ state: 'live' });
  expect(appliance.log()).toMatch(/unauthorized/);
  const everything = [
    appliance.log(),
    ...recording.raw.map((m) => m.text),
    JSON.stringify(await appliance.channel.status()),
  ];
  for (const text of everything) expect(text).not.toContain(PASSWORD);
  expect(await appliance.stop()).toBe(0);
});

test('a camera that dies comes back by itself', async () => {
  await using nats = await startNats();
  await using recording = await record(nats.url);
  const port = await freePort();
  const config = { port, cameras: [{ id: 'cam', file: H264, fps: 15 }] };
  const first = await startCamsim(config);
  await using appliance = await startAppliance(
    spec(nats.url, [`{id: cam, uri: "rtsp://127.0.0.1:${port}/cam"}`]),
  );
  await until('it is live', () => recording.detections.length > 0);
  first.kill('SIGKILL');
  await until('its loss is told', () => recording.statuses.some((s) => s.state === 'waiting'));
  await first.stop();
  await using _second = await startCamsim(config);
  const before = recording.detections.length;
  await until('it is live again', () => recording.detections.slice(before).some((d) => d.epoch > 1));
  // After a short life it has to prove itself.
  await until('it is trusted again', async () => (await appliance.row('cam')).state === 'live');
});

test('a NATS server that is away stops nothing; messages flow once it is there', async () => {
  const port = await freePort();
  await using cameras = await startCamsim({ cameras: [{ id: 'cam', file: H264, fps: 15 }] });
  await using appliance = await startAppliance(
    spec(`nats://127.0.0.1:${port}`, [`{id: cam, uri: "${cameras.uris.cam}"}`]),
  );
  const row = await until('detections are dropped with their cause', async () => {
    const now = await appliance.row('cam');
    return now.dropped.disconnected > 3 && now;
  });
  expect(row).toMatchObject({ state: 'live', published: 0 });
  await using _nats = await startNats({ port });
  await using recording = await record(`nats://127.0.0.1:${port}`);
  await until('detections arrive', () => recording.detections.length > 3);
  expect(await appliance.stop()).toBe(0);
});

test('a codec that is not supported is named, and the rest runs on', async () => {
  await using dir = await tempDir();
  const film = join(dir.path, 'film.mkv');
  const encode = `videotestsrc num-buffers=30 ! video/x-raw,width=320,height=240,framerate=10/1 ! jpegenc ! matroskamux ! filesink location=${film}`;
  expect((await run('gst-launch-1.0', ['-q', ...encode.split(' ')])).code).toBe(0);
  await using nats = await startNats();
  await using recording = await record(nats.url);
  await using cameras = await startCamsim({ cameras: [{ id: 'good', file: H264, fps: 15 }] });
  const streams = [`{id: good, uri: "${cameras.uris.good}"}`, `{id: jpeg, uri: "file://${film}"}`];
  await using appliance = await startAppliance(`mediaRoot: ${dir.path}\n${spec(nats.url, streams)}`);
  const status = await until('the cause is published', () =>
    recording.statuses.findLast((s) => s.stream === 'jpeg' && s.cause === 'codec'),
  );
  expect(status).toMatchObject({ state: 'failed' });
  expect(status.message).toMatch(/jpeg.*H264/is);
  await until(
    'the good camera goes on',
    () => recording.detections.filter((d) => d.stream === 'good').length > 5,
  );
  expect(await appliance.stop()).toBe(0);
});
