/** Cameras that are down are tried again for ever: nothing may be left of any attempt. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeReliabilityPage } from '../../scripts/reliability-report.js';
import { root } from '../support/paths.js';
import { run } from '../support/process.js';
import type { Reconnects } from '../support/reconnects.js';
import { LONG, reportPart } from '../support/reliability.js';
import { trend } from '../support/trend.js';

const MIB = 2 ** 20;
/** Four cameras, five connections each. */
const PER_ROUND = 20;
const ROUNDS = LONG ? 62 : 14;
const TRACED_ROUNDS = LONG ? 10 : 3;
const TIMEOUT = LONG ? 900_000 : 240_000;
/** Caches fill, and the heap finds its size. */
const WARM_UP = LONG ? 12 : 4;
/** How full the heap happens to be at a moment says nothing: the least of so many rounds does. */
const LOWS = LONG ? 5 : 2;
/** Over all rounds. Few cannot tell a small leak from noise, but a source that stays costs more. */
const MOST_GROWTH = LONG ? 1 * MIB : 6 * MIB;

/** rtspsrc of GStreamer 1.22 says so in its own thread when a connection ends at a bad moment, and goes on. */
const OF_RTSPSRC = /^\s*\(node:\d+\): GStreamer-CRITICAL.*gst_event_set_seqnum.*\n/gm;

async function reconnects(rounds: number, env: Record<string, string>): Promise<Reconnects> {
  const script = join(root, 'test/support/reconnects.ts');
  const args = ['--expose-gc', '--import', 'tsx', script, String(rounds)];
  const outcome = await run(process.execPath, args, { cwd: root, env, timeoutMs: TIMEOUT });
  expect(outcome.stderr.replaceAll(OF_RTSPSRC, '').trim()).toBe('');
  expect(outcome.code).toBe(0);
  return JSON.parse(outcome.stdout) as Reconnects;
}

const least = (values: readonly number[]): number => Math.min(...values);
const mib = (bytes: number): string => (bytes / MIB).toFixed(2);

function lows(values: readonly number[]): number[] {
  const starts = values.map((_, i) => i).filter((i) => i % LOWS === 0 && i + LOWS <= values.length);
  return starts.map((i) => least(values.slice(i, i + LOWS)));
}

/** Something that stays raises the least, too. */
function expectFlat(what: string, values: readonly number[]): void {
  const half = Math.floor(values.length / 2);
  expect(least(values.slice(half)), `${what}: ${values}`).toBeLessThanOrEqual(least(values.slice(0, half)));
}

test(
  `${ROUNDS * PER_ROUND} reconnects to cameras that are down leave no memory, descriptor or thread`,
  { timeout: TIMEOUT, retry: 1 },
  async () => {
    // One heap: with many, how full each happens to be hides what is alive.
    const seen = await reconnects(ROUNDS, { MALLOC_ARENA_MAX: '1' });
    const made = Object.values(seen.connections).reduce((sum, n) => sum + n, 0);
    expect(made).toBeGreaterThanOrEqual(ROUNDS * PER_ROUND);
    expectFlat('descriptors', seen.fds.slice(WARM_UP));
    expectFlat('threads', seen.threads.slice(WARM_UP));
    const rss = lows(seen.rss.slice(WARM_UP));
    const { slope, chance } = trend(rss);
    const growth = slope * (rss.length - 1);
    const verdict = `RSS ${mib(rss[0] ?? 0)} MiB after ${WARM_UP * PER_ROUND} reconnects, ${mib(growth)} MiB more at the end (such growth by chance: ${(chance * 100).toFixed(0)} %)`;
    console.log(verdict);
    const leaks = growth > MOST_GROWTH && (!LONG || chance < 0.01);
    expect(leaks, `${verdict}: ${rss.map(mib)}`).toBe(false);
    const findings =
      `${made} connections to cameras that are down (refused, 404, accepted and silent, dead after the first frame): ` +
      `as many descriptors and threads as before, no GStreamer object left; ${verdict}. Growth counts as a leak when the ` +
      `lows of every ${LOWS} rounds of ${PER_ROUND} rise by more than ${MOST_GROWTH / MIB} MiB` +
      `${LONG ? ' and that is significant at 1 % (Mann and Kendall, one-sided)' : ''}.`;
    reportPart('leaks', [], [findings]);
    writeReliabilityPage();
  },
);

test(
  `no GStreamer object is alive after ${TRACED_ROUNDS * PER_ROUND} reconnects to cameras that are down`,
  async () => {
    const { objects } = await reconnects(TRACED_ROUNDS, { GST_TRACERS: 'leaks' });
    expect(objects).toEqual([]);
  },
  TIMEOUT,
);
