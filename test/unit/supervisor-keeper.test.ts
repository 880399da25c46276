/** One pipeline, kept playing: workers in memory that play, crash, hang and do not start, on a clock of the test's. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ErrorCode, ERRORS, WeirError } from '../../src/spec/index.js';
import { pauseAfter, RESET_MS } from '../../src/supervisor/restart-policy.js';
import type { FakeChild } from '../support/fake-child.js';
import { cameraJson, holdClock, keep, type Kept, quiet, reached } from '../support/fake-child-keeper.js';

const CAMERAS = [cameraJson('a'), cameraJson('b')];

beforeEach(() => {
  holdClock();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Its worker of now. */
const now = ({ children }: Kept): FakeChild => children.of('yard');

async function playing(streams = CAMERAS, more: object = {}): Promise<Kept> {
  const kept = await keep(streams, more);
  await kept.state('playing');
  return kept;
}

/** The worker after this one plays. */
async function replaced(kept: Kept, child: FakeChild): Promise<FakeChild> {
  await reached('another worker plays', () => now(kept) !== child && kept.keeper.state === 'playing');
  return now(kept);
}

/** How long the pipeline waits; undefined where it has a worker again without waiting. */
async function pauseOf(kept: Kept, child: FakeChild): Promise<number | undefined> {
  await reached('it waits or starts', () => {
    return kept.keeper.view().nextStartAt !== undefined || now(kept) !== child;
  });
  const { nextStartAt } = kept.keeper.view();
  return nextStartAt === undefined ? undefined : (Date.parse(nextStartAt) - Date.now()) / 1000;
}

/** The worker is killed, which is no stream's fault; resolves when the next plays, with the pause and the state in it. */
async function endOnce(kept: Kept): Promise<readonly [seconds: number, state: string]> {
  const child = now(kept);
  child.crash({ signal: 'SIGKILL' });
  const seconds = (await pauseOf(kept, child)) ?? 0;
  const { state } = kept.keeper;
  await vi.advanceTimersByTimeAsync(seconds * 1_000);
  await replaced(kept, child);
  return [seconds, seconds === 0 ? 'starting' : state];
}

describe('the pause before the next start', () => {
  it('is none at first and doubles from 1 s to 60 s; from the fifth end in a row the pipeline is failed', async () => {
    await using kept = await playing();
    const seen: unknown[] = [];
    for (let end = 1; end <= 9; end++) {
      seen.push(await endOnce(kept));
    }
    const waiting = [1, 2, 4].map((s) => [s, 'waiting']);
    const failed = [8, 16, 32, 60, 60].map((s) => [s, 'failed']);
    expect(seen).toEqual([[0, 'starting'], ...waiting, ...failed]);
    expect(kept.keeper.restarts.crash).toBe(9);
  });

  it('is as long as the policy says and not a moment less', async () => {
    await using kept = await playing();
    await endOnce(kept);
    const child = now(kept);
    child.crash({ signal: 'SIGKILL' });
    await pauseOf(kept, child);
    await vi.advanceTimersByTimeAsync(999);
    await quiet();
    expect(now(kept)).toBe(child);
    await vi.advanceTimersByTimeAsync(1);
    await replaced(kept, child);
  });

  it('varies by a tenth, so that not all pipelines of a machine start at once', () => {
    for (const [random, factor] of [
      [0, 0.9],
      [0.5, 1],
      [0.999_999_9, 1.1],
    ] as const) {
      expect(pauseAfter(2, undefined, random).ms).toBe(Math.round(1_000 * factor));
      expect(pauseAfter(50, undefined, random).ms).toBe(Math.round(60_000 * factor));
    }
  });

  it.each([
    ['played for ten minutes', RESET_MS, 0],
    ['played for less', RESET_MS - 1, 4],
  ])('begins anew where the worker %s', async (_what, playedMs, seconds) => {
    await using kept = await playing();
    for (let end = 1; end <= 3; end++) await endOnce(kept);
    await vi.advanceTimersByTimeAsync(playedMs);
    expect((await endOnce(kept))[0]).toBe(seconds);
  });

  it('is none for the first end after an operator has restarted the pipeline', async () => {
    await using kept = await playing();
    for (let end = 1; end <= 3; end++) await endOnce(kept);
    await kept.keeper.restart('somebody asked for it');
    expect((await endOnce(kept))[0]).toBe(0);
  });

  const NEEDS_CHANGE: readonly ErrorCode[] = [
    ...(['CONFIG_INVALID', 'CONFIG_UNSAFE', 'ELEMENT_MISSING', 'FILE_UNTRUSTED', 'GRAPH_INVALID'] as const),
    ...(['ENGINE_MISSING', 'ENGINE_STALE', 'ENGINE_UNSUPPORTED'] as const),
    ...(['MODEL_CORRUPT', 'MODEL_INVALID', 'MODEL_MISSING', 'NATIVE_MISSING', 'SECRET_UNAVAILABLE'] as const),
  ];

  it('is a minute from the first failure on where somebody has to change something', () => {
    const codes = Object.keys(ERRORS) as ErrorCode[];
    const hopeless = codes.filter((code) => pauseAfter(1, code, 0.5).ms === 60_000);
    expect(hopeless.sort()).toEqual([...NEEDS_CHANGE].sort());
    for (const code of hopeless) expect(pauseAfter(1, code, 0.5).state).toBe('failed');
    const others = codes.filter((code) => !hopeless.includes(code));
    for (const code of others) expect(pauseAfter(1, code, 0.5)).toEqual({ state: 'waiting', ms: 0 });
  });
});

