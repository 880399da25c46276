import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { ApplianceHttp } from '../../src/http/appliance-http.js';
import type { PipelineHealth } from '../../src/http/health.js';
import { listen } from '../../src/http/listen.js';
import { createHttp } from '../../src/http/server.js';
import { PIPELINE_STATES } from '../../src/metrics/process-states.js';
import type { PipelineSnapshot } from '../../src/metrics/snapshot.js';
import type { ApplianceSpec } from '../../src/spec/types.js';
import { parseExposition, valueOf } from '../support/prometheus.js';
import { pipelineSnapshot, streamSnapshot } from '../support/snapshots.js';
import { until } from '../support/wait.js';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

interface World {
  status: readonly PipelineSnapshot[];
  health: readonly PipelineHealth[];
  readonly errors: unknown[];
}

function server(world: Partial<World> = {}, requestTimeoutMs?: number) {
  const all: World = { status: [], health: [{ pipeline: 'main', state: 'playing' }], errors: [], ...world };
  const app = createHttp({
    version: '1.2.3',
    log: { error: (details: unknown) => void all.errors.push(details) } as never,
    status: async () => ({ pipelines: all.status, processes: [] }),
    health: () => all.health,
    ...(requestTimeoutMs !== undefined && { requestTimeoutMs }),
  });
  open.push(app);
  return { app, world: all };
}

describe('/metrics', () => {
  it('is a page Prometheus reads', async () => {
    const { app } = server({ status: [pipelineSnapshot([streamSnapshot('cam')])] });
    const answer = await app.inject('/metrics');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(valueOf(parseExposition(answer.body), 'weir_stream_frames_total', { stream: 'cam' })).toBe(100);
  });

  it('that cannot be made is a fault of ours, and the answer does not say which', async () => {
    const { app, world } = server();
    Object.defineProperty(world, 'status', {
      get: () => {
        throw new Error('canary');
      },
    });
    const answer = await app.inject('/metrics');
    expect([answer.statusCode, answer.json()]).toEqual([
      500,
      { code: 'INTERNAL', message: 'a fault of Weir itself; its log says more' },
    ]);
    expect(world.errors).toHaveLength(1);
  });
});

describe('/healthz', () => {
  it.each(PIPELINE_STATES)('is well while a pipeline is %s', async (state) => {
    const { app } = server({ health: [{ pipeline: 'main', state }] });
    const answer = await app.inject('/healthz');
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      { alive: true, pipelines: [{ pipeline: 'main', state }] },
    ]);
  });
});

describe('/readyz', () => {
  const away = pipelineSnapshot(
    [
      streamSnapshot('a'),
      streamSnapshot('b', { state: 'failed' }),
      streamSnapshot('c', { state: 'waiting' }),
    ],
    { nats: { kind: 'disconnected' } },
  );

  it('is ready with cameras and NATS away, and shows both', async () => {
    const answer = await server({ status: [away] }).app.inject('/readyz');
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      {
        ready: true,
        pipelines: [{ pipeline: 'main', state: 'playing', nats: 'disconnected' }],
        streams: { live: 1, total: 3 },
      },
    ]);
  });

  it.each(['starting', 'stopping', 'failed'] as const)('is not while a pipeline is %s', async (state) => {
    const health = [{ pipeline: 'main', state: 'playing' } as const, { pipeline: 'late', state }];
    const answer = await server({ status: [away], health }).app.inject('/readyz');
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({
      ready: false,
      pipelines: [{ nats: 'disconnected' }, { pipeline: 'late', state }],
    });
  });
});

describe('what is not there', () => {
  const NOTHING = { code: 'NOT_FOUND', message: 'nothing is here' };
  const REFUSED = { code: 'METHOD_NOT_ALLOWED', message: 'only GET and HEAD are answered' };

  it.each(['/', '/metrics/', '/METRICS', '/metrics/../secret-1', '/secret-1', '/%zz', '/healthz%00'])(
    '%s: says nothing of paths',
    async (url) => {
      const answer = await server().app.inject(url);
      expect([answer.statusCode, answer.json()]).toEqual([404, NOTHING]);
    },
  );

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const)(
    '%s: refused before its body is read, wherever it leads',
    async (method) => {
      for (const url of ['/metrics', '/secret-1']) {
        const answer = await server().app.inject({ method, url, payload: 'x'.repeat(10_000) });
        expect([answer.statusCode, answer.json()]).toEqual([405, REFUSED]);
        expect(answer.headers.allow).toBe('GET, HEAD');
      }
    },
  );

  it.each(['/metrics', '/healthz', '/readyz'])('HEAD %s: the answer of GET without its body', async (url) => {
    const { app } = server({ status: [pipelineSnapshot([streamSnapshot('cam')])] });
    const [get, head] = [await app.inject(url), await app.inject({ method: 'HEAD', url })];
    expect([head.statusCode, head.body]).toEqual([get.statusCode, '']);
    expect(head.headers['content-type']).toBe(get.headers['content-type']);
  });
});

