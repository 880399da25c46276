import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../src/control/json.js';
import { statusOf } from '../../src/control/error-body.js';
import type { ErrorCode } from '../../src/spec/error.js';
import {
  type Answer,
  CAMERAS,
  controlOf,
  type Doors,
  natsDoor,
  openDoors,
  TOKENS,
} from '../support/control.js';
import { FakeAppliance } from '../support/fake-appliance.js';
import { until } from '../support/wait.js';

const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status);
const count = <T>(all: readonly T[], one: T) => all.filter((each) => each === one).length;

describe('requests of one identity', () => {
  const control = { rate: 1 };
  const flood = (doors: Doors, asked: Parameters<Doors['tcp']>[0], n = 15) =>
    Promise.all(Array.from({ length: n }, () => doors.tcp(asked)));

  it('are as many as the rate lets through, and then told when to come again', async () => {
    await using doors = await openDoors({ control });
    const answers = await flood(doors, { as: 'reader', path: '/status' });
    expect(statuses(answers).sort()).toEqual([...Array<number>(10).fill(200), ...Array<number>(5).fill(429)]);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.json).toEqual({
      code: 'RATE_LIMITED',
      message: 'too many requests with this token',
      remedy: 'wait as long as Retry-After says',
    });
    const seconds = Number(refused?.headers['retry-after']);
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(10);
    expect(doors.appliance.calls).toHaveLength(10);
  });

  it('use up nothing of the others', async () => {
    await using doors = await openDoors({ control });
    await flood(doors, { as: 'reader', path: '/status' });
    await flood(doors, { path: '/status' });
    await flood(doors, { method: 'OPTIONS', path: '/status' });
    await flood(doors, { path: '/status', headers: { authorization: 'Bearer wrong-0123456789abcdef' } }, 30);
    expect((await doors.tcp({ as: 'operator', path: '/status' })).status).toBe(200);
    expect((await doors.local({ path: '/status' })).status).toBe(200);
  });

  it('without a token are few', async () => {
    await using doors = await openDoors({ control });
    const answers = await flood(doors, { path: '/status' });
    expect([count(statuses(answers), 401), count(statuses(answers), 429)]).toEqual([10, 5]);
  });

  it('with a wrong token are fewer, and the log is not flooded', async () => {
    await using doors = await openDoors({ control: { rate: 10_000 } });
    const headers = { authorization: 'Bearer wrong-0123456789abcdef' };
    const answers = await flood(doors, { path: '/status', headers }, 50);
    expect([count(statuses(answers), 401), count(statuses(answers), 429)]).toEqual([10, 40]);
    expect(answers.find(({ status }) => status === 429)?.json.message).toBe(
      'too many failed logins from this address',
    );
    expect(doors.log.filter((line) => line.includes('unknown token'))).toHaveLength(10);
    expect((await doors.tcp({ as: 'reader', path: '/status' })).status).toBe(200);
  });
});

describe('connections', () => {
  async function open({ port }: Doors, text = ''): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    if (text) socket.write(text);
    return socket;
  }

  const get = (token: string) =>
    `GET /v1/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`;

  it('of one address are few: a stranger makes room, whoever is known stays', async () => {
    await using doors = await openDoors();
    const known = await open(doors, get(TOKENS.reader));
    await once(known, 'data');
    const strangers: Socket[] = [];
    const heard: string[] = [];
    for (let i = 0; i < 40; i++) {
      const socket = await open(doors);
      socket.on('data', (data) => heard.push(String(data)));
      strangers.push(socket);
    }
    await until(
      'the oldest are gone',
      () => strangers.filter(({ destroyed, readableEnded }) => destroyed || readableEnded).length === 9,
    );
    expect(strangers.slice(0, 9).every(({ readableEnded }) => readableEnded)).toBe(true);
    expect(heard).toHaveLength(9);
    expect(heard[0]).toMatch(
      /^HTTP\/1\.1 429 Too Many Requests\r\n.*retry-after: 1\r\n.*"code":"RATE_LIMITED"/s,
    );
    known.write(get(TOKENS.reader));
    expect(String((await once(known, 'data'))[0])).toMatch(/^HTTP\/1\.1 200/);
    expect((await doors.tcp({ as: 'operator', path: '/status' })).status).toBe(200);
    for (const socket of [known, ...strangers]) socket.destroy();
  });

  it('that are all known let nobody else in, and stay', async () => {
    await using doors = await openDoors();
    const all: Socket[] = [];
    for (let i = 0; i < 32; i++) {
      const socket = await open(doors, get(TOKENS.reader));
      await once(socket, 'data');
      all.push(socket);
    }
    expect((await doors.tcp({ as: 'operator', path: '/status' })).status).toBe(429);
    expect(all.filter(({ destroyed }) => destroyed)).toEqual([]);
    expect((await doors.local({ path: '/status' })).status).toBe(200);
    for (const socket of all) socket.destroy();
  });
});

