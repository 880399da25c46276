/**
 * A detector of synthetic scenes, written as an ONNX graph: it measures the coloured rectangle around every
 * sixteenth pixel and reports it the way DetectNet_v2 does, so that nvinfer's default parser reads it.
 */
import { OnnxGraph } from './onnx-graph.js';
import { BITS, OBJECT, OBJECT_KINDS, SCENE } from './synthetic-scene.js';

/** Pixels per grid cell. The parser takes ceil(size / cells) for it, and cell (h, w) for pixel (16h, 16w). */
const STRIDE = 16;
const COLUMNS = Math.ceil(SCENE.width / STRIDE);
const ROWS = Math.ceil(SCENE.height / STRIDE);
const KINDS = OBJECT_KINDS.length;
/** The parser's unit of box distances, and its offset of half a pixel. */
const BOX_NORM = 35;
const HALF_PIXEL = 0.5;
/** How far a rectangle is followed: a little more than the largest, so that larger areas are recognised as such. */
const REACH = OBJECT.maxSize + 16;
const SMALLEST = OBJECT.minSize - 8;
const LARGEST = OBJECT.maxSize + 8;
/** A pixel is coloured, or white, from half of full contrast: where a blurred edge is cut in its middle. */
const THRESHOLD = 0.5;

/**
 * @returns the model file: `input` [N,3,360,640] (RGB, 0..1) to `conv_cov` [N,22,23,40] and `conv_bbox` [N,88,23,40].
 *   Coverage is 0 or, for objects, 0.75 plus a part that grows towards the middle, so that clustering keeps the
 *   measurement farthest from corners; for bits 1.
 */
export function syntheticOnnx(): Uint8Array {
  const graph = new OnnxGraph('synthetic');
  const input = graph.input('input', ['N', 3, SCENE.height, SCENE.width]);
  const rows = everyNth(graph, 'rows', input, 2);
  const columns = everyNth(graph, 'columns', input, 3);
  const sides = [
    run(graph, 'left', outside(graph, 'row', rows), 3, 'back'),
    run(graph, 'top', outside(graph, 'column', columns), 2, 'back'),
    run(graph, 'right', 'row_outside', 3, 'forth'),
    run(graph, 'bottom', 'column_outside', 2, 'forth'),
  ];
  const white = whiteness(graph, everyNth(graph, 'cells', rows, 3));
  const coverage = [objectCoverage(graph, sides), bitCoverage(graph, white)];
  const boxes = [objectBoxes(graph, sides), bitBoxes(graph, white)];
  const classes = KINDS + BITS.count;
  graph.output(graph.node('Concat', 'conv_cov', coverage, { axis: 1 }), ['N', classes, ROWS, COLUMNS]);
  graph.output(graph.node('Concat', 'conv_bbox', boxes, { axis: 1 }), ['N', 4 * classes, ROWS, COLUMNS]);
  return graph.encode();
}

function everyNth(graph: OnnxGraph, name: string, input: string, axis: 2 | 3): string {
  const parts = { starts: 0, ends: axis === 2 ? SCENE.height : SCENE.width, axes: axis, steps: STRIDE };
  const inputs = Object.entries(parts).map(([key, value]) => graph.ints(`${name}_${key}`, [value]));
  return graph.node('Slice', name, [input, ...inputs]);
}

/**
 * [N,3,..] to [N,kinds,..]: 1 where a pixel is not of a kind's colour. A colour is known by its full channels
 * standing clear of its empty ones, which grey, white and black do for no pair and another kind for one pair at most.
 */
function outside(graph: OnnxGraph, name: string, pixels: string): string {
  const pairs = OBJECT_KINDS.map(({ rgb }) =>
    [0, 1, 2].flatMap((full) =>
      [0, 1, 2].filter((empty) => rgb[full] === 255 && rgb[empty] === 0).map((empty) => [full, empty]),
    ),
  );
  const contrast = [0, 1].map((which) => {
    const weights = pairs.flatMap((pair) =>
      [0, 1, 2].map((c) => Number(c === pair[which]?.[0]) - Number(c === pair[which]?.[1])),
    );
    const kernel = graph.floats(`${name}_pair${which}`, [KINDS, 3, 1, 1], weights);
    return graph.node('Conv', `${name}_contrast${which}`, [pixels, kernel], { kernel_shape: [1, 1] });
  });
  const weakest = graph.node('Min', `${name}_contrast`, contrast);
  return lessThan(graph, `${name}_outside`, weakest, THRESHOLD);
}

function lessThan(graph: OnnxGraph, name: string, input: string, limit: number): string {
  const below = graph.node('Less', `${name}_test`, [input, graph.floats(`${name}_limit`, [], [limit])]);
  return graph.node('Cast', name, [below], { to: 1 });
}

/**
 * Pixels from a cell's pixel, itself included, to the last one of its kind in one direction: 0 outside. The nearest
 * pixel outside has the largest number when they are counted up towards the cell, so max-pooling finds it.
 */
