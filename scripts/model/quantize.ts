/**
 * Turns a float32 ONNX model into one that ONNX Runtime's CPU provider runs in 8 bits: weights as int8 per output channel,
 * tensors between as uint8, by QuantizeLinear and DequantizeLinear around each operation. Plain arithmetic: the same model
 * and ranges give the same bytes on every machine.
 */
import onnxProto, { type onnx } from 'onnx-proto';

/** Least and largest value that counts, by tensor. A tensor without a range stays float32. */
export type Ranges = Readonly<Record<string, readonly [least: number, largest: number]>>;

const { ModelProto } = onnxProto.onnx;
const { DataType } = onnxProto.onnx.TensorProto;

/** Operations that have an 8-bit form. The second kind gives back values it was given: no range of its own. */
const COMPUTING = new Set(['Conv', 'LeakyRelu', 'Add', 'Concat']);
const PASSING = new Set(['MaxPool', 'Resize']);
const LEVELS = 255;
/** Seven bits: a CPU without VNNI adds up two products in 16 bits, which eight would overflow. */
const WEIGHT_LEVELS = 63;

interface Scale {
  readonly scale: number;
  readonly zero: number;
}

/** Tensors a calibration has to look at: the input, and what comes of it by such operations alone. */
export function tensorsToMeasure(model: Uint8Array): string[] {
  const { graph } = ModelProto.decode(model);
  const measured = (graph?.input ?? []).map((input) => input.name ?? '');
  const eightBit = new Set(measured);
  for (const node of graph?.node ?? []) {
    const [op, output] = [node.opType ?? '', node.output?.[0] ?? ''];
    if (!tensorInputs(node).every((name) => eightBit.has(name))) continue;
    if (COMPUTING.has(op) || PASSING.has(op)) eightBit.add(output);
    if (COMPUTING.has(op)) measured.push(output);
  }
  return measured;
}

/** Without constants that belong to the operation. */
function tensorInputs({ opType, input }: onnx.INodeProto): string[] {
  return opType === 'Conv' || opType === 'Resize' ? (input ?? []).slice(0, 1) : (input ?? []);
}

/** @throws Error where a convolution's weights are not constant */
export function quantized(model: Uint8Array, ranges: Ranges): Uint8Array {
  const decoded = ModelProto.decode(model);
  if (!decoded.graph) throw new Error('the model has no graph');
  return ModelProto.encode({ ...decoded, graph: new Quantizer(decoded.graph, ranges).run() }).finish();
}

class Quantizer {
  readonly #nodes: onnx.INodeProto[] = [];
  readonly #constants: onnx.ITensorProto[] = [];
  readonly #floats = new Map<string, onnx.ITensorProto>();
  /** Of the tensors that exist in 8 bits. */
  readonly #scales = new Map<string, Scale>();

  constructor(
    private readonly graph: onnx.IGraphProto,
    private readonly ranges: Ranges,
  ) {
    for (const constant of graph.initializer ?? []) this.#floats.set(constant.name ?? '', constant);
  }

