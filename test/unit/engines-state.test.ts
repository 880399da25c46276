import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Platform } from '../../src/device/platform.js';
import { differenceText, type Part, PARTS } from '../../src/engines/fingerprint.js';
import { type LeftOver, leftOvers, removeLeftOver } from '../../src/engines/inventory.js';
import { engineState, stateText } from '../../src/engines/state.js';
import { verifyEngine } from '../../src/engines/verify.js';
import { wantedEngines } from '../../src/engines/wanted.js';
import {
  build,
  detector,
  machine,
  orin,
  pipelines,
  tinyOnnx,
  wanted,
  writeTinyModel,
} from '../support/engines.js';
import { fakeBinding } from '../support/fake-binding.js';
import { startLocal } from '../support/local-worker.js';
import { specText } from '../support/spec.js';
import { type TempDir, tempDir } from '../support/temp.js';

let dir: TempDir;
let engine: string;
beforeEach(async () => {
  dir = await tempDir();
  await writeTinyModel(dir.path);
  engine = join(dir.path, 'tiny.onnx_b4_gpu0_fp32.engine');
});
afterEach(() => dir.remove());

const stateNow = async (more: object = {}, platform: Platform = orin()) => {
  const made = await wanted(dir.path, more, platform);
  return engineState(made.engine, made.fingerprint);
};
const record = () => JSON.parse(readFileSync(`${engine}.json`, 'utf8'));
const writeRecordText = (text: string) => writeFileSync(`${engine}.json`, text);

describe('an engine', () => {
  it('is missing, then fresh', async () => {
    expect(await stateNow()).toEqual({ kind: 'missing' });
    await build(dir.path);
    expect(await stateNow()).toMatchObject({ kind: 'fresh', bytes: readFileSync(engine).length });
  });

  it('is missing where there is an empty file', async () => {
    writeFileSync(engine, '');
    expect(await stateNow()).toEqual({ kind: 'missing' });
  });

  /** All under one name, so that only the fingerprint tells them apart. */
  const one = { engine: './one.engine', precision: 'fp16' };
  const changes: Record<Part, readonly [more: object, platform: Platform, was: string, is: string]> = {
    onnx: [{}, {}, expect.any(String), expect.any(String)],
    tensorrt: [{}, { tensorrt: '10.16.1' }, '10.3.0', '10.16.1'],
    cuda: [{}, { cuda: '13.2' }, '12.6', '13.2'],
    gpu: [{}, { gpu: 'Thor' }, 'Orin', 'Thor'],
    computeCapability: [{}, { computeCapability: '11.0' }, '8.7', '11.0'],
    precision: [{ precision: 'fp32' }, {}, 'fp16', 'fp32'],
    profile: [
      { batch: 2 },
      {},
      'input:1x3x32x64 input:4x3x32x64 input:4x3x32x64',
      'input:1x3x32x64 input:2x3x32x64 input:2x3x32x64',
    ],
    dla: [{ dla: 1, batch: 4 }, {}, 'none', 'core 1, rest on the GPU'],
    calibration: [{ calibration: 'a.calib' }, {}, 'none', expect.stringMatching(/^[0-9a-f]{64}$/)],
  };

  it.each(PARTS)('is stale where %s is another, and says what it was and is', async (part) => {
    const [more, platform, was, is] = changes[part];
    const at = { engine: join(dir.path, 'one.engine') };
    await build(dir.path, { detector: { ...one, ...at } });
    writeFileSync(join(dir.path, 'a.calib'), 'ranges');
    if (part === 'onnx') await writeTinyModel(dir.path, tinyOnnx(['M', 3, 32, 64]));
    const calibration = 'calibration' in more ? { calibration: join(dir.path, 'a.calib') } : {};
    const state = await stateNow({ ...one, ...more, ...at, ...calibration }, { ...orin(), ...platform });
    const differences = 'differences' in state ? state.differences : [];
    // On a DLA core every batch is a full one.
    const also = part === 'dla' ? [{ part: 'profile', was: expect.any(String), is: expect.any(String) }] : [];
    expect(differences).toEqual([...also, { part, was, is }]);
    expect(stateText(state)).toBe(differences.map(differenceText).join('; '));
  });

  it('tells hashes by their beginning', () => {
    const [was, is] = ['a'.repeat(64), 'b'.repeat(64)];
    expect(differenceText({ part: 'onnx', was, is })).toBe('onnx was aaaaaaaaaaaa, is bbbbbbbbbbbb');
  });

  it('is not called stale for what nobody can tell', async () => {
    await build(dir.path, { platform: { tensorrt: '10.3.0' } });
    expect(await stateNow({}, { cuda: '12.6', gpu: 'Orin' })).toMatchObject({ kind: 'fresh' });
    expect(record().fingerprint).toMatchObject({ cuda: null, gpu: null });
  });

  it.each<readonly [string, () => void]>([
    ['no record', () => rmSync(`${engine}.json`)],
    ['no JSON', () => writeRecordText('{')],
    ['a record of another format', () => writeRecordText(JSON.stringify({ ...record(), format: 2 }))],
    ['a record with a key too many', () => writeRecordText(JSON.stringify({ ...record(), more: 1 }))],
    [
      'a record without its fingerprint',
      () => writeRecordText(JSON.stringify({ ...record(), fingerprint: {} })),
    ],
    ['an endless record', () => writeRecordText(`"${'x'.repeat(100_000)}"`)],
    ['a record of another engine', () => writeFileSync(engine, 'built by nvinfer')],
  ])('of which there is %s is unknown', async (_, change) => {
    await build(dir.path);
    change();
    expect(await stateNow()).toMatchObject({ kind: 'unknown' });
    expect((await build(dir.path)).why).toBe('there is no record of how it was built');
    expect(await stateNow()).toMatchObject({ kind: 'fresh' });
  });
});