describe('a first start', () => {
  it('that fails tells why, and is tried again', async () => {
    await using kept = await keep(CAMERAS);
    kept.children.arrival = (child) => child.fail('ELEMENT_MISSING', 'no element "nvinfer"');
    expect(await kept.keeper.started).toMatchObject({
      code: 'ELEMENT_MISSING',
      message: 'pipeline "yard": no element "nvinfer"',
    });
    await kept.state('failed');
    expect(kept.keeper.view()).toMatchObject({
      restarts: { 'start-failed': 1 },
      lastEnd: { why: 'start-failed', message: 'no element "nvinfer"' },
    });
    kept.children.arrival = (child) => child.play();
    await vi.advanceTimersByTimeAsync(60_000);
    await kept.state('playing');
  });

  it('without the model tries no worker, until the model is there', async () => {
    await using kept = await keep(CAMERAS);
    rmSync(join(kept.dir, 'tiny.onnx'));
    expect(await kept.keeper.started).toMatchObject({ code: 'MODEL_MISSING' });
    await kept.state('failed');
    expect(kept.children.all).toEqual([]);
  });

  it('that succeeds says so', async () => {
    await using kept = await keep(CAMERAS);
    expect(await kept.keeper.started).toBeUndefined();
    expect(kept.keeper.state).toBe('playing');
  });

  it('is told the streams that are wanted, and no other pipeline', async () => {
    await using kept = await playing();
    const { start } = now(kept).options;
    expect(start).toMatchObject({ type: 'start', pipeline: 'yard', logLevel: 'info', hideMemory: true });
    expect(start.spec.pipelines.map(({ id, streams }) => [id, streams.map((each) => each.id)])).toEqual([
      ['yard', ['a', 'b']],
    ]);
  });

  it('that takes long ends with what is wanted then, not with what was wanted at first', async () => {
    await using kept = await keep(CAMERAS);
    kept.want([cameraJson('a'), cameraJson('c')], { slots: 7 });
    await kept.state('playing');
    expect(now(kept).streams).toEqual(['a', 'c']);
    expect(now(kept).options.start.spec.pipelines[0]?.slots).toBe(7);
  });

  it('whose folder cannot be written to is a failure of this start only', async () => {
    await using kept = await keep(CAMERAS);
    rmSync(kept.dir, { recursive: true });
    expect(await kept.keeper.started).toMatchObject({ code: expect.stringMatching(/^(IO|MODEL_MISSING)$/) });
    expect(['waiting', 'failed']).toContain(kept.keeper.state);
  });
});

