import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type EngineRequest, trtexecArguments } from '../../src/engines/arguments.js';
import { type Release, RELEASES, TRTEXEC_OPTIONS } from '../../src/engines/data/trtexec.js';
import { releaseOf, versionOf } from '../../src/engines/release.js';
import { root } from '../support/paths.js';
import { run } from '../support/process.js';
import { withTempDir } from '../support/temp.js';
import { writeTrtexec } from '../support/trtexec.js';

const DYNAMIC = {
  name: 'input',
  dynamic: true,
  min: [1, 3, 32, 64],
  opt: [8, 3, 32, 64],
  max: [8, 3, 32, 64],
};
const STATIC = { ...DYNAMIC, dynamic: false, min: DYNAMIC.max };

const request = (more: Partial<EngineRequest> = {}): EngineRequest => ({
  ...{ onnx: '/m/a.onnx', output: '/m/a.engine', input: DYNAMIC, precision: 'fp32', typed: 'fp32', gpu: 0 },
  ...more,
});

const BEGIN = ['--onnx=/m/a.onnx', '--saveEngine=/m/a.engine', '--skipInference'];
const SHAPES = ['--minShapes=input:1x3x32x64', '--optShapes=input:8x3x32x64', '--maxShapes=input:8x3x32x64'];

type Case = readonly [what: string, more: Partial<EngineRequest>, args: readonly string[]];

const EVERYWHERE: readonly Case[] = [
  ['fp32 with a dynamic batch', {}, [...BEGIN, '--device=0', ...SHAPES]],
  ['fp32 with a fixed batch', { input: STATIC }, [...BEGIN, '--device=0']],
  ['another GPU', { gpu: 3, input: STATIC }, [...BEGIN, '--device=3']],
  [
    'limits of pools, in a fixed order',
    { input: STATIC, pools: { dlaSRAM: 1, workspace: 2048, dlaGlobalDRAM: 512, dlaLocalDRAM: 256 } },
    [...BEGIN, '--device=0', '--memPoolSize=workspace:2048M,dlaSRAM:1M,dlaLocalDRAM:256M,dlaGlobalDRAM:512M'],
  ],
  ['no limits', { input: STATIC, pools: {} }, [...BEGIN, '--device=0']],
  [
    'a timing cache and a level',
    { input: STATIC, timingCache: '/m/t.cache', optimisation: 0 },
    [...BEGIN, '--device=0', '--timingCacheFile=/m/t.cache', '--builderOptimizationLevel=0'],
  ],
];

const TEN: readonly Case[] = [
  ['fp16', { precision: 'fp16', input: STATIC }, [...BEGIN, '--device=0', '--fp16']],
  [
    'int8 with a calibration cache',
    { precision: 'int8', calibration: '/m/a.calib', input: STATIC },
    [...BEGIN, '--device=0', '--int8', '--calib=/m/a.calib'],
  ],
  [
    'int8 of a model that quantises by itself',
    { precision: 'int8', typed: 'int8', input: STATIC },
    [...BEGIN, '--device=0', '--int8'],
  ],
  [
    'a DLA core',
    { precision: 'fp16', dla: { core: 1, gpuFallback: true }, input: STATIC },
    [...BEGIN, '--device=0', '--fp16', '--useDLACore=1', '--allowGPUFallback'],
  ],
  [
    'a DLA core alone',
    { precision: 'fp16', dla: { core: 0, gpuFallback: false }, input: STATIC },
    [...BEGIN, '--device=0', '--fp16', '--useDLACore=0'],
  ],
];

const ELEVEN: readonly Case[] = [
  ['fp16 as the model says', { precision: 'fp16', typed: 'fp16', input: STATIC }, [...BEGIN, '--device=0']],
  ['int8 as the model says', { precision: 'int8', typed: 'int8', input: STATIC }, [...BEGIN, '--device=0']],
  [
    'a DLA core',
    { precision: 'fp16', typed: 'fp16', dla: { core: 0, gpuFallback: true }, input: STATIC },
    [...BEGIN, '--device=0', '--useDLACore=0', '--allowGPUFallback'],
  ],
];

