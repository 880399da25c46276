/** `weir doctor --deep` as it is installed. */
import { expect, test } from 'vitest';
import type { ConformanceReport } from '../../src/conformance/report.js';
import { CLI } from '../support/appliance.js';
import { run } from '../support/process.js';
import { withTempDir } from '../support/temp.js';

test('nothing differs from what is known of NVIDIA but what is listed', async () => {
  await withTempDir(async (cwd) => {
    const { code, stdout } = await run(process.execPath, [CLI, 'doctor', '--deep', '--json'], { cwd });
    const { ok, checks, deep } = JSON.parse(stdout) as {
      ok: boolean;
      checks: object[];
      deep: ConformanceReport;
    };
    const answered = deep.rows.filter(
      ({ verdict, deviation }) => verdict !== 'same' && deviation === undefined,
    );
    expect(answered.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
    expect(deep.summary.map(({ group }) => group)).toEqual(['properties', 'graph', 'run']);
    expect(checks.length).toBeGreaterThan(5);
    expect([ok, code]).toEqual([true, 0]);
  });
});