describe('wishes about streams', () => {
  it('are carried out at once while the pipeline plays', async () => {
    await using kept = await playing();
    kept.want([...CAMERAS, cameraJson('c')]);
    expect(await kept.keeper.settle('c')).toMatchObject({ pending: false, change: { changed: true } });
    kept.want([cameraJson('a', { fps: 5 }), cameraJson('c')]);
    expect(await kept.keeper.settle('a')).toMatchObject({ pending: false, change: { changed: true } });
    expect(await kept.keeper.settle('b')).toMatchObject({
      change: { stream: { id: 'b', state: 'stopped' } },
    });
    expect(now(kept).calls).toEqual(['add c', 'update a', 'remove b']);
  });

  it('that are met already ask the worker for nothing', async () => {
    await using kept = await playing();
    expect(await kept.keeper.settle('a')).toEqual({ pending: false });
    expect(await kept.keeper.settle('nobody')).toEqual({ pending: false });
    expect(now(kept).calls).toEqual([]);
  });

  it('made while the pipeline is down wait, and are carried out when it plays', async () => {
    await using kept = await playing();
    const first = now(kept);
    kept.children.arrival = () => undefined;
    first.crash();
    await reached('a worker starts', () => now(kept) !== first);
    kept.want([cameraJson('b', { fps: 5 }), cameraJson('c')]);
    for (const id of ['a', 'b', 'c']) expect(await kept.keeper.settle(id)).toEqual({ pending: true });
    now(kept).play();
    await reached('all are carried out', () => now(kept).streams.join() === 'b,c');
    expect(now(kept).told('b')?.fps).toBe(5);
    expect(kept.children.mistakes).toEqual([]);
  });

  it('that the worker has not answered when it dies are pending, and the next worker knows them', async () => {
    await using kept = await playing();
    const first = now(kept);
    first.hang();
    kept.want([cameraJson('a', { fps: 5 }), cameraJson('c')]);
    const asked = ['a', 'b', 'c'].map((id) => kept.keeper.settle(id));
    const restarted = kept.keeper.reconnect('a');
    await reached('the worker was asked', () => first.calls.length >= 3);
    first.giveUp();
    expect(await Promise.all([...asked, restarted])).toEqual(Array(4).fill({ pending: true }));
    const second = await replaced(kept, first);
    expect(second.streams).toEqual(['a', 'c']);
    expect(second.told('a')?.fps).toBe(5);
    expect(second.calls).toEqual([]);
  });

  it('that the worker never answers are pending after 20 s', async () => {
    await using kept = await playing();
    now(kept).hang();
    kept.want([...CAMERAS, cameraJson('c')]);
    const asked = kept.keeper.settle('c');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await asked).toEqual({ pending: true });
  });

  it('about a stream whose last change is still under way wait for it, whatever it comes to', async () => {
    await using kept = await playing();
    const child = now(kept);
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    child.pause = () => gate;
    kept.want([...CAMERAS, cameraJson('c')]);
    const slow = kept.keeper.settle('c');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await slow).toEqual({ pending: true });
    kept.want(CAMERAS);
    const removed = kept.keeper.settle('c');
    open();
    expect(await removed).toMatchObject({ pending: false, change: { changed: true } });
    expect(child.streams).toEqual(['a', 'b']);
    expect(child.calls).toEqual(['add c', 'remove c']);
  });

  it('about one stream are carried out in order, about others beside each other', async () => {
    await using kept = await playing();
    const child = now(kept);
    const under: string[] = [];
    child.pause = async (call) => {
      under.push(call);
      await quiet();
    };
    kept.want([cameraJson('a', { fps: 5 }), cameraJson('b', { fps: 5 })]);
    const first = [kept.keeper.settle('a'), kept.keeper.settle('b')];
    kept.want([]);
    const second = [kept.keeper.settle('a'), kept.keeper.settle('b')];
    expect(under).toEqual(['update a', 'update b']);
    await Promise.all([...first, ...second]);
    expect(under).toEqual(['update a', 'update b', 'remove a', 'remove b']);
  });

  it('for a slot that another stream is to leave wait until it has', async () => {
    await using kept = await playing(CAMERAS, { slots: 2 });
    const child = now(kept);
    child.pause = (call) => (call === 'restart a' ? quiet(30) : Promise.resolve());
    const busy = kept.keeper.reconnect('a');
    await quiet(2);
    kept.want([cameraJson('b'), cameraJson('c')]);
    // Behind the reconnection of the same stream.
    const leaves = kept.keeper.settle('a');
    const comes = kept.keeper.settle('c');
    expect(await comes).toMatchObject({ pending: false, change: { changed: true } });
    await Promise.all([busy, leaves]);
    expect(child.streams).toEqual(['b', 'c']);
    expect(kept.children.mistakes).toEqual([]);
  });

  it('for a slot that was promised to a stream which has not come yet and is to leave again wait for that too', async () => {
    await using kept = await playing(CAMERAS, { slots: 3 });
    const child = now(kept);
    child.pause = (call) => (call === 'add c' ? quiet(30) : Promise.resolve());
    kept.want([...CAMERAS, cameraJson('c')]);
    const comes = kept.keeper.settle('c');
    await quiet(1);
    kept.want([...CAMERAS, cameraJson('d')]);
    const leaves = kept.keeper.settle('c');
    expect(await kept.keeper.settle('d')).toMatchObject({ pending: false });
    await Promise.all([comes, leaves]);
    expect(child.calls).toEqual(['add c', 'remove c', 'add d']);
    expect(kept.children.mistakes).toEqual([]);
  });

  it('that the worker refuses are told, and leave what was before', async () => {
    await using kept = await playing();
    now(kept).refuse = (call) => (call === 'add c' ? new WeirError('INTERNAL', 'no') : undefined);
    kept.want([...CAMERAS, cameraJson('c')]);
    await expect(kept.keeper.settle('c')).rejects.toMatchObject({ code: 'INTERNAL' });
    now(kept).refuse = () => undefined;
    expect(await kept.keeper.settle('c')).toMatchObject({ pending: false, change: { changed: true } });
  });

  it('to reconnect one that has just been changed connect it once', async () => {
    await using kept = await playing();
    kept.want([cameraJson('a', { fps: 5 }), cameraJson('b')]);
    expect(await kept.keeper.reconnect('a')).toMatchObject({ pending: false });
    expect(await kept.keeper.reconnect('b')).toMatchObject({ pending: false });
    expect(now(kept).calls).toEqual(['update a', 'restart b']);
  });
});

