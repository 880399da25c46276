import { describe, expect, it } from 'vitest';
import { parseStream } from '../../src/spec/stream.js';
import { type FakeWorld, fakeWorld, settle } from '../support/fake-streams.js';

const spec = (id: string, more: object = {}) => parseStream({ id, uri: `rtsp://192.0.2.1/${id}`, ...more });

/** Calls into the pipeline wait until `open` is called. */
function held(world: FakeWorld): () => void {
  const gates: (() => void)[] = [];
  world.host.pause = () => new Promise((resolve) => void gates.push(resolve));
  return () => {
    world.host.pause = () => Promise.resolve();
    for (const gate of gates.splice(0)) gate();
  };
}

/** Adds them one after the other; afterwards their sources are in the pipeline. */
async function added(world: FakeWorld, ...ids: string[]): Promise<void> {
  for (const id of ids) await world.reconciler.add(spec(id));
  await settle();
}

const code = (result: Promise<unknown>) =>
  result.then(
    () => 'resolved',
    (error: { code?: string }) => error.code,
  );
const ids = (world: FakeWorld) => [...world.reconciler].map(({ id, slot }) => `${slot} ${id}`);

describe('adding', () => {
  it('takes the lowest free slot, and keeps it until the stream is removed', async () => {
    const world = fakeWorld(3);
    await added(world, 'a', 'b', 'c');
    await world.reconciler.remove('b');
    await world.reconciler.remove('a');
    await added(world, 'd');
    expect(ids(world)).toEqual(['0 d', '2 c']);
    await world.reconciler.restart('c');
    await settle();
    expect(ids(world)).toEqual(['0 d', '2 c']);
  });

  it('never gives two streams one token', async () => {
    const world = fakeWorld(1);
    const tokens = new Set<number>();
    for (let i = 0; i < 20; i++) {
      const { tenant } = await world.reconciler.add(spec('a'));
      tokens.add(tenant?.token ?? -1);
      await world.reconciler.remove('a');
    }
    expect(tokens.size).toBe(20);
  });

  it('the same twice changes nothing the second time, also at once', async () => {
    const world = fakeWorld(2);
    const both = await Promise.all([world.reconciler.add(spec('a')), world.reconciler.add(spec('a'))]);
    expect(both.map(({ changed }) => changed)).toEqual([true, false]);
    expect(both[0].tenant).toBe(both[1].tenant);
    expect(ids(world)).toEqual(['0 a']);
  });

  it('another of the same id is refused', async () => {
    const world = fakeWorld(2);
    const first = world.reconciler.add(spec('a'));
    await expect(world.reconciler.add(spec('a', { fps: 5 }))).rejects.toMatchObject({
      code: 'STREAM_EXISTS',
      remedy: 'update it, or choose another id',
    });
    expect((await first).changed).toBe(true);
  });

  it('is refused when every slot is taken', async () => {
    const world = fakeWorld(2);
    await added(world, 'a', 'b');
    await expect(world.reconciler.add(spec('c'))).rejects.toMatchObject({
      code: 'SLOTS_FULL',
      message: 'all 2 slots are taken',
    });
    expect(world.reconciler.has('c')).toBe(false);
  });

  it('waits for a slot that is being freed, and for no more than are', async () => {
    const world = fakeWorld(2);
    await added(world, 'a', 'b');
    const open = held(world);
    const removal = world.reconciler.remove('b');
    const waits = world.reconciler.add(spec('c'));
    expect(await code(world.reconciler.add(spec('d')))).toBe('SLOTS_FULL');
    await settle();
    expect(ids(world)).toEqual(['0 a', '1 b']);
    open();
    expect((await removal).changed).toBe(true);
    expect((await waits).tenant?.slot).toBe(1);
    expect(world.host.faults).toEqual([]);
  });

  it('is given up when the stream is removed while it waits, and its slot goes to the next', async () => {
    const world = fakeWorld(1);
    await added(world, 'a');
    const open = held(world);
    // The slot that "c" is promised is that of "a", as the second "a" never has one.
    const results = [
      world.reconciler.remove('a'),
      world.reconciler.add(spec('a')),
      world.reconciler.update(spec('a', { fps: 5 })),
      world.reconciler.remove('a'),
      world.reconciler.add(spec('c')),
      world.reconciler.remove('a'),
    ];
    open();
    const outcomes = await Promise.all(results);
    expect(outcomes.map(({ changed }) => changed)).toEqual([true, true, true, true, true, false]);
    expect(outcomes.map(({ tenant }) => tenant?.id)).toEqual([
      'a',
      undefined,
      undefined,
      undefined,
      'c',
      undefined,
    ]);
    expect(ids(world)).toEqual(['0 c']);
  });

  it('right after its own removal takes a slot when there is one again', async () => {
    const world = fakeWorld(1);
    await added(world, 'a');
    const [before] = [...world.reconciler];
    const open = held(world);
    const results = [world.reconciler.remove('a'), world.reconciler.add(spec('a', { fps: 5 }))];
    // Somebody else comes too late, though the slot is not taken yet.
    expect(await code(world.reconciler.add(spec('b')))).toBe('SLOTS_FULL');
    open();
    expect((await Promise.all(results)).map(({ changed }) => changed)).toEqual([true, true]);
    const [after] = [...world.reconciler];
    expect(after?.token).not.toBe(before?.token);
    expect([after?.spec.fps, before?.resident.left]).toEqual([5, true]);
  });
});

