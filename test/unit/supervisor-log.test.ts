/** The log of all processes in one place, and the log of operations. */
import { appendFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LogFilter, LogHub } from '../../src/supervisor/log-hub.js';
import { OperationsLog } from '../../src/supervisor/operations-log.js';
import type { OperationRecord } from '../../src/supervisor/views.js';
import { holdClock, quiet } from '../support/fake-child-keeper.js';
import { type TempDir, tempDir } from '../support/temp.js';

const line = (msg: string, more: object = {}) =>
  JSON.stringify({ level: 'info', time: '2026-11-26T12:00:00.000Z', ...more, msg });

function hubOf(count: number): { hub: LogHub; written: string[] } {
  const written: string[] = [];
  const hub = new LogHub((text) => written.push(text), false);
  for (let n = 1; n <= count; n++) hub.add(line(`line ${n}`));
  return { hub, written };
}

const messages = (hub: LogHub, filter: Partial<LogFilter> = {}) =>
  hub.page({ lines: 100, ...filter }).lines.map(({ message }) => message);

describe('the log hub', () => {
  beforeEach(holdClock);
  afterEach(() => {
    vi.useRealTimers();
  });

  it('writes every line out, those of a worker with its pipeline', () => {
    const { hub, written } = hubOf(1);
    hub.add(line('from a worker', { stream: 'cam-1', retryInMs: 800 }), 'yard');
    expect(written.map((text) => JSON.parse(text) as object)).toEqual([
      { level: 'info', time: '2026-11-26T12:00:00.000Z', msg: 'line 1' },
      expect.objectContaining({ msg: 'from a worker', pipeline: 'yard', stream: 'cam-1', retryInMs: 800 }),
    ]);
    expect(written.every((text) => text.endsWith('\n'))).toBe(true);
    expect(hub.page({ lines: 1 }).lines).toEqual([
      {
        ...{ seq: 2, time: '2026-11-26T12:00:00.000Z', level: 'info', message: 'from a worker' },
        ...{ pipeline: 'yard', stream: 'cam-1', details: { retryInMs: 800 } },
      },
    ]);
  });

  it('writes lines for people where a person watches', () => {
    const written: string[] = [];
    const hub = new LogHub((text) => written.push(text), true);
    hub.add(line('live', { stream: 'cam-1' }), 'yard');
    expect(written).toEqual(['12:00:00.000 info  cam-1: live  pipeline=yard\n']);
  });

  it.each(['', 'no JSON {', '5', 'null', '["a"]'])('survives a worker that sends %j', (text) => {
    const { hub, written } = hubOf(0);
    hub.add(text, 'yard');
    expect(hub.page({ lines: 1 }).lines).toMatchObject([{ level: 'warn', message: text, pipeline: 'yard' }]);
    expect(JSON.parse(written[0] ?? '')).toMatchObject({ msg: text });
  });

  it('gives who only looks the last lines', () => {
    const { hub } = hubOf(5);
    expect(hub.page({ lines: 2 })).toMatchObject({
      ...{ lines: [{ message: 'line 4' }, { message: 'line 5' }], next: 5 },
    });
    expect(hub.page({ lines: 10 }).lines).toHaveLength(5);
  });

  it('gives who reads on each line once, the oldest first', () => {
    const { hub } = hubOf(5);
    const seen: string[] = [];
    let after = 0;
    for (let turn = 0; turn < 4; turn++) {
      const page = hub.page({ after, lines: 2 });
      seen.push(page.lines.map(({ seq }) => seq).join());
      after = page.next;
      if (turn === 1) hub.add(line('line 6'));
    }
    expect([seen, after]).toEqual([['1,2', '3,4', '5,6', ''], 6]);
  });

  it('passes over what does not match, and does not look at it again', () => {
    const { hub } = hubOf(3);
    hub.add(line('mine', { stream: 'cam-1' }), 'yard');
    hub.add(line('other', { stream: 'cam-2' }), 'gate');
    expect(hub.page({ after: 0, lines: 9, stream: 'cam-1' })).toMatchObject({
      ...{ lines: [{ message: 'mine' }], next: 5 },
    });
    expect(hub.page({ after: 4, lines: 9, stream: 'cam-1' })).toEqual({ lines: [], next: 5 });
    expect(messages(hub, { pipeline: 'gate' })).toEqual(['other']);
    expect(messages(hub, { pipeline: 'yard', stream: 'cam-2' })).toEqual([]);
  });

  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
    ['silent', []],
  ])('from %s on has %j', (level, expected) => {
    const { hub } = hubOf(0);
    for (const own of ['debug', 'info', 'warn', 'error']) hub.add(line(own, { level: own }));
    expect(messages(hub, { level })).toEqual(expected);
  });

  it('keeps the last 2,000 lines, and goes on counting', () => {
    const { hub } = hubOf(2_500);
    const { lines, next } = hub.page({ after: 0, lines: 5_000 });
    expect([lines.length, lines[0]?.seq, next]).toEqual([2_000, 501, 2_500]);
  });

  it('wakes who waits for a line that matches, and nobody else', async () => {
    const { hub } = hubOf(2);
    const told: string[] = [];
    const wait = (who: string, filter: Partial<LogFilter>) =>
      hub.wait({ after: 2, lines: 10, ...filter }, 5_000).then(({ lines }) => {
        told.push(`${who}: ${lines.map(({ message }) => message).join()}`);
      });
    const all = [wait('any', {}), wait('errors', { level: 'error' }), wait('yard', { pipeline: 'yard' })];
    hub.add(line('first'));
    await quiet();
    expect(told).toEqual(['any: first']);
    hub.add(line('second', { level: 'error' }));
    await quiet();
    expect(told).toEqual(['any: first', 'errors: second']);
    await vi.advanceTimersByTimeAsync(5_000);
    await Promise.all(all);
    expect(told.at(-1)).toBe('yard: ');
  });

  it('answers at once where there is a line, or no time', async () => {
    const { hub } = hubOf(2);
    expect(await hub.wait({ after: 1, lines: 10 }, 5_000)).toMatchObject({ next: 2 });
    expect(await hub.wait({ after: 2, lines: 10 }, 0)).toEqual({ lines: [], next: 2 });
    expect(vi.getTimerCount()).toBe(0);
  });
});