describe('a restart', () => {
  it('replaces the worker of a pipeline that plays', async () => {
    await using kept = await playing();
    const first = now(kept);
    expect(await kept.keeper.restart('somebody asked for it')).toBeUndefined();
    expect(now(kept)).not.toBe(first);
    expect(kept.keeper.view()).toMatchObject({ state: 'playing', restarts: { restart: 1 } });
    // Nothing is wrong with it.
    expect(kept.keeper.view().lastEnd).toBeUndefined();
    expect(kept.notices).toEqual([]);
  });

  it('of one that starts begins anew', async () => {
    await using kept = await keep(CAMERAS);
    kept.children.arrival = () => undefined;
    await reached('a worker starts', () => kept.children.all.length === 1);
    kept.children.arrival = (child) => child.play();
    expect(await kept.keeper.restart('somebody asked for it')).toBeUndefined();
    expect(kept.children.all).toHaveLength(2);
  });

  it('of one whose model is being verified is that start', async () => {
    await using kept = await keep(CAMERAS);
    expect(await kept.keeper.restart('somebody asked for it')).toBeUndefined();
    expect(kept.children.all).toHaveLength(1);
  });

  it('of one that waits starts it at once', async () => {
    await using kept = await playing();
    for (let end = 1; end <= 2; end++) {
      const child = now(kept);
      child.crash();
      await pauseOf(kept, child);
    }
    expect(kept.keeper.state).toBe('waiting');
    expect(await kept.keeper.restart('somebody asked for it')).toBeUndefined();
    expect(kept.keeper.state).toBe('playing');
  });

  it('that was asked for twice is one, and both are told that it plays', async () => {
    await using kept = await playing();
    const first = now(kept);
    first.stubborn = true;
    const both = [kept.keeper.restart('one asked for it'), kept.keeper.restart('another did')];
    await quiet();
    first.kill();
    expect(await Promise.all(both)).toEqual([undefined, undefined]);
    expect(kept.children.all).toHaveLength(2);
  });

  it('that another one follows before the worker plays is told how that one ends', async () => {
    await using kept = await playing();
    kept.children.arrival = () => undefined;
    const one = kept.keeper.restart('one asked for it');
    await reached('a worker starts', () => kept.children.all.length === 2);
    const other = kept.keeper.restart('another did');
    kept.children.arrival = (child) => child.play();
    expect(await Promise.all([one, other])).toEqual([undefined, undefined]);
    expect(kept.children.all).toHaveLength(3);
  });

  it('tells why the new worker does not play', async () => {
    await using kept = await playing();
    kept.children.arrival = (child) => child.fail('MODEL_INVALID', 'it has no outputs');
    expect(await kept.keeper.restart('somebody asked for it')).toMatchObject({
      code: 'MODEL_INVALID',
      message: 'pipeline "yard": it has no outputs',
    });
  });

  it('is not taken for done where the worker that is to go plays after all', async () => {
    await using kept = await keep(CAMERAS);
    kept.children.arrival = () => undefined;
    await reached('a worker starts', () => kept.children.all.length === 1);
    const first = now(kept);
    first.stubborn = true;
    const restarted = kept.keeper.restart('somebody asked for it');
    first.play();
    await quiet();
    expect(kept.keeper.state).toBe('waiting');
    kept.children.arrival = (child) => child.play();
    first.kill();
    expect(await restarted).toBeUndefined();
    expect(now(kept)).not.toBe(first);
  });
});

