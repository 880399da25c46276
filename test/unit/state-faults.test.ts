/** Every operation on the disk fails, or hangs, in turn: full, read-only, broken and slow disks. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StateStore } from '../../src/supervisor/state/store.js';
import { type Call, type Fault, FaultyFiles, filesOf, type Image } from '../support/faulty-files.js';
import {
  found,
  LAST_PATH,
  openStore,
  refusal,
  sealedState,
  settledDisk,
  stateOf,
  STATE_PATH,
} from '../support/saved-states.js';

const DEADLINE_MS = 5_000;
const FULL_OR_BROKEN = ['ENOSPC', 'EIO', 'EROFS', 'EACCES', 'EDQUOT'];

type Faults = (call: Call) => Fault | undefined;

async function generationOn(image: Image): Promise<number> {
  return (await found(image)).generation;
}

/** A disk with generation 6, opened, whose calls count from here. */
async function opened(): Promise<{ disk: FaultyFiles; store: StateStore }> {
  const disk = new FaultyFiles(settledDisk(6));
  const store = await openStore(disk, DEADLINE_MS);
  disk.calls.length = 0;
  return { disk, store };
}

/** What a write asks of the disk when nothing fails. */
async function usualCalls(): Promise<readonly Call[]> {
  const { disk, store } = await opened();
  await store.write(stateOf(7));
  return disk.calls;
}

