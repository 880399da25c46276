import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RecentAnswers } from '../../src/control/recent-answers.js';
import { Snapshots } from '../../src/control/snapshots.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Camera {
  readonly asked: { readonly id: string; readonly annotated: boolean; readonly at: number }[];
  readonly snapshots: Snapshots;
  /** How long a picture takes; a failure instead where `fault` is set. */
  takesMs: number;
  fault?: Error;
}

function camera(): Camera {
  const world: Camera = {
    asked: [],
    takesMs: 50,
    snapshots: new Snapshots({
      async snapshot(id, { annotated = true } = {}) {
        world.asked.push({ id, annotated, at: performance.now() });
        await new Promise((resolve) => setTimeout(resolve, world.takesMs));
        if (world.fault) throw world.fault;
        return Uint8Array.of(world.asked.length);
      },
    }),
  };
  return world;
}

const after = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('pictures of a stream', () => {
  it('are one, however many ask at once', async () => {
    const { asked, snapshots } = camera();
    const pictures = Array.from({ length: 100 }, () => snapshots.take('a'));
    await after(50);
    expect(new Set(await Promise.all(pictures)).size).toBe(1);
    expect(asked).toHaveLength(1);
  });

  it('are taken at most twice a second, of both kinds together', async () => {
    const { asked, snapshots } = camera();
    const pictures: Promise<unknown>[] = [];
    for (let i = 0; i < 100; i++) {
      pictures.push(snapshots.take('a', { annotated: i % 3 > 0 }));
      await after(50);
    }
    await after(1_000);
    await Promise.all(pictures);
    const gaps = asked.slice(1).map(({ at }, i) => at - (asked[i]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(500);
    expect(asked.length).toBeGreaterThan(8);
    expect(new Set(asked.map(({ annotated }) => annotated)).size).toBe(2);
  });

  it('are fresh again after half a second', async () => {
    const { asked, snapshots } = camera();
    const first = snapshots.take('a');
    await after(600);
    const second = snapshots.take('a');
    await after(50);
    expect(await first).not.toEqual(await second);
    expect(asked).toHaveLength(2);
  });

  it('are not held up by those of another', async () => {
    const { asked, snapshots } = camera();
    void snapshots.take('a');
    void snapshots.take('b');
    expect(asked.map(({ id, at }) => [id, at - (asked[0]?.at ?? 0)])).toEqual([
      ['a', 0],
      ['b', 0],
    ]);
    await after(50);
  });

  it('that fail, fail for all who asked, and are tried again later', async () => {
    const world = camera();
    world.fault = new Error('no picture');
    const both = Promise.allSettled([world.snapshots.take('a'), world.snapshots.take('a')]);
    await after(600);
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    delete world.fault;
    const later = world.snapshots.take('a');
    await after(50);
    expect(await later).toEqual(Uint8Array.of(2));
  });

  it('come to each as long as they want to wait for them', async () => {
    const world = camera();
    world.takesMs = 10_000;
    const told = (timeoutMs: number) =>
      world.snapshots.take('a', { timeoutMs }).then(
        () => 'picture',
        (error: { code: string }) => error.code,
      );
    const all = Promise.all([told(100), told(9_000), told(20_000)]);
    await after(10_000);
    expect(await all).toEqual(['TIMEOUT', 'TIMEOUT', 'picture']);
    expect(world.asked).toHaveLength(1);
  });
});

describe('recent answers', () => {
  it('are the same for the same id, also while there is none yet', async () => {
    let runs = 0;
    const recent = new RecentAnswers(() => 0);
    const run = async () => {
      await Promise.resolve();
      return ++runs;
    };
    expect(await Promise.all([recent.once('1', 'c', run), recent.once('1', 'c', run)])).toEqual([1, 1]);
    expect(await recent.once('1', 'c', run)).toBe(1);
    expect(await recent.once('2', 'c', run)).toBe(2);
  });

  it('are forgotten after two minutes', async () => {
    let now = 0;
    const recent = new RecentAnswers(() => now);
    const run = async () => now;
    await recent.once('1', 'c', run);
    now = 119_999;
    expect(await recent.once('1', 'c', run)).toBe(0);
    now = 120_000;
    expect(await recent.once('1', 'c', run)).toBe(120_000);
  });

  it('are at most 1024', async () => {
    const recent = new RecentAnswers(() => 0);
    for (let i = 0; i < 5_000; i++) await recent.once(String(i), 'c', async () => i);
    expect(recent.size).toBe(1024);
    expect(await recent.once('4999', 'c', async () => 'anew')).toBe(4999);
    expect(await recent.once('0', 'c', async () => 'anew')).toBe('anew');
  });

  it('are no failures', async () => {
    const recent = new RecentAnswers(() => 0);
    await expect(recent.once('1', 'c', () => Promise.reject(new Error('full')))).rejects.toThrow('full');
    expect(await recent.once('1', 'c', async () => 'done')).toBe('done');
  });
});
