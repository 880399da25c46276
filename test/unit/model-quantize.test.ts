/** The 8-bit form of a model computes what the model computes, to within the steps its ranges leave. */
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { OnnxGraph } from '../../scripts/model/onnx-graph.js';
import { quantized, type Ranges, tensorsToMeasure } from '../../scripts/model/quantize.js';

const SIDE = 8;
/** One channel becomes two, each 3x3 with a pixel of padding; the second is ten times the first. */
const KERNEL = [0.1, 0.2, 0.1, 0, 0.5, 0, -0.1, -0.2, -0.1];
const RANGES: Ranges = { input: [-2, 2], conv: [-25, 25], relu: [-2.5, 25], sum: [-5, 50] };

function model(): Uint8Array {
  const graph = new OnnxGraph('test');
  const input = graph.input('input', [1, 1, SIDE, SIDE]);
  const weights = graph.floats('weights', [2, 1, 3, 3], [...KERNEL, ...KERNEL.map((w) => 10 * w)]);
  const bias = graph.floats('bias', [2], [0.25, -1]);
  const window = { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1] };
  const conv = graph.node('Conv', 'conv', [input, weights, bias], window);
  const relu = graph.node('LeakyRelu', 'relu', [conv], { alpha: { float: 0.1 } });
  const sum = graph.node('Add', 'sum', [relu, relu]);
  const shape = graph.ints('shape', [1, 2, SIDE * SIDE]);
  const flat = graph.node('Reshape', 'flat', [sum, shape]);
  graph.output(graph.node('Sigmoid', 'scores', [flat]), [1, 2, SIDE * SIDE]);
  return graph.encode();
}

async function scores(bytes: Uint8Array): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes);
  const values = Float32Array.from({ length: SIDE * SIDE }, (_, i) => 2 * Math.sin(i * i));
  const output = await session.run({ input: new ort.Tensor('float32', values, [1, 1, SIDE, SIDE]) });
  return output.scores?.data as Float32Array;
}

test('answers as the model does, channels of different size alike', async () => {
  const [expected, answered] = [await scores(model()), await scores(quantized(model(), RANGES))];
  const differences = expected.map((score, i) => Math.abs(score - (answered[i] ?? Number.NaN)));
  // Three roundings to steps of 0.1 and 0.2, and a sigmoid whose slope is 1/4 at most.
  expect(Math.max(...differences)).toBeLessThan(0.1);
  expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(0.9);
});

test('gives the same bytes each time', () => {
  const bytes = quantized(model(), RANGES);
  expect(Buffer.compare(bytes, quantized(model(), RANGES))).toBe(0);
});

test('leaves what has no range as it was', async () => {
  expect(await scores(quantized(model(), {}))).toEqual(await scores(model()));
});

test('asks for the ranges of what the operations before the decoder read and write', () => {
  expect(tensorsToMeasure(model())).toEqual(['input', 'conv', 'relu', 'sum']);
});

test('refuses weights that are no constants', () => {
  const graph = new OnnxGraph('test');
  const input = graph.input('input', [1, 1, SIDE, SIDE]);
  const weights = graph.input('weights', [1, 1, 1, 1]);
  graph.output(graph.node('Conv', 'conv', [input, weights], { kernel_shape: [1, 1] }), [1, 1, SIDE, SIDE]);
  expect(() => quantized(graph.encode(), { input: [0, 1] })).toThrow('weights is no constant of the model');
});
