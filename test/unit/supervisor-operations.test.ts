/** Every operation on the appliance, with workers and disk in memory: what it comes to, and who is told what. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OperationRecord } from '../../src/supervisor/views.js';
import { cameraJson, holdClock, quiet, reached } from '../support/fake-child-keeper.js';
import { type Layout, OPERATOR, startWorld, type World } from '../support/fake-child-world.js';
import { refusal } from '../support/saved-states.js';

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => cameraJson(id)) as [object, object, object, object];
const cameras = (...ids: string[]) => ids.map((id) => cameraJson(id));
const ONE: Layout = { yard: { streams: cameras('a', 'b') } };
const TWO: Layout = { yard: { streams: cameras('a', 'b') }, gate: { streams: cameras('c') } };

beforeEach(holdClock);
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** What its worker was asked for. */
const calls = ({ children }: World, pipeline = 'yard') =>
  children.of(pipeline).calls.filter((call) => call !== 'status');
const desired = ({ state }: World) => [...state.streams()].map(({ id, pipeline }) => `${pipeline}/${id}`);

/** Nobody of this pipeline answers before the returned function is called. */
function hold(
  { children }: World,
  pipeline: string,
  call: (call: string) => boolean = () => true,
): () => void {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  children.of(pipeline).pause = (asked) => (call(asked) ? gate : Promise.resolve());
  return open;
}

/** Its worker dies, and the next one is not there yet. */
async function takeDown(world: World, pipeline = 'yard'): Promise<void> {
  const before = world.children.of(pipeline);
  world.children.arrival = () => undefined;
  before.crash({ signal: 'SIGKILL' });
  await reached('its next worker starts', () => world.children.of(pipeline) !== before);
}

function putUp({ children }: World, pipeline = 'yard'): void {
  children.arrival = (child) => child.play();
  children.of(pipeline).play();
}

/** As its keeper does when it is found to kill its worker. */
async function quarantine({ supervisor, pipelines, state }: World, id: string): Promise<void> {
  const home = state.find(id)?.pipeline ?? '';
  await supervisor.quarantine(id);
  await pipelines.settle(home, id);
}

function fillDisk({ disk }: World): void {
  disk.fault = (call) => (call.name === 'write' ? { code: 'ENOSPC' } : undefined);
}

describe('adding a stream', () => {
  it('writes it down, tells the worker, and answers with it', async () => {
    await using world = await startWorld(ONE);
    const answer = await world.supervisor.add(OPERATOR, c);
    expect(answer).toMatchObject({
      ...{ changed: true, pending: false },
      stream: { id: 'c', pipeline: 'yard', origin: 'added', state: 'live' },
    });
    expect(calls(world)).toEqual(['add c']);
    expect(await world.saved()).toMatchObject({
      generation: 1,
      streams: { c: { pipeline: 'yard', stream: c } },
    });
  });

  it('again changes nothing, whether or not defaults are written down', async () => {
    await using world = await startWorld(ONE);
    await world.supervisor.add(OPERATOR, c);
    for (const same of [c, { ...c, transport: 'tcp' }, a])
      expect(await world.supervisor.add(OPERATOR, same)).toMatchObject({ changed: false, pending: false });
    expect(world.state.generation).toBe(1);
    expect(calls(world)).toEqual(['add c']);
  });

  it.each([
    [
      'with another description',
      { ...a, fps: 5 },
      undefined,
      'STREAM_EXISTS',
      /"a" is there already, with another/,
    ],
    ['in another pipeline', a, 'gate', 'STREAM_EXISTS', /"a" is there already, in pipeline "yard"/],
    ['without a pipeline of several', d, undefined, 'PIPELINE_UNKNOWN', /several pipelines: yard, gate/],
    ['in no pipeline there is', d, 'roof', 'PIPELINE_UNKNOWN', /no pipeline "roof"; there are yard, gate/],
    ['without an address', { id: 'd' }, 'yard', 'SPEC_INVALID', /uri/],
    [
      'with a password in its address',
      { id: 'd', uri: 'rtsp://me:secret@192.0.2.1/' },
      'yard',
      'SPEC_INVALID',
      /uri/,
    ],
    ['whose name is taken', { ...d, id: 'ctl' }, 'yard', 'SPEC_INVALID', /reserved/],
  ] as const)('%s is refused', async (_what, stream, pipeline, code, message) => {
    await using world = await startWorld(TWO);
    const refused = await refusal(world.supervisor.add(OPERATOR, stream, pipeline));
    expect([refused.code, refused.message]).toEqual([code, expect.stringMatching(message)]);
    expect(refused.message).not.toContain('secret');
    expect([world.state.generation, desired(world)]).toEqual([0, ['yard/a', 'yard/b', 'gate/c']]);
    expect(calls(world)).toEqual([]);
  });

  it('beyond the slots is refused, also where streams are down or in quarantine', async () => {
    await using world = await startWorld({ yard: { streams: cameras('a', 'b'), slots: 2 } });
    await quarantine(world, 'a');
    expect(await refusal(world.supervisor.add(OPERATOR, c))).toMatchObject({
      code: 'SLOTS_FULL',
      message: 'all 2 slots of pipeline "yard" are taken',
    });
    await takeDown(world);
    expect((await refusal(world.supervisor.add(OPERATOR, c))).code).toBe('SLOTS_FULL');
    await world.supervisor.remove(OPERATOR, 'a');
    expect(await world.supervisor.add(OPERATOR, c)).toMatchObject({ changed: true, pending: true });
  });

  it('that cannot be written down is refused, and nobody is told', async () => {
    await using world = await startWorld(ONE);
    fillDisk(world);
    expect((await refusal(world.supervisor.add(OPERATOR, c))).code).toBe('STATE_UNWRITABLE');
    expect([calls(world), desired(world), world.state.generation]).toEqual([[], ['yard/a', 'yard/b'], 0]);
    world.disk.fault = () => undefined;
    expect(await world.supervisor.add(OPERATOR, c)).toMatchObject({ changed: true });
    expect(world.state.generation).toBe(1);
  });

  it('to a pipeline that is down is pending, and carried out when it plays', async () => {
    await using world = await startWorld(ONE);
    await takeDown(world);
    expect(await world.supervisor.add(OPERATOR, c)).toMatchObject({
      ...{ changed: true, pending: true },
      stream: {
        state: 'pipeline-down',
        message: 'pipeline "yard" is starting: its process ended (SIGKILL)',
        fps: 0,
      },
    });
    expect(await world.saved()).toMatchObject({ streams: { c: { pipeline: 'yard' } } });
    putUp(world);
    await world.runs('yard: a b c');
    expect(await world.supervisor.stream('c')).toMatchObject({ state: 'live' });
  });
});