describe('removing', () => {
  it('resolves when nothing of the stream is left', async () => {
    const world = fakeWorld(1);
    await added(world, 'a');
    const open = held(world);
    let gone = false;
    const removal = world.reconciler.remove('a').then((outcome) => {
      gone = true;
      return outcome;
    });
    await settle();
    expect([gone, world.reconciler.freeSlots]).toEqual([false, 0]);
    open();
    expect((await removal).tenant?.resident.left).toBe(true);
    expect([world.host.sources.size, world.reconciler.freeSlots]).toEqual([0, 1]);
  });

  it('what is not there changes nothing, but waits for a removal under way', async () => {
    const world = fakeWorld(1);
    expect(await world.reconciler.remove('a')).toEqual({ changed: false });
    await added(world, 'a');
    const open = held(world);
    const order: string[] = [];
    const first = world.reconciler.remove('a').then(({ changed }) => void order.push(`first ${changed}`));
    const second = world.reconciler.remove('a').then(({ changed }) => void order.push(`second ${changed}`));
    open();
    await Promise.all([first, second]);
    expect(order).toEqual(['first true', 'second false']);
  });

  it('while it looks for the address adds no source', async () => {
    const world = fakeWorld(1);
    let found = () => {};
    world.resolve = () => new Promise((resolve) => void (found = resolve));
    await added(world, 'a');
    expect((await world.reconciler.remove('a')).changed).toBe(true);
    found();
    await settle();
    expect(world.host.calls).toEqual([]);
  });

  it('while it connects waits for the addition, then takes the source out', async () => {
    const world = fakeWorld(1);
    const open = held(world);
    await added(world, 'a');
    const removal = world.reconciler.remove('a');
    await settle();
    expect(world.host.calls).toEqual(['add 0 a']);
    open();
    await removal;
    expect(world.host.calls).toEqual(['add 0 a', 'remove 0']);
    expect(world.reconciler.freeSlots).toBe(1);
  });

  it('during an update comes after it', async () => {
    const world = fakeWorld(1);
    await added(world, 'a');
    const open = held(world);
    const update = world.reconciler.update(spec('a', { latencyMs: 100 }));
    const removal = world.reconciler.remove('a');
    open();
    expect([(await update).changed, (await removal).changed]).toEqual([true, true]);
    await settle();
    expect([world.host.sources.size, ids(world)]).toEqual([0, []]);
  });

  it('does not wait for other streams', async () => {
    const world = fakeWorld(2);
    await added(world, 'a', 'b');
    const open = held(world);
    const slow = world.reconciler.remove('a');
    await settle();
    world.host.pause = () => Promise.resolve();
    await world.reconciler.remove('b');
    expect(ids(world)).toEqual(['0 a']);
    open();
    await slow;
  });

  it('a source that will not go is fatal, and its slot is given to nobody', async () => {
    const world = fakeWorld(1);
    await added(world, 'a');
    world.host.stuck = true;
    const removal = world.reconciler.remove('a');
    const waits = world.reconciler.add(spec('b'));
    expect(await code(removal)).toBe('PIPELINE_FAILED');
    expect(await code(waits)).toBe('PIPELINE_FAILED');
    expect(await code(world.reconciler.add(spec('c')))).toBe('PIPELINE_FAILED');
    expect(world.fatal).toHaveLength(1);
    expect(world.reconciler.freeSlots).toBe(0);
    await world.reconciler.close();
  });
});

