/** A camera that sends Weir elsewhere: no connection is made there, whatever it answers to which request. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { openPipeline } from '../support/open-pipeline.js';
import { type Method, startRtspServer } from '../support/rtsp-server.js';
import { until } from '../support/wait.js';

test.each<readonly [Method, string]>([
  ['OPTIONS', '302 Moved Temporarily'],
  ['DESCRIBE', '302 Moved Temporarily'],
  ['DESCRIBE', '301 Moved Permanently'],
  ['PLAY', '302 Moved Temporarily'],
])('an answer to %s, %s', async (method, status) => {
  await using pipeline = await openPipeline();
  await using target = await startRtspServer();
  const elsewhere = (): string => `${status}\r\nLocation: rtsp://127.0.0.1:${target.port}/x`;
  await using camera = await startRtspServer({ answers: { [method]: elsewhere } });
  expect(await pipeline.failure(0, `rtsp://127.0.0.1:${camera.port}/x`)).toMatchObject({
    cause: 'forbidden',
    message: `the camera redirects to rtsp://127.0.0.1:${target.port}, which is not its own address`,
  });
  expect(target.connections).toBe(0);
});

test('an answer that leads to another scheme', async () => {
  await using pipeline = await openPipeline();
  await using target = await startRtspServer();
  for (const [slot, scheme] of ['rtsps', 'rtsph', 'rtspt'].entries()) {
    const elsewhere = (): string => `302 Moved\r\nLocation: ${scheme}://127.0.0.1:${target.port}/x`;
    await using camera = await startRtspServer({ answers: { DESCRIBE: elsewhere } });
    const { cause } = await pipeline.failure(slot, `rtsp://127.0.0.1:${camera.port}/x`);
    expect(cause).toBe('forbidden');
  }
  expect(target.connections).toBe(0);
});

test('an address inside the description is not connected to', async () => {
  await using pipeline = await openPipeline();
  await using target = await startRtspServer();
  const sdp = (port: number): string =>
    [
      ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=x', 't=0 0', `a=control:rtsp://127.0.0.1:${port}/`],
      ...['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', `a=control:rtsp://127.0.0.1:${port}/track1`, ''],
    ].join('\r\n');
  await using camera = await startRtspServer({ description: sdp(target.port) });
  await pipeline.connect(0, `rtsp://127.0.0.1:${camera.port}/x`);
  await until('it is asked to play', () => camera.requests.some((line) => line.startsWith('PLAY')));
  expect(target.connections).toBe(0);
});

test('another path of the same camera may be followed', async () => {
  await using pipeline = await openPipeline();
  let sent = 0;
  const once = (port: number): string =>
    sent++ === 0 ? `302 Moved\r\nLocation: rtsp://127.0.0.1:${port}/main` : '404 Not Found';
  await using camera = await startRtspServer({ answers: { DESCRIBE: once } });
  expect(await pipeline.failure(0, `rtsp://127.0.0.1:${camera.port}/x`)).toMatchObject({ status: 404 });
  expect(camera.requests.at(-1)).toBe(`DESCRIBE rtsp://127.0.0.1:${camera.port}/main RTSP/1.0`);
});

/** Counts datagrams on a port of one address of this machine; port 0: any. */
async function listener(address: string, port: number): Promise<{ socket: Socket; received: () => number }> {
  const socket = createSocket('udp4');
  let received = 0;
  socket.on('message', () => received++);
  socket.bind(port, address);
  await once(socket, 'listening');
  return { socket, received: () => received };
}

test('datagrams go to the camera, whatever address it names for them', async () => {
  await using pipeline = await openPipeline();
  const home = await listener('127.0.0.1', 0);
  const { port } = home.socket.address();
  const elsewhere = await listener('127.0.0.2', port);
  const setup = (_port: number, request: string): string => {
    const mine = /client_port=([\d-]+)/.exec(request)?.[1];
    const transport = `RTP/AVP;unicast;client_port=${mine};server_port=${port}-${port};source=127.0.0.2`;
    return `200 OK\r\nSession: 1\r\nTransport: ${transport}`;
  };
  await using camera = await startRtspServer({ answers: { SETUP: setup } });
  await pipeline.connect(0, `rtsp://127.0.0.1:${camera.port}/x`, { protocols: 'udp' });
  await until('packets that open firewalls arrive', () => home.received() > 1);
  expect(elsewhere.received()).toBe(0);
  for (const { socket } of [home, elsewhere]) socket.close();
});