describe('changing a stream', () => {
  it('merges what is named, and null removes', async () => {
    await using world = await startWorld({ yard: { streams: [{ ...a, fps: 10, latencyMs: 300 }] } });
    expect(await world.supervisor.update(OPERATOR, 'a', { fps: 5, latencyMs: null })).toMatchObject({
      ...{ changed: true, pending: false },
      stream: { origin: 'changed', spec: { id: 'a', uri: 'rtsp://192.0.2.1/…', fps: 5 } },
    });
    expect(calls(world)).toEqual(['update a']);
    expect(await world.supervisor.update(OPERATOR, 'a', { fps: 10, latencyMs: 300 })).toMatchObject({
      changed: true,
      stream: { origin: 'spec' },
    });
    expect(await world.saved()).toMatchObject({ generation: 2, streams: {} });
  });

  it('to what it is already changes nothing', async () => {
    await using world = await startWorld(ONE);
    for (const same of [{}, { uri: (a as { uri: string }).uri }, { transport: 'tcp' }, { fps: null }])
      expect(await world.supervisor.update(OPERATOR, 'a', same)).toMatchObject({ changed: false });
    expect([world.state.generation, calls(world)]).toEqual([0, []]);
  });

  it.each([
    ['that is not there', 'z', { fps: 5 }, 'STREAM_UNKNOWN'],
    ['by another id', 'a', { id: 'z' }, 'SPEC_INVALID'],
    ['by a value that is wrong', 'a', { fps: -5 }, 'SPEC_INVALID'],
    ['by a key that does not exist', 'a', { speed: 5 }, 'SPEC_INVALID'],
    ['by removing what it needs', 'a', { uri: null }, 'SPEC_INVALID'],
    ['by no map', 'a', [1], 'BAD_REQUEST'],
  ] as const)('%s is refused', async (_what, id, changes, code) => {
    await using world = await startWorld(ONE);
    expect((await refusal(world.supervisor.update(OPERATOR, id, changes))).code).toBe(code);
    expect([world.state.generation, calls(world)]).toEqual([0, []]);
  });

  it('by a whole description replaces it', async () => {
    await using world = await startWorld({ yard: { streams: [{ ...a, fps: 10 }] } });
    expect(await world.supervisor.replace(OPERATOR, a)).toMatchObject({ changed: true });
    expect(world.children.of('yard').told('a')).toMatchObject({ fps: 15 });
    expect((await refusal(world.supervisor.replace(OPERATOR, d))).code).toBe('STREAM_UNKNOWN');
  });

  it('ends its quarantine; the same description does not', async () => {
    await using world = await startWorld(ONE);
    await quarantine(world, 'b');
    expect(world.running()).toEqual(['yard: a']);
    expect(await world.supervisor.add(OPERATOR, b)).toMatchObject({
      changed: false,
      stream: { state: 'quarantined' },
    });
    expect(await world.supervisor.update(OPERATOR, 'b', {})).toMatchObject({ changed: false });
    expect(world.running()).toEqual(['yard: a']);
    const { generation } = world.state;
    expect(await world.supervisor.update(OPERATOR, 'b', { fps: 5 })).toMatchObject({
      changed: true,
      stream: { state: 'live' },
    });
    expect(world.state.generation).toBe(generation + 1);
    expect(world.running()).toEqual(['yard: a b']);
  });
});

