import { describe, expect, it } from 'vitest';
import { EXAMPLES } from '../../src/control/examples.js';
import type { Caller } from '../../src/control/caller.js';
import { COMMON_ERRORS } from '../../src/control/operation.js';
import { OPERATIONS } from '../../src/control/operations.js';
import { GUARDS } from '../../src/control/remote.js';
import { specInput, streamChanges, streamInput } from '../../src/control/schemas.js';
import { ERRORS, type ErrorCode, WeirError } from '../../src/spec/error.js';
import { CAMERAS, controlOf } from '../support/control.js';
import { FakeAppliance } from '../support/fake-appliance.js';

const LOCAL: Caller = { actor: { door: 'socket', name: 'root' }, scope: 'admin', remote: false };
const REMOTE: Caller = { actor: { door: 'http', name: 'desk' }, scope: 'admin', remote: true };

function world(options: Parameters<typeof controlOf>[2] = {}) {
  const appliance = new FakeAppliance({ pipelines: CAMERAS, hidePaths: true });
  const log: string[] = [];
  const control = controlOf(appliance, log, options);
  const invoke = (name: string, input: unknown, caller: Caller = LOCAL) => {
    const operation = OPERATIONS.find((each) => each.name === name);
    if (!operation) throw new Error(`no operation ${name}`);
    return control.invoke(operation, input, caller);
  };
  return { appliance, log, invoke };
}

/** `CODE: message`. */
async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof WeirError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'no failure';
}

describe('an input that does not validate', () => {
  it.each<[operation: string, input: unknown, message: string]>([
    [
      'streams.get',
      {},
      'streams.get: id: missing; expected the id of a stream or a pipeline, as in weir.yaml',
    ],
    [
      'streams.get',
      { id: 'Cam 1' },
      'streams.get: id: got "Cam 1", expected the id of a stream or a pipeline, as in weir.yaml',
    ],
    ['streams.get', { id: 'a', wait: 1 }, 'streams.get: wait: unknown key'],
    [
      'streams.get',
      { id: 'a', waitMs: 1.5 },
      'streams.get: waitMs: got 1.5, expected a whole number from 0 to 60000',
    ],
    ['logs', { lines: 0 }, 'logs: lines: got 0, expected a whole number from 1 to 1000'],
    ['logs', { lines: '' }, 'logs: lines: got "", expected a whole number from 1 to 1000'],
    ['logs', { lines: [5] }, 'logs: lines: got a list, expected a whole number from 1 to 1000'],
    ['logs', { lines: null }, 'logs: lines: got null, expected a whole number from 1 to 1000'],
    ['logs', { level: 'loud' }, 'logs: level: got "loud", expected debug, info, warn, error or silent'],
    ['apply', { spec: 1 }, 'apply: spec: got a value that is not shown, expected a map: a weir.yaml as JSON'],
    ['apply', { spec: {}, keep: 'yes' }, 'apply: keep: got "yes", expected true or false'],
    ['appliance.status', null, 'appliance.status: the input: got null, expected a map'],
    ['appliance.status', [], 'appliance.status: the input: got an empty list, expected a map'],
    [
      'streams.update',
      { id: 'cam-1' },
      'streams.update: changes: missing; expected a map: what is to change of the stream',
    ],
    [
      'logs',
      { lines: 0, after: -1 },
      'logs: after: got -1, expected a whole number from 0 to 9007199254740991; ' +
        'lines: got 0, expected a whole number from 1 to 1000',
    ],
  ])('%s %j', async (operation, input, message) => {
    const { appliance, invoke } = world();
    expect(await failure(invoke(operation, input))).toBe(`BAD_REQUEST: ${message}`);
    expect(appliance.calls).toEqual([]);
  });

  it('is told with what might have been meant', async () => {
    await expect(world().invoke('streams.get', { id: 'a', waitMS: 1 })).rejects.toMatchObject({
      remedy: 'did you mean "waitMs"?',
    });
  });

  it('is not repeated where it may hold secrets, nor at any length', async () => {
    const { invoke } = world();
    const secret = 'hunter2-hunter2';
    const inputs: readonly (readonly [string, unknown])[] = [
      ['streams.add', { stream: `rtsp://admin:${secret}@192.0.2.9/1` }],
      ['streams.add', { stream: { password: secret } }],
      ['streams.update', { id: 'cam-1', changes: [secret] }],
      ['apply', { spec: `nats: {password: ${secret}}` }],
      ['streams.get', { id: `rtsp://admin:${secret}@192.0.2.9/1` }],
      [
        'streams.get',
        { id: 'a', ...Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, 1])) },
      ],
      ['streams.get', { id: 'a', ['x'.repeat(100_000)]: 1 }],
    ];
    for (const [operation, input] of inputs) {
      const told = await failure(invoke(operation, input));
      expect(told).toMatch(/^BAD_REQUEST/);
      expect(told).not.toContain(secret);
      expect(told.length).toBeLessThan(2000);
    }
  });

  it('of numbers and flags may be text, as in a query', async () => {
    const { appliance, invoke } = world();
    appliance.log('one');
    appliance.log('two');
    expect(await invoke('logs', { lines: '1' })).toMatchObject({ lines: [{ message: 'two' }] });
    await invoke('streams.snapshot', { id: 'cam-1', annotated: 'false' });
    expect(appliance.calls).toContain('snapshot cam-1 plain');
  });
});