  run(): onnx.IGraphProto {
    for (const input of this.graph.input ?? []) this.#quantize(input.name ?? '');
    for (const node of this.graph.node ?? []) this.#translate(node);
    const used = new Set(this.#nodes.flatMap((node) => node.input ?? []));
    const kept = [...(this.graph.initializer ?? []), ...this.#constants].filter((c) =>
      used.has(c.name ?? ''),
    );
    return { ...this.graph, node: this.#nodes, initializer: kept };
  }

  #translate(node: onnx.INodeProto): void {
    const [output = ''] = node.output ?? [];
    const op = node.opType ?? '';
    const known = (node.input ?? []).map((name) => (this.#scales.has(name) ? `${name}_dequantized` : name));
    const passed = PASSING.has(op) ? this.#scales.get(node.input?.[0] ?? '') : undefined;
    const all = tensorInputs(node).every((name) => this.#scales.has(name));
    const eightBit = all && (passed !== undefined || COMPUTING.has(op));
    const constants = eightBit && op === 'Conv' ? this.#convolution(node) : [];
    this.#nodes.push({ ...node, input: constants.length > 0 ? [known[0] ?? '', ...constants] : known });
    if (eightBit) this.#quantize(output, passed);
  }

  #quantize(name: string, given?: Scale): void {
    const range = this.ranges[name];
    const own = given ?? (range && scaleOf(range));
    if (own === undefined) return;
    this.#scales.set(name, own);
    const parameters = [
      this.#constant(`${name}_scale`, [], DataType.FLOAT, Float32Array.of(own.scale)),
      this.#constant(`${name}_zero`, [], DataType.UINT8, Uint8Array.of(own.zero)),
    ];
    this.#node('QuantizeLinear', `${name}_quantized`, [name, ...parameters]);
    this.#node('DequantizeLinear', `${name}_dequantized`, [`${name}_quantized`, ...parameters]);
  }

  /** Names of weights and bias in floats again, as the operation reads them. */
  #convolution(node: onnx.INodeProto): string[] {
    const [input = '', weights = '', bias = ''] = node.input ?? [];
    const { values, dims } = this.#float(weights);
    const channels = dims[0] ?? 0;
    const size = values.length / channels;
    const channel = (c: number) => values.subarray(c * size, (c + 1) * size);
    const scales = Float32Array.from({ length: channels }, (_, c) => {
      const largest = channel(c).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      return largest > 0 ? largest / WEIGHT_LEVELS : 1;
    });
    const ints = Int8Array.from(values, (value, i) =>
      Math.round(value / (scales[Math.floor(i / size)] ?? 1)),
    );
    const zeros = new Int8Array(channels);
    const own = this.#perChannel(weights, dims, DataType.INT8, ints, scales, zeros);
    const inputScale = this.#scales.get(input)?.scale ?? 1;
    const biasScales = scales.map((scale) => scale * inputScale);
    const biases = Int32Array.from(this.#float(bias).values, (value, c) =>
      Math.round(value / (biasScales[c] ?? 1)),
    );
    const zero = new Int32Array(channels);
    return [own, this.#perChannel(bias, [channels], DataType.INT32, biases, biasScales, zero)];
  }

  #perChannel(
    name: string,
    dims: readonly number[],
    type: number,
    values: Int8Array | Int32Array,
    scales: Float32Array,
    zeros: Int8Array | Int32Array,
  ): string {
    const inputs = [
      this.#constant(`${name}_quantized`, dims, type, values),
      this.#constant(`${name}_scale`, [scales.length], DataType.FLOAT, scales),
      this.#constant(`${name}_zero`, [zeros.length], type, zeros),
    ];
    const axis = { name: 'axis', type: onnxProto.onnx.AttributeProto.AttributeType.INT, i: 0 };
    return this.#node('DequantizeLinear', `${name}_dequantized`, inputs, [axis]);
  }

  #node(op: string, name: string, input: string[], attribute: onnx.IAttributeProto[] = []): string {
    this.#nodes.push({ opType: op, name, input, output: [name], attribute });
    return name;
  }

  #constant(name: string, dims: readonly number[], dataType: number, values: ArrayBufferView): string {
    const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.#constants.push({ name, dims: [...dims], dataType, rawData });
    return name;
  }

  #float(name: string): { values: Float32Array; dims: number[] } {
    const constant = this.#floats.get(name);
    if (!constant?.rawData) throw new Error(`${name} is no constant of the model`);
    const bytes = Uint8Array.from(constant.rawData);
    return { values: new Float32Array(bytes.buffer), dims: (constant.dims ?? []).map(Number) };
  }
}

/** Zero has a level of its own, so that padding is exact. */
function scaleOf([least, largest]: readonly [number, number]): Scale {
  const [from, to] = [Math.min(least, 0), Math.max(largest, 0)];
  const scale = Math.fround((to - from) / LEVELS) || 1;
  return { scale, zero: Math.min(LEVELS, Math.max(0, Math.round(-from / scale))) };
}
