/** The relay before the simulated cameras counts handshakes, and is a network that can fail. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { startRelay } from '../support/fleet/relay.js';
import { until } from '../support/wait.js';

/** Answers everything it is told. */
async function camera(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((socket) =>
    socket.on('error', () => {}).on('data', () => socket.write('200\r\n')),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}

async function client(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  return socket;
}

async function say(socket: Socket, text: string): Promise<void> {
  const answer = once(socket, 'data');
  socket.write(text);
  await answer;
}

test('a handshake lasts until PLAY is answered, or the client is gone', async () => {
  await using target = await camera();
  await using relay = await startRelay(target.port);
  const [a, b] = [await client(relay.port), await client(relay.port)];
  await say(a, 'OPTIONS rtsp://x');
  await say(b, 'OPTIONS rtsp://x');
  expect(relay.takeMost()).toBe(2);
  await say(a, 'PLAY rtsp://x');
  await until('the first is through', () => relay.takeMost() === 1);
  b.destroy();
  await until('the second is gone', () => relay.takeMost() === 0);
  const c = await client(relay.port);
  await say(c, 'OPTIONS rtsp://x');
  expect(relay.takeMost()).toBe(1);
  expect(relay.takeConnections()).toBe(3);
  expect(relay.takeConnections()).toBe(0);
  for (const each of [a, c]) each.destroy();
});

test('shut, it resets and refuses; open again, it is at the same port', async () => {
  await using target = await camera();
  await using relay = await startRelay(target.port);
  const before = await client(relay.port);
  await say(before, 'PLAY rtsp://x');
  const reset = once(before, 'error');
  await relay.shut();
  expect((await reset)[0]).toMatchObject({ code: 'ECONNRESET' });
  await expect(client(relay.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await relay.open();
  const after = await client(relay.port);
  await say(after, 'PLAY rtsp://x');
  after.destroy();
});