describe.each<readonly [Release, readonly Case[]]>([
  ['10.3', [...EVERYWHERE, ...TEN]],
  ['10.16', [...EVERYWHERE, ...TEN]],
  ['11.1', [...EVERYWHERE, ...ELEVEN]],
])('the command line for TensorRT %s', (release, cases) => {
  it.each(cases)('says %s', (_, more, args) => {
    expect(trtexecArguments(request(more), release)).toEqual(args);
  });

  it.each(cases)('is taken: %s', async (_, more) => {
    await withTempDir(async (dir) => {
      const [onnx, output, timingCache] = [join(dir, 'a b=c.onnx'), join(dir, 'out'), join(dir, 'timing')];
      writeFileSync(onnx, 'a model');
      const places = { onnx, output, ...(more.timingCache !== undefined && { timingCache }) };
      const args = trtexecArguments({ ...request(more), ...places }, release);
      const { code, stdout } = await run(writeTrtexec(dir, release), args);
      expect(stdout).toContain('&&&& PASSED');
      expect(code).toBe(0);
      expect(JSON.parse(readFileSync(output, 'utf8')).args).toEqual(args);
    });
  });
});

const INT8_GUESS = {
  message: 'int8 without a calibration cache, and the model does not quantise by itself',
  remedy: 'give detector.calibration: without it TensorRT would guess the ranges of all values',
};

it.each<readonly [Release, Partial<EngineRequest>, { message: string; remedy: string }]>([
  ['10.3', { precision: 'int8' }, INT8_GUESS],
  ['10.16', { precision: 'int8', typed: 'fp16' }, INT8_GUESS],
  [
    '10.3',
    { dla: { core: 0, gpuFallback: true } },
    { message: 'a DLA core does not compute in fp32', remedy: 'set detector.precision to fp16 or int8' },
  ],
  [
    '11.1',
    { precision: 'fp16' },
    {
      message: 'TensorRT 11.1 computes in the precision of the ONNX file, which is fp32; expected fp16',
      remedy: 'convert the model to fp16, or set detector.precision to fp32',
    },
  ],
  [
    '11.1',
    { precision: 'fp32', typed: 'int8' },
    {
      message: 'TensorRT 11.1 computes in the precision of the ONNX file, which is int8; expected fp32',
      remedy: 'convert the model to fp32, or set detector.precision to int8',
    },
  ],
  [
    '11.1',
    { precision: 'int8', calibration: '/m/a.calib' },
    {
      message: 'TensorRT 11.1 takes no calibration cache',
      remedy: 'export the model with QuantizeLinear nodes, and leave detector.calibration out',
    },
  ],
  [
    '10.3',
    { input: { ...DYNAMIC, name: 'a,b' } },
    { message: 'trtexec cannot be told of an input named "a,b"', remedy: `name it without "," and "'"` },
  ],
])('TensorRT %s is not asked for %j', (release, more, error) => {
  expect(() => trtexecArguments(request(more), release)).toThrow(
    expect.objectContaining({ code: 'ENGINE_UNSUPPORTED', ...error }),
  );
});

describe('releases', () => {
  it.each([
    ['10.3.0', '10.3'],
    ['10.3', '10.3'],
    ['10.0.1', '10.3'],
    ['10.9.0', '10.3'],
    ['10.14.1', '10.3'],
    ['10.16.1', '10.16'],
    ['10.20.0', '10.16'],
    ['11.0.0', '11.1'],
    ['11.2.1', '11.1'],
  ])('%s is spoken for by %s', (version, release) => expect(releaseOf(version)).toBe(release));

  it.each(['8.6.2', '12.0.0', '', 'unknown'])('"%s" is spoken for by none', (version) => {
    expect(() => releaseOf(version)).toThrow(
      expect.objectContaining({
        code: 'ENGINE_UNSUPPORTED',
        message: `engines of TensorRT ${version} cannot be built`,
      }),
    );
  });

  it.each([
    ['100300', '10.3.0'],
    ['101601', '10.16.1'],
    ['8601', '8.6.1'],
    ['110201', '11.2.1'],
  ])('calls itself v%s and is %s', (banner, version) => expect(versionOf(banner)).toBe(version));

  it('have the options the facts say', () => {
    const facts = JSON.parse(readFileSync(join(root, 'test/contract/data/trtexec.json'), 'utf8'));
    const known = Object.keys(TRTEXEC_OPTIONS).map((name) => [name, facts.options[name]]);
    expect(Object.fromEntries(known)).toEqual(TRTEXEC_OPTIONS);
    expect([...new Set(Object.values<Release[]>(facts.options).flat())].sort()).toEqual([...RELEASES].sort());
  });
});
