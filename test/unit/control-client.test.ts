import { linkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CallName } from '../../src/control/calls.js';
import { ControlClient } from '../../src/control/client.js';
import { connectionError } from '../../src/control/connection-error.js';
import { OPERATIONS } from '../../src/control/operations.js';
import { WeirError } from '../../src/spec/error.js';
import { Secret } from '../../src/spec/secret.js';
import { controlDoor } from '../support/control-door.js';
import { FakeAppliance, JPEG } from '../support/fake-appliance.js';
import { withTempDir } from '../support/temp.js';

const SPEC = { appliance: 'gate', pipelines: [{ id: 'main', detector: { model: 'synthetic' } }] };

/** One call of each operation, and what the appliance is then asked. */
const CALLS: Readonly<Record<CallName, readonly [(client: ControlClient) => Promise<unknown>, string]>> = {
  'appliance.status': [(client) => client.status(), 'status'],
  'streams.list': [(client) => client.streams(), 'streams'],
  'streams.get': [(client) => client.stream('cam-1', { waitMs: 1 }), 'stream cam-1'],
  'streams.add': [(client) => client.add({ id: 'cam-2', uri: 'rtsp://h/1' }, 'main'), 'add cam-2'],
  'streams.update': [(client) => client.update('cam-1', { fps: 5 }), 'update cam-1'],
  'streams.remove': [(client) => client.remove('cam-1'), 'remove cam-1'],
  'streams.restart': [(client) => client.restart('cam-1', { waitMs: 1 }), 'restart cam-1'],
  'streams.snapshot': [(client) => client.snapshot('cam-1', { annotated: false }), 'snapshot cam-1 plain'],
  'pipelines.list': [(client) => client.pipelines(), 'pipelines'],
  'pipelines.restart': [(client) => client.restartPipeline('main'), 'restartPipeline main'],
  'pipelines.graph': [(client) => client.graph('main', 'mermaid'), 'graph main'],
  apply: [(client) => client.apply(SPEC, { dryRun: true }), 'apply'],
  logs: [(client) => client.logs({ lines: 5, level: 'warn' }), 'logs'],
  'operations.list': [(client) => client.operations(5), 'operations'],
  audit: [(client) => client.audit(), 'audit'],
};