function run(graph: OnnxGraph, name: string, mask: string, axis: 2 | 3, direction: 'back' | 'forth'): string {
  const length = axis === 2 ? SCENE.height : SCENE.width;
  const cells = axis === 2 ? ROWS : COLUMNS;
  const number = (at: number) => (direction === 'back' ? at + 1 : length - at);
  const along = (count: number) => (axis === 2 ? [1, 1, count, 1] : [1, 1, 1, count]);
  const numbers = graph.floats(
    `${name}_numbers`,
    along(length),
    Array.from({ length }, (_, at) => number(at)),
  );
  const numbered = graph.node('Mul', `${name}_numbered`, [mask, numbers]);
  const beyond = (cells - 1) * STRIDE + REACH - (length - 1);
  const pad = direction === 'back' ? [REACH, 0] : [0, beyond];
  const nearest = graph.node('MaxPool', `${name}_nearest`, [numbered], {
    kernel_shape: axis === 2 ? [REACH + 1, 1] : [1, REACH + 1],
    strides: axis === 2 ? [STRIDE, 1] : [1, STRIDE],
    pads: axis === 2 ? [pad[0] ?? 0, 0, pad[1] ?? 0, 0] : [0, pad[0] ?? 0, 0, pad[1] ?? 0],
  });
  const own = graph.floats(
    `${name}_own`,
    along(cells),
    Array.from({ length: cells }, (_, i) => number(i * STRIDE)),
  );
  return graph.node('Sub', name, [own, nearest]);
}

function objectCoverage(graph: OnnxGraph, [left, top, right, bottom]: readonly string[]): string {
  const sums = [
    graph.node('Add', 'width', [left ?? '', right ?? '']),
    graph.node('Add', 'height', [top ?? '', bottom ?? '']),
  ];
  // Both runs count the cell's own pixel.
  const small = lessThan(graph, 'small', graph.node('Min', 'shorter', sums), SMALLEST + 1);
  const fits = lessThan(graph, 'fits', graph.node('Max', 'longer', sums), LARGEST + 2);
  const large = graph.node('Sub', 'only_large', [fits, small]);
  const valid = graph.node('Relu', 'valid', [large]);
  const margin = graph.node('Min', 'margin', [left ?? '', top ?? '', right ?? '', bottom ?? '']);
  const share = graph.node('Mul', 'margin_share', [
    margin,
    graph.floats('margin_unit', [], [1 / (2 * OBJECT.maxSize)]),
  ]);
  const confidence = graph.node('Add', 'confidence', [share, graph.floats('base_confidence', [], [0.75])]);
  return graph.node('Mul', 'object_coverage', [valid, confidence]);
}

/** [N,24,..]: left, top, right, bottom of kind 0, then of kind 1, and so on. */
function objectBoxes(graph: OnnxGraph, sides: readonly string[]): string {
  const axis = graph.ints('side_axis', [2]);
  const planes = sides.map((side) => graph.node('Unsqueeze', `${side}_plane`, [side, axis]));
  const stacked = graph.node('Concat', 'sides', planes, { axis: 2 });
  const flat = graph.node('Reshape', 'side_planes', [
    stacked,
    graph.ints('side_shape', [0, 4 * KINDS, ROWS, COLUMNS]),
  ]);
  const shifted = graph.node('Sub', 'side_distance', [flat, graph.floats('half_pixel', [], [HALF_PIXEL])]);
  return graph.node('Div', 'object_boxes', [shifted, graph.floats('box_norm', [], [BOX_NORM])]);
}

/** [N,1,..]: 1 where a cell's pixel is white. */
function whiteness(graph: OnnxGraph, cells: string): string {
  const darkest = graph.node('ReduceMin', 'darkest', [cells], { axes: [1], keepdims: 1 });
  const white = graph.node('Greater', 'white_test', [darkest, graph.floats('white_limit', [], [THRESHOLD])]);
  return graph.node('Cast', 'white', [white], { to: 1 });
}

function bitCoverage(graph: OnnxGraph, white: string): string {
  const places = new Float32Array(BITS.count * ROWS * COLUMNS);
  for (let bit = 0; bit < BITS.count; bit++) {
    places[(bit * ROWS + BITS.centreY / STRIDE) * COLUMNS + BITS.centreX(bit) / STRIDE] = 1;
  }
  const mask = graph.floats('bit_places', [1, BITS.count, ROWS, COLUMNS], places);
  return graph.node('Mul', 'bit_coverage', [white, mask]);
}

function bitBoxes(graph: OnnxGraph, white: string): string {
  const [before, after] = [(BITS.size / 2 + HALF_PIXEL) / BOX_NORM, (BITS.size / 2 - HALF_PIXEL) / BOX_NORM];
  const distances = Array.from({ length: BITS.count }, () => [before, before, after, after]).flat();
  const box = graph.floats('bit_box', [1, 4 * BITS.count, 1, 1], distances);
  return graph.node('Mul', 'bit_boxes', [white, box]);
}
