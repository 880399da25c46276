/** Events on disk: what a process leaves, the next one finds, whatever happened to the disk in between. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemSpoolFiles } from '../../src/sinks/spool/files.js';
import { encode } from '../../src/sinks/spool/records.js';
import {
  EMPTY_DISK,
  everyByte,
  FaultyFiles,
  fewCuts,
  fingerprint,
  survivors,
} from '../support/faulty-files.js';
import { root } from '../support/paths.js';
import { Running } from '../support/process.js';
import { drained, event, ids, openSpool, SPOOL_FOLDER } from '../support/spool-disk.js';
import { tempDir } from '../support/temp.js';
import { until } from '../support/wait.js';

const numbers = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** Nothing is under way on the disk, and all is durable. */
async function quiet(disk: FaultyFiles): Promise<void> {
  let before = -1;
  const same = () => {
    const is = disk.calls.length === before;
    before = disk.calls.length;
    return is;
  };
  await until('the disk is quiet', same, { everyMs: 5 });
}

describe('a spool', () => {
  it('gives events in order, and once more after a rewind, until they are settled', async () => {
    const disk = new FaultyFiles();
    const { spool } = openSpool(disk);
    for (const n of numbers(1, 7)) spool.append(event(n));
    const all = await drained(spool);
    expect(ids(all)).toEqual(numbers(1, 7));
    for (const entry of all.slice(0, 3)) spool.settle(entry, entry.n);
    const [fifth] = all.slice(4);
    if (fifth) spool.settle(fifth, 5);
    expect(ids(await drained(spool))).toEqual([4, 6, 7]);
    expect(spool).toMatchObject({ waiting: 3, seq: 3 });
    await spool.close();
  });

  it('leaves to the next process what was not settled', async () => {
    const disk = new FaultyFiles();
    const { spool: first } = openSpool(disk);
    for (const n of numbers(1, 9)) first.append(event(n));
    for (const entry of (await drained(first)).slice(0, 4)) first.settle(entry, 40 + entry.n);
    await first.close();
    const { spool: second } = openSpool(new FaultyFiles(disk.image));
    second.append(event(10));
    expect(ids(await drained(second))).toEqual(numbers(5, 10));
    expect(second).toMatchObject({ waiting: 6, seq: 44 });
    await second.close();
  });

  it('reads from disk what is too much for its memory, in order', async () => {
    const disk = new FaultyFiles();
    const { spool } = openSpool(disk, { maxInMemory: 1_200, maxBytes: 16 * 1024 * 1024 });
    for (let n = 1; n <= 6_000; n++) {
      spool.append(event(n));
      if (n % 500 === 0) await quiet(disk);
    }
    expect(ids(await drained(spool))).toEqual(numbers(1, 6_000));
    expect(spool.counts.dropped).toEqual({ full: 0, memory: 0, damaged: 0 });
    await spool.close();
  });

  it('takes away the files of settled events', async () => {
    const disk = new FaultyFiles();
    const { spool } = openSpool(disk, { maxBytes: 8 * 1024 });
    for (let n = 1; n <= 200; n++) {
      spool.append(event(n, 100));
      for (const entry of await spool.next(10)) spool.settle(entry, entry.n);
      if (n % 10 === 0) await quiet(disk);
    }
    expect(disk.image.names.size).toBeLessThanOrEqual(2);
    expect(spool.counts.dropped.full).toBe(0);
    await spool.close();
  });

  it('drops the oldest file when it is full, and counts its events', async () => {
    const disk = new FaultyFiles();
    const { spool } = openSpool(disk, { maxBytes: 8 * 1024 });
    for (let n = 1; n <= 200; n++) {
      spool.append(event(n, 100));
      if (n % 5 === 0) await quiet(disk);
    }
    const left = ids(await drained(spool));
    expect(left).toEqual(numbers(201 - left.length, 200));
    expect(spool.counts.dropped.full).toBe(200 - left.length);
    expect(left.length).toBeGreaterThan(20);
    expect(spool.bytes).toBeLessThanOrEqual(8 * 1024);
    await spool.close();
  });

  it('gives what is behind a damaged place of an earlier file up, counts it, and goes on', async () => {
    const disk = new FaultyFiles();
    const { spool } = openSpool(disk, { maxBytes: 8 * 1024 });
    for (let n = 1; n <= 30; n++) {
      spool.append(event(n, 100));
      await quiet(disk);
    }
    await spool.close();
    const [file] = [...disk.image.contents.values()];
    file?.writeUInt8((file.readUInt8(300) ^ 0xff) & 0xff, 300);
    const { spool: second } = openSpool(new FaultyFiles(disk.image));
    const left = ids(await drained(second));
    expect(left.at(-1)).toBe(30);
    expect(left).toEqual([...left].sort((a, b) => a - b));
    expect(second.counts.dropped.damaged).toBeGreaterThan(0);
    await second.close();
  });
});

