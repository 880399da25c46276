import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXAMPLES } from '../../src/control/examples.js';
import type { Operation } from '../../src/control/operation.js';
import { OPERATIONS } from '../../src/control/operations.js';
import { type Asked, type Doors, openDoors, TOKENS } from '../support/control.js';

/** Status for reader, operator, admin, and guard at a camera of its own and at another; every operation has a row. */
const RULES: Readonly<Record<string, readonly [number, number, number, number, number]>> = {
  'appliance.status': [200, 200, 200, 403, 403],
  'streams.list': [200, 200, 200, 200, 200],
  'streams.get': [200, 200, 200, 200, 403],
  'streams.add': [403, 200, 200, 200, 403],
  'streams.update': [403, 200, 200, 200, 403],
  'streams.remove': [403, 200, 200, 200, 403],
  'streams.restart': [403, 200, 200, 200, 403],
  'streams.snapshot': [200, 200, 200, 200, 403],
  'pipelines.list': [200, 200, 200, 403, 403],
  'pipelines.restart': [403, 200, 200, 403, 403],
  'pipelines.graph': [200, 200, 200, 403, 403],
  apply: [403, 403, 200, 403, 403],
  logs: [200, 200, 200, 403, 403],
  'operations.list': [403, 403, 200, 403, 403],
  audit: [200, 200, 200, 200, 200],
};

const IDENTITIES = [
  ['reader', 'cam-1'],
  ['operator', 'cam-1'],
  ['admin', 'cam-1'],
  ['guard', 'cam-1'],
  ['guard', 'cam-2'],
] as const;

const INPUTS: Readonly<Record<string, (id: string) => Record<string, unknown>>> = {
  'streams.add': (id) => ({ stream: { id, uri: `rtsp://192.0.2.${id.at(-1)}/1` } }),
  'streams.update': () => ({ changes: { latencyMs: 250 } }),
  apply: () => ({ ...EXAMPLES.apply?.input }),
};

function asked({ name, method, path }: Operation, id: string): Asked {
  const input = INPUTS[name]?.(id) ?? {};
  const filled = path.replace('{id}', path.startsWith('/pipelines') ? 'main' : id);
  return { method, path: filled, ...(['POST', 'PATCH'].includes(method) && { body: input }) };
}

const ALL: readonly Operation[] = OPERATIONS;

it('every operation has a rule, and every rule an operation', () => {
  expect(Object.keys(RULES).sort()).toEqual(ALL.map(({ name }) => name).sort());
});

const STRANGERS: Readonly<Record<string, Asked['headers']>> = {
  'no token': {},
  'an empty token': { authorization: 'Bearer ' },
  'a wrong token': { authorization: 'Bearer 0123456789-0123456789' },
  'another scheme': { authorization: 'Basic cmVhZGVyLXRva2VuLTAxMjM0NTY3ODk=' },
  'the token in a cookie': { cookie: `token=${TOKENS.admin}; authorization=${TOKENS.admin}` },
  'a token that goes on': { authorization: `Bearer ${TOKENS.admin}0` },
  'a token that is cut': { authorization: `Bearer ${TOKENS.admin.slice(0, -1)}` },
};

describe.each(ALL.map((operation) => [operation.name, operation] as const))('%s', (name, operation) => {
  let doors: Doors & AsyncDisposable;
  beforeAll(async () => {
    doors = await openDoors();
  });
  afterAll(() => doors[Symbol.asyncDispose]());

  it('is not for strangers: nothing is asked of the appliance', async () => {
    // Of its own: only so many failed logins are looked at.
    await using fresh = await openDoors();
    for (const [what, headers] of Object.entries(STRANGERS)) {
      const answer = await fresh.tcp({ ...asked(operation, 'cam-1'), headers: { ...headers } });
      expect([what, answer.status, answer.json.code]).toEqual([what, 401, 'UNAUTHORIZED']);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
    const { path, ...rest } = asked(operation, 'cam-1');
    const query = `token=${TOKENS.admin}&access_token=${TOKENS.admin}`;
    expect((await fresh.tcp({ ...rest, path: `${path}?${query}` })).status).toBe(401);
    expect(fresh.appliance.calls).toEqual([]);
  });

  it.each(IDENTITIES.map(([as, id], i) => [as, id, RULES[name]?.[i] ?? 0] as const))(
    'is answered to %s at %s with %i',
    async (as, id, status) => {
      const before = doors.appliance.calls.length;
      const answer = await doors.tcp({ as, ...asked(operation, id) });
      expect([answer.status, answer.json?.code]).toEqual([status, status === 200 ? undefined : 'FORBIDDEN']);
      if (status === 403) expect(doors.appliance.calls).toHaveLength(before);
    },
  );

  it('is there for whoever may use the socket', async () => {
    expect((await doors.local(asked(operation, 'cam-1'))).status).toBe(200);
  });

  if (operation.reach === 'one')
    it('says the same of a camera that is there and of one that is not', async () => {
      const of = async (id: string) => {
        const { status, text } = await doors.tcp({ as: 'guard', ...asked(operation, id) });
        return [status, text.replaceAll(id, 'ID')];
      };
      expect(await of('cam-2')).toEqual(await of('cam-9'));
    });
});

it('a caller limited to some cameras sees those in lists, and no other', async () => {
  await using doors = await openDoors();
  const { json } = await doors.tcp({ as: 'guard', path: '/streams' });
  expect((json.streams as { id: string }[]).map(({ id }) => id)).toEqual(['cam-1', 'yard-1']);
});

it('the document is for whoever may read', async () => {
  await using doors = await openDoors();
  const statuses = (['reader', 'operator', 'admin', 'guard'] as const).map(
    async (as) => (await doors.tcp({ as, path: '/openapi.json' })).status,
  );
  expect(await Promise.all(statuses)).toEqual([200, 200, 200, 200]);
  expect((await doors.tcp({ path: '/openapi.json' })).status).toBe(401);
});