/** A server on a port of its own. */
async function listening(requestTimeoutMs?: number) {
  const { app } = server({}, requestTimeoutMs);
  const url = await listen(app, { host: '127.0.0.1', port: 0 });
  return { app, url, port: Number(new URL(url).port) };
}

async function socketTo(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

describe('connections', () => {
  it('stay open between requests, and the server ends all the same', async () => {
    const { app, url } = await listening();
    const agent = new Agent({ keepAlive: true });
    const answer = request(`${url}/healthz`, { agent }).end();
    const [response] = (await once(answer, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    await until('the connection is kept', () => Object.keys(agent.freeSockets).length === 1);
    await app.close();
    agent.destroy();
  });

  it('that never say a word or never finish a request do not hold up the end', async () => {
    const { app, port } = await listening();
    const [silent, slow] = [await socketTo(port), await socketTo(port)];
    slow.write('GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    const gone = Promise.all([once(silent, 'close'), once(slow, 'close')]);
    await app.close();
    await gone;
  });

  it('with a request that does not end or is too large are closed', async () => {
    const { port } = await listening(500);
    const large = await socketTo(port);
    large.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(String((await once(large, 'data'))[0])).toMatch(/^HTTP\/1\.1 431 /);
    const slow = await socketTo(port);
    slow.write('GET / HTTP/1.1\r\n');
    expect(String((await once(slow, 'data'))[0])).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe('an address', () => {
  it('that is in use is named, with what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await expect(listen(server().app, { host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: `metrics: cannot listen on 127.0.0.1:${port}: the port is in use`,
      remedy: expect.stringContaining('metrics.listen'),
    });
    other.close();
  });

  it.each([
    ['192.0.2.7', 'the address is not of this machine'],
    ['no-such-host.invalid', 'the name is not known'],
  ])('%s is refused: %s', async (host, reason) => {
    await expect(listen(server().app, { host, port: 0 })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: `metrics: cannot listen on ${host}:0: ${reason}`,
    });
  });

  const hasVersion6 = networkInterfaces().lo?.some(({ address }) => address === '::1') === true;
  it.runIf(hasVersion6)('of version 6 stands in brackets', async () => {
    expect(await listen(server().app, { host: '::1', port: 0 })).toMatch(/^http:\/\/\[::1\]:\d+$/);
  });
});

describe('the HTTP of an appliance', () => {
  const spec = {
    metrics: { listen: { host: '127.0.0.1', port: 0 } },
    pipelines: [{ id: 'main' }],
  } as unknown as ApplianceSpec;
  const heard: { url: string }[] = [];
  const log = {
    info: (details: { url: string }) => void heard.push(details),
    error: () => undefined,
  } as never;
  const ask = async (path: string) => {
    const answer = await fetch(`${heard.at(-1)?.url}${path}`);
    return [answer.status, await answer.text()] as const;
  };

  const pipelines = [pipelineSnapshot([streamSnapshot('cam')])];
  const options = {
    ...{ version: '1', log },
    status: async () => ({ pipelines, processes: [] }),
    health: () => [{ pipeline: 'main', state: 'playing' as const }],
  };

  it('is where the spec says', async () => {
    await using _http = await ApplianceHttp.open(spec, options);
    expect((await ask('/readyz'))[0]).toBe(200);
    expect((await ask('/metrics'))[1]).toContain('stream="cam"');
  });

  it('is not there where the spec does not ask for it', async () => {
    const before = heard.length;
    await using _http = await ApplianceHttp.open({}, options);
    expect(heard).toHaveLength(before);
  });
});
