/** Pipelines leave nothing behind, however often they are opened in one process. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Camsim, startCamsim } from '../support/camsim.js';
import { H264, root } from '../support/paths.js';
import { run } from '../support/process.js';

const MIB = 2 ** 20;
/** Node's own heap breathes by a MiB or two; a leak grows every time. */
const MEMORY = { retry: 2, timeout: 300_000 };
/** Built by scripts/test. */
const ASAN_ADDON = join(root, 'build/asan/weir.node');

async function cycles(count: number, cameras: Camsim, env: Record<string, string> = {}) {
  const script = join(root, 'test/support/pipeline-cycles.ts');
  const args = ['--expose-gc', '--import', 'tsx', script, String(count), ...Object.values(cameras.uris)];
  const outcome = await run(process.execPath, args, { cwd: root, env, timeoutMs: 300_000 });
  expect(outcome.stderr).toBe('');
  expect(outcome.code).toBe(0);
  return JSON.parse(outcome.stdout) as { rss: number[]; live: string[] | null };
}

const cameras = (): Promise<Camsim> => {
  return startCamsim({ cameras: ['a', 'b'].map((id) => ({ id, file: H264, fps: 30 })) });
};

test(
  '200 cycles with two sources each grow the process by no more than 2 MiB after warm-up',
  MEMORY,
  async () => {
    await using sources = await cameras();
    // One heap: with many, how full each happens to be hides what is alive.
    const { rss } = await cycles(200, sources, { MALLOC_ARENA_MAX: '1' });
    /** The least of 25 cycles: what is alive, without what happens to be in flight. */
    const least = (from: number): number => Math.min(...rss.slice(from, from + 25));
    const growth = least(175) - least(50);
    console.log(
      `RSS ${(least(50) / MIB).toFixed(1)} MiB after 50 cycles, ${(growth / MIB).toFixed(2)} more after 175`,
    );
    expect(growth).toBeLessThanOrEqual(2 * MIB);
  },
);

test.skipIf(!existsSync(ASAN_ADDON))(
  '20 cycles are clean under AddressSanitizer',
  async () => {
    await using sources = await cameras();
    const runtime = (await run('cc', ['-print-file-name=libasan.so'])).stdout.trim();
    // Node never frees what it holds at its end; leaks are looked for in the native tests and by the tracer above.
    const env = { LD_PRELOAD: runtime, ASAN_OPTIONS: 'detect_leaks=0', WEIR_ADDON: ASAN_ADDON };
    const { rss } = await cycles(20, sources, env);
    expect(rss).toHaveLength(20);
  },
  300_000,
);

test('no GStreamer object is alive after 20 cycles', async () => {
  await using sources = await cameras();
  const { live } = await cycles(20, sources, { GST_TRACERS: 'leaks' });
  expect(live).toEqual([]);
}, 120_000);
