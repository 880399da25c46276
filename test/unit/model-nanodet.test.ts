/** The converted NanoDet computes what the TensorFlow.js file computes, and decodes it as NanoDet is defined. */
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { beforeAll, expect, test } from 'vitest';
import { type Manifest, type PackageSource, readManifests } from '../../scripts/model/manifest.js';
import { BINS, CLASSES, MEAN, nanodetToOnnx, STD, STRIDES } from '../../scripts/model/nanodet.js';
import { packageFiles } from '../../scripts/model/package.js';
import { halfToFloat, readTfGraph, type TfGraph } from '../../scripts/model/tfjs-graph.js';

/** Small and not square: the interpreter takes a minute for 416x416. */
const WIDTH = 160;
const HEIGHT = 96;
const PLANE = WIDTH * HEIGHT;
/** Input size the file was exported for. */
const FILE_SIZE = 416;

let json: string;
let weights: Buffer;
let graph: TfGraph;
let session: ort.InferenceSession;

beforeAll(async () => {
  const manifest = readManifests().find((m) => m.name === 'nanodet-320x256') as Manifest;
  const [bin, topology] = await packageFiles(manifest.source as PackageSource, ['models/nanodet.json']);
  weights = bin as Buffer;
  json = String(topology);
  graph = readTfGraph(json, weights);
  session = await ort.InferenceSession.create(nanodetToOnnx(graph, WIDTH, HEIGHT));
}, 120_000);

test.each([
  ['noise', noise()],
  ['a picture', picture()],
])('scores and boxes of %s equal those of the TensorFlow.js interpreter', async (_, pixels) => {
  const [outputs, expected] = await Promise.all([infer([pixels]), interpret(pixels)]);
  expect(outputs.scores.length).toBe(expected.scores.length);
  expect(largestDifference(outputs.scores, expected.scores)).toBeLessThan(1e-5);
  expect(outputs.boxes.length).toBe(expected.boxes.length);
  expect(largestDifference(outputs.boxes, expected.boxes)).toBeLessThan(1e-3);
  // Guards the comparison itself: a network that answers the same everywhere would pass it.
  expect(Math.max(...expected.scores) - Math.min(...expected.scores)).toBeGreaterThan(0.01);
});

test('pictures of one batch do not influence each other', async () => {
  const [first, second] = [noise(), picture()];
  const both = await infer([first, second]);
  const alone = [await infer([first]), await infer([second])];
  expect(
    largestDifference(
      both.scores,
      alone.flatMap((o) => [...o.scores]),
    ),
  ).toBeLessThan(1e-6);
  expect(
    largestDifference(
      both.boxes,
      alone.flatMap((o) => [...o.boxes]),
    ),
  ).toBeLessThan(1e-3);
});

test('the same file gives the same bytes', () => {
  expect(Buffer.compare(nanodetToOnnx(graph, WIDTH, HEIGHT), nanodetToOnnx(graph, WIDTH, HEIGHT))).toBe(0);
});

test('a size that the strides do not divide is refused', () => {
  expect(() => nanodetToOnnx(graph, 300, 256)).toThrow(
    'NanoDet input 300x256: width and height must be multiples of 32',
  );
});

test('a weight file that is too short or too long is refused', () => {
  expect(() => readTfGraph(json, weights.subarray(0, -2))).toThrow(/weight file ends inside/);
  expect(() => readTfGraph(json, Buffer.concat([weights, Buffer.alloc(2)]))).toThrow('2 bytes too many');
});

test('the numbers of classes and bins are those of the file', () => {
  const heads = graph.constants.get('PartitionedCall/Const_56');
  expect(heads && [...heads.values]).toEqual([CLASSES, 4 * BINS]);
});

test.each([
  [0x0000, 0],
  [0x3c00, 1],
  [0xc000, -2],
  [0x3555, 0.333251953125],
  [0x0001, 2 ** -24],
  [0x03ff, 1023 * 2 ** -24],
  [0x7bff, 65504],
  [0xfc00, Number.NEGATIVE_INFINITY],
])('half-precision %i is %d', (bits, value) => {
  expect(halfToFloat(bits)).toBe(value);
});

/** BGR planes, 0..255, the same on every run. */
function noise(): Float32Array {
  let state = 1;
  return Float32Array.from({ length: 3 * PLANE }, () => {
    state = (state * 48271) % 2147483647;
    return state % 256;
  });
}