describe('a stop', () => {
  const WHEN: Readonly<Record<string, (kept: Kept) => Promise<void>>> = {
    'that plays': (kept) => kept.state('playing'),
    'whose model is being verified': async () => undefined,
    'that starts': async (kept) => {
      kept.children.arrival = () => undefined;
      await reached('a worker starts', () => kept.children.all.length === 1);
    },
    'whose worker is about to be started': async (kept) => {
      await reached('its model is verified', () => kept.children.all.length === 1);
    },
    'that waits': async (kept) => {
      kept.children.arrival = (child) => child.fail('MODEL_INVALID', 'no');
      await kept.state('failed');
    },
    'whose worker hangs': async (kept) => {
      await kept.state('playing');
      now(kept).hang();
    },
  };

  it.each(Object.keys(WHEN))('of a pipeline %s leaves no worker', async (when) => {
    await using kept = await keep(CAMERAS);
    await WHEN[when]?.(kept);
    await kept.keeper.stop();
    expect(kept.children.all.filter(({ over }) => !over)).toEqual([]);
    expect(kept.keeper.state).toBe('stopping');
    // Whoever waits for the first start is told how it ended.
    await kept.keeper.started;
    await vi.advanceTimersByTimeAsync(120_000);
    await quiet();
    expect(kept.children.all.filter(({ over }) => !over)).toEqual([]);
  });

  it('is safe twice, and whoever asks for an outcome or a restart afterwards is told at once', async () => {
    await using kept = await playing();
    await Promise.all([kept.keeper.stop(), kept.keeper.stop()]);
    expect(await kept.keeper.restart('somebody asked for it')).toMatchObject({ code: 'STOPPED' });
    expect(await kept.keeper.settle('a')).toEqual({ pending: true });
    expect(kept.children.all).toHaveLength(1);
  });

  it('between the look at the model and the start of the worker starts none', async () => {
    await using kept = await keep(CAMERAS);
    const { prepare } = kept.lastWords;
    let stopped: Promise<void> | undefined;
    kept.lastWords.prepare = async () => {
      stopped = kept.keeper.stop();
      await prepare.call(kept.lastWords);
    };
    await reached('it was stopped', () => stopped !== undefined);
    await stopped;
    expect(kept.children.all).toEqual([]);
  });
});

describe('memory', () => {
  /** Beats come twice a second. */
  async function weigh(kept: Kept, ...mib: readonly number[]): Promise<void> {
    for (const each of mib) {
      now(kept).weigh(each);
      await vi.advanceTimersByTimeAsync(500);
    }
  }

  it('above the limit twice in a row has the worker replaced, and says how many streams would fit', async () => {
    await using kept = await playing([...CAMERAS, cameraJson('c')], { memoryLimitMb: 600 });
    const first = now(kept);
    await weigh(kept, 500, 800, 500, 900);
    expect(first.calls).toEqual([]);
    await weigh(kept, 900);
    await replaced(kept, first);
    expect(kept.keeper.view()).toMatchObject({
      restarts: { memory: 1 },
      lastEnd: {
        why: 'memory',
        message: '900 MiB of memory with 3 streams, the limit is 600 MiB: about 2 would fit',
      },
    });
  });

  it('that one beat told counts once, however late the next comes', async () => {
    await using kept = await playing(CAMERAS, { memoryLimitMb: 600 });
    now(kept).weigh(900);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(now(kept).calls).toEqual([]);
  });

  it('has the limit that is wanted now', async () => {
    await using kept = await playing(CAMERAS);
    const first = now(kept);
    await weigh(kept, 900, 900, 900);
    expect(first.calls).toEqual([]);
    kept.want(CAMERAS, { memoryLimitMb: 600 });
    await weigh(kept, 900, 900);
    await replaced(kept, first);
    expect(kept.keeper.view()).toMatchObject({ memoryLimitBytes: 600 * 1024 ** 2, restarts: { memory: 1 } });
  });
});