describe('the client of the control API', () => {
  it('has a call for every operation', () => {
    expect(Object.keys(CALLS).sort()).toEqual(OPERATIONS.map(({ name }) => name).sort());
  });

  it.each(Object.entries(CALLS))(
    '%s reaches the appliance and brings its answer',
    async (_name, [call, asked]) => {
      await using door = await controlDoor();
      using client = new ControlClient({ socket: door.socket });
      await expect(call(client)).resolves.toBeDefined();
      expect(door.appliance.calls).toEqual([asked]);
    },
  );

  it('answers what the appliance says', async () => {
    await using door = await controlDoor();
    using client = new ControlClient({ socket: door.socket });
    const twin = new FakeAppliance();
    expect(await client.status()).toEqual(await twin.status());
    expect(await client.streams()).toEqual(await twin.streams());
    expect(await client.stream('cam-1')).toEqual(await twin.stream('cam-1'));
    expect(await client.pipelines()).toEqual(await twin.pipelines());
    expect(await client.graph('main')).toBe(await twin.graph('main', 'dot'));
    expect(new Uint8Array(await client.snapshot('cam-1'))).toEqual(JPEG);
  });

  it('brings code, message and remedy of an error', async () => {
    await using door = await controlDoor();
    using client = new ControlClient({ socket: door.socket });
    const error = await client.stream('cam-9').catch((each: unknown) => each);
    expect(error).toBeInstanceOf(WeirError);
    expect(error).toMatchObject({
      code: 'STREAM_UNKNOWN',
      message: 'no stream "cam-9" is declared',
      remedy: 'declared are: cam-1',
      exitCode: 64,
    });
  });

  it('makes names part of the path whatever they hold', async () => {
    await using door = await controlDoor();
    using client = new ControlClient({ socket: door.socket });
    await expect(client.stream('../status?x=1#')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(door.appliance.calls).toEqual([]);
  });

  it('waits as long as the call waits, beyond its own deadline', async () => {
    await using door = await controlDoor();
    door.appliance.arrival = () => 'connecting';
    using client = new ControlClient({ socket: door.socket, deadlineMs: 10_000 });
    await client.restart('cam-1');
    const waiting = client.stream('cam-1', { waitMs: 20_000 });
    door.appliance.enter('cam-1', 'live');
    expect((await waiting).state).toBe('live');
  });

  it('ends a call when its signal aborts', async () => {
    await using door = await controlDoor();
    using client = new ControlClient({ socket: door.socket });
    const stop = new AbortController();
    const call = client.logs({ waitMs: 50_000 }, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });
});

describe('an appliance that is not there', () => {
  const codes = async (socket: string) => {
    using client = new ControlClient({ socket });
    return await client.status().catch((error: unknown) => error as WeirError);
  };

  it('is told with the socket and what to do', async () => {
    await withTempDir(async (dir) => {
      const socket = join(dir, 'weir.sock');
      expect(await codes(socket)).toMatchObject({
        code: 'NOT_RUNNING',
        message: `${socket}: no appliance is running: there is no such socket`,
        remedy: 'start the appliance with weir up, or name its socket with --socket',
      });
      writeFileSync(socket, '');
      expect(await codes(socket)).toMatchObject({ code: 'NOT_RUNNING' });
    });
  });

  it('that left its socket behind is told apart', async () => {
    await withTempDir(async (dir) => {
      const socket = join(dir, 'weir.sock');
      const server = createTcp().listen(socket);
      await new Promise((resolve) => server.once('listening', resolve));
      // A second name survives the end of the server, which takes the first away.
      linkSync(socket, `${socket}.left`);
      await new Promise((resolve) => server.close(resolve));
      expect(await codes(`${socket}.left`)).toMatchObject({
        code: 'NOT_RUNNING',
        message: `${socket}.left: no appliance is running: nobody listens on this socket`,
      });
    });
  });

  it.each([
    ['EACCES', 'FORBIDDEN', /this user may not use the socket.*group/],
    ['ECONNRESET', 'NOT_RUNNING', /went away before it answered/],
    ['EMFILE', 'NOT_RUNNING', /too many files/],
  ])('%s of the socket is %s', (code, told, message) => {
    const cause = Object.assign(new Error('too many files'), { code });
    const error = connectionError('/run/weir.sock', { socketPath: '/run/weir.sock' }, cause);
    expect(error.code).toBe(told);
    expect(error.message).toMatch(message);
    expect(error.remedy).toBeDefined();
  });
});

/** A server that is no appliance, over TCP. */
async function strange(answer: RequestListener): Promise<{ url: string } & AsyncDisposable> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('over TCP', () => {
  it('sends the token, below the path of a proxy', async () => {
    const seen: unknown[] = [];
    await using server = await strange((request, response) => {
      seen.push(request.url, request.headers.authorization);
      response.setHeader('content-type', 'application/json').end('{"streams":[]}');
    });
    using client = new ControlClient({
      url: `${server.url}/gate/`,
      token: new Secret('s3cret-s3cret-s3cret'),
    });
    await client.streams();
    expect(seen).toEqual(['/gate/v1/streams', 'Bearer s3cret-s3cret-s3cret']);
  });

  const json = { 'content-type': 'application/json' };
  it.each<readonly [string, RequestListener, object]>([
    [
      'a code of a later version',
      (_request, response) => response.writeHead(418, json).end('{"code":"TEAPOT","message":"no coffee"}'),
      { code: 'INTERNAL', message: 'no coffee (TEAPOT)' },
    ],
    [
      'an error without words',
      (_request, response) => response.writeHead(500, json).end('{}'),
      { code: 'INTERNAL' },
    ],
    [
      'a page',
      (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello'),
      {
        code: 'INTERNAL',
        message: expect.stringContaining('answered 200 with text/html; expected JSON') as string,
      },
    ],
    [
      'broken JSON',
      (_request, response) => response.writeHead(200, json).end('{"streams":'),
      { code: 'INTERNAL' },
    ],
    [
      'a redirect, which is not followed',
      (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end(),
      { code: 'INTERNAL', message: expect.stringContaining('answered 302 with nothing') },
    ],
    [
      'a proxy with nobody behind it',
      (_request, response) => response.writeHead(502, { 'content-type': 'text/html' }).end('Bad gateway'),
      { code: 'NOT_RUNNING', message: expect.stringContaining('answered 502') },
    ],
    [
      'a connection that is closed',
      (request) => request.socket.destroy(),
      { code: 'NOT_RUNNING', message: expect.stringContaining('closed before an answer came') },
    ],
    ['silence', () => undefined, { code: 'TIMEOUT', message: expect.stringContaining('within 0.2 s') }],
    [
      'half an answer',
      (_request, response) => response.writeHead(200, json).write('{"streams"'),
      { code: 'TIMEOUT' },
    ],
    [
      'an answer without end',
      (_request, response) => {
        response.writeHead(200, json);
        const more = (): void => void (response.writable && response.write(Buffer.alloc(4 << 20), more));
        more();
      },
      { code: 'INTERNAL', message: expect.stringContaining('larger than 67108864 bytes') },
    ],
  ])('%s is an error of its own', async (name, answer, expected) => {
    await using server = await strange(answer);
    const deadlineMs = name.startsWith('an answer') ? 30_000 : 200;
    using client = new ControlClient({ url: server.url, deadlineMs });
    await expect(client.streams()).rejects.toMatchObject(expected);
  });

  it('asks again where a kept connection turns out to be given up', async () => {
    let served = 0;
    await using server = await strange((request, response) => {
      // The second request on a connection meets its end.
      if (served++ === 1) return void request.socket.destroy();
      response.setHeader('content-type', 'application/json').end('{"streams":[]}');
    });
    using client = new ControlClient({ url: server.url });
    await client.streams();
    expect(await client.streams()).toEqual([]);
    expect(served).toBe(3);
  });

  it.each(['gate:8443', 'ftp://gate', 'http://user:pass@gate', 'http://gate/?token=x', ''])(
    'refuses the address %j without repeating it',
    (url) => {
      const made = () => new ControlClient({ url });
      expect(made).toThrow(expect.objectContaining({ code: 'USAGE' }));
      if (url) expect(made).not.toThrow(url);
    },
  );
});
