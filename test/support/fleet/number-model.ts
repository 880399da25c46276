/**
 * A detector that reads the number drawn in a synthetic scene and nothing else, from a picture of a sixteenth of
 * the size: cheap enough for the frames of 32 cameras on two cores. Each set bit is an object of the bit's class.
 * The bits that do not change while a camera runs are objects a second time, as marks: those are for the tracker,
 * which would keep the bits to itself until it is sure of them.
 */
import { OnnxGraph } from '../../../scripts/model/onnx-graph.js';
import { BITS, SCENE } from '../../../scripts/model/synthetic-scene.js';
import { pictureNumber } from '../picture-number.js';
import { writeModel } from '../write-model.js';

const REDUCTION = 4;
const WIDTH = SCENE.width / REDUCTION;
const HEIGHT = SCENE.height / REDUCTION;
/** Of the grid, in pixels of the reduced picture. */
const STRIDE = 4;
const [COLUMNS, ROWS] = [Math.ceil(WIDTH / STRIDE), Math.ceil(HEIGHT / STRIDE)];
/** The parser's unit of box distances. */
const BOX_NORM = 35;
/** The bits below tell the frames of a scene apart. */
const FIRST_MARK = 7;
const SHOWN = Array.from({ length: BITS.count }, (_, bit) => bit);
/** By class: the bit that is looked at. */
const BIT_OF = [...SHOWN, ...SHOWN.slice(FIRST_MARK)];
const CLASSES = BIT_OF.length;
/** Names of the classes to be tracked. */
export const MARKS = SHOWN.slice(FIRST_MARK).map((bit) => `mark${bit}`);

/** The number in the picture a message is about. */
export const numberIn = (message: Parameters<typeof pictureNumber>[0]): number => pictureNumber(message, 0);

/** Writes the model with its manifest; resolves with the manifest's path, which is the spec's `detector.model`. */
export function writeNumberModel(dir: string): Promise<string> {
  const labels = [...SHOWN.map((bit) => `bit${bit}`), ...MARKS];
  return writeModel(dir, numberOnnx(), labels, {
    name: 'numbers',
    description: 'Reads the number in a synthetic scene',
    source: { script: 'test/support/fleet/number-model.ts' },
    licence: { spdx: 'Apache-2.0', of: 'this project' },
    input: { name: 'input', width: WIDTH, height: HEIGHT, colorFormat: 'rgb', scale: 1 / 255 },
    thresholds: { confidence: 0.5, iou: 0.5, topk: 1 },
  });
}

/** `input` [N,3,90,160] to `conv_cov` [N,25,23,40] and `conv_bbox` [N,100,23,40], as DetectNet_v2 reports. */
function numberOnnx(): Uint8Array {
  const graph = new OnnxGraph('numbers');
  const input = graph.input('input', ['N', 3, HEIGHT, WIDTH]);
  const cells = everyNth(graph, 'columns', everyNth(graph, 'rows', input, 2, HEIGHT), 3, WIDTH);
  const darkest = graph.node('ReduceMin', 'darkest', [cells], { axes: [1], keepdims: 1 });
  const bright = graph.node('Greater', 'bright', [darkest, graph.floats('half', [], [0.5])]);
  const white = graph.node('Cast', 'white', [bright], { to: 1 });
  graph.node('Mul', 'conv_cov', [white, graph.floats('places', [1, CLASSES, ROWS, COLUMNS], bitPlaces())]);
  const distance = BITS.size / REDUCTION / 2 / BOX_NORM;
  const sides = BIT_OF.map(() => [distance, distance, distance, distance]).flat();
  graph.node('Mul', 'conv_bbox', [white, graph.floats('sides', [1, 4 * CLASSES, 1, 1], sides)]);
  graph.output('conv_cov', ['N', CLASSES, ROWS, COLUMNS]);
  graph.output('conv_bbox', ['N', 4 * CLASSES, ROWS, COLUMNS]);
  return graph.encode();
}

function everyNth(graph: OnnxGraph, name: string, input: string, axis: 2 | 3, length: number): string {
  const parts = { starts: 0, ends: length, axes: axis, steps: STRIDE };
  const constants = Object.entries(parts).map(([key, value]) => graph.ints(`${name}_${key}`, [value]));
  return graph.node('Slice', name, [input, ...constants]);
}

function bitPlaces(): Float32Array {
  const places = new Float32Array(CLASSES * ROWS * COLUMNS);
  const cell = (pixel: number): number => pixel / REDUCTION / STRIDE;
  for (const [id, bit] of BIT_OF.entries()) {
    places[(id * ROWS + cell(BITS.centreY)) * COLUMNS + cell(BITS.centreX(bit))] = 1;
  }
  return places;
}
