/** NanoDet-g as ONNX: the network of the TensorFlow.js file, with normalisation and box decoding inside the graph. */
import { OnnxGraph } from './onnx-graph.js';
import type { TfConstant, TfGraph, TfNode } from './tfjs-graph.js';

export const CLASSES = 80;
/** Each side's distance is the expectation over this many bins, in units of the stride. */
export const BINS = 11;
export const STRIDES = [8, 16, 32] as const;
/** Per channel in BGR order. The mean is taken off by nvinfer's `offsets`, so that padding and zero agree with training. */
export const MEAN = [103.53, 116.28, 123.675] as const;
export const STD = [57.375, 57.12, 58.395] as const;

const LEAKY_SLOPE = { float: 0.1 };
/** Side of the input the file was exported for. */
const FILE_SIZE = 416;
const PREFIX = /^PartitionedCall\/(onnx_tf_prefix_)?/;

/**
 * @param width of the network's input in pixels, a multiple of 32; likewise `height`
 * @returns the model file: `input` [N,3,height,width] (BGR minus mean) to `scores` [N,P,80] (0..1) and
 *   `boxes` [N,P,4] (left, top, right, bottom in network pixels, not clipped), P cells of strides 8, 16, 32 row by row
 */
export function nanodetToOnnx(source: TfGraph, width: number, height: number): Uint8Array {
  if (width % 32 !== 0 || height % 32 !== 0) {
    throw new Error(`NanoDet input ${width}x${height}: width and height must be multiples of 32`);
  }
  const graph = new OnnxGraph(`nanodet-${width}x${height}`);
  const heads = new Translation(source, graph).run(width, height);
  addDecoder(graph, heads, width, height);
  return graph.encode();
}

/**
 * Keeps every tensor in NCHW. The file came from ONNX by way of TensorFlow: its transposes only wrap each
 * convolution into NHWC and back, so they are dropped, and pads and axes already speak of NCHW.
 */
class Translation {
  /** TensorFlow tensor to ONNX tensor. */
  readonly #tensors = new Map<string, string>();
  /** Tensors that are another one padded by a pixel on each side, waiting for the operation that pads by itself. */
  readonly #padded = new Set<string>();
  /** Input pixels per step of an ONNX tensor. */
  readonly #strides = new Map<string, number>();
  /** Nodes by the name of each tensor they read. */
  readonly #readers = new Map<string, TfNode[]>();
  readonly #heads: string[] = [];

  constructor(
    private readonly source: TfGraph,
    private readonly graph: OnnxGraph,
  ) {
    for (const node of source.nodes) {
      for (const input of node.input) this.#readers.set(input, [...(this.#readers.get(input) ?? []), node]);
    }
  }