describe('removing a stream', () => {
  it('answers with its last totals', async () => {
    await using world = await startWorld(ONE);
    expect(await world.supervisor.remove(OPERATOR, 'a')).toMatchObject({
      ...{ changed: true, pending: false },
      stream: { id: 'a', state: 'stopped', counters: { frames: 100 } },
    });
    expect(await world.saved()).toMatchObject({ generation: 1, streams: { a: null } });
    expect(world.pipelines.rowOfLeft('a')).toMatchObject({ state: 'stopped' });
    expect((await refusal(world.supervisor.stream('a'))).code).toBe('STREAM_UNKNOWN');
  });

  it('that is not there changes nothing', async () => {
    await using world = await startWorld(ONE);
    expect(await world.supervisor.remove(OPERATOR, 'z')).toEqual({ changed: false, pending: false });
    expect([world.state.generation, calls(world)]).toEqual([0, []]);
  });

  it('and adding it again leaves nothing to remember', async () => {
    await using world = await startWorld(ONE);
    await world.supervisor.remove(OPERATOR, 'a');
    expect(await world.supervisor.add(OPERATOR, a)).toMatchObject({ stream: { origin: 'spec' } });
    expect(await world.saved()).toMatchObject({ generation: 2, streams: {} });
  });

  it('of a pipeline that is down is pending; the next worker does not have it', async () => {
    await using world = await startWorld(ONE);
    await takeDown(world);
    expect(await world.supervisor.remove(OPERATOR, 'a')).toEqual({ changed: true, pending: true });
    putUp(world);
    await world.runs('yard: b');
  });

  it('that has just been given to another pipeline takes it from that one', async () => {
    await using world = await startWorld(TWO);
    const moved = { yard: { streams: cameras('b') }, gate: { streams: cameras('c', 'a') } };
    const [, removed] = await Promise.all([
      world.supervisor.apply(OPERATOR, world.spec(moved)),
      world.supervisor.remove(OPERATOR, 'a'),
    ]);
    expect(removed).toMatchObject({ changed: true });
    await world.runs('yard: b', 'gate: c');
    expect(desired(world)).toEqual(['yard/b', 'gate/c']);
  });
});

describe('restarting a stream', () => {
  it('connects it anew', async () => {
    await using world = await startWorld(ONE);
    expect(await world.supervisor.restart(OPERATOR, 'a')).toMatchObject({ changed: true, pending: false });
    expect(calls(world)).toEqual(['restart a']);
    expect(world.state.generation).toBe(0);
  });

  it('ends its quarantine', async () => {
    await using world = await startWorld(ONE);
    await quarantine(world, 'b');
    expect(world.running()).toEqual(['yard: a']);
    expect(await world.supervisor.restart(OPERATOR, 'b')).toMatchObject({ stream: { state: 'live' } });
    await world.runs('yard: a b');
    expect(await world.saved()).toMatchObject({ quarantine: {} });
  });

  it('that is not there is refused', async () => {
    await using world = await startWorld(ONE);
    expect((await refusal(world.supervisor.restart(OPERATOR, 'z'))).code).toBe('STREAM_UNKNOWN');
  });

  it('of a pipeline that is down is pending', async () => {
    await using world = await startWorld(ONE);
    await takeDown(world);
    expect(await world.supervisor.restart(OPERATOR, 'a')).toMatchObject({ changed: true, pending: true });
  });
});

describe('two callers at once', () => {
  it('that add the same stream add it once', async () => {
    await using world = await startWorld(ONE);
    const both = await Promise.all([world.supervisor.add(OPERATOR, c), world.supervisor.add(OPERATOR, c)]);
    expect(both.map(({ changed }) => changed)).toEqual([true, false]);
    expect([world.state.generation, calls(world)]).toEqual([1, ['add c']]);
  });

  it('that add different streams of one name: the second is refused', async () => {
    await using world = await startWorld(ONE);
    const first = world.supervisor.add(OPERATOR, c);
    const second = refusal(world.supervisor.add(OPERATOR, { ...c, fps: 5 }));
    expect(await first).toMatchObject({ changed: true });
    expect((await second).code).toBe('STREAM_EXISTS');
  });

  it('that want the last slot: the second is refused', async () => {
    await using world = await startWorld({ yard: { streams: [a, b] as never, slots: 3 } });
    const first = world.supervisor.add(OPERATOR, c);
    const second = refusal(world.supervisor.add(OPERATOR, d));
    expect(await first).toMatchObject({ changed: true });
    expect((await second).code).toBe('SLOTS_FULL');
    expect(world.children.mistakes).toEqual([]);
  });

  it('that change other keys of one stream both have their way', async () => {
    await using world = await startWorld(ONE);
    await Promise.all([
      world.supervisor.update(OPERATOR, 'a', { fps: 5 }),
      world.supervisor.update(OPERATOR, 'a', { latencyMs: 300 }),
    ]);
    expect(world.children.of('yard').told('a')).toMatchObject({ fps: 5, latencyMs: 300 });
    expect(await world.saved()).toMatchObject({
      generation: 2,
      streams: { a: { stream: { ...a, fps: 5, latencyMs: 300 } } },
    });
  });

  it('that add and remove one stream both succeed, and whoever added it is not told that it is unknown', async () => {
    await using world = await startWorld(ONE);
    const open = hold(world, 'yard');
    const added = world.supervisor.add(OPERATOR, c);
    await reached('the worker was asked', () => calls(world).includes('add c'));
    const removed = world.supervisor.remove(OPERATOR, 'c');
    await reached('it is written down', () => world.state.generation === 2);
    open();
    expect(await added).toEqual({ changed: true, pending: false });
    expect(await removed).toMatchObject({ changed: true, stream: { state: 'stopped' } });
    expect(calls(world)).toEqual(['add c', 'remove c']);
  });

  it('of whom one removes what the other waits for', async () => {
    await using world = await startWorld(ONE);
    world.children.of('yard').say('a', { state: 'connecting' });
    const added = world.supervisor.update(OPERATOR, 'b', {}, { waitMs: 60_000 });
    expect(await added).toMatchObject({ stream: { state: 'live' } });
    const waiting = world.supervisor.update(OPERATOR, 'a', {}, { waitMs: 60_000 });
    const looking = refusal(world.supervisor.stream('a', { waitMs: 60_000 }));
    await world.supervisor.remove(OPERATOR, 'a');
    expect(await waiting).toEqual({ changed: false, pending: false });
    expect((await looking).code).toBe('STREAM_UNKNOWN');
  });

  it('that take a slot and give one take turns, whatever the stream that leaves is busy with', async () => {
    await using world = await startWorld({ yard: { streams: [a, b] as never, slots: 2 } });
    const open = hold(world, 'yard', (call) => call === 'restart a');
    const busy = world.supervisor.restart(OPERATOR, 'a');
    await reached('the worker was asked', () => calls(world).length === 1);
    const removed = world.supervisor.remove(OPERATOR, 'a');
    await reached('it is written down', () => world.state.generation === 1);
    const added = world.supervisor.add(OPERATOR, c);
    await reached('it is written down', () => world.state.generation === 2);
    open();
    await busy;
    expect(await removed).toMatchObject({ changed: true, pending: false });
    expect(await added).toMatchObject({ changed: true, pending: false });
    expect([world.running(), world.children.mistakes]).toEqual([['yard: b c'], []]);
  });
});

