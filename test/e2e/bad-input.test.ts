/** Wrong specs, models and addresses given to the built command: a clear error, exit code, and nothing left behind. */
import { createHash } from 'node:crypto';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CLI } from '../support/appliance.js';
import { root } from '../support/paths.js';
import { type Outcome, run } from '../support/process.js';
import { withTempDir } from '../support/temp.js';

const MODELS = join(root, '.cache/models');

const good = (more = '', streams = '[{id: cam, uri: "rtsp://127.0.0.1:9/cam"}]'): string => `
appliance: test
nats: {url: "nats://127.0.0.1:9"}
${more}
pipelines:
  - id: main
    detector: {model: synthetic}
    streams: ${streams}
`;

/** `weir up` on a spec; fails when the process is not gone by itself. */
async function up(dir: string, text: string, env: Record<string, string> = {}): Promise<Outcome> {
  const file = join(dir, 'weir.yaml');
  await writeFile(file, text);
  const outcome = await run(process.execPath, [CLI, 'up', file], { env, timeoutMs: 20_000 });
  expect(outcome.signal, `ended by itself; stderr:\n${outcome.stderr}`).toBeNull();
  return outcome;
}

describe('weir up refuses', () => {
  test.each([
    ['an unknown key', good('colour: red'), /weir\.yaml:4:1.*colour/, 78],
    [
      'a wrong type',
      good().replace('synthetic}', 'synthetic, rate: fast}'),
      /weir\.yaml:\d+:\d+.*rate.*fast/s,
      78,
    ],
    [
      'a duplicate id',
      good('', '[{id: cam, uri: "rtsp://a/1"}, {id: cam, uri: "rtsp://a/2"}]'),
      /weir\.yaml:\d+:\d+.*"cam"/s,
      78,
    ],
    ['an unknown model', good().replace('synthetic', 'yolo99'), /weir\.yaml:\d+:\d+.*yolo99/s, 78],
    [
      'a newline in an id',
      good('', '[{id: "cam\\n[property]", uri: "rtsp://a/1"}]'),
      /weir\.yaml:\d+:\d+.*"cam\\n\[property\]"/,
      78,
    ],
    [
      'credentials in an address',
      good('', '[{id: cam, uri: "rtsp://u:hush@a/1"}]'),
      /weir\.yaml:\d+:\d+.*user/s,
      78,
    ],
    [
      'a file where none is allowed',
      good('', '[{id: cam, uri: "file:///etc/passwd"}]'),
      /weir\.yaml:\d+:\d+.*file: is off/,
      78,
    ],
    ['an empty file', '', /weir\.yaml:1:1: got null, expected a map/, 78],
  ])('%s', async (_, text, message, code) => {
    await withTempDir(async (dir) => {
      const outcome = await up(dir, text);
      expect(outcome.stderr).toMatch(message);
      expect(outcome.stderr).not.toContain('hush');
      expect(outcome.stderr).not.toMatch(/\n\s+at /); // no stack trace
      expect(outcome.code).toBe(code);
    });
  });

  test('a model that is not there', async () => {
    await withTempDir(async (dir) => {
      const outcome = await up(dir, good(`modelDir: ${dir}`));
      expect(outcome.stderr).toMatch(/synthetic\.onnx/);
      expect(outcome.stderr).toMatch(/fetch or build the model again/);
      expect(outcome.code).toBe(69);
    });
  });

  test('a model whose bytes are not those of its manifest', async () => {
    await withTempDir(async (dir) => {
      await writeFile(join(dir, 'synthetic.onnx'), 'not a model');
      const outcome = await up(dir, good(`modelDir: ${dir}`));
      expect(outcome.stderr).toMatch(/synthetic\.onnx/);
      expect(outcome.code).toBe(65);
    });
  });

  test('a damaged ONNX file that has the hash of its manifest, when the pipeline loads it', async () => {
    await withTempDir(async (dir) => {
      const whole = await readFile(join(MODELS, 'synthetic.onnx'));
      const damaged = whole.subarray(0, whole.length / 2);
      const hash = createHash('sha256').update(damaged).digest('hex');
      const manifest = await readFile(join(root, 'models/synthetic.yaml'), 'utf8');
      const mine = manifest.replace(/^sha256: .*/m, `sha256: ${hash}`).replace(/^name: .*/m, 'name: mine');
      await writeFile(join(dir, 'mine.yaml'), mine);
      await copyFile(join(root, 'models/labels-synthetic.txt'), join(dir, 'labels-synthetic.txt'));
      await writeFile(join(dir, 'synthetic.onnx'), damaged);
      const outcome = await up(
        dir,
        good(`modelDir: ${dir}`).replace('model: synthetic', `model: ${dir}/mine.yaml`),
      );
      expect(outcome.stderr).toMatch(/synthetic\.onnx/);
      expect(outcome.code).toBe(70);
    });
  });

  test('labels that do not match the classes', async () => {
    await withTempDir(async (dir) => {
      const manifest = await readFile(join(root, 'models/synthetic.yaml'), 'utf8');
      await writeFile(join(dir, 'mine.yaml'), manifest.replace(/^name: .*/m, 'name: mine'));
      await writeFile(join(dir, 'labels-synthetic.txt'), 'red\ngreen\n');
      const text = good(`modelDir: ${MODELS}`).replace(
        'model: synthetic',
        `model: ${join(dir, 'mine.yaml')}`,
      );
      const outcome = await up(dir, text);
      expect(outcome.stderr).toMatch(/labels-synthetic\.txt/);
      expect(outcome.code).toBe(78);
    });
  });
});

test('weir doctor names every trouble of a spec and exits with an error', async () => {
  await withTempDir(async (dir) => {
    const file = join(dir, 'weir.yaml');
    await writeFile(file, good());
    const outcome = await run(process.execPath, [CLI, 'doctor', file, '--json'], { timeoutMs: 30_000 });
    const { ok, checks } = JSON.parse(outcome.stdout) as {
      ok: boolean;
      checks: { name: string; ok: boolean; remedy?: string }[];
    };
    const broken = checks.filter((check) => !check.ok);
    expect(ok).toBe(false);
    expect(broken.map((check) => check.name)).toEqual(['nats', 'camera cam']);
    for (const check of broken) expect(check.remedy).toBeTruthy();
    expect(outcome.code).not.toBe(0);
  });
});