describe('the engines of a spec', () => {
  it('are built once where pipelines share one', async () => {
    const made = await wantedEngines(pipelines(dir.path, {}, {}, { batch: 8 }), orin());
    expect(made.map(({ pipelines }) => pipelines)).toEqual([['main', 'side'], ['third']]);
  });

  it('must not be different ones under one name', async () => {
    const at = { engine: '/e/one.engine' };
    await expect(
      wantedEngines(pipelines(dir.path, at, { ...at, precision: 'fp16' }), orin()),
    ).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'pipelines main and side name one engine, /e/one.engine: precision was fp32, is fp16',
    });
  });
});

it('what is of no use is left alone where it was built anew meanwhile', async () => {
  await build(dir.path);
  const platform = { ...orin(), cuda: '13.2' };
  const [found] = await leftOvers([await wanted(dir.path, {}, platform)], platform);
  expect(found).toMatchObject({ path: engine, why: 'cuda was 12.6, is 13.2' });
  await build(dir.path, { platform });
  expect(await removeLeftOver(found as LeftOver)).toEqual([]);
  expect(await stateNow({}, platform)).toMatchObject({ kind: 'fresh' });
});

describe('before a pipeline starts', () => {
  const notes: string[] = [];
  const log = {
    info: (text: string) => notes.push(`info ${text}`),
    warn: (text: string) => notes.push(`warn ${text}`),
  };
  const verify = (more: object = {}) => verifyEngine(detector(dir.path, more), machine(), log);
  /** What the machine of these tests does not tell is no difference; another model is one everywhere. */
  const changeModel = () => writeTinyModel(dir.path, tinyOnnx(['M', 3, 32, 64]));
  beforeEach(() => void notes.splice(0));

  it('a missing engine is an error that names the command', async () => {
    await expect(verify()).rejects.toMatchObject({
      code: 'ENGINE_MISSING',
      message: `${engine} does not exist`,
      remedy:
        'build it: weir engine build weir.yaml, or set detector.buildEngine to true for nvinfer to build it at the start',
    });
  });

  it('a missing engine is left to nvinfer where the spec allows it', async () => {
    await verify({ buildEngine: true });
    expect(notes).toEqual([`info ${engine} does not exist; nvinfer builds it, which takes minutes`]);
  });

  it('a fresh engine passes in silence', async () => {
    await build(dir.path);
    await verify();
    expect(notes).toEqual([]);
  });

  it('a stale engine is an error that says why', async () => {
    await build(dir.path);
    await changeModel();
    await expect(verify()).rejects.toMatchObject({
      code: 'ENGINE_STALE',
      message: expect.stringMatching(
        /fp32\.engine was built for something else: onnx was \w{12}, is \w{12}$/,
      ),
      remedy: 'build it: weir engine build weir.yaml',
    });
  });

  it('a stale engine is removed where the spec lets nvinfer build', async () => {
    await build(dir.path);
    await changeModel();
    await verify({ buildEngine: true });
    expect(notes).toEqual([expect.stringContaining('is removed (onnx was')]);
    expect(await stateNow()).toEqual({ kind: 'missing' });
  });

  it.each(['nobody has a record of', 'is another than that of its record'])(
    'an engine that %s passes with a warning',
    async (which) => {
      if (which.includes('another')) await build(dir.path);
      writeFileSync(engine, 'built by nvinfer');
      await verify();
      expect(notes).toEqual([
        `warn nothing is known of how ${engine} was built; weir engine build weir.yaml builds it anew`,
      ]);
    },
  );

  it('only the provider nvidia asks for one', async () => {
    const text = specText('nats://127.0.0.1:1', {
      detector: { model: join(dir.path, 'tiny.yaml'), batch: 4 },
    });
    const env = { ...process.env, XDG_RUNTIME_DIR: dir.path };
    const options = { machine: machine(), env };
    await using _ = await startLocal(text, { ...options, binding: fakeBinding() });
    const nvidia = { ...fakeBinding(), info: () => ({ gstreamer: '1.20.3', provider: 'nvidia' }) };
    await expect(startLocal(text, { ...options, binding: nvidia })).rejects.toMatchObject({
      code: 'ENGINE_MISSING',
    });
  });
});