describe('applying a spec', () => {
  const NEXT: Layout = {
    yard: { streams: [...cameras('b'), cameraJson('d')] },
    gate: { streams: cameras('c') },
  };

  it('only planned changes nothing', async () => {
    await using world = await startWorld(TWO);
    const plan = await world.supervisor.apply(OPERATOR, world.spec(NEXT), { dryRun: true });
    expect(plan).toMatchObject({ applied: false, generation: 0 });
    expect(plan.steps.map(({ action, stream }) => `${action} ${stream}`)).toEqual(['remove a', 'add d']);
    expect([world.running(), world.state.generation]).toEqual([['yard: a b', 'gate: c'], 0]);
    expect(await world.supervisor.operations(10)).toEqual([]);
  });

  it('is carried out step by step, and counts once', async () => {
    await using world = await startWorld(TWO);
    const plan = await world.supervisor.apply(OPERATOR, world.spec(NEXT));
    expect(plan).toMatchObject({ applied: true, generation: 1 });
    expect([world.running(), calls(world)]).toEqual([
      ['yard: b d', 'gate: c'],
      ['remove a', 'add d'],
    ]);
    expect(await world.supervisor.status()).toMatchObject({ spec: { applied: true }, generation: 1 });
    expect(await world.supervisor.stream('d')).toMatchObject({ origin: 'spec' });
    expect(await world.supervisor.apply(OPERATOR, world.spec(NEXT))).toEqual({
      ...{ steps: [], applied: false, generation: 1 },
    });
  });

  it('tells which pipelines are left when one is no more', async () => {
    await using world = await startWorld(TWO);
    await world.supervisor.apply(OPERATOR, world.spec(NEXT));
    expect(world.left).toEqual([]);
    await world.supervisor.apply(OPERATOR, world.spec(ONE));
    expect([world.running(), world.left]).toEqual([['yard: a b'], ['yard']]);
  });

  it('drops what operators did, unless that is to be kept', async () => {
    await using world = await startWorld(TWO);
    await world.supervisor.add(OPERATOR, d, 'gate');
    await world.supervisor.remove(OPERATOR, 'a');
    await world.supervisor.apply(OPERATOR, world.spec(TWO), { keep: true });
    expect(world.running()).toEqual(['yard: b', 'gate: c d']);
    await world.supervisor.apply(OPERATOR, world.spec(TWO));
    expect(world.running()).toEqual(['yard: a b', 'gate: c']);
    expect(await world.saved()).toMatchObject({ streams: {} });
  });

  it('moves a stream: it has left the one pipeline before it enters the other', async () => {
    await using world = await startWorld(TWO);
    const open = hold(world, 'yard');
    const moved = { yard: { streams: cameras('b') }, gate: { streams: cameras('c', 'a') } };
    const applied = world.supervisor.apply(OPERATOR, world.spec(moved));
    await reached('it leaves', () => calls(world).includes('remove a'));
    await quiet();
    expect(calls(world, 'gate')).toEqual([]);
    open();
    const { steps } = await applied;
    expect(steps.map(({ action, pipeline }) => `${action} ${pipeline}`)).toEqual(['remove yard', 'add gate']);
    expect(world.running()).toEqual(['yard: b', 'gate: a c']);
    expect(await world.supervisor.stream('a')).toMatchObject({ pipeline: 'gate', state: 'live' });
  });

  it('moves a stream out of a worker that does not play yet: it enters when it has left there', async () => {
    await using world = await startWorld(TWO);
    await takeDown(world);
    const moved = { yard: { streams: cameras('b') }, gate: { streams: cameras('c', 'a') } };
    expect(await world.supervisor.apply(OPERATOR, world.spec(moved))).toMatchObject({ applied: true });
    expect(world.running()).toEqual(['yard: a b', 'gate: c']);
    expect(await world.supervisor.update(OPERATOR, 'a', { fps: 5 })).toMatchObject({
      ...{ pending: true, stream: { state: 'pipeline-down', message: 'not in pipeline "gate" yet' } },
    });
    putUp(world);
    await world.runs('yard: b', 'gate: a c');
    expect(calls(world, 'gate')).toEqual(['add a']);
  });

  it('moves a stream out of a worker that dies of it', async () => {
    await using world = await startWorld(TWO);
    world.children.of('yard').hang();
    const moved = { yard: { streams: cameras('b') }, gate: { streams: cameras('c', 'a') } };
    const applied = world.supervisor.apply(OPERATOR, world.spec(moved));
    await reached('it is to leave', () => calls(world).includes('remove a'));
    world.children.of('yard').giveUp();
    await applied;
    await world.runs('yard: b', 'gate: a c');
  });

  it('moves a stream while somebody changes it: it ends where it belongs, as it was changed', async () => {
    await using world = await startWorld(TWO);
    const open = hold(world, 'yard');
    const moved = { yard: { streams: cameras('b') }, gate: { streams: cameras('c', 'a') } };
    const applied = world.supervisor.apply(OPERATOR, world.spec(moved));
    await reached('it leaves', () => calls(world).includes('remove a'));
    const changed = world.supervisor.update(OPERATOR, 'a', { fps: 5 });
    await quiet();
    // It waits for its turn: the stream has not left.
    expect(calls(world, 'gate')).toEqual([]);
    open();
    await applied;
    expect(await changed).toMatchObject({ changed: true, stream: { pipeline: 'gate' } });
    expect(world.running()).toEqual(['yard: b', 'gate: a c']);
    expect(world.children.of('gate').told('a')?.fps).toBe(5);
  });

  it('starts, stops and restarts pipelines', async () => {
    await using world = await startWorld(TWO);
    const next = { yard: { streams: cameras('a', 'b'), slots: 6 }, roof: { streams: cameras('d') } };
    const { steps } = await world.supervisor.apply(OPERATOR, world.spec(next));
    expect(steps.map(({ action, pipeline }) => `${action} ${pipeline}`)).toEqual([
      ...['remove gate', 'stop gate', 'restart yard', 'start roof', 'add roof'],
    ]);
    expect(world.running()).toEqual(['yard: a b', 'roof: d']);
    expect(world.children.of('yard').options.start.spec.pipelines[0]?.slots).toBe(6);
    expect(world.children.of('gate').over).toBe(true);
    expect((await world.supervisor.pipelines()).map(({ id, slots }) => `${id} ${slots}`)).toEqual([
      'yard 6',
      'roof 4',
    ]);
    expect((await refusal(world.supervisor.restartPipeline(OPERATOR, 'gate'))).code).toBe('PIPELINE_UNKNOWN');
  });

  it('that only changes a memory limit restarts nobody', async () => {
    await using world = await startWorld(ONE);
    const limited = { yard: { streams: cameras('a', 'b'), memoryLimitMb: 900 } };
    expect(await world.supervisor.apply(OPERATOR, world.spec(limited))).toMatchObject({
      applied: true,
      steps: [{ action: 'update', keys: ['memoryLimitMb'] }],
    });
    expect(world.children.all).toHaveLength(1);
    expect(await world.supervisor.pipelines()).toMatchObject([{ memoryLimitBytes: 900 * 1024 ** 2 }]);
  });

  it('of a pipeline that is down is done: it plays as described when it plays', async () => {
    await using world = await startWorld(TWO);
    await takeDown(world);
    expect(await world.supervisor.apply(OPERATOR, world.spec(NEXT))).toMatchObject({ applied: true });
    putUp(world);
    await world.runs('yard: b d', 'gate: c');
  });

  it.each([
    ['no map', [1], 'BAD_REQUEST'],
    ['a spec that does not validate', { appliance: 'test', pipelines: [] }, 'SPEC_INVALID'],
  ] as const)('that is %s is refused and written down', async (_what, spec, code) => {
    await using world = await startWorld(TWO);
    expect((await refusal(world.supervisor.apply(OPERATOR, spec))).code).toBe(code);
    expect(world.running()).toEqual(['yard: a b', 'gate: c']);
    expect(await world.supervisor.operations(10)).toMatchObject([{ operation: 'apply', result: code }]);
  });

  it('that cannot be written down is refused', async () => {
    await using world = await startWorld(TWO);
    fillDisk(world);
    expect((await refusal(world.supervisor.apply(OPERATOR, world.spec(NEXT)))).code).toBe('STATE_UNWRITABLE');
    expect([world.running(), world.state.generation]).toEqual([['yard: a b', 'gate: c'], 0]);
  });

  it.each(['nats', 'cameraNetworks', 'mediaRoot', 'metrics'])(
    'from another machine may not change %s; on the appliance it may',
    async (key) => {
      const values: Readonly<Record<string, unknown>> = {
        nats: { url: 'nats://192.0.2.66:4222' },
        cameraNetworks: ['0.0.0.0/0'],
        mediaRoot: '/srv/media',
        metrics: {},
      };
      await using world = await startWorld(ONE);
      const spec = world.spec(ONE, { [key]: values[key] });
      for (const dryRun of [true, false]) {
        const refused = await refusal(world.supervisor.apply(OPERATOR, spec, { remote: true, dryRun }));
        expect([refused.code, refused.message]).toEqual(['FORBIDDEN', expect.stringContaining(key)]);
      }
      expect(world.children.all).toHaveLength(1);
      expect(await world.supervisor.apply(OPERATOR, spec)).toMatchObject({ applied: true });
    },
  );

  describe('whose pipelines do not play', () => {
    const BROKEN: Layout = {
      yard: { streams: cameras('b', 'd'), slots: 6 },
      gate: { streams: cameras('c') },
    };

    /** Workers with these slots do not start. */
    function breakDown(world: World, slots: number): void {
      world.children.arrival = (child) => {
        if (child.options.start.spec.pipelines[0]?.slots !== slots) child.play();
        else child.fail('PIPELINE_FAILED', 'no memory on the GPU');
      };
    }

    it('leaves everything as it was', async () => {
      await using world = await startWorld(TWO);
      breakDown(world, 6);
      expect(await refusal(world.supervisor.apply(OPERATOR, world.spec(BROKEN)))).toMatchObject({
        code: 'PIPELINE_FAILED',
        message: 'pipeline "yard": no memory on the GPU',
      });
      await world.runs('yard: a b', 'gate: c');
      expect(world.children.of('yard').options.start.spec.pipelines[0]?.slots).toBe(4);
      expect(await world.supervisor.status()).toMatchObject({
        ...{
          spec: { applied: false },
          generation: 2,
          pipelines: [{ state: 'playing' }, { state: 'playing' }],
        },
      });
      const { streams, applied } = await world.saved();
      expect([streams, applied]).toEqual([{}, undefined]);
      expect(world.children.all.filter(({ pipeline }) => pipeline === 'gate')).toHaveLength(1);
    });

    it('leaves what operators did before, and what they do meanwhile', async () => {
      await using world = await startWorld(TWO);
      await world.supervisor.remove(OPERATOR, 'b');
      world.children.arrival = () => undefined;
      const applied = refusal(world.supervisor.apply(OPERATOR, world.spec(BROKEN)));
      await reached('the pipeline restarts', () => world.children.of('yard') !== world.children.all[0]);
      await world.supervisor.add(OPERATOR, cameraJson('e'), 'gate');
      await world.supervisor.update(OPERATOR, 'c', { fps: 5 });
      await quarantine(world, 'c');
      breakDown(world, 6);
      world.children.of('yard').fail('PIPELINE_FAILED', 'no memory on the GPU');
      expect((await applied).code).toBe('PIPELINE_FAILED');
      expect(desired(world)).toEqual(['yard/a', 'gate/c', 'gate/e']);
      await world.runs('yard: a', 'gate: e');
      const { generation, ...saved } = await world.saved();
      expect(generation).toBe(world.state.generation);
      expect(saved).toEqual({
        format: 1,
        streams: {
          b: null,
          c: { pipeline: 'gate', stream: { ...c, fps: 5 } },
          e: { pipeline: 'gate', stream: cameraJson('e') },
        },
        quarantine: { c: expect.anything() },
      });
    });

    it('brings back a pipeline that was stopped for it', async () => {
      await using world = await startWorld(TWO);
      breakDown(world, 6);
      const next = { yard: { streams: cameras('a', 'b', 'c'), slots: 6 } };
      expect((await refusal(world.supervisor.apply(OPERATOR, world.spec(next)))).code).toBe(
        'PIPELINE_FAILED',
      );
      await world.runs('yard: a b', 'gate: c');
    });

    it('is tried after the one before it has ended, and not undone by its failure', async () => {
      await using world = await startWorld(TWO);
      world.children.arrival = () => undefined;
      const failing = refusal(world.supervisor.apply(OPERATOR, world.spec(BROKEN)));
      await reached('the pipeline restarts', () => world.children.of('yard') !== world.children.all[0]);
      const good = world.supervisor.apply(OPERATOR, world.spec(NEXT));
      await quiet();
      breakDown(world, 6);
      world.children.of('yard').fail('PIPELINE_FAILED', 'no memory on the GPU');
      expect((await failing).code).toBe('PIPELINE_FAILED');
      expect(await good).toMatchObject({ applied: true });
      await world.runs('yard: b d', 'gate: c');
    });

    it('says so where what was before cannot be written back', async () => {
      await using world = await startWorld(TWO);
      world.children.arrival = () => undefined;
      const applied = refusal(world.supervisor.apply(OPERATOR, world.spec(BROKEN)));
      await reached('the pipeline restarts', () => world.children.of('yard') !== world.children.all[0]);
      fillDisk(world);
      world.children.of('yard').fail('PIPELINE_FAILED', 'no memory on the GPU');
      const { code, message } = await applied;
      expect([code, message]).toEqual([
        'PIPELINE_FAILED',
        expect.stringContaining('cannot be written: ENOSPC'),
      ]);
      // What is on the disk and what is wanted are one.
      expect(desired(world)).toEqual(['yard/b', 'yard/d', 'gate/c']);
      expect((await world.saved()).applied).toBeDefined();
    });
  });
});

