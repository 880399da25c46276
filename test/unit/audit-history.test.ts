import { describe, expect, it } from 'vitest';
import { audit } from '../../src/audit/audit.js';
import { EVERY_MS, History, KEPT_MS } from '../../src/audit/history.js';
import type { StreamRow, WorkerStatus } from '../../src/worker/status.js';
import { NO_DROPS } from '../support/snapshots.js';

const START = Date.parse('2026-11-26T12:00:00.000Z');
const at = (seconds: number): number => START + seconds * 1000;

/** `frames` frames, all published. */
function row(id: string, frames: number, added = START): StreamRow {
  const same = {
    received: frames,
    muxed: frames,
    frames,
    inferred: frames,
    offered: frames,
    published: frames,
  };
  const none = {
    packets: 0,
    packetsLost: 0,
    undecodable: 0,
    skipped: 0,
    decodeErrors: 0,
    silent: 0,
    framesLeftOut: 0,
    waiting: 0,
  };
  const times = { added: new Date(added).toISOString() };
  return { id, ...times, ...same, ...none, dropped: NO_DROPS } as unknown as StreamRow;
}

function worker(pid: number, ...streams: StreamRow[]): WorkerStatus {
  return { pid, pipeline: 'main', pipelineCounters: { slots: 4 }, streams } as unknown as WorkerStatus;
}

const partsOf = (history: History, from: number | undefined, to: number) =>
  audit(history.stays(), { from, to }).streams.flatMap(({ parts }) =>
    parts.map(({ from, published }) => [(Date.parse(from) - START) / 1000, published]),
  );

describe('windows', () => {
  const history = new History();
  for (let s = 10; s <= 600; s += 10) history.record([worker(1, row('cam', s * 5))], at(s));

  it('without one all since the stream was added counts', () => {
    expect(partsOf(history, undefined, at(600))).toEqual([[0, 3_000]]);
  });

  it('one begins at the latest look before it', () => {
    expect(partsOf(history, at(540), at(600))).toEqual([[540, 300]]);
    expect(partsOf(history, at(545), at(600))).toEqual([[540, 300]]);
    expect(partsOf(history, at(3), at(600))).toEqual([[0, 3_000]]);
  });

  it('one that begins at a look by request is exact', () => {
    history.record([worker(1, row('cam', 3_013))], at(603), true);
    history.record([worker(1, row('cam', 3_020))], at(604), true);
    expect(partsOf(history, at(603), at(604))).toEqual([[603, 7]]);
  });
});

describe('a process that ended', () => {
  it('leaves its part, and a time of which nothing is known', () => {
    const history = new History();
    history.record([worker(1, row('cam', 50))], at(10));
    history.record([], at(20));
    history.record([worker(2, row('cam', 20, at(24)))], at(30));
    const view = audit(history.stays(), { to: at(30) });
    expect(view.streams[0]?.parts.map(({ published }) => published)).toEqual([50, 20]);
    expect(view.streams[0]?.unknown).toEqual([
      {
        ...{ from: '2026-11-26T12:00:10.000Z', to: '2026-11-26T12:00:24.000Z' },
        why: 'the process of its pipeline ended',
      },
    ]);
  });

  it('and was only too slow to answer leaves none', () => {
    const history = new History();
    for (const [s, statuses] of [
      [10, [worker(1, row('cam', 50))]],
      [20, []],
      [30, [worker(1, row('cam', 150))]],
    ] as const)
      history.record(statuses, at(s));
    const [stream] = audit(history.stays(), { to: at(30) }).streams;
    expect([stream?.parts.length, stream?.unknown]).toEqual([1, []]);
  });
});

describe('a stream that was removed', () => {
  it('is judged by its last word, whenever that comes', () => {
    const history = new History();
    history.record([worker(1, row('cam', 50))], at(10));
    history.record([worker(1)], at(20));
    history.left(row('cam', 70), at(21));
    const [stream] = audit(history.stays(), { to: at(30) }).streams;
    expect(stream).toMatchObject({ agrees: true, unknown: [], parts: [{ left: true, published: 70 }] });
  });

  it('shows a count that is one wrong', () => {
    const history = new History();
    history.record([worker(1, row('cam', 50))], at(10));
    expect(audit(history.stays(), { to: at(10) }).agrees).toBe(true);
    history.left({ ...row('cam', 70), received: 71 }, at(21));
    expect(audit(history.stays(), { to: at(21) }).agrees).toBe(false);
  });
});

it('what is kept is bounded, in time and in number', () => {
  const history = new History();
  for (let i = 0; i < 2_000; i++) history.record([worker(1, row(`cam-${i}`, 1, at(i)))], at(i));
  expect(history.stays().size).toBeLessThanOrEqual(512);
  history.record([worker(1, row('cam', 1, at(1_999)))], at(2_000) + KEPT_MS + EVERY_MS);
  expect([...history.stays().keys()]).toEqual(['cam']);
});