  /** @returns the three outputs [N,124,H/stride,W/stride], scores before boxes, by rising stride */
  run(width: number, height: number): string[] {
    for (const node of this.source.nodes) {
      if (node.op === 'Placeholder') {
        this.#tensors.set(node.name, this.graph.input('input', ['N', 3, height, width]));
      } else if (this.#tensors.has(node.input[0] ?? '')) {
        this.#translate(node);
      }
    }
    if (this.#heads.length !== STRIDES.length)
      throw new Error(`NanoDet: ${this.#heads.length} outputs, expected 3`);
    return this.#heads;
  }

  #translate(node: TfNode): void {
    const name = node.name.replace(PREFIX, '').replace('/', '_');
    const input = this.#tensor(node, 0);
    const result = (tensor: string) => {
      this.#tensors.set(node.name, tensor);
      if (!this.#strides.has(tensor)) this.#strides.set(tensor, this.#stride(input) * this.#step(node));
    };
    switch (node.op) {
      case 'Transpose':
        this.#pass(node);
        break;
      case 'Pad':
      case 'PadV2':
        this.#checkPad(node);
        this.#tensors.set(node.name, input);
        this.#padded.add(node.name);
        break;
      case 'Conv2D':
        result(this.#convolution(node, name, input));
        break;
      case 'Add':
        // The bias of a convolution is already in it.
        if (this.source.constants.has(node.input[1] ?? '')) this.#pass(node);
        else result(this.graph.node('Add', name, [input, this.#tensor(node, 1)]));
        break;
      case 'LeakyRelu':
        result(this.graph.node('LeakyRelu', name, [input], { alpha: LEAKY_SLOPE }));
        break;
      case 'MaxPool':
        result(this.graph.node('MaxPool', name, [input], { ...this.#window(node), kernel_shape: [3, 3] }));
        break;
      case 'ConcatV2':
        result(this.graph.node('Concat', name, [input, this.#tensor(node, 1)], { axis: 1 }));
        break;
      case 'ResizeBilinear':
        result(this.#resize(node, name, input));
        break;
      case 'SplitV':
        // From here on the decoder takes over.
        this.#heads.push(input);
        break;
      default:
        throw new Error(`NanoDet: node ${node.name} of type ${node.op} was not expected`);
    }
  }

  #tensor(node: TfNode, index: number): string {
    const tensor = this.#tensors.get(node.input[index] ?? '');
    if (tensor === undefined)
      throw new Error(`NanoDet: node ${node.name} reads ${node.input[index]} before it exists`);
    return tensor;
  }

  #constant(node: TfNode, index: number): TfConstant {
    const constant = this.source.constants.get(node.input[index] ?? '');
    if (constant === undefined)
      throw new Error(`NanoDet: node ${node.name}: ${node.input[index]} is no constant`);
    return constant;
  }

  #pass(node: TfNode): void {
    this.#tensors.set(node.name, this.#tensor(node, 0));
    if (this.#padded.has(node.input[0] ?? '')) this.#padded.add(node.name);
  }

  #checkPad(node: TfNode): void {
    const pads = this.#constant(node, 1).values.join();
    if (pads !== '0,0,0,0,1,1,1,1') throw new Error(`NanoDet: node ${node.name} pads by ${pads}`);
  }

  #window(node: TfNode): { pads: number[]; strides: number[] } {
    const pad = this.#padded.has(node.input[0] ?? '') ? 1 : 0;
    return { pads: [pad, pad, pad, pad], strides: [this.#step(node), this.#step(node)] };
  }

  /** The file knows square steps only: [1, step, step, 1]. */
  #step(node: TfNode): number {
    return Number(node.attr.strides?.list?.i?.[1] ?? 1);
  }

  #convolution(node: TfNode, name: string, input: string): string {
    const { shape, values } = this.#constant(node, 1);
    const [kh, kw, cin, cout] = shape as [number, number, number, number];
    const scale = input === 'input' ? STD : undefined;
    const weights = new Float32Array(values.length);
    for (let i = 0; i < values.length; i++) {
      const [out, inn, at] = [i % cout, Math.floor(i / cout) % cin, Math.floor(i / (cout * cin))];
      weights[(out * cin + inn) * kh * kw + at] = (values[i] ?? 0) / (scale?.[inn] ?? 1);
    }
    const bias = this.#bias(node);
    const inputs = [
      input,
      this.graph.floats(`${name}_weight`, [cout, cin, kh, kw], weights),
      this.graph.floats(`${name}_bias`, [cout], bias.values as Float32Array),
    ];
    return this.graph.node('Conv', name, inputs, { kernel_shape: [kh, kw], ...this.#window(node) });
  }

  #bias(node: TfNode): TfConstant {
    const [add, ...others] = this.#readers.get(node.name) ?? [];
    if (add?.op !== 'Add' || others.length > 0)
      throw new Error(`NanoDet: convolution ${node.name} has no bias`);
    return this.#constant(add, 1);
  }

  /** The file's sizes are those of a 416x416 input: only their ratio to what comes in holds for every size. */
  #resize(node: TfNode, name: string, input: string): string {
    const rows = this.#constant(node, 1).values[0];
    if (node.attr.half_pixel_centers?.b !== true || rows === undefined) {
      throw new Error(`NanoDet: node ${node.name} resizes in an unexpected way`);
    }
    const target = FILE_SIZE / rows;
    const scale = this.#stride(input) / target;
    this.#strides.set(name, target);
    const scales = this.graph.floats(`${name}_scales`, [4], [1, 1, scale, scale]);
    return this.graph.node('Resize', name, [input, '', scales], {
      mode: 'linear',
      coordinate_transformation_mode: 'half_pixel',
    });
  }

  #stride(tensor: string): number {
    return this.#strides.get(tensor) ?? 1;
  }
}

function addDecoder(graph: OnnxGraph, heads: readonly string[], width: number, height: number): void {
  const cells = STRIDES.map((stride) => gridCells(width / stride, height / stride, stride));
  const count = cells.reduce((sum, grid) => sum + grid.length, 0);
  const flat = heads.map((head, i) => {
    const shape = graph.ints(`head${i}_shape`, [0, CLASSES + 4 * BINS, cells[i]?.length ?? 0]);
    return graph.node('Reshape', `head${i}`, [head, shape]);
  });
  const all = graph.node('Concat', 'heads', flat, { axis: 2 });
  addScores(graph, slice(graph, 'logits', all, 0, CLASSES), count);
  addBoxes(graph, slice(graph, 'bins', all, CLASSES, CLASSES + 4 * BINS), cells.flat());
}

function slice(graph: OnnxGraph, name: string, input: string, from: number, to: number): string {
  const bounds = { starts: [from], ends: [to], axes: [1] };
  const inputs = Object.entries(bounds).map(([key, values]) => graph.ints(`${name}_${key}`, values));
  return graph.node('Slice', name, [input, ...inputs]);
}

function addScores(graph: OnnxGraph, logits: string, count: number): void {
  const rows = graph.node('Transpose', 'logits_by_cell', [logits], { perm: [0, 2, 1] });
  graph.output(graph.node('Sigmoid', 'scores', [rows]), ['N', count, CLASSES]);
}

/** Side k of a cell lies at centre + sign * stride * expectation over the bins; sides are left, top, right, bottom. */
function addBoxes(graph: OnnxGraph, bins: string, cells: readonly Cell[]): void {
  const count = cells.length;
  const shape = graph.ints('bins_shape', [0, 4, BINS, count]);
  const sides = graph.node('Reshape', 'bins_by_side', [bins, shape]);
  const weights = graph.node('Softmax', 'bin_weights', [sides], { axis: 2 });
  const ramp = graph.floats(
    'bin_values',
    [1, 1, BINS, 1],
    Array.from({ length: BINS }, (_, i) => i),
  );
  const product = graph.node('Mul', 'weighted_bins', [weights, ramp]);
  const distance = graph.node('ReduceSum', 'distance', [product, graph.ints('bin_axis', [2])], {
    keepdims: 0,
  });
  const signed = graph.floats(
    'side_scale',
    [1, 4, count],
    [-1, -1, 1, 1].flatMap((sign) => cells.map((c) => sign * c.stride)),
  );
  const centres = graph.floats(
    'centres',
    [1, 4, count],
    [0, 1, 0, 1].flatMap((axis) => cells.map((c) => (axis === 0 ? c.x : c.y))),
  );
  const offset = graph.node('Mul', 'side_offset', [distance, signed]);
  const corners = graph.node('Add', 'corners', [centres, offset]);
  graph.output(graph.node('Transpose', 'boxes', [corners], { perm: [0, 2, 1] }), ['N', count, 4]);
}

interface Cell {
  /** Centre in network pixels. */
  readonly x: number;
  readonly y: number;
  readonly stride: number;
}

function gridCells(columns: number, rows: number, stride: number): Cell[] {
  return Array.from({ length: rows * columns }, (_, i) => ({
    x: ((i % columns) + 0.5) * stride,
    y: (Math.floor(i / columns) + 0.5) * stride,
    stride,
  }));
}
