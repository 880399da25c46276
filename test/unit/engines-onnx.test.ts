import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import onnxProto, { type onnx } from 'onnx-proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOnnxFacts } from '../../src/engines/onnx-facts.js';
import { inputProfile, shapeText } from '../../src/engines/profile.js';
import type { Dim } from '../../scripts/model/onnx-graph.js';
import { syntheticOnnx } from '../../scripts/model/synthetic.js';
import { detector, tinyOnnx, writeTinyModel } from '../support/engines.js';
import { type TempDir, tempDir } from '../support/temp.js';

let dir: TempDir;
let path: string;
beforeAll(async () => {
  dir = await tempDir();
  path = join(dir.path, 'tiny.onnx');
  await writeTinyModel(dir.path);
});
afterAll(() => dir.remove());

const facts = (bytes: Uint8Array | string) => {
  writeFileSync(path, bytes);
  return readOnnxFacts(path);
};

const { ModelProto } = onnxProto.onnx;
const { DataType } = onnxProto.onnx.TensorProto;
const model = (graph: onnx.IGraphProto) =>
  ModelProto.encode(ModelProto.create({ irVersion: 3, graph })).finish();
const input = (name: string, ...dim: onnx.TensorShapeProto.IDimension[]): onnx.IValueInfoProto => ({
  name,
  type: { tensorType: { elemType: DataType.FLOAT, shape: { dim } } },
});

describe('an ONNX file tells', () => {
  it('its inputs, and which sizes are open', () => {
    expect(facts(tinyOnnx(['N', 3, 32, 64]))).toEqual({
      inputs: [{ name: 'input', dims: [undefined, 3, 32, 64] }],
      precision: 'fp32',
    });
    expect(facts(tinyOnnx([4, 3, 'h', 'w'], 'x:0')).inputs).toEqual([
      { name: 'x:0', dims: [4, 3, undefined, undefined] },
    ]);
  });

  it('the same of a model with weights', () => {
    expect(facts(syntheticOnnx())).toEqual({
      inputs: [{ name: 'input', dims: [undefined, 3, 360, 640] }],
      precision: 'fp32',
    });
  });

  it('open sizes in every spelling', () => {
    const dims = [{ dimValue: -1 }, { dimValue: 0 }, {}, { dimParam: 'N' }, { dimValue: 2 ** 40 }];
    expect(facts(model({ name: 'g', input: [input('a', ...dims)] })).inputs).toEqual([
      { name: 'a', dims: [undefined, undefined, undefined, undefined, undefined] },
    ]);
  });

  it('no constant as an input, as old files have them', () => {
    const weights = { name: 'w', dims: [1], dataType: DataType.FLOAT, rawData: new Uint8Array(4) };
    const graph = { name: 'g', input: [input('w', { dimValue: 1 }), input('a')], initializer: [weights] };
    expect(facts(model(graph)).inputs).toEqual([{ name: 'a', dims: [] }]);
  });

  it('the precision of its weights', () => {
    const weights = { name: 'w', dims: [2], dataType: DataType.FLOAT16, rawData: new Uint8Array(4) };
    expect(facts(model({ name: 'g', input: [input('a')], initializer: [weights] })).precision).toBe('fp16');
  });

  it('that it quantises', () => {
    const node = [{ opType: 'Relu' }, { opType: 'DequantizeLinear' }];
    expect(facts(model({ name: 'g', input: [input('a')], node })).precision).toBe('int8');
  });
});