describe('updating', () => {
  it('what is not there is refused', async () => {
    const world = fakeWorld(2);
    await added(world, 'b');
    await expect(world.reconciler.update(spec('a'))).rejects.toMatchObject({
      code: 'STREAM_UNKNOWN',
      message: 'no stream "a"; there are b',
    });
    expect(await code(world.reconciler.restart('a'))).toBe('STREAM_UNKNOWN');
  });

  it('to the same changes nothing', async () => {
    const world = fakeWorld(1);
    await added(world, 'a');
    expect((await world.reconciler.update(spec('a'))).changed).toBe(false);
    await settle();
    expect(world.host.calls).toEqual(['add 0 a']);
  });

  it('what the connection does not depend on leaves it alone, and counts at once', async () => {
    const world = fakeWorld(1);
    await added(world, 'a');
    const tenant = world.reconciler.find('a');
    tenant?.stream.dispatch({ type: 'firstFrame', epoch: 1 });
    expect((await world.reconciler.update(spec('a', { fps: 0.1 }))).changed).toBe(true);
    world.reconciler.tick();
    world.clock.advance(50_000);
    world.reconciler.tick();
    // Ten intervals of 10 s; with the frame rate of before it would long be stalled.
    expect(tenant?.stream.state.kind).toBe('live');
    await settle();
    expect(world.host.calls).toEqual(['add 0 a']);
  });

  it('the address connects anew, with the new one, in the same slot', async () => {
    const world = fakeWorld(1);
    await added(world, 'a');
    await world.reconciler.update(spec('a', { uri: 'rtsp://192.0.2.9/new' }));
    await settle();
    expect(world.host.calls).toEqual(['add 0 a', 'remove 0', 'add 0 a']);
    expect(world.host.sources.get(0)).toMatchObject({ epoch: 2, params: { uri: 'rtsp://192.0.2.9/new' } });
  });

  it('ends a back-off at once, and the count of failures with it', async () => {
    const world = fakeWorld(1);
    await added(world, 'a');
    const stream = world.reconciler.find('a')?.stream;
    stream?.dispatch({ type: 'lost', epoch: 1, cause: 'unauthorized', message: '401' });
    await settle();
    expect(stream?.state).toMatchObject({ kind: 'failed', attempt: 1 });
    await world.reconciler.update(spec('a', { latencyMs: 100 }));
    await settle();
    expect(stream?.state).toMatchObject({ kind: 'connecting', attempt: 0, epoch: 2 });
    expect(world.host.sources.has(0)).toBe(true);
  });

  it('several times in a row ends with the last', async () => {
    const world = fakeWorld(1);
    const open = held(world);
    const first = world.reconciler.add(spec('a'));
    const rest = [1, 2, 3].map((n) => world.reconciler.update(spec('a', { uri: `rtsp://192.0.2.1/${n}` })));
    await first;
    await settle();
    open();
    await Promise.all(rest);
    for (let i = 0; i < 5; i++) await settle();
    expect(world.host.sources.get(0)?.params.uri).toBe('rtsp://192.0.2.1/3');
    expect(world.host.faults).toEqual([]);
  });
});

describe('restarting', () => {
  it('connects anew at once, also from back-off, and counts it', async () => {
    const world = fakeWorld(1);
    await added(world, 'a');
    const stream = world.reconciler.find('a')?.stream;
    expect((await world.reconciler.restart('a')).changed).toBe(true);
    await settle();
    expect(world.host.sources.get(0)?.epoch).toBe(2);
    expect(stream?.losses.restart).toBe(1);
    stream?.dispatch({ type: 'lost', epoch: 2, cause: 'not-found', message: '404' });
    await world.reconciler.restart('a');
    await settle();
    expect(world.host.sources.get(0)?.epoch).toBe(3);
  });
});

describe('stopping', () => {
  it('takes all sources out and refuses what has not been done', async () => {
    const world = fakeWorld(2);
    await added(world, 'a', 'b');
    const open = held(world);
    const removal = world.reconciler.remove('b');
    const waiting = [world.reconciler.add(spec('c')), world.reconciler.remove('b')].map(code);
    const closed = world.reconciler.close();
    expect(await code(world.reconciler.add(spec('d')))).toBe('STOPPED');
    expect(await code(world.reconciler.remove('a'))).toBe('STOPPED');
    expect(await code(world.reconciler.restart('a'))).toBe('STOPPED');
    open();
    await closed;
    expect(await Promise.all(waiting)).toEqual(['STOPPED', 'STOPPED']);
    expect((await removal).changed).toBe(true);
    expect(world.host.sources.size).toBe(0);
    expect(world.changes.filter((change) => change.endsWith('stopped')).sort()).toEqual([
      'a stopped',
      'b stopped',
    ]);
  });
});

describe('events', () => {
  it("of the slot as it was before are nobody's", async () => {
    const world = fakeWorld(1);
    await added(world, 'a');
    await world.reconciler.restart('a');
    await settle();
    const event = (epoch: number) => ({ type: 'first-frame', slot: 0, epoch }) as const;
    expect(world.reconciler.current(event(1))).toBeUndefined();
    expect(world.reconciler.current(event(2))?.id).toBe('a');
    expect(world.reconciler.current({ ...event(2), slot: 5 })).toBeUndefined();
  });
});