describe('turns of the handshake budget', () => {
  /** More than the budget has. */
  const TURNS = Array.from({ length: 12 }, (_, turn) => turn);

  it('of a worker that dies are given back, those it holds and those it waits for', async () => {
    await using kept = await playing();
    const other = kept.turns.open();
    const first = now(kept);
    const granted: string[] = [];
    for (const turn of TURNS) first.options.onTurn(turn, true, () => granted.push(`first ${turn}`));
    await quiet();
    const held = granted.length;
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(TURNS.length);
    for (const turn of TURNS.slice(0, held)) other.ask(turn, true, () => granted.push(`other ${turn}`));
    await quiet();
    expect(granted).toHaveLength(held);
    first.crash();
    await reached('the other has them', () => granted.length === 2 * held);
    expect(granted.slice(held)).toEqual(TURNS.slice(0, held).map((turn) => `other ${turn}`));
  });

  it('that a dead worker is heard to ask for are not given', async () => {
    await using kept = await playing();
    const first = now(kept);
    first.crash();
    await replaced(kept, first);
    const granted: number[] = [];
    for (const turn of TURNS) first.options.onTurn(turn, true, () => granted.push(turn));
    await quiet();
    expect(granted).toEqual([]);
    const other = kept.turns.open();
    other.ask(1, true, () => granted.push(-1));
    await quiet();
    expect(granted).toEqual([-1]);
  });
});

describe('a stream that kills its worker', () => {
  /** It crashes the worker; resolves when the next one plays. */
  async function crash(kept: Kept, how: Parameters<FakeChild['crash']>[0] = {}): Promise<FakeChild> {
    const child = now(kept);
    child.crash(how);
    await pauseOf(kept, child);
    await vi.advanceTimersByTimeAsync(60_000);
    return replaced(kept, child);
  }

  it('three times within five minutes, as the breadcrumb says, is quarantined, and is not started again', async () => {
    await using kept = await playing();
    await crash(kept, { at: 'b' });
    await crash(kept, { at: 'b' });
    expect(kept.guilty).toEqual([]);
    const last = await crash(kept, { at: 'b' });
    expect(kept.guilty).toEqual(['b']);
    expect(last.streams).toEqual(['a']);
    expect(kept.keeper.view().lastEnd?.message).toBe(
      'its process ended (SIGSEGV), SIGSEGV in thread queue0:src at decode of stream "b"',
    );
  });

  it('is not started while its quarantine is being written', async () => {
    let written = (): void => undefined;
    const writing = new Promise<void>((resolve) => (written = resolve));
    await using kept = await keep(CAMERAS, {}, { onGuilty: () => writing });
    await kept.state('playing');
    for (let time = 0; time < 3; time++) await crash(kept, { at: 'b' });
    expect(now(kept).streams).toEqual(['a']);
    kept.quarantined.add('b');
    written();
    await quiet();
    expect(now(kept).streams).toEqual(['a']);
    expect(now(kept).calls).toEqual([]);
  });

  it('is left out too where its quarantine could not be written', async () => {
    const refused = (id: string) => {
      kept.quarantined.add(id);
      return Promise.reject(new Error('no space'));
    };
    await using kept: Kept = await keep(CAMERAS, {}, { onGuilty: refused });
    await kept.state('playing');
    for (let time = 0; time < 3; time++) await crash(kept, { at: 'b' });
    expect(now(kept).streams).toEqual(['a']);
    expect(kept.notices).toContain('the quarantine of stream "b" is not written down: no space');
  });

  it('runs again when its quarantine has ended', async () => {
    await using kept = await playing();
    for (let time = 0; time < 3; time++) await crash(kept, { at: 'b' });
    kept.quarantined.delete('b');
    expect(await kept.keeper.reconnect('b')).toMatchObject({ pending: false, change: { changed: true } });
    expect(now(kept).streams).toEqual(['a', 'b']);
  });

  it('without a breadcrumb is found by letting groups run, and stays out from the moment it is found', async () => {
    const cameras = ['a', 'b', 'c', 'd'].map((id) => cameraJson(id));
    await using kept = await playing(cameras);
    const ran: string[] = [];
    for (let round = 0; kept.guilty.length === 0 && round < 30; round++) {
      const child = now(kept);
      ran.push(child.streams.join(''));
      if (child.streams.includes('c')) await crash(kept);
      else {
        await vi.advanceTimersByTimeAsync(200_000);
        await quiet();
      }
    }
    expect(kept.guilty).toEqual(['c']);
    expect(ran.slice(0, 4)).toEqual(['abcd', 'abcd', 'abcd', 'ab']);
    await vi.advanceTimersByTimeAsync(400_000);
    await reached('the others run', () => now(kept).streams.join('') === 'abd');
    const started = kept.children.all.slice(-1).flatMap(({ calls }) => calls);
    expect(started).not.toContain('add c');
  });

  it('held back for a trial is pending, not forgotten', async () => {
    await using kept = await playing();
    for (let time = 0; time < 3; time++) await crash(kept);
    expect(now(kept).streams).toEqual(['a']);
    expect(await kept.keeper.settle('b')).toEqual({ pending: true });
    kept.want([...CAMERAS, cameraJson('c')]);
    expect(await kept.keeper.settle('c')).toMatchObject({ pending: false });
    await vi.advanceTimersByTimeAsync(200_000);
    await reached('all run', () => now(kept).streams.join('') === 'abc');
    expect(kept.guilty).toEqual([]);
  });

  it.each([
    ['another process killed it', { signal: 'SIGKILL' }],
    ['another process sent the signal', { sent: true }],
    ['it was told to end', { signal: 'SIGTERM' }],
  ] as const)('is not suspected where %s', async (_why, how) => {
    await using kept = await playing();
    for (let time = 0; time < 6; time++) await crash(kept, how);
    expect(kept.guilty).toEqual([]);
    expect(now(kept).streams).toEqual(['a', 'b']);
  });
});