const usual = await usualCalls();
const cases = usual.map(({ n, name, path }) => ({ n, name, path: path.replace(STATE_PATH, '…') }));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each(cases)('a write whose step $n fails, $name of $path,', ({ n }) => {
  const variants = FULL_OR_BROKEN.flatMap((code) => [
    { code },
    { code, done: 'half' as const },
    { code, done: 'all' as const },
  ]);

  it('once, is refused; the old state stays, nothing is left over, and the next one succeeds', async () => {
    for (const fault of variants) {
      const { disk, store } = await opened();
      disk.fault = (call) => (call.n === n ? fault : undefined);
      const { code, message, remedy } = await refusal(store.write(stateOf(7)));
      expect([code, message]).toEqual(['STATE_UNWRITABLE', `${STATE_PATH} cannot be written: ${fault.code}`]);
      expect(remedy).toMatch(/./);
      expect(store.state).toEqual(stateOf(6));
      expect(await generationOn(disk.image)).toBe(6);
      expect([...disk.image.names.keys()].sort()).toEqual([STATE_PATH, LAST_PATH]);
      await store.write(stateOf(8));
      expect(await generationOn(disk.image)).toBe(8);
    }
  });

  it('and all after it, is refused; once the disk has recovered the old state is there without being asked for', async () => {
    for (const fault of variants) {
      const { disk, store } = await opened();
      disk.fault = (call) => (call.n >= n ? fault : undefined);
      expect((await refusal(store.write(stateOf(7)))).code).toBe('STATE_UNWRITABLE');
      expect(store.state).toEqual(stateOf(6));
      // If the process ended now, either would be right.
      expect([6, 7]).toContain(await generationOn(disk.image));
      await vi.advanceTimersByTimeAsync(3_000);
      expect((await refusal(store.write(stateOf(8)))).code).toBe('STATE_UNWRITABLE');

      disk.fault = () => undefined;
      await vi.advanceTimersByTimeAsync(1_000);
      expect(await generationOn(disk.image)).toBe(6);
      await store.write(stateOf(9));
      expect(await generationOn(disk.image)).toBe(9);
    }
  });

  it('and hangs instead, is refused when its time is over, and so is everything else until it ends', async () => {
    const { disk, store } = await opened();
    const { hang, release } = hanging();
    disk.fault = (call) => (call.n === n ? { until: hang } : undefined);
    const first = refusal(store.write(stateOf(7)));
    const behind = refusal(store.write(stateOf(8)));
    await vi.advanceTimersByTimeAsync(DEADLINE_MS);
    expect(await first).toMatchObject({
      code: 'STATE_UNWRITABLE',
      message: `${STATE_PATH} cannot be written: the disk has not answered within 5 s`,
    });
    const busy = disk.calls.length;
    const stuck = `${STATE_PATH} cannot be written: the disk has not answered to the write before yet`;
    expect([(await behind).message, (await refusal(store.write(stateOf(9)))).message]).toEqual([
      stuck,
      stuck,
    ]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(disk.calls).toHaveLength(busy);
    expect(store.state).toEqual(stateOf(6));

    release();
    await vi.advanceTimersByTimeAsync(0);
    expect(await generationOn(disk.image)).toBe(6);
    await store.write(stateOf(10));
    expect(await generationOn(disk.image)).toBe(10);
    expect([...disk.image.names.keys()].sort()).toEqual([STATE_PATH, LAST_PATH]);
  });

  it('and hangs, then fails, leaves the old state too', async () => {
    const { disk, store } = await opened();
    const { hang, release } = hanging();
    disk.fault = (call) => (call.n === n ? { until: hang, code: 'EIO', done: 'all' } : undefined);
    const first = refusal(store.write(stateOf(7)));
    await vi.advanceTimersByTimeAsync(DEADLINE_MS);
    await first;
    release();
    await vi.advanceTimersByTimeAsync(0);
    expect(await generationOn(disk.image)).toBe(6);
    await store.write(stateOf(8));
    expect(await generationOn(disk.image)).toBe(8);
  });
});

function hanging(): { hang: Promise<void>; release: () => void } {
  let release: () => void = () => undefined;
  const hang = new Promise<void>((resolve) => (release = resolve));
  return { hang, release };
}

describe('the very first write', () => {
  it.each(['rename', 'syncFolder'] as const)('that hangs in %s leaves no file', async (name) => {
    const disk = new FaultyFiles();
    const store = await openStore(disk, DEADLINE_MS);
    const { hang, release } = hanging();
    let hangs = true;
    disk.fault = (call) => (hangs && call.name === name ? { until: hang } : undefined);
    const first = refusal(store.write(stateOf(1)));
    await vi.advanceTimersByTimeAsync(DEADLINE_MS);
    expect((await first).code).toBe('STATE_UNWRITABLE');
    hangs = false;
    release();
    await vi.advanceTimersByTimeAsync(0);
    expect(filesOf(disk.image)).toEqual({});
    await store.write(stateOf(2));
    expect(await generationOn(disk.image)).toBe(2);
  });
});

describe('a disk that hangs', () => {
  const hangs: Faults = ({ name }) => (name === 'sync' ? { until: new Promise(() => undefined) } : undefined);

  it('costs one thread for files, however many changes are asked for', async () => {
    const { disk, store } = await opened();
    disk.fault = hangs;
    const asked = Array.from({ length: 50 }, (_, n) => refusal(store.write(stateOf(n + 7))));
    await vi.advanceTimersByTimeAsync(DEADLINE_MS);
    const codes = new Set((await Promise.all(asked)).map(({ code }) => code));
    expect([...codes]).toEqual(['STATE_UNWRITABLE']);
    expect(disk.busiest).toBe(1);
  });

  it('does not hold up the end of the process', async () => {
    const { disk, store } = await opened();
    disk.fault = hangs;
    const first = refusal(store.write(stateOf(7)));
    const closing = store.close();
    await vi.advanceTimersByTimeAsync(DEADLINE_MS);
    await Promise.all([first, closing]);
    expect((await refusal(store.write(stateOf(8)))).code).toBe('STOPPED');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is told at the start', async () => {
    const disk = new FaultyFiles(settledDisk(6));
    disk.fault = ({ name }) => (name === 'read' ? { until: new Promise(() => undefined) } : undefined);
    const refused = refusal(openStore(disk, DEADLINE_MS));
    await vi.advanceTimersByTimeAsync(DEADLINE_MS);
    expect(await refused).toMatchObject({
      code: 'IO',
      message: `${STATE_PATH} cannot be read: the disk has not answered within 5 s`,
    });
  });
});

describe('a slow disk', () => {
  it('has the time a write waits for its turn counted', async () => {
    const { disk, store } = await opened();
    disk.fault = ({ name }) =>
      name === 'sync' ? { until: new Promise((resolve) => setTimeout(resolve, 2_000)) } : undefined;
    const asked = [7, 8, 9, 10].map((generation) =>
      store.write(stateOf(generation)).then(
        () => 'written',
        (error: Error) => error.message,
      ),
    );
    await vi.advanceTimersByTimeAsync(20_000);
    const late = 'the disk has not answered within 5 s';
    const told = (await Promise.all(asked)).map((text) =>
      text.replace(`${STATE_PATH} cannot be written: `, ''),
    );
    expect(told.slice(0, 3)).toEqual(['written', 'written', late]);
    expect(store.state).toEqual(stateOf(8));
    expect(await generationOn(disk.image)).toBe(8);
  });
});

describe('a disk that cannot be written', () => {
  it('is left alone after the end: the file may be of another process by then', async () => {
    const { disk, store } = await opened();
    disk.fault = ({ name }) => (name === 'syncFolder' ? { code: 'EIO' } : undefined);
    await refusal(store.write(stateOf(7)));
    await store.close();
    expect(vi.getTimerCount()).toBe(0);
    disk.fault = () => undefined;
    const next = await openStore(disk);
    await next.write(stateOf(20));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await generationOn(disk.image)).toBe(20);
  });

  it('is no reason not to start, though left-overs stay', async () => {
    const temp = `${STATE_PATH}.tmp`;
    const disk = new FaultyFiles(settledDisk(6));
    const file = await disk.create(temp);
    await file.close();
    disk.fault = ({ name }) => (name === 'unlink' ? { code: 'EROFS' } : undefined);
    const store = await openStore(disk);
    expect(store.state).toEqual(stateOf(6));
    expect(await refusal(store.write(stateOf(7)))).toMatchObject({
      message: `${STATE_PATH} cannot be written: EROFS`,
      remedy: 'mount the disk of /state for writing; one that is worn out or damaged mounts itself read-only',
    });
  });

  it('keeps a state that had to be taken from the last good copy', async () => {
    const start = settledDisk(6);
    const damaged: Image = { ...start, contents: new Map([...start.contents, [1, Buffer.from('{')]]) };
    const disk = new FaultyFiles(damaged);
    const store = await openStore(disk);
    expect(store.state).toEqual(stateOf(5));
    const before = disk.calls.length;
    disk.fault = ({ n, name }) => (n > before && name === 'syncFolder' ? { code: 'EIO' } : undefined);
    await refusal(store.write(stateOf(7)));
    expect(filesOf(disk.image)[LAST_PATH]).toBe(sealedState(stateOf(5)));
    disk.fault = () => undefined;
    await store.write(stateOf(8));
    expect(filesOf(disk.image)).toEqual({
      [STATE_PATH]: sealedState(stateOf(8)),
      [LAST_PATH]: sealedState(stateOf(5)),
    });
  });
});
