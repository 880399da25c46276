import { describe, expect, it } from 'vitest';
import type { StreamSupervisor } from '../../src/streams/stream-supervisor.js';
import { settle } from '../support/fake-source-host.js';
import { SILENT } from '../support/stream-story.js';
import { lose, started, streams } from '../support/supervised.js';

describe('streams', () => {
  it('connect at most five at a time, the next when one has an answer, a picture or a failure', async () => {
    const { host, all } = streams(30);
    for (const stream of all) stream.start();
    await settle();
    expect(host.calls).toEqual([0, 1, 2, 3, 4].map((slot) => `add ${slot}`));
    all[2]?.dispatch({ type: 'connected', epoch: 1 });
    await settle();
    expect(host.calls.at(-1)).toBe('add 5');
    all[4]?.dispatch({ type: 'firstFrame', epoch: 1 });
    await settle();
    expect(host.calls.at(-1)).toBe('add 6');
    lose(all[0] as StreamSupervisor, 'refused');
    await settle();
    expect(host.calls.slice(-2).sort()).toEqual(['add 7', 'remove 0']);
  });

  it('keep their place in the queue whatever others do', async () => {
    const { host, clock, all } = streams(12);
    for (const stream of all) stream.start();
    await settle();
    for (let round = 0; round < 4; round++) {
      for (const stream of all) if (stream.state.phase === 'handshake') lose(stream, 'refused');
      await settle();
      clock.advance(500);
      await settle();
    }
    const added = host.calls.filter((call) => call.startsWith('add')).slice(0, 12);
    expect(added).toEqual(Array.from({ length: 12 }, (_, slot) => `add ${slot}`));
  });

  it('wait for an addition under way before they remove its source', async () => {
    const { host, one } = streams(1);
    host.hold();
    await started(one);
    lose(one, 'refused');
    await settle();
    expect(host.calls).toEqual(['add 0']);
    host.open();
    await settle();
    expect(host.calls).toEqual(['add 0', 'remove 0']);
    expect(host.sources.size).toBe(0);
  });

  it('come back under a new epoch after their pause, and drop what the old connection still says', async () => {
    const { host, clock, one } = streams(1);
    await started(one);
    lose(one, 'eos');
    await settle();
    clock.advance(1_000);
    await settle();
    expect(host.sources.get(0)?.epoch).toBe(2);
    one.dispatch({ type: 'firstFrame', epoch: 1 });
    expect(one.state.kind).toBe('connecting');
    one.dispatch({ type: 'firstFrame', epoch: 2 });
    expect(one.state.kind).toBe('live');
  });

  it('tell every change of what a status shows, and no other', async () => {
    const { one, changes } = streams(1);
    await started(one);
    one.dispatch({ type: 'connected', epoch: 1 });
    one.tick(SILENT);
    one.dispatch({ type: 'firstFrame', epoch: 1 });
    one.tick({ ...SILENT, frames: 3 });
    one.tick({ ...SILENT, frames: 6, timestampJumps: 1 });
    one.tick({ ...SILENT, frames: 9, timestampJumps: 1 });
    await one.close();
    expect(changes).toEqual([
      'cam-0 connecting queued',
      'cam-0 connecting resolving',
      'cam-0 connecting handshake',
      'cam-0 connecting no-frame',
      'cam-0 live',
      'cam-0 live',
      'cam-0 stopped',
    ]);
  });

  it('count losses by cause and incidents by kind', async () => {
    const { clock, incidents, one } = streams(1);
    await started(one);
    one.dispatch({ type: 'firstFrame', epoch: 1 });
    one.tick(SILENT);
    one.tick({ ...SILENT, timestampJumps: 1 });
    lose(one, 'eos');
    await settle();
    clock.advance(1_000);
    await settle();
    lose(one, 'refused');
    expect(one.losses).toMatchObject({ eos: 1, refused: 1, stalled: 0 });
    expect(one.incidents).toMatchObject({ timestamps: 1, 'format-changed': 0 });
    expect(incidents).toEqual([
      'cam-0 timestamps: the timestamps jumped; media times before and after do not compare',
    ]);
  });

  it('are stalled, given up and connected anew by ticks alone', async () => {
    const { host, clock, one } = streams(1);
    await started(one);
    one.dispatch({ type: 'firstFrame', epoch: 1 });
    for (let at = 0; at < 7_000; at += 250) {
      clock.advance(250);
      one.tick(SILENT);
    }
    expect(one.state).toMatchObject({ kind: 'waiting', cause: 'stalled' });
    await settle();
    clock.advance(1_000);
    await settle();
    expect(host.calls).toEqual(['add 0', 'remove 0', 'add 0']);
  });

  it('report a source that cannot be removed as fatal', async () => {
    const { host, one, fatal } = streams(1);
    host.failures.set('remove', new Error('deadline'));
    await started(one);
    await one.close();
    expect(fatal).toEqual([new Error('deadline')]);
  });

  it('leave nothing behind when closed, whether they wait, resolve, connect or pause', async () => {
    const { host, clock, budget, all } = streams(9);
    for (const stream of all) stream.start();
    await settle();
    lose(all[0] as StreamSupervisor, 'refused');
    lose(all[1] as StreamSupervisor, 'unauthorized');
    await Promise.all(all.map((stream) => stream.close()));
    await settle();
    expect(host.sources.size).toBe(0);
    expect(clock.scheduled).toBe(0);
    expect([budget.busy, budget.waiting]).toEqual([0, 0]);
    const calls = host.calls.length;
    clock.advance(1_000_000);
    await settle();
    expect(host.calls).toHaveLength(calls);
  });
});

describe('an operator', () => {
  it('makes a stream connect at once, from live and from a long pause', async () => {
    const { host, clock, one } = streams(1);
    await started(one);
    one.dispatch({ type: 'firstFrame', epoch: 1 });
    one.restart('restart');
    await settle();
    expect(host.sources.get(0)?.epoch).toBe(2);
    lose(one, 'unauthorized');
    await settle();
    expect(clock.scheduled).toBe(1);
    one.restart('changed');
    await settle();
    expect(host.sources.get(0)?.epoch).toBe(3);
    expect(clock.scheduled).toBe(0);
    expect(one.losses).toMatchObject({ restart: 1, unauthorized: 1, changed: 0 });
  });

  it('who restarts twice while the source goes away gets one new connection', async () => {
    const { host, one } = streams(1);
    await started(one);
    host.hold();
    one.restart('restart');
    await settle();
    one.restart('changed');
    host.open();
    await settle();
    expect(host.calls).toEqual(['add 0', 'remove 0', 'add 0']);
    expect(one.state.epoch).toBe(2);
  });

  it('who stops and starts at once gets a new connection', async () => {
    const { host, one } = streams(1);
    await started(one);
    const closed = one.close();
    one.start();
    await closed;
    await settle();
    expect(host.calls).toEqual(['add 0', 'remove 0', 'add 0']);
  });
});

describe('a network that comes back', () => {
  it('is tried at once, by those that wait for it', async () => {
    const { host, all } = streams(2);
    for (const stream of all) stream.start();
    await settle();
    lose(all[0] as StreamSupervisor, 'unreachable');
    lose(all[1] as StreamSupervisor, 'unauthorized');
    await settle();
    for (const stream of all) stream.nudge();
    await settle();
    expect(host.calls.slice(4)).toEqual(['add 0']);
  });
});
