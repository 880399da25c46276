/** The benchmarks run: with two cameras for a moment, to see that everything that is counted is counted. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { StreamsFindings } from '../bench/lib/comparison.js';
import { root } from '../support/paths.js';
import { run } from '../support/process.js';

const STREAMS = 2;
const SECONDS = 2;

test('the appliance and its floor take turns, and each is measured', async () => {
  const options = ['--sizes', String(STREAMS), '--repeat', '0', '--seconds', String(SECONDS)];
  const { code, stdout, stderr } = await run(
    process.execPath,
    ['--import', 'tsx', join(root, 'test/bench/streams.ts'), ...options, '--who', 'weir,decoding', '--json'],
    { cwd: root, env: { WEIR_BENCH_RESULTS: 'build/bench-test' } },
  );
  expect(code, stderr).toBe(0);
  const { sizes, fps } = JSON.parse(stdout) as StreamsFindings;
  const [weir, decoding] = sizes[0]?.outcomes ?? [];
  expect([weir?.name, decoding?.name]).toEqual(['weir', 'decoding']);
  for (const each of [weir, decoding]) {
    expect(each?.cpuSeconds).toBeGreaterThan(0);
    // The window is no shorter than was asked for, and the cameras keep their pace.
    expect(each?.sent).toBeGreaterThanOrEqual(STREAMS * SECONDS * fps - STREAMS);
    expect(each?.frames).toBeGreaterThan(0);
  }
  expect(weir?.inferred).toBeGreaterThan(0);
  expect(weir?.objects).toBeGreaterThanOrEqual(0);
  expect(weir?.rssMiB).toBeGreaterThan(decoding?.rssMiB ?? Infinity);
  expect(sizes[0]?.inference.every((seconds) => seconds > 0)).toBe(true);
});