const record = (n: number, more: Partial<OperationRecord> = {}): OperationRecord => ({
  ...{ time: '2026-11-26T12:00:00.000Z', actor: { door: 'socket', name: 'uid 0' } },
  ...{ operation: 'streams.add', stream: `cam-${n}`, result: 'ok', changed: true, generation: n },
  ...more,
});

describe('the operations log', () => {
  let dir: TempDir;
  let file: string;
  const troubles: string[] = [];
  beforeEach(async () => {
    dir = await tempDir();
    file = join(dir.path, 'weir.operations.jsonl');
    troubles.length = 0;
  });
  afterEach(() => dir.remove());

  const open = () => OperationsLog.open({ file, onTrouble: (reason) => troubles.push(reason) });
  const streams = (log: OperationsLog, lines = 100) => log.latest(lines).map(({ stream }) => stream);
  const text = () => readFileSync(file, 'utf8');

  it('tells the latest first, also after a restart, and only to its user', async () => {
    const log = await open();
    for (let n = 1; n <= 3; n++) log.add(record(n));
    expect(streams(log, 2)).toEqual(['cam-3', 'cam-2']);
    await log.close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(
      text()
        .trimEnd()
        .split('\n')
        .map((each) => JSON.parse(each) as object),
    ).toEqual([1, 2, 3].map((n) => record(n)));
    const next = await open();
    next.add(record(4));
    expect(next.latest(9)).toEqual([4, 3, 2, 1].map((n) => record(n)));
    await next.close();
  });

  it('has nothing where there is no file yet', async () => {
    expect((await open()).latest(10)).toEqual([]);
  });

  it('passes over a last line that is torn, and loses none that follows it', async () => {
    const log = await open();
    log.add(record(1));
    await log.close();
    appendFileSync(file, JSON.stringify(record(2)).slice(0, 40));
    const next = await open();
    expect(streams(next)).toEqual(['cam-1']);
    next.add(record(3));
    await next.close();
    expect(streams(await open())).toEqual(['cam-3', 'cam-1']);
  });

  it.each(['5', 'null', '"text"', '[1]', '{}', '\u0000\u0000'])('passes over %j', async (strange) => {
    writeFileSync(file, `${JSON.stringify(record(1))}\n${strange}\n`);
    expect(streams(await open())).toEqual(['cam-1']);
  });

  it('keeps 1,000 records in memory', async () => {
    const log = await open();
    for (let n = 1; n <= 1_200; n++) {
      log.add(record(n));
      if (n % 400 === 0) await log.close();
    }
    expect([log.latest(9_999).length, streams(log, 1)]).toEqual([1_000, ['cam-1200']]);
    const next = await open();
    expect([next.latest(9_999).length, streams(next, 1)]).toEqual([1_000, ['cam-1200']]);
  });

  it('begins a new file at 1 MiB, and keeps the one before', async () => {
    const log = await open();
    const large = record(1, { operation: 'x'.repeat(300_000) });
    for (let n = 1; n <= 5; n++) {
      log.add(large);
      await log.close();
    }
    log.add(record(2));
    await log.close();
    expect(statSync(`${file}.1`).size).toBeGreaterThan(1024 ** 2);
    expect(
      text()
        .split('\n')
        .filter(Boolean)
        .map((each) => (JSON.parse(each) as OperationRecord).stream)
        .at(-1),
    ).toBe('cam-2');
    expect(statSync(file).size).toBeLessThan(1024 ** 2);
  });

  it('of a disk that fails goes on in memory, tells once, and writes again when it can', async () => {
    const log = await open();
    mkdirSync(file);
    for (let n = 1; n <= 3; n++) {
      log.add(record(n));
      await log.close();
    }
    expect(troubles).toEqual([expect.stringMatching(/^EISDIR/)]);
    expect(streams(log)).toEqual(['cam-3', 'cam-2', 'cam-1']);
    await dir.remove();
    mkdirSync(dir.path);
    log.add(record(4));
    await log.close();
    expect(text().trim()).toBe(JSON.stringify(record(4)));
  });

  it('loses the latest of a disk that hangs, and says so', async () => {
    const log = await open();
    // None is written before the event loop turns.
    for (let n = 1; n <= 2_500; n++) log.add(record(n));
    expect(troubles).toEqual(['the disk does not keep up']);
    await log.close();
    expect(streams(log, 1)).toEqual(['cam-2500']);
    expect(text().trimEnd().split('\n')).toHaveLength(1_001);
  });
});