describe('a disk that fails', () => {
  it.each([
    ['ENOSPC', 'the disk is full'],
    ['EROFS', 'the disk is mounted read-only'],
    ['EIO', 'the disk has failed'],
  ])('%s is told in words; events wait in memory, and are written when it is over', async (code, words) => {
    const disk = new FaultyFiles();
    const { spool, problems } = openSpool(disk);
    spool.append(event(1));
    await quiet(disk);
    disk.fault = ({ name }) =>
      name === 'write' || name === 'sync' || name === 'create' ? { code, done: 'half' } : undefined;
    for (const n of numbers(2, 6)) spool.append(event(n));
    await until('it is told', () => problems.includes(words));
    expect(ids(await drained(spool))).toEqual(numbers(1, 6));
    disk.fault = () => undefined;
    await until('it is over', () => problems.at(-1) === undefined);
    await quiet(disk);
    await spool.close();
    const { spool: second } = openSpool(new FaultyFiles(disk.image));
    expect(ids(await drained(second))).toEqual(numbers(1, 6));
    await second.close();
  });

  it('that hangs is told, holds up nobody, and memory is bounded: the oldest go, counted', async () => {
    const disk = new FaultyFiles();
    const { spool, problems } = openSpool(disk, { maxInMemory: 50 });
    let release = () => {};
    const until30 = new Promise<void>((resolve) => {
      release = resolve;
    });
    disk.fault = ({ name }) => (name === 'sync' ? { until: until30 } : undefined);
    spool.append(event(1));
    await until('it is told', () => problems.some((each) => /fsync has taken/.test(each ?? '')));
    for (const n of numbers(2, 80)) spool.append(event(n));
    expect(ids(await drained(spool))).toEqual(numbers(31, 80));
    expect(spool.counts.dropped.memory).toBe(30);
    release();
    await until('it is over', () => problems.at(-1) === undefined);
    await spool.close();
  });

  it('at the start too: what an earlier process left is found when it can be read', async () => {
    const disk = new FaultyFiles();
    const { spool: first } = openSpool(disk);
    for (const n of numbers(1, 3)) first.append(event(n));
    await first.close();
    const later = new FaultyFiles(disk.image);
    later.fault = ({ name }) => (name === 'read' ? { code: 'EACCES' } : undefined);
    const { spool } = openSpool(later);
    spool.append(event(4));
    expect(ids(await drained(spool))).toEqual([4]);
    later.fault = () => undefined;
    await until('it was read', () => spool.waiting === 4);
    expect(ids(await drained(spool))).toEqual([1, 2, 3, 4]);
    await spool.close();
  });
});

describe('the power fails after any operation, and within any write', () => {
  it('what was durable and not settled is there, in order, once; and nothing that never was', async () => {
    const disk = new FaultyFiles();
    const { spool } = openSpool(disk, { maxBytes: 4 * 1024 });
    /** From operation `from` on these are durable. */
    const marks: { from: number; durable: number[]; last: number }[] = [{ from: 0, durable: [], last: 0 }];
    let settled = 0;
    for (let n = 1; n <= 9; n++) {
      const before = disk.journal.length;
      spool.append(event(n, 200));
      if (n % 3 === 0) for (const entry of (await drained(spool)).slice(0, 2)) spool.settle(entry, ++settled);
      // Those that are settled from now on need not be there any more.
      marks.push({ from: before, durable: numbers(settled + 1, Math.max(settled, n - 1)), last: n });
      await quiet(disk);
      marks.push({ from: disk.journal.length, durable: numbers(settled + 1, n), last: n });
    }
    await spool.close();
    const seen = new Set<string>();
    for (let prefix = 0; prefix <= disk.journal.length; prefix++) {
      const mark = marks.findLast(({ from }) => from <= prefix);
      const journal = disk.journal.slice(0, prefix);
      for (const image of survivors(EMPTY_DISK, journal, prefix % 4 === 0 ? everyByte : fewCuts)) {
        const key = `${fingerprint(image)} ${JSON.stringify(mark)}`;
        if (seen.has(key)) continue;
        seen.add(key);
        const { spool: next } = openSpool(new FaultyFiles(image));
        const found = ids(await drained(next));
        expect(found).toEqual([...new Set(found)].sort((a, b) => a - b));
        expect(
          mark?.durable.filter((n) => !found.includes(n)),
          `after ${prefix} operations`,
        ).toEqual([]);
        expect(found.filter((n) => n > (mark?.last ?? 0) + 1)).toEqual([]);
        await next.close();
      }
    }
    expect(seen.size).toBeGreaterThan(100);
  });

  it('a tail of zeros or of half a record is no event', async () => {
    for (const tail of [Buffer.alloc(64), encode({ n: 2, ...event(2) }).subarray(0, 30)]) {
      const disk = new FaultyFiles();
      const whole = Buffer.concat([encode({ n: 1, ...event(1) }), tail]);
      const file = await disk.create(`${SPOOL_FOLDER}/000000000001.seg`);
      await file.write(whole as unknown as string);
      const { spool } = openSpool(disk);
      expect(ids(await drained(spool))).toEqual([1]);
      spool.append(event(3));
      expect(ids(await drained(spool))).toEqual([1, 3]);
      await spool.close();
    }
  });
});

it('a process that is killed leaves all but what it wrote that very moment, again and again', async () => {
  await using dir = await tempDir();
  let told = 0;
  for (let life = 0; life < 3; life++) {
    const child = join(root, 'test/support/spool-child.ts');
    await using running = new Running(process.execPath, [
      '--import',
      'tsx',
      child,
      dir.path,
      String(told + 1),
    ]);
    const until30 = told + 30 + life * 7;
    await running.line((line) => Number(line) >= until30);
    running.kill('SIGKILL');
    await running.ended();
    const last = Number(running.lines.at(-1));
    const { spool } = openSpool(new FaultyFiles(), { folder: dir.path, files: systemSpoolFiles });
    const left = ids(await drained(spool));
    // The last one told may have been under way to the file behind a sync.
    expect(left.at(-1)).toBeGreaterThanOrEqual(last - 10);
    expect(left).toEqual(numbers(left[0] ?? 0, left.at(-1) ?? 0));
    await spool.close();
    told = left.at(-1) ?? 0;
  }
});