/** A dark upright shape on a bright ground that gets lighter to the right. */
function picture(): Float32Array {
  return Float32Array.from({ length: 3 * PLANE }, (_, i) => {
    const [x, y, channel] = [i % WIDTH, Math.floor((i % PLANE) / WIDTH), Math.floor(i / PLANE)];
    const head = (x - 80) ** 2 + (y - 22) ** 2 < 49;
    const body = Math.abs(x - 80) < 12 && y > 28 && y < 84;
    if (head) return 90 + 40 * channel;
    return body ? 30 + 20 * channel : 120 + x / 2 + 10 * Math.sin(y / 5);
  });
}

interface Outputs {
  readonly scores: Float32Array | readonly number[];
  readonly boxes: Float32Array | readonly number[];
}

async function infer(pictures: readonly Float32Array[]): Promise<Outputs> {
  const input = Float32Array.from(pictures.flatMap((p) => [...p].map((v, i) => v - mean(i))));
  const tensor = new ort.Tensor('float32', input, [pictures.length, 3, HEIGHT, WIDTH]);
  const { scores, boxes } = await session.run({ input: tensor });
  return { scores: scores?.data as Float32Array, boxes: boxes?.data as Float32Array };
}

const mean = (index: number) => MEAN[Math.floor(index / PLANE) as 0 | 1 | 2];
const std = (index: number) => STD[Math.floor(index / PLANE) as 0 | 1 | 2];

/** Runs the file as it is but for its sizes, then decodes its heads. */
async function interpret(pixels: Float32Array): Promise<Outputs> {
  await tf.setBackend('cpu');
  const model = await tf.loadGraphModel({ load: async () => resizedFile() });
  const normalised = pixels.map((value, i) => (value - mean(i)) / std(i));
  const input = tf.tensor(normalised, [1, 3, HEIGHT, WIDTH]);
  const names = ['Identity', 'Identity_1', 'Identity_2', 'Identity_3', 'Identity_4', 'Identity_5'];
  const heads = (model.execute(input, names) as tf.Tensor[]).map((head) => head.dataSync());
  model.dispose();
  const boxes = STRIDES.flatMap((stride, level) => decode(heads[level + 3] as Float32Array, stride));
  return { scores: heads.slice(0, 3).flatMap((head) => [...head]), boxes };
}

/** The file with its input, and the sizes its resizes name, changed to ours. */
function resizedFile(): tf.io.ModelArtifacts {
  const text = json.replaceAll('{"size":"1"},{"size":"3"},{"size":"416"},{"size":"416"}', () =>
    ['1', '3', `${HEIGHT}`, `${WIDTH}`].map((size) => `{"size":"${size}"}`).join(),
  );
  const file = JSON.parse(text);
  const weightSpecs = file.weightsManifest[0].weights as (tf.io.WeightsManifestEntry & {
    quantization?: object;
  })[];
  const data = Uint8Array.from(weights);
  const view = new DataView(data.buffer);
  let offset = 0;
  for (const { name, shape, quantization } of weightSpecs) {
    const count = shape.reduce((a, b) => a * b, 1);
    if (/\/Cast_[1357]$/.test(name)) {
      const stride = FILE_SIZE / view.getInt32(offset, true);
      view.setInt32(offset, HEIGHT / stride, true);
      view.setInt32(offset + 4, WIDTH / stride, true);
    }
    offset += count * (quantization ? 2 : 4);
  }
  return {
    modelTopology: file.modelTopology,
    signature: file.signature,
    weightSpecs,
    weightData: data.buffer,
  };
}

/** One level of NanoDet: 4 distances per cell, each the expectation over a distribution of bins. */
function decode(head: Float32Array, stride: number): number[] {
  const columns = WIDTH / stride;
  const boxes: number[] = [];
  for (let cell = 0; cell < head.length / (4 * BINS); cell++) {
    const [x, y] = [((cell % columns) + 0.5) * stride, (Math.floor(cell / columns) + 0.5) * stride];
    const [left = 0, top = 0, right = 0, bottom = 0] = [0, 1, 2, 3].map((side) => {
      const start = (4 * cell + side) * BINS;
      const weights = [...head.subarray(start, start + BINS)].map(Math.exp);
      const sum = weights.reduce((a, b) => a + b);
      return stride * weights.reduce((total, weight, bin) => total + (bin * weight) / sum, 0);
    });
    boxes.push(x - left, y - top, x + right, y + bottom);
  }
  return boxes;
}

function largestDifference(a: Float32Array | readonly number[], b: Float32Array | readonly number[]): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++)
    largest = Math.max(largest, Math.abs((a[i] ?? Number.NaN) - (b[i] ?? Number.NaN)));
  return largest;
}