describe('what is said of a pipeline', () => {
  it('follows its states', async () => {
    await using kept = await playing();
    const child = now(kept);
    child.crash();
    await replaced(kept, child);
    now(kept).crash();
    await pauseOf(kept, now(kept));
    await vi.advanceTimersByTimeAsync(1_000);
    await kept.state('playing');
    await kept.keeper.stop();
    expect(kept.states.filter((state, i) => state !== kept.states[i - 1])).toEqual([
      ...[
        'starting',
        'playing',
        'waiting',
        'starting',
        'playing',
        'waiting',
        'starting',
        'playing',
        'stopping',
      ],
    ]);
  });

  it('is that it waits from the moment its worker is not to be relied on', async () => {
    await using kept = await playing();
    now(kept).stubborn = true;
    void kept.keeper.restart('somebody asked for it');
    expect(kept.keeper.state).toBe('waiting');
    expect(await kept.keeper.settle('a')).toEqual({ pending: true });
    expect(await kept.keeper.status()).toBeUndefined();
    await expect(kept.keeper.snapshot('a', {})).rejects.toMatchObject({ code: 'NO_PICTURE' });
    now(kept).kill();
  });

  it('is what a worker that does not answer said last', async () => {
    await using kept = await playing();
    expect(await kept.keeper.status()).toMatchObject({ pipeline: 'yard' });
    now(kept).hang();
    const asked = kept.keeper.status();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await asked).toMatchObject({ pipeline: 'yard' });
    const usage = kept.keeper.usage();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await usage).toBeUndefined();
  });

  it('of a stream is what the worker of now says, and nothing while there is none', async () => {
    await using kept = await playing();
    const child = now(kept);
    child.say('a', { state: 'stalled' });
    expect(kept.keeper.row('a')).toMatchObject({ state: 'stalled' });
    kept.children.arrival = () => undefined;
    child.crash();
    await reached('a worker starts', () => now(kept) !== child);
    expect(kept.keeper.row('a')).toBeUndefined();
    child.say('a', { state: 'live' });
    expect(kept.keeper.row('a')).toBeUndefined();
    now(kept).play();
    await kept.state('playing');
    expect(kept.keeper.row('a')).toMatchObject({ state: 'live' });
    kept.want([cameraJson('b')]);
    await kept.keeper.settle('a');
    expect(kept.keeper.row('a')).toBeUndefined();
  });
});
