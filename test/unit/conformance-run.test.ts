import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Row } from '../../src/conformance/report.js';
import { runRows } from '../../src/conformance/run.js';
import { withTempDir } from '../support/temp.js';

const ROW: Row = {
  group: 'run',
  question: 'plays',
  expected: 'yes',
  answer: 'yes',
  verdict: 'same',
  source: 'x',
};

/** Rows of a process that does this when it is told of its task. */
function ask(body: string, timeoutMs = 20_000): Promise<Row[]> {
  return withTempDir((dir) => {
    const entry = join(dir, 'child.mjs');
    writeFileSync(
      entry,
      `const row = ${JSON.stringify(ROW)};\nconst send = (m) => new Promise((done) => process.send(m, done));\n` +
        `process.once('message', async (request) => { ${body} });\n`,
    );
    return runRows({ file: 'weir.yaml', entry, timeoutMs });
  });
}

const broken = (answer: string) => ({
  question: 'comes to the end of its questions',
  answer,
  verdict: 'differs',
});

it('collects what is answered until the end', async () => {
  expect(await ask('await send({ row }); await send({ row }); await send({ done: true });')).toEqual([
    ROW,
    ROW,
  ]);
});

it.each([
  ['a crash', 'await send({ row }); process.kill(process.pid, "SIGSEGV");', 'the process ended: SIGSEGV'],
  ['an end before its time', 'await send({ row }); process.exit(3);', 'the process ended: exit code 3'],
  ['a failure', 'await send({ row }); await send({ failed: "no addon" });', 'no addon'],
])('keeps what was answered before %s, and tells it', async (_, body, answer) => {
  expect(await ask(body)).toMatchObject([ROW, broken(answer)]);
});

it('kills a process that hangs', async () => {
  expect(await ask('await send({ row }); setInterval(() => {}, 1000);', 1500)).toMatchObject([
    ROW,
    broken('it was killed after 1.5 s'),
  ]);
});

it('gives the process a folder of its own and the spec, and removes the folder', async () => {
  await withTempDir(async (dir) => {
    const seen = join(dir, 'seen');
    await ask(
      `const { writeFileSync, existsSync } = await import('node:fs');
       writeFileSync(${JSON.stringify(seen)}, JSON.stringify({ ...request, there: existsSync(request.dir) }));
       await send({ done: true });`,
    );
    const request = JSON.parse(readFileSync(seen, 'utf8')) as { file: string; dir: string; there: boolean };
    expect(request).toMatchObject({ file: 'weir.yaml', there: true });
    expect(existsSync(request.dir)).toBe(false);
  });
});

it('tells a process that cannot be started', async () => {
  expect(await runRows({ entry: '/nowhere/child.js' })).toMatchObject([
    broken('the process ended: exit code 1'),
  ]);
});