describe('an operation', () => {
  it('that misses its deadline is a TIMEOUT', async () => {
    const { appliance, invoke } = world({ deadlineMs: 20 });
    appliance.pause = () => new Promise(() => undefined);
    expect(await failure(invoke('streams.list', {}))).toBe('TIMEOUT: streams.list: no answer within 0.02 s');
  });

  it('may take as long as it is asked to wait on top', async () => {
    const { appliance, invoke } = world({ deadlineMs: 20 });
    appliance.enter('cam-1', 'connecting');
    expect(await invoke('streams.get', { id: 'cam-1', waitMs: 100 })).toMatchObject({ state: 'connecting' });
  });

  it('that waits is answered when there is something to say', async () => {
    const { appliance, invoke } = world();
    appliance.enter('cam-1', 'connecting');
    const waiting = invoke('streams.get', { id: 'cam-1', waitMs: 60_000 });
    await Promise.resolve();
    appliance.enter('cam-1', 'live');
    expect(await waiting).toMatchObject({ state: 'live' });
  });

  it.each([new TypeError('canary is not a function'), new RangeError('canary'), 'canary'])(
    'that fails in a way nobody foresaw is INTERNAL, and only the log says how: %s',
    async (fault) => {
      const { appliance, log, invoke } = world();
      appliance.fault = () => fault as Error;
      const told = await failure(invoke('streams.list', {}));
      expect(told).toBe('INTERNAL: streams.list: a fault of Weir itself; its log says more');
      expect(log).toHaveLength(1);
      expect(log[0]).toContain('streams.list');
    },
  );

  it('fails with the codes it is declared to have, whatever the appliance says', async () => {
    for (const operation of OPERATIONS) {
      const expected = new Set<ErrorCode>([...COMMON_ERRORS, ...operation.errors]);
      for (const code of Object.keys(ERRORS) as ErrorCode[]) {
        const { appliance, invoke } = world();
        appliance.fault = () => new WeirError(code, 'made up');
        const told = await failure(invoke(operation.name, EXAMPLES[operation.name]?.input));
        expect([operation.name, told.split(':')[0]]).toEqual([
          operation.name,
          expected.has(code) ? code : 'INTERNAL',
        ]);
      }
    }
  });

  it('waits for at most sixteen callers of one name, and for others besides', async () => {
    const { appliance, invoke } = world();
    appliance.enter('cam-1', 'connecting');
    const wait = (caller: Caller) => invoke('streams.get', { id: 'cam-1', waitMs: 60_000 }, caller);
    const waiting = Array.from({ length: 16 }, () => wait(REMOTE));
    expect(await failure(wait(REMOTE))).toBe(
      'RATE_LIMITED: 16 calls of this caller wait already, and more may not',
    );
    expect(await invoke('streams.get', { id: 'cam-1' }, REMOTE)).toMatchObject({ state: 'connecting' });
    const other = wait(LOCAL);
    appliance.enter('cam-1', 'live');
    for (const answer of await Promise.all([...waiting, other]))
      expect(answer).toMatchObject({ state: 'live' });
    expect(await wait(REMOTE)).toMatchObject({ state: 'live' });
  });

  it('waits for at most 1024 in all', async () => {
    const { appliance, invoke } = world();
    appliance.enter('cam-1', 'connecting');
    const wait = (i: number) =>
      invoke(
        'streams.get',
        { id: 'cam-1', waitMs: 60_000 },
        { ...REMOTE, actor: { door: 'http', name: `c${i}` } },
      );
    const waiting = Array.from({ length: 1024 }, (_, i) => wait(i));
    expect(await failure(wait(1024))).toBe('RATE_LIMITED: 1024 calls wait already, and more may not');
    appliance.enter('cam-1', 'live');
    await Promise.all(waiting);
  });
});