describe('reading the spec file anew', () => {
  const notes: string[] = [];
  const reload = (world: World) =>
    world.supervisor.reload({ door: 'signal', name: 'SIGHUP' }, (note) => notes.push(note));

  it('makes it so, keeps what operators did, and counts', async () => {
    await using world = await startWorld(TWO);
    await world.supervisor.add(OPERATOR, d, 'yard');
    world.writeSpec({ yard: { streams: cameras('b') }, gate: { streams: cameras('c', 'e') } });
    expect(await reload(world)).toMatchObject({ applied: true, generation: 2 });
    expect(world.running()).toEqual(['yard: b d', 'gate: c e']);
    expect(await reload(world)).toEqual({ steps: [], applied: false, generation: 2 });
  });

  it('takes the place of a spec that was applied', async () => {
    await using world = await startWorld(ONE);
    await world.supervisor.apply(OPERATOR, world.spec({ yard: { streams: cameras('d') } }));
    world.writeSpec({ yard: { streams: cameras('a') } });
    await reload(world);
    expect(world.running()).toEqual(['yard: a']);
    expect(await world.supervisor.status()).toMatchObject({ spec: { applied: false } });
    expect(notes.at(-1)).toMatch(/the file counts/);
  });

  it('that is wrong changes nothing', async () => {
    await using world = await startWorld(ONE);
    world.writeSpec({ yard: { streams: [{ id: 'a' }] } });
    expect((await refusal(reload(world))).code).toBe('SPEC_INVALID');
    expect([world.running(), world.state.generation]).toEqual([['yard: a b'], 0]);
    await world.supervisor.add(OPERATOR, c);
    expect(world.running()).toEqual(['yard: a b c']);
  });

  it('whose pipelines do not play leaves everything as it was', async () => {
    await using world = await startWorld(TWO);
    world.children.arrival = (child) => {
      if (child.pipeline === 'roof') child.fail('PIPELINE_FAILED', 'no memory on the GPU');
      else child.play();
    };
    world.writeSpec({ yard: { streams: cameras('b') }, roof: { streams: cameras('c') } });
    expect((await refusal(reload(world))).code).toBe('PIPELINE_FAILED');
    await world.runs('yard: a b', 'gate: c');
    expect(desired(world)).toEqual(['yard/a', 'yard/b', 'gate/c']);
    await world.supervisor.add(OPERATOR, d, 'gate');
    await world.runs('yard: a b', 'gate: c d');
  });
});

