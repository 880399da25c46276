/** A detector that finds the same objects in every picture at next to no cost: what the path behind it costs shows. */
import { OnnxGraph } from '../../../scripts/model/onnx-graph.js';
import { writeModel } from '../../support/write-model.js';
import type { BenchModel } from '../lib/scene.js';

/** Of the network, in pixels; the parser's cells are as large as these make them. */
const [WIDTH, HEIGHT] = [160, 90];
const STRIDE = 4;
const [COLUMNS, ROWS] = [Math.ceil(WIDTH / STRIDE), Math.ceil(HEIGHT / STRIDE)];
/** Objects stand this many cells apart and are a little smaller, so that none covers another. */
const APART = { columns: 3, rows: 2 } as const;
const BOX_NORM = 35;
const CONFIDENCE = 0.9;

/** Writes a model that finds `count` objects, 1 to 132, into `dir`. */
export async function objectsModel(dir: string, count: number): Promise<BenchModel> {
  const name = `objects-${count}`;
  const manifest = await writeModel(dir, onnx(count), ['thing'], {
    name,
    description: `Finds ${count} objects in every picture`,
    source: { script: 'test/bench/models/objects.ts' },
    licence: { spdx: 'Apache-2.0', of: 'this project' },
    input: { name: 'input', width: WIDTH, height: HEIGHT, colorFormat: 'rgb', scale: 1 / 255 },
    thresholds: { confidence: 0.5, iou: 0.5, topk: 200 },
  });
  const shape = { input: 'input', width: WIDTH, height: HEIGHT, mean: [0, 0, 0], confidence: 0.5, iou: 0.5 };
  return { name, manifest, file: `${dir}/${name}.onnx`, ...shape };
}

/** `input` [N,3,90,160] to `conv_cov` [N,1,23,40] and `conv_bbox` [N,4,23,40], the same for every picture. */
function onnx(count: number): Uint8Array {
  const graph = new OnnxGraph('objects');
  const input = graph.input('input', ['N', 3, HEIGHT, WIDTH]);
  const least = graph.node('ReduceMin', 'least', [input], { axes: [1, 2, 3], keepdims: 1 });
  const nothing = graph.node('Mul', 'nothing', [least, graph.floats('zero', [], [0])]);
  graph.node('Add', 'conv_cov', [nothing, graph.floats('places', [1, 1, ROWS, COLUMNS], places(count))]);
  graph.node('Add', 'conv_bbox', [nothing, graph.floats('sides', [1, 4, ROWS, COLUMNS], sides())]);
  graph.output('conv_cov', ['N', 1, ROWS, COLUMNS]);
  graph.output('conv_bbox', ['N', 4, ROWS, COLUMNS]);
  return graph.encode();
}

function places(count: number): Float32Array {
  const perRow = Math.floor((COLUMNS - 1) / APART.columns);
  const most = perRow * Math.floor((ROWS - 1) / APART.rows);
  if (count > most) throw new RangeError(`${count} objects; at most ${most} have room`);
  const cells = new Float32Array(ROWS * COLUMNS);
  for (let i = 0; i < count; i++) {
    const [row, column] = [1 + APART.rows * Math.floor(i / perRow), 1 + APART.columns * (i % perRow)];
    cells[row * COLUMNS + column] = CONFIDENCE;
  }
  return cells;
}

/** From a cell's centre to the edges of its object. */
function sides(): Float32Array {
  const [x, y] = [(APART.columns * STRIDE - 2) / 2 / BOX_NORM, (APART.rows * STRIDE - 2) / 2 / BOX_NORM];
  const area = ROWS * COLUMNS;
  return Float32Array.from({ length: 4 * area }, (_, i) => (Math.floor(i / area) % 2 === 0 ? x : y));
}