describe('whoever asks over the network', () => {
  const add = (stream: object) => ({ stream: { id: 'new', ...stream } });
  const NETWORKS =
    'cameras can be added over the network only where cameraNetworks says which addresses they may have';
  const SECRETS = 'over the network neither secrets nor the address they are sent to can be set';
  const OPEN = { cameraNetworks: ['192.0.2.0/24'] };
  const SHUT = { cameraNetworks: undefined };

  it('has a guard at every operation that takes a stream, changes or a spec', () => {
    const carriers = OPERATIONS.filter(({ input }) =>
      Object.values(input.shape).some((field) =>
        [streamInput, streamChanges, specInput].includes(field as never),
      ),
    );
    expect(Object.keys(GUARDS).sort()).toEqual(carriers.map(({ name }) => name).sort());
  });

  it.each<[options: object, operation: string, input: object, told: string]>([
    [OPEN, 'streams.add', add({ uri: 'rtsp://192.0.2.9/1' }), 'no failure'],
    [SHUT, 'streams.add', add({ uri: 'rtsp://192.0.2.9/1' }), `URI_REFUSED: stream "new": ${NETWORKS}`],
    [SHUT, 'streams.add', { stream: { id: 'cam-1', uri: 'rtsp://192.0.2.1/1' } }, 'no failure'],
    [
      SHUT,
      'streams.update',
      { id: 'cam-1', changes: { uri: 'rtsp://192.0.2.9/1' } },
      `URI_REFUSED: stream "cam-1": ${NETWORKS}`,
    ],
    [SHUT, 'streams.update', { id: 'cam-1', changes: { latencyMs: 300 } }, 'no failure'],
    [SHUT, 'streams.update', { id: 'cam-1', changes: { uri: 'rtsp://192.0.2.1/other' } }, 'no failure'],
    [
      SHUT,
      'streams.update',
      { id: 'cam-1', changes: { uri: { analyse: 'rtsp://192.0.2.1/1', live: 'rtsp://192.0.2.1:22/1' } } },
      `URI_REFUSED: stream "cam-1": ${NETWORKS}`,
    ],
    [
      OPEN,
      'streams.update',
      { id: 'cam-1', changes: { uri: 'file:///etc/passwd' } },
      'URI_REFUSED: stream "cam-1": file: streams cannot be added over the network',
    ],
    [OPEN, 'streams.update', { id: 'cam-1', changes: { uri: 'rtsp://192.0.2.9/1' } }, 'no failure'],
    [
      OPEN,
      'streams.add',
      add({ uri: 'file:///srv/media/a.mp4' }),
      'URI_REFUSED: stream "new": file: streams cannot be added over the network',
    ],
    [
      OPEN,
      'streams.add',
      add({ uri: { analyse: 'rtsp://192.0.2.9/1', record: ' FILE:///etc/passwd' } }),
      'URI_REFUSED: stream "new": file: streams cannot be added over the network',
    ],
    [
      OPEN,
      'streams.add',
      add({ uri: 'rtsp://192.0.2.9/1', user: '${env:HOME}', password: '${file:/etc/shadow}' }),
      `FORBIDDEN: stream "new": ${SECRETS}`,
    ],
    [
      OPEN,
      'streams.add',
      add({ uri: 'rtsp://192.0.2.9/${env:HOME}' }),
      `FORBIDDEN: stream "new": ${SECRETS}`,
    ],
    [
      OPEN,
      'streams.update',
      { id: 'cam-1', changes: { user: '${env:HOME}', password: '${file:/etc/shadow}' } },
      `FORBIDDEN: stream "cam-1": ${SECRETS}`,
    ],
    [OPEN, 'streams.update', { id: 'cam-9', changes: {} }, 'STREAM_UNKNOWN: no stream "cam-9" is declared'],
  ])('%j %s %j: %s', async (options, operation, input, told) => {
    const { appliance, invoke } = world(options);
    expect(await failure(invoke(operation, input, REMOTE))).toBe(told);
    const changes = appliance.calls.filter((call) => /^(add|update)/.test(call));
    expect(changes).toHaveLength(told === 'no failure' ? 1 : 0);
    expect(await failure(world(options).invoke(operation, input, LOCAL))).not.toMatch(
      /^(FORBIDDEN|URI_REFUSED)/,
    );
  });

  it('cannot have the password of a camera sent to another address, but can take it away', async () => {
    const { invoke } = world();
    const secret = { user: '${env:CAM_USER}', password: '${env:CAM_PASSWORD}' };
    await invoke('streams.add', { stream: { id: 'new', uri: 'rtsp://192.0.2.9/1', ...secret } }, LOCAL);
    const update = (changes: object) => failure(invoke('streams.update', { id: 'new', changes }, REMOTE));
    expect(await update({ uri: 'rtsp://192.0.2.66/1' })).toBe(`FORBIDDEN: stream "new": ${SECRETS}`);
    expect(await update({ latencyMs: 300 })).toBe('no failure');
    expect(await update({ ...secret, uri: 'rtsp://192.0.2.9/other' })).toBe('no failure');
    expect(await update({ uri: 'rtsps://192.0.2.9/1' })).toBe(`FORBIDDEN: stream "new": ${SECRETS}`);
    expect(await update({ uri: 'rtsp://192.0.2.9:555/1' })).toBe(`FORBIDDEN: stream "new": ${SECRETS}`);
    expect(await update({ password: '${file:/etc/shadow}' })).toBe(`FORBIDDEN: stream "new": ${SECRETS}`);
    expect(await update({ uri: 'rtsp://192.0.2.66/1', user: null, password: null })).toBe('no failure');
  });

  it('is judged again where the secret comes while it is judged', async () => {
    const { appliance, invoke } = world();
    const secret = { user: '${env:CAM_USER}', password: '${env:CAM_PASSWORD}' };
    appliance.pause = async (call) => {
      if (call !== 'update cam-1') return;
      appliance.pause = () => Promise.resolve();
      await appliance.update(LOCAL.actor, 'cam-1', secret);
    };
    await invoke('streams.update', { id: 'cam-1', changes: { uri: 'rtsp://192.0.2.66/1' } }, REMOTE);
    expect((await appliance.stream('cam-1')).spec).toEqual({ id: 'cam-1', uri: 'rtsp://192.0.2.66/…' });
  });

  it('applies specs whose streams keep their secrets and addresses, and no others', async () => {
    const { appliance, invoke } = world(SHUT);
    const stream = { id: 'gate', uri: 'rtsp://192.0.2.9/1', user: '${env:U}', password: '${env:P}' };
    await invoke('streams.add', { stream }, LOCAL);
    const specOf = (...streams: object[]) => ({
      spec: { appliance: 'gate', pipelines: [{ id: 'main', detector: { model: 'synthetic' }, streams }] },
    });
    const apply = (...streams: object[]) => failure(invoke('apply', specOf(...streams), REMOTE));
    expect(await apply({ ...stream, latencyMs: 300 })).toBe('no failure');
    expect(appliance.applied.at(-1)?.options).toEqual({ remote: true });
    expect(await apply({ ...stream, uri: 'rtsp://192.0.2.66/1' })).toBe(
      `URI_REFUSED: stream "gate": ${NETWORKS}`,
    );
    expect(await apply({ ...stream, id: 'other' })).toBe(`URI_REFUSED: stream "other": ${NETWORKS}`);
    const open = world(OPEN);
    const applyOpen = (...streams: object[]) => failure(open.invoke('apply', specOf(...streams), REMOTE));
    expect(await applyOpen(stream)).toBe(`FORBIDDEN: stream "gate": ${SECRETS}`);
    expect(await applyOpen({ id: 'gate', uri: 'rtsp://192.0.2.9/1' })).toBe('no failure');
    await open.invoke('apply', specOf(stream), LOCAL);
    expect(open.appliance.applied.at(-1)?.options).toEqual({ remote: false });
  });
});