describe('a flood', () => {
  it('of snapshots costs one picture', async () => {
    await using doors = await openDoors();
    const asked = { as: 'reader', path: '/streams/cam-1/snapshot' } as const;
    const answers = await Promise.all(Array.from({ length: 25 }, () => doors.tcp(asked)));
    expect(new Set(statuses(answers))).toEqual(new Set([200]));
    expect(doors.appliance.calls).toEqual(['snapshot cam-1']);
  });

  it('of calls that wait leaves the others alone', async () => {
    await using doors = await openDoors();
    doors.appliance.enter('cam-1', 'connecting');
    const asked = { as: 'reader', path: '/streams/cam-1?waitMs=60000' } as const;
    const waiting = Array.from({ length: 16 }, () => doors.tcp(asked));
    await until('they wait', () => doors.appliance.calls.length === 16);
    const refused = await doors.tcp(asked);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
    expect((await doors.tcp({ as: 'reader', path: '/streams/cam-1' })).status).toBe(200);
    expect((await doors.tcp({ as: 'operator', path: '/streams/cam-2?waitMs=60000' })).status).toBe(200);
    doors.appliance.enter('cam-1', 'live');
    expect(new Set(statuses(await Promise.all(waiting)))).toEqual(new Set([200]));
  });
});

const keys = Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join();
const BOMBS: Readonly<Record<string, string>> = {
  'deep lists': '['.repeat(1024),
  'lists 10,000 deep': '['.repeat(10_000),
  'lists 500,000 deep that close': '['.repeat(500_000) + ']'.repeat(500_000),
  'deep maps': '{"a":'.repeat(1024),
  'deep lists in strings that pretend to close': '["]",'.repeat(1024),
  'a stream that is deep': `{"stream":{"id":"a","uri":${'['.repeat(100)}${']'.repeat(100)}}}`,
  'quotes that do not close': `{"a":"${'\\"'.repeat(100_000)}`,
  '20,000 keys': `{${keys}}`,
  'a stream of 20,000 keys': `{"stream":{"id":"a",${keys}}}`,
  '20,000 items': `{"stream":[${'1,'.repeat(20_000)}1]}`,
  'an alias bomb, as YAML': ['a0: &a0 [x, x]', 'a1: &a1 [*a0, *a0]'].join('\n'),
  'a prototype': '{"stream":{"id":"a","__proto__":{"fps":1}}}',
  'a prototype in disguise': '{"stream":{"id":"a","\\u005f_proto__":{"fps":1}}}',
  'a megabyte of nothing': ' '.repeat(1024 * 1024 - 1),
};

describe('a body made to hurt', () => {
  it.each(Object.entries(BOMBS))('%s is refused, a hundred times in one process', async (_name, text) => {
    const appliance = new FakeAppliance({ pipelines: CAMERAS });
    const nats = natsDoor(controlOf(appliance));
    for (let i = 0; i < 100; i++) {
      const { status, json } = await nats('streams.add', text);
      expect(status).toBe(statusOf(json.code as ErrorCode));
      expect(json.code).toBe(text.length > 256 * 1024 ? 'TOO_LARGE' : 'BAD_REQUEST');
      expect(() => parseRequest(text)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
    }
    expect(appliance.calls).toEqual([]);
  });

  it('is refused over the socket and TCP, and the appliance is asked for nothing', async () => {
    await using doors = await openDoors();
    for (const [name, text] of Object.entries(BOMBS)) {
      const post = { method: 'POST', path: '/streams', body: text };
      for (const answer of [await doors.tcp({ as: 'operator', ...post }), await doors.local(post)])
        expect([name, answer.status, answer.json.code]).toEqual([name, 400, 'BAD_REQUEST']);
    }
    expect(doors.appliance.calls).toEqual([]);
  });
});
