import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatProblems, loadManifest, type Model, modelNames, verifyModel } from '../../src/spec/index.js';
import { readManifest } from '../../src/spec/manifest.js';
import { root } from '../support/paths.js';
import { withTempDir } from '../support/temp.js';

const MODELS = join(root, 'test/unit/models');
const TINY = readFileSync(join(MODELS, 'tiny.yaml'), 'utf8');

/** What is said of the manifest after the replacement, without the name of the folder. */
async function complaint(from: string, to: string, labels = 'a\nb\nc\n'): Promise<string> {
  expect(TINY).toContain(from);
  return withTempDir((dir) => {
    writeFileSync(join(dir, 'labels.txt'), labels);
    writeFileSync(join(dir, 'tiny.yaml'), TINY.replace(from, to));
    const result = readManifest(join(dir, 'tiny.yaml'), '/models');
    return result.ok ? 'valid' : formatProblems(result.problems).replaceAll(`${dir}/`, '');
  });
}

describe('the manifests that come with weir', () => {
  it.each(modelNames())('%s is valid', (name) => {
    expect(loadManifest(name, { modelDir: '/models' }).name).toBe(name);
  });
});

describe('a manifest', () => {
  it.each([
    ['name: tiny', 'name: other', 'tiny.yaml:1:7: name: got "other", expected the name of the file: tiny'],
    [
      'file: tiny.onnx',
      'file: ../../etc/passwd',
      'tiny.yaml:5:7: file: got "../../etc/passwd", expected a plain file name of letters, digits, ".", "_" and "-"',
    ],
    ['labels: labels.txt', 'labels: none.txt', 'tiny.yaml:16:9: labels: none.txt cannot be read: ENOENT'],
    [
      'library: libtiny.so',
      'library: /tmp/evil.so',
      'tiny.yaml:19:19: parser.library: got "/tmp/evil.so", expected a file name like libnvds_weir_parsers.so',
    ],
    [
      'function: ParseTiny',
      'function: "a;b"',
      'tiny.yaml:19:41: parser.function: got "a;b", expected the name of a C function',
    ],
    [
      'offsets: [1, 2.5, 3]',
      'offsets: [1]',
      'tiny.yaml:14:12: input.offsets: got 1 offsets, expected 3: one per channel',
    ],
    [
      'colorFormat: bgr',
      'colorFormat: gray',
      'tiny.yaml:12:16: input.colorFormat: gray does not go with 3 channels',
    ],
    [
      'scale: 0.0039215697906911373',
      'scale: 0',
      'tiny.yaml:13:10: input.scale: got 0, expected a number above 0',
    ],
  ])('with %s turned into %s is refused', async (from, to, message) => {
    expect(await complaint(from, to)).toBe(message);
  });

  it('needs labels of one class per line, without ";"', async () => {
    const same = 'name: tiny';
    expect(await complaint(same, same, 'a\nb;x\nc\n')).toContain('labels.txt:2: expected a label');
    expect(await complaint(same, same, 'a\n\nc\n')).toContain('labels.txt:2: expected a label');
    expect(await complaint(same, same, 'a\r\nb\r\nc')).toBe('valid');
    expect(await complaint(same, same, 'a\nb\n')).toContain(
      'labels.txt has 2 labels, but the model has 3 classes',
    );
  });

  it('that is not there is an error with the nearest name', () => {
    expect(() => loadManifest('tinny', { modelsDir: MODELS, modelDir: '/models' })).toThrow(
      expect.objectContaining({ code: 'MODEL_UNKNOWN', remedy: 'did you mean "tiny"?' }),
    );
  });
});

describe('the weights', () => {
  const model = (file: string): Model => ({
    ...loadManifest('tiny', { modelsDir: MODELS, modelDir: '/models' }),
    file,
  });

  it('are compared with the hash of the manifest', async () => {
    await withTempDir(async (dir) => {
      const file = join(dir, 'tiny.onnx');
      await expect(verifyModel(model(file))).rejects.toMatchObject({ code: 'MODEL_MISSING', exitCode: 69 });
      writeFileSync(file, '');
      await expect(verifyModel(model(file))).resolves.toBeUndefined();
      copyFileSync(join(MODELS, 'tiny.yaml'), file);
      await expect(verifyModel(model(file))).rejects.toMatchObject({ code: 'MODEL_CORRUPT' });
      await expect(verifyModel(model(dir))).rejects.toMatchObject({ code: 'MODEL_MISSING' });
    });
  });

  it('in 8 bits are compared too where they are there', async () => {
    await withTempDir(async (dir) => {
      const file = join(dir, 'tiny.onnx');
      writeFileSync(file, '');
      const int8 = { file: join(dir, 'tiny-int8.onnx'), sha256: model(file).sha256 };
      const both = { ...model(file), int8 };
      await expect(verifyModel(both)).resolves.toBeUndefined();
      writeFileSync(int8.file, 'other');
      await expect(verifyModel(both)).rejects.toMatchObject({
        code: 'MODEL_CORRUPT',
        message: expect.stringContaining('tiny-int8.onnx'),
      });
    });
  });
});