describe('restarting a pipeline', () => {
  it('answers when the new worker plays', async () => {
    await using world = await startWorld(ONE);
    const [first] = world.children.all;
    expect(await world.supervisor.restartPipeline(OPERATOR, 'yard')).toMatchObject({
      ...{ id: 'yard', state: 'playing', restarts: { restart: 1, crash: 0 }, streams: 2, live: 2 },
    });
    expect(world.children.of('yard')).not.toBe(first);
    expect(world.running()).toEqual(['yard: a b']);
  });

  it('may take as long as an engine is built, and not for ever', async () => {
    await using world = await startWorld(ONE);
    world.children.arrival = () => undefined;
    const restarted = refusal(world.supervisor.restartPipeline(OPERATOR, 'yard'));
    await reached('its next worker starts', () => world.children.all.length === 2);
    let over = false;
    void restarted.then(() => (over = true));
    await vi.advanceTimersByTimeAsync(600_000);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(200_000);
    expect(await restarted).toMatchObject({
      code: 'TIMEOUT',
      message: 'pipeline "yard" does not play after 780 s',
    });
  });

  it('that is not there, or does not play, is told', async () => {
    await using world = await startWorld(ONE);
    expect((await refusal(world.supervisor.restartPipeline(OPERATOR, 'roof'))).code).toBe('PIPELINE_UNKNOWN');
    world.children.arrival = (child) => child.fail('ELEMENT_MISSING', 'no element "nvinfer"');
    expect(await refusal(world.supervisor.restartPipeline(OPERATOR, 'yard'))).toMatchObject({
      code: 'ELEMENT_MISSING',
    });
  });
});

