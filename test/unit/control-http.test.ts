import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { JPEG } from '../support/fake-appliance.js';
import { type Answer, type Doors, openDoors, TOKENS } from '../support/control.js';
import { until } from '../support/wait.js';

const AUTHORIZED = { authorization: `Bearer ${TOKENS.admin}` };
const add = (id: string) => ({ stream: { id, uri: 'rtsp://192.0.2.9/1' } });

function told({ status, json }: Answer): readonly unknown[] {
  return [status, json?.code];
}

function connection({ port }: Pick<Doors, 'port'>): Promise<Socket & AsyncDisposable> {
  const socket = connect(port, '127.0.0.1');
  return once(socket, 'connect').then(() => socket);
}

/** All that comes until the other side closes. */
async function rest(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  if (!socket.closed) await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

describe('an answer', () => {
  it('is JSON that nobody keeps, guesses at or frames', async () => {
    await using doors = await openDoors();
    for (const answer of [
      await doors.tcp({ as: 'reader', path: '/status' }),
      await doors.tcp({ as: 'reader', path: '/nowhere' }),
      await doors.tcp({ path: '/status' }),
      await doors.tcp({ path: '/%zz' }),
      await doors.local({ path: '/status' }),
    ])
      expect(answer.headers).toMatchObject({
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      });
  });

  it('with a picture is the picture', async () => {
    await using doors = await openDoors();
    const { status, headers, bytes } = await doors.tcp({ as: 'reader', path: '/streams/cam-1/snapshot' });
    expect([status, headers['content-type'], headers['x-content-type-options']]).toEqual([
      200,
      'image/jpeg',
      'nosniff',
    ]);
    expect(bytes).toEqual(Buffer.from(JPEG));
  });

  it('that is an error says code, message and remedy, with the status of the catalogue', async () => {
    await using doors = await openDoors();
    const { status, json } = await doors.tcp({ as: 'reader', path: '/streams/cam-9' });
    expect([status, json]).toEqual([
      404,
      {
        code: 'STREAM_UNKNOWN',
        message: 'no stream "cam-9" is declared',
        remedy: 'declared are: cam-1, cam-2, yard-1',
      },
    ]);
  });

  it('that is a fault of ours says nothing of it', async () => {
    await using doors = await openDoors();
    doors.appliance.pause = () => Promise.reject(new Error('canary'));
    const { status, text } = await doors.tcp({ as: 'reader', path: '/streams' });
    expect([status, text.includes('canary')]).toEqual([500, false]);
    expect(doors.log.filter((line) => line.includes('canary'))).toHaveLength(1);
  });
});

describe('a path', () => {
  it.each([
    ['/', 404],
    ['/nowhere', 404],
    ['/streams/', 400],
    ['/STREAMS', 404],
    ['/streams/cam-1/', 404],
    ['/streams/%zz', 404],
    [`/streams/${'x'.repeat(500)}`, 404],
    ['//', 404],
    ['//v2/status', 404],
    ['/streams/..%2f..%2fetc', 400],
    ['/streams/cam-1%00', 400],
    ['/streams/Cam-1', 400],
  ])('%s is answered with %i', async (path, status) => {
    await using doors = await openDoors();
    expect((await doors.tcp({ as: 'reader', path })).status).toBe(status);
  });

  it.each([
    ['PUT', '/streams/cam-1', 'DELETE, GET, HEAD, OPTIONS, PATCH'],
    ['POST', '/streams/cam-1', 'DELETE, GET, HEAD, OPTIONS, PATCH'],
    ['DELETE', '/streams', 'GET, HEAD, OPTIONS, POST'],
    ['GET', '/apply', 'OPTIONS, POST'],
    ['HEAD', '/streams/cam-1/restart', 'OPTIONS, POST'],
    ['TRACE', '/status', 'GET, HEAD, OPTIONS'],
    ['PROPFIND', '/openapi.json', 'GET, HEAD, OPTIONS'],
  ])('is not for %s %s, and says for what it is', async (method, path, allow) => {
    await using doors = await openDoors();
    const answer = await doors.tcp({ as: 'admin', method, path });
    expect([answer.status, answer.headers.allow]).toEqual([405, allow]);
    if (method !== 'HEAD') expect(answer.json.code).toBe('METHOD_NOT_ALLOWED');
    expect(doors.appliance.calls).toEqual([]);
  });

  it('answers HEAD as GET, without a body', async () => {
    await using doors = await openDoors();
    const answer = await doors.tcp({ as: 'reader', method: 'HEAD', path: '/streams' });
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(100);
  });

  it('answers OPTIONS to anybody with its methods', async () => {
    await using doors = await openDoors();
    const answer = await doors.tcp({ method: 'OPTIONS', path: '/streams/cam-1' });
    expect([answer.status, answer.headers.allow, answer.text]).toEqual([
      204,
      'DELETE, GET, HEAD, OPTIONS, PATCH',
      '',
    ]);
    expect((await doors.tcp({ method: 'OPTIONS', path: '/nowhere' })).status).toBe(404);
  });

  it('changes nothing by GET or HEAD, as an image would ask for it', async () => {
    await using doors = await openDoors();
    for (const method of ['GET', 'HEAD'])
      for (const path of [
        '/streams/cam-1/restart',
        '/apply',
        '/pipelines/main/restart',
        '/streams?method=DELETE',
      ])
        await doors.tcp({ as: 'admin', method, path, headers: { 'x-http-method-override': 'DELETE' } });
    expect(doors.appliance.calls).toEqual([]);
    expect((await doors.appliance.operations(10)).length).toBe(0);
  });
});

describe('fields', () => {
  it.each([
    ['POST', '/streams?waitMs=1', add('x'), 'POST: fields belong into the body'],
    ['DELETE', '/streams/cam-1', { id: 'cam-1' }, 'DELETE: fields belong into the query'],
    ['PATCH', '/streams/cam-1', { id: 'cam-2', changes: {} }, '"id" stands in the path already'],
    ['GET', '/streams/cam-1?id=cam-2', undefined, '"id" stands in the path already'],
    [
      'GET',
      '/logs?lines=1&lines=2',
      undefined,
      'logs: lines: got a list, expected a whole number from 1 to 1000',
    ],
    ['GET', '/status?x=1', undefined, 'appliance.status: x: unknown key'],
    ['GET', '/status?__proto__=1', undefined, 'appliance.status: __proto__: unknown key'],
  ])('%s %s %j: %s', async (method, path, body, message) => {
    await using doors = await openDoors();
    const answer = await doors.tcp({ as: 'admin', method, path, body });
    expect([answer.status, answer.json.message]).toEqual([400, message]);
    expect(doors.appliance.calls).toEqual([]);
  });

  it('need no body where there are none', async () => {
    await using doors = await openDoors();
    const path = '/streams/cam-1/restart';
    const bare = { 'content-length': 0 };
    expect((await doors.tcp({ as: 'admin', method: 'POST', path, headers: bare })).status).toBe(200);
    expect((await doors.tcp({ as: 'admin', method: 'POST', path, body: '' })).status).toBe(200);
    expect((await doors.tcp({ as: 'admin', method: 'POST', path, body: {} })).status).toBe(200);
  });
});

describe('a body', () => {
  it.each([
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=x'],
    ['application/json+x'],
    ['application/yaml'],
    [''],
  ])('of the type "%s" is refused', async (type) => {
    await using doors = await openDoors();
    const headers = { 'content-type': type };
    const answer = await doors.tcp({
      as: 'admin',
      method: 'POST',
      path: '/streams',
      body: add('x'),
      headers,
    });
    expect(told(answer)).toEqual([415, 'MEDIA_TYPE']);
    expect(doors.appliance.calls).toEqual([]);
  });

  it('is JSON, whatever its charset is called', async () => {
    await using doors = await openDoors();
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const answer = await doors.tcp({
      as: 'admin',
      method: 'POST',
      path: '/streams',
      body: add('x'),
      headers,
    });
    expect(answer.status).toBe(200);
  });

  it('that is too large is refused: announced, or as it comes', async () => {
    await using doors = await openDoors();
    const head = `POST /v1/streams HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKENS.admin}\r\n`;
    const json = 'Content-Type: application/json\r\n';
    const announced = await connection(doors);
    announced.write(`${head}${json}Content-Length: 1048577\r\n\r\n`);
    expect(await rest(announced)).toMatch(/^HTTP\/1\.1 413 .*"code":"TOO_LARGE"/s);
    const coming = await connection(doors);
    coming.write(`${head}${json}Transfer-Encoding: chunked\r\n\r\n`);
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    for (let i = 0; i < 17; i++) coming.write(chunk);
    expect(await rest(coming)).toMatch(/^HTTP\/1\.1 413 .*"code":"TOO_LARGE"/s);
  });
});

describe('a request that does not come whole', () => {
  const timeouts = { headersMs: 150, requestMs: 300 };

  it.each([
    ['no word', ''],
    ['half of a header', 'GET /v1/status HTTP/1.1\r\nHos'],
    [
      'half of a body',
      `POST /v1/streams HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKENS.admin}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    ],
  ])('%s: is answered with 408, and the connection closed', async (_what, text) => {
    await using doors = await openDoors({ timeouts });
    const socket = await connection(doors);
    if (text) socket.write(text);
    expect(await rest(socket)).toMatch(/^HTTP\/1\.1 408 .*"code":"REQUEST_TIMEOUT"/s);
    expect((await doors.tcp({ as: 'reader', path: '/status' })).status).toBe(200);
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400, 'BAD_REQUEST'],
    ['a header that is too large', `GET / HTTP/1.1\r\nX: ${'x'.repeat(10_000)}\r\n\r\n`, 413, 'TOO_LARGE'],
    ['no host', 'GET /v1/status HTTP/1.1\r\n\r\n', 400, undefined],
    ['no host, of old', 'GET /v1/status HTTP/1.0\r\n\r\n', 421, 'HOST_REFUSED'],
    ['an empty host', 'GET /v1/status HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n', 421, 'HOST_REFUSED'],
  ])('%s: is refused', async (_what, text, status, code) => {
    await using doors = await openDoors();
    const socket = await connection(doors);
    socket.write(text);
    const answer = await rest(socket);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    if (code) expect(answer).toContain(`"code":"${code}"`);
  });
});

describe('a name', () => {
  const control = { hosts: ['gate.example.org'] };

  it.each([
    '127.0.0.1',
    'localhost',
    'LOCALHOST:8443',
    'localhost.',
    '[::1]:80',
    '[::ffff:127.0.0.1]',
    hostname(),
    'gate.example.org',
    'Gate.Example.org:443',
  ])('%s is ours', async (host) => {
    await using doors = await openDoors({ control });
    expect((await doors.tcp({ as: 'reader', path: '/status', headers: { host } })).status).toBe(200);
  });

  it.each([
    'evil.example',
    'evil.example:80',
    '192.0.2.1',
    '[2001:db8::1]',
    'localhost.evil.example',
    'gate.example.org.evil.example',
    'x@localhost',
    'localhost/evil',
    '2130706433',
  ])('%s is not: whoever asks by it gets nothing, with or without a token', async (host) => {
    await using doors = await openDoors({ control });
    for (const as of ['admin', undefined] as const) {
      const answer = await doors.tcp({ ...(as && { as }), path: '/streams', headers: { host } });
      expect(told(answer)).toEqual([421, 'HOST_REFUSED']);
    }
    const preflight = await doors.tcp({ method: 'OPTIONS', path: '/streams', headers: { host } });
    expect(told(preflight)).toEqual([421, 'HOST_REFUSED']);
    expect(doors.appliance.calls).toEqual([]);
  });
});

describe('a web page', () => {
  const control = { origins: ['https://desk.example.org'] };
  const listed = { origin: 'https://desk.example.org' };

  it.each([
    'https://evil.example',
    'http://desk.example.org',
    'null',
    'https://desk.example.org.evil.example',
    'x',
  ])('of %s may not even ask', async (origin) => {
    await using doors = await openDoors({ control });
    const post = { method: 'POST', path: '/streams', body: add('x'), headers: { origin } };
    const answers = [
      await doors.tcp({ as: 'admin', ...post }),
      await doors.tcp(post),
      await doors.tcp({ as: 'admin', path: '/status', headers: { origin } }),
      await doors.tcp({ method: 'OPTIONS', path: '/streams', headers: { origin } }),
      await doors.local(post),
    ];
    for (const answer of answers) {
      expect(told(answer)).toEqual([403, 'FORBIDDEN']);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    expect(doors.appliance.calls).toEqual([]);
  });

  it.each([
    ['a form', 'application/x-www-form-urlencoded', 'stream=x', 401],
    ['a form that looks like JSON', 'text/plain', JSON.stringify(add('x')), 401],
  ])('without an origin, %s: nothing changes', async (_what, type, body, status) => {
    await using doors = await openDoors();
    const headers = { 'content-type': type };
    const answer = await doors.tcp({ method: 'POST', path: '/streams', body, headers });
    expect(answer.status).toBe(status);
    expect(doors.appliance.calls).toEqual([]);
  });

  it('of a listed origin may ask, once its browser has asked whether', async () => {
    await using doors = await openDoors({ control });
    const preflight = await doors.tcp({
      method: 'OPTIONS',
      path: '/streams',
      headers: { ...listed, 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': 'https://desk.example.org',
      'access-control-allow-methods': 'GET, HEAD, OPTIONS, POST',
      'access-control-allow-headers': 'Authorization, Content-Type',
      vary: 'Origin',
    });
    expect(preflight.headers['access-control-allow-credentials']).toBeUndefined();
    const answer = await doors.tcp({ as: 'reader', path: '/streams', headers: listed });
    expect(answer.status).toBe(200);
    expect(answer.headers['access-control-allow-origin']).toBe('https://desk.example.org');
    const refused = await doors.tcp({ path: '/streams', headers: listed });
    expect(refused.status).toBe(401);
    expect(refused.headers['access-control-allow-origin']).toBe('https://desk.example.org');
  });

  it('of the appliance itself may ask, and needs no such headers', async () => {
    await using doors = await openDoors();
    const headers = { host: 'localhost:8443', origin: 'https://localhost:8443' };
    const answer = await doors.tcp({ as: 'reader', path: '/streams', headers });
    expect(answer.status).toBe(200);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('the end', () => {
  it('answers what is under way, and refuses what comes then', async () => {
    const doors = await openDoors();
    let letGo = (): void => undefined;
    doors.appliance.pause = () => new Promise((resolve) => (letGo = resolve));
    const asked = doors.tcp({ as: 'reader', path: '/status' });
    await until('it is asked', () => doors.appliance.calls.length === 1);
    const ended = doors[Symbol.asyncDispose]();
    letGo();
    expect((await asked).status).toBe(200);
    await ended;
    await expect(doors.tcp({ as: 'reader', path: '/status' })).rejects.toThrow();
  });

  it('refuses on connections that are open still', async () => {
    const doors = await openDoors();
    let letGo = (): void => undefined;
    doors.appliance.pause = () => new Promise((resolve) => (letGo = resolve));
    const socket = await connection(doors);
    const get = `GET /v1/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${AUTHORIZED.authorization}\r\n\r\n`;
    socket.write(get);
    await until('it is asked', () => doors.appliance.calls.length === 1);
    const ended = doors[Symbol.asyncDispose]();
    await until('nobody else comes in', () =>
      connection(doors).then(
        () => false,
        () => true,
      ),
    );
    socket.write(get);
    letGo();
    const answers = await rest(socket);
    await ended;
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 503']);
    expect(answers).toContain('"code":"STOPPED"');
  });

  it('does not wait for who waits', async () => {
    const doors = await openDoors();
    doors.appliance.enter('cam-1', 'connecting');
    const waiting = doors.tcp({ as: 'reader', path: '/streams/cam-1?waitMs=60000' });
    const failed = expect(waiting).rejects.toThrow();
    await until('it waits', () => doors.appliance.calls.length === 1);
    await doors[Symbol.asyncDispose]();
    await failed;
  });
});
