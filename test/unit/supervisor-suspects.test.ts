import { expect, it } from 'vitest';
import {
  afterCrash,
  afterTrial,
  type Crash,
  heldBack,
  NOBODY,
  type Suspicion,
} from '../../src/supervisor/suspects.js';

const crash = (at: number, stream?: string): Crash => ({ at, playedMs: 500, ...(stream && { stream }) });
const names = (count: number) => Array.from({ length: count }, (_, i) => `cam-${i}`);

/** What the supervisor does: crashes while a guilty stream runs, else the trial passes. */
function findOut(streams: readonly string[], crashes: (running: readonly string[]) => boolean) {
  let suspicion: Suspicion = NOBODY;
  const quarantined: string[] = [];
  for (let rounds = 1; rounds < 200; rounds++) {
    const held = [...quarantined, ...heldBack(suspicion)];
    const running = streams.filter((id) => !held.includes(id));
    const crashed = crashes(running);
    const finding = crashed ? afterCrash(suspicion, crash(rounds * 1000), running) : afterTrial(suspicion);
    suspicion = finding.next;
    if (finding.guilty !== undefined) quarantined.push(finding.guilty);
    if (!crashed && suspicion === NOBODY) return { quarantined, rounds };
  }
  return { quarantined, rounds: Number.POSITIVE_INFINITY };
}

it('quarantines a stream that was blamed three times within five minutes, and nobody before', () => {
  const first = afterCrash(NOBODY, crash(0, 'a'), ['a', 'b']);
  const other = afterCrash(first.next, crash(1000, 'b'), ['a', 'b']);
  const second = afterCrash(other.next, crash(2000, 'a'), ['a', 'b']);
  expect([first.guilty, other.guilty, second.guilty]).toEqual([undefined, undefined, undefined]);
  expect(afterCrash(second.next, crash(3000, 'a'), ['a', 'b']).guilty).toBe('a');
  expect(afterCrash(second.next, crash(301_500, 'a'), ['a', 'b']).guilty).toBeUndefined();
});

it.each([1, 2, 3, 7, 8, 30])('finds each of %i streams by letting groups run', (count) => {
  const streams = names(count);
  for (const poison of streams) {
    const { quarantined, rounds } = findOut(streams, (running) => running.includes(poison));
    expect(quarantined).toEqual([poison]);
    expect(rounds).toBeLessThanOrEqual(5 + 2 * Math.ceil(Math.log2(count)) + 1);
  }
});

it('finds several of them', () => {
  const guilty = ['cam-3', 'cam-4', 'cam-11'];
  const { quarantined } = findOut(names(16), (running) => guilty.some((id) => running.includes(id)));
  expect(quarantined).toEqual(guilty);
});

it('blames nobody when the worker crashes without any stream too', () => {
  let left = 40;
  expect(findOut(names(8), () => left-- > 0).quarantined).toEqual([]);
});

it('blames nobody when the crashes stop by themselves', () => {
  for (let crashes = 0; crashes < 6; crashes++) {
    let left = crashes;
    expect(findOut(names(8), () => left-- > 0).quarantined).toEqual([]);
  }
});

it('does not blame who has joined when it crashed, unless it comes through without them', () => {
  const streams = ['a', 'b'];
  let suspicion = NOBODY;
  for (const at of [0, 1000, 2000]) suspicion = afterCrash(suspicion, crash(at), streams).next;
  expect(heldBack(suspicion)).toEqual(['b']);
  suspicion = afterTrial(suspicion).next;
  const joined = afterCrash(suspicion, crash(20_000), streams);
  expect(joined.guilty).toBeUndefined();
  expect(heldBack(joined.next)).toEqual(['b']);
  expect(afterTrial(joined.next)).toEqual({ next: NOBODY, guilty: 'b' });
  expect(afterCrash(joined.next, crash(21_000), ['a'])).toEqual({ next: NOBODY });
});