describe('what is said of streams', () => {
  it('in quarantine is why and since when; it fails the appliance, its pipeline plays', async () => {
    await using world = await startWorld(ONE);
    await quarantine(world, 'b');
    expect(world.running()).toEqual(['yard: a']);
    expect(await world.supervisor.stream('b')).toMatchObject({
      ...{ state: 'quarantined', message: 'its data ended the process of its pipeline again and again' },
    });
    expect(await world.supervisor.status()).toMatchObject({ streams: { total: 2, live: 1, failed: 1 } });
    expect(await world.supervisor.numbers()).toMatchObject({
      processes: [{ pipeline: 'yard', quarantined: 1 }],
    });
  });

  it('in quarantine is the same where the disk refuses it; the next change writes it', async () => {
    await using world = await startWorld(ONE);
    fillDisk(world);
    await expect(world.supervisor.quarantine('b')).rejects.toMatchObject({ code: 'STATE_UNWRITABLE' });
    await world.pipelines.settle('yard', 'b');
    expect(world.running()).toEqual(['yard: a']);
    expect(await world.supervisor.stream('b')).toMatchObject({ state: 'quarantined' });
    expect(await world.saved()).toMatchObject({ quarantine: {} });
    world.disk.fault = () => undefined;
    await world.supervisor.remove(OPERATOR, 'a');
    expect(await world.saved()).toMatchObject({ quarantine: { b: expect.anything() } });
  });

  it('that are quarantined after they have gone is nothing', async () => {
    await using world = await startWorld(ONE);
    await world.supervisor.remove(OPERATOR, 'b');
    await world.supervisor.quarantine('b');
    expect(await world.saved()).toMatchObject({ quarantine: {} });
  });

  it('is not what a worker said before that is gone', async () => {
    await using world = await startWorld(ONE);
    const open = hold(world, 'yard', (call) => call === 'remove a');
    const removed = world.supervisor.remove(OPERATOR, 'a');
    await reached('the worker was asked', () => calls(world).includes('remove a'));
    await takeDown(world);
    open();
    expect(await removed).toEqual({ changed: true, pending: true });
    expect(await world.supervisor.add(OPERATOR, a)).toMatchObject({ stream: { state: 'pipeline-down' } });
    expect(await world.supervisor.streams()).toMatchObject([
      { state: 'pipeline-down' },
      { state: 'pipeline-down' },
    ]);
  });

  it('is not old where one pipeline answers late and another goes down meanwhile', async () => {
    await using world = await startWorld(TWO);
    world.children.of('gate').hang();
    const asked = world.supervisor.streams();
    await quiet();
    await takeDown(world);
    await vi.advanceTimersByTimeAsync(1_000);
    await asked;
    const looked = world.supervisor.stream('a');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await looked).toMatchObject({ state: 'pipeline-down' });
  });

  it('holds neither paths nor secrets: where those are, and hosts', async () => {
    const secrets = { user: '${env:CAMERA_USER}', password: '${file:/run/secrets/camera}' };
    const uri = { analyse: 'rtsp://192.0.2.1/hunter2?key=hunter3', live: 'rtsps://192.0.2.1:8554/hunter2' };
    await using world = await startWorld({ yard: { streams: [{ ...a, uri, ...secrets }] } });
    const told = { analyse: 'rtsp://192.0.2.1/…', live: 'rtsps://192.0.2.1:8554/…' };
    expect((await world.supervisor.stream('a')).spec).toEqual({ id: 'a', uri: told, ...secrets });
    const changed = await world.supervisor.update(OPERATOR, 'a', { fps: 5 });
    const removed = await world.supervisor.remove(OPERATOR, 'a');
    expect(JSON.stringify([changed, removed, await world.supervisor.operations(9)])).not.toContain('hunter');
  });

  it('of one that is waited for is its state when it has arrived, or when the time is up', async () => {
    await using world = await startWorld(ONE);
    const child = world.children.of('yard');
    child.say('a', { state: 'connecting' });
    const arrived = world.supervisor.stream('a', { waitMs: 5_000 });
    await vi.advanceTimersByTimeAsync(4_000);
    child.say('a', { state: 'failed', cause: 'not-found' });
    expect(await arrived).toMatchObject({ state: 'failed', cause: 'not-found' });
    child.say('a', { state: 'connecting' });
    let over = false;
    const late = world.supervisor.stream('a', { waitMs: 5_000 }).finally(() => (over = true));
    await vi.advanceTimersByTimeAsync(4_999);
    await quiet();
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await late).toMatchObject({ state: 'connecting' });
  });

  it('that waits for its pipeline is told when that plays', async () => {
    await using world = await startWorld(ONE);
    await takeDown(world);
    const added = world.supervisor.add(OPERATOR, c, undefined, { waitMs: 60_000 });
    await quiet();
    putUp(world);
    expect(await added).toMatchObject({ pending: true, stream: { state: 'live' } });
  });
});

