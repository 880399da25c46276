/** Specs made to hurt the parser, given to the built command: an error with its place, and an orderly end. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CLI } from '../support/appliance.js';
import { run } from '../support/process.js';
import { withTempDir } from '../support/temp.js';

const levels = Array.from(
  { length: 9 },
  (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join()}]`,
);

const FILES: readonly (readonly [name: string, text: string, message: RegExp])[] = [
  ['aliases of aliases', ['a0: &a0 [x]', ...levels].join('\n'), /aliases expand to too much/],
  [
    '20,000 keys in one map',
    Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n'),
    /more than 5000/,
  ],
  ['a kilobyte of "["', '['.repeat(1024), /nested deeper than 64 levels/],
  ['lists 10,000 deep', '- '.repeat(10_000), /nested deeper than 64 levels/],
  ['ten megabytes', 'k: [1, 2]\n'.repeat(1_000_000), /larger than 1048576 bytes/],
  ['bytes that are no text', '\u0000\u0001\u0002', /expected a map/],
];

test.each(FILES)('%s', async (_name, text, message) => {
  await withTempDir(async (dir) => {
    const file = join(dir, 'weir.yaml');
    await writeFile(file, text);
    for (const command of [['config', 'check'], ['config', 'render'], ['up']]) {
      const outcome = await run(process.execPath, [CLI, ...command, file], { timeoutMs: 20_000 });
      const output = outcome.stdout + outcome.stderr;
      expect({ command, code: outcome.code }).toEqual({ command, code: 78 });
      expect(output).toMatch(message);
      expect(output).not.toMatch(/\n\s+at /);
      expect(output.length).toBeLessThan(20_000);
    }
  });
});