describe('what is no ONNX file', () => {
  it.each([
    ['', 'it has no graph with an input'],
    ['a text', 'a field that is longer than what it is in'],
    ['\xff'.repeat(40), 'a number without end'],
    ['\x0f', 'no field begins here'],
    ['\x3a\x05', 'a field that is longer than what it is in'],
    ['\x08', 'it ends in the middle of a field'],
  ])('%j is refused', (text, why) => {
    expect(() => facts(Buffer.from(text, 'latin1') as Uint8Array)).toThrow(
      expect.objectContaining({ code: 'ENGINE_UNSUPPORTED', message: expect.stringContaining(why) }),
    );
  });

  /** Undefined where it was read, which may be right. */
  const refusal = (bytes: Uint8Array): unknown => {
    try {
      expect(facts(bytes).inputs.length).toBeGreaterThan(0);
      return undefined;
    } catch (error) {
      return error;
    }
  };
  const whole = tinyOnnx();

  it('a file cut off anywhere in its graph is refused', () => {
    const errors = Array.from(whole, (_, length) => refusal(whole.subarray(0, length)));
    // What follows the graph names the operators' version.
    const cut = errors.slice(0, -6);
    expect(cut).toEqual(cut.map(() => expect.objectContaining({ code: 'ENGINE_UNSUPPORTED' })));
  });

  it('a file with any byte changed is refused, or read', () => {
    const errors = Array.from(whole, (_, at) =>
      refusal(whole.map((byte, i) => (i === at ? byte ^ 0xff : byte))),
    );
    const found = errors.filter((error) => error !== undefined);
    expect(found.length).toBeGreaterThan(10);
    expect(found).toEqual(found.map(() => expect.objectContaining({ code: 'ENGINE_UNSUPPORTED' })));
  });

  it('a file that is not there is missing', () => {
    expect(() => readOnnxFacts('/nowhere/a.onnx')).toThrow(
      expect.objectContaining({ code: 'MODEL_MISSING', message: '/nowhere/a.onnx cannot be read: ENOENT' }),
    );
  });
});

describe('the shapes of an engine', () => {
  const profile = (shape: readonly Dim[], more: object = {}, name = 'input') =>
    inputProfile(detector(dir.path, more), facts(tinyOnnx(shape, name)));
  const texts = (...given: Parameters<typeof profile>) => {
    const made = profile(...given);
    return [made.min, made.opt, made.max].map((shape) => shapeText(made, shape));
  };

  it('go from one picture to the batch', () => {
    expect(texts(['N', 3, 32, 64])).toEqual(['input:1x3x32x64', 'input:4x3x32x64', 'input:4x3x32x64']);
    expect(profile(['N', 3, 32, 64]).dynamic).toBe(true);
  });

  it('are all of the batch on a DLA core', () => {
    expect(texts(['N', 3, 32, 64], { dla: 0 })).toEqual(Array(3).fill('input:4x3x32x64'));
  });

  it('are those of the manifest where the model leaves the size open', () => {
    expect(texts(['N', 3, 'h', 'w']).at(-1)).toBe('input:4x3x32x64');
  });

  it('are the one of a model with a fixed batch', () => {
    expect(texts([4, 3, 32, 64])).toEqual(Array(3).fill('input:4x3x32x64'));
    expect(profile([4, 3, 32, 64]).dynamic).toBe(false);
  });

  it.each<readonly [Dim[], string, string, string]>([
    [
      [1, 3, 32, 64],
      'input',
      'is made for batches of exactly 1; expected 4, or any',
      'set detector.batch to 1, or export the model with a dynamic batch dimension',
    ],
    [['N', 3, 32, 64], 'data', 'has no input "input"; it has "data"', 'correct `input` of the manifest'],
    [
      ['N', 3, 64, 32],
      'input',
      'has the shape ?x3x64x32 for "input"; expected ?x3x32x64',
      'correct `input` of the manifest',
    ],
    [
      ['N', 32, 64, 3],
      'input',
      'has the shape ?x32x64x3 for "input"; expected ?x3x32x64',
      'correct `input` of the manifest',
    ],
    [
      [3, 32],
      'input',
      'has the shape 3x32 for "input"; expected ?x3x32x64',
      'correct `input` of the manifest',
    ],
  ])('cannot be made of %j', (shape, name, message, remedy) => {
    expect(() => profile(shape, {}, name)).toThrow(
      expect.objectContaining({
        code: 'ENGINE_UNSUPPORTED',
        message: `model "tiny": ${path} ${message}`,
        remedy,
      }),
    );
  });

  it('cannot be made where a second input is open', () => {
    const shape = ['N', 3, 32, 64].map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d }));
    const two = (...dim: onnx.TensorShapeProto.IDimension[]) =>
      inputProfile(
        detector(dir.path),
        facts(model({ name: 'g', input: [input('input', ...shape), input('b', ...dim)] })),
      );
    expect(() => two({ dimParam: 'M' })).toThrow('has a second input of unknown size, "b"');
    expect(two({ dimValue: 3 }).name).toBe('input');
  });
});
