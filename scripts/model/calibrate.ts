/**
 * Measures the ranges of a model's tensors on the footage, and writes them to models/<name>.ranges.json.
 * Usage: npx tsx scripts/model/calibrate.ts nanodet-320x256
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import onnxProto from 'onnx-proto';
import { transcode } from '../footage/encode.js';
import { MANIFESTS, MODELS, ROOT, readManifests } from './manifest.js';
import { MEAN } from './nanodet.js';
import { type Ranges, tensorsToMeasure } from './quantize.js';

/** Every so many frames of the film, from the first on; none of them is one of those with labelled people. */
const EVERY = 16;
const FIRST = 7;
/** Share of the values on either side that lies beyond the range. */
const BEYOND = 1e-5;
/** Digits of what is recorded. */
const DIGITS = 6;

interface Size {
  readonly width: number;
  readonly height: number;
}

const FILM = { file: join(ROOT, '.cache/footage/vtest-576.h264'), width: 768, height: 576 };

/** As nvinfer feeds the network: BGR planes minus the mean, the picture above and to the left, black beside it. */
async function pictures(network: Size): Promise<Float32Array[]> {
  const factor = Math.min(network.width / FILM.width, network.height / FILM.height);
  const fit = { width: Math.round(FILM.width * factor), height: Math.round(FILM.height * factor) };
  const raw = await frames(fit);
  const bytes = fit.width * fit.height * 3;
  const chosen = Array.from({ length: raw.length / bytes }, (_, i) => i).filter((i) => i % EVERY === FIRST);
  return chosen.map((i) => planes(raw.subarray(i * bytes, (i + 1) * bytes), fit, network));
}

async function frames({ width, height }: Size): Promise<Uint8Array> {
  const dir = mkdtempSync(join(tmpdir(), 'weir-calibrate-'));
  try {
    const out = join(dir, 'frames');
    const caps = `video/x-raw,format=BGR,width=${width},height=${height},pixel-aspect-ratio=1/1`;
    const scale = ['videoconvert', '!', 'videoscale', 'add-borders=false', '!', caps];
    await transcode(FILM.file, ['h264parse', '!', 'avdec_h264', '!', ...scale], out);
    return readFileSync(out);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function planes(bgr: Uint8Array, fit: Size, network: Size): Float32Array {
  const stride = bgr.length / fit.height;
  const plane = network.width * network.height;
  return Float32Array.from({ length: 3 * plane }, (_, i) => {
    const [channel, at] = [Math.floor(i / plane), i % plane];
    const [x, y] = [at % network.width, Math.floor(at / network.width)];
    const value = x < fit.width && y < fit.height ? (bgr[y * stride + 3 * x + channel] ?? 0) : 0;
    return value - (MEAN[channel as 0 | 1 | 2] ?? 0);
  });
}

/** The model with these tensors as outputs. */
function opened(model: Uint8Array, tensors: readonly string[]): Uint8Array {
  const { ModelProto, TensorProto } = onnxProto.onnx;
  const decoded = ModelProto.decode(model);
  const type = { tensorType: { elemType: TensorProto.DataType.FLOAT } };
  const output = tensors.map((name) => ({ name, type }));
  return ModelProto.encode({ ...decoded, graph: { ...decoded.graph, output } }).finish();
}

function rangeOf(values: Float32Array): [number, number] {
  const sorted = values.slice().sort();
  const beyond = Math.floor(sorted.length * BEYOND);
  return [sorted[beyond] ?? 0, sorted[sorted.length - 1 - beyond] ?? 0];
}

async function calibrate(name: string): Promise<Ranges> {
  const manifest = readManifests().find((each) => each.name === name);
  if (!manifest) throw new Error(`there is no models/${name}.yaml`);
  const model = readFileSync(join(MODELS, manifest.file));
  const tensors = tensorsToMeasure(model);
  const inner = tensors.slice(1); // the first is the input
  const session = await ort.InferenceSession.create(opened(model, inner));
  const ranges = new Map<string, [number, number]>();
  const widen = (tensor: string, [least, largest]: [number, number]) => {
    const [from, to] = ranges.get(tensor) ?? [least, largest];
    ranges.set(tensor, [Math.min(from, least), Math.max(to, largest)]);
  };
  for (const picture of await pictures(manifest.input)) {
    const input = new ort.Tensor('float32', picture, [1, 3, manifest.input.height, manifest.input.width]);
    const outputs = await session.run({ input });
    widen('input', [-Math.max(...MEAN), 255 - Math.min(...MEAN)]);
    for (const tensor of inner) widen(tensor, rangeOf(outputs[tensor]?.data as Float32Array));
  }
  const rounded = (value: number) => Number(value.toPrecision(DIGITS));
  return Object.fromEntries([...ranges].map(([tensor, [a, b]]) => [tensor, [rounded(a), rounded(b)]]));
}

const [name = ''] = process.argv.slice(2);
try {
  const ranges = await calibrate(name);
  const rows = Object.entries(ranges).map(([tensor, range]) => `  "${tensor}": [${range.join(', ')}]`);
  writeFileSync(join(MANIFESTS, `${name}.ranges.json`), `{\n${rows.join(',\n')}\n}\n`);
  console.error(`model: ${rows.length} ranges of ${name}`);
} catch (error) {
  console.error(`model: ${(error as Error).message}`);
  process.exitCode = 1;
}