describe('the operations log', () => {
  it('has every attempt with who, what and its result, the latest first', async () => {
    await using world = await startWorld(ONE);
    await world.supervisor.add(OPERATOR, c);
    await world.supervisor.add({ door: 'nats', name: 'nats' }, c);
    await world.supervisor.restartPipeline(OPERATOR, 'yard');
    await refusal(world.supervisor.update(OPERATOR, 'z', {}));
    await refusal(world.supervisor.add(OPERATOR, { id: 'x'.repeat(100_000) }));
    fillDisk(world);
    await refusal(world.supervisor.remove(OPERATOR, 'a'));
    const told = await world.supervisor.operations(100);
    const brief = ({ actor, operation, stream, pipeline, result, changed, generation }: OperationRecord) =>
      [actor.door, operation, stream ?? pipeline, result, changed, generation] as const;
    expect(told.map(brief)).toEqual([
      ['socket', 'streams.remove', 'a', 'STATE_UNWRITABLE', undefined, undefined],
      ['socket', 'streams.add', 'x'.repeat(64), 'SPEC_INVALID', undefined, undefined],
      ['socket', 'streams.update', 'z', 'STREAM_UNKNOWN', undefined, undefined],
      ['socket', 'pipelines.restart', 'yard', 'ok', undefined, 1],
      ['nats', 'streams.add', 'c', 'ok', false, 1],
      ['socket', 'streams.add', 'c', 'ok', true, 1],
    ]);
    await reached(
      'it is written',
      () => readFileSync(join(world.dir, 'operations.jsonl'), 'utf8').split('\n').length === 7,
    );
  });
});

describe('the end', () => {
  it('leaves no worker and no folder, whatever was under way', async () => {
    await using world = await startWorld(TWO);
    world.children.arrival = () => undefined;
    const restarting = refusal(world.supervisor.restartPipeline(OPERATOR, 'gate'));
    const open = hold(world, 'yard');
    const removing = world.supervisor.remove(OPERATOR, 'a');
    await reached('a worker starts', () => world.children.of('gate') !== world.children.all[1]);
    const stopped = world.pipelines.stop();
    open();
    await stopped;
    expect((await restarting).code).toBe('STOPPED');
    expect(await removing).toMatchObject({ changed: true });
    expect(world.children.all.filter(({ over }) => !over)).toEqual([]);
    expect(await refusal(world.supervisor.restartPipeline(OPERATOR, 'yard'))).toMatchObject({
      code: 'STOPPED',
    });
    expect((await refusal(world.supervisor.snapshot('b'))).code).toBe('NO_PICTURE');
  });

  it('in the middle of a spec starts no pipeline any more', async () => {
    await using world = await startWorld(ONE);
    const open = hold(world, 'yard');
    const applied = refusal(
      world.supervisor.apply(
        OPERATOR,
        world.spec({ yard: { streams: cameras('b') }, roof: { streams: [] } }),
      ),
    );
    await reached('a stream leaves', () => calls(world).includes('remove a'));
    const stopped = world.pipelines.stop();
    open();
    await stopped;
    expect((await applied).code).toBe('STOPPED');
    expect(world.children.all.filter(({ over }) => !over)).toEqual([]);
  });
});
