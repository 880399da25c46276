/** Writes ONNX models: nodes and constants in the order they are added, so the same calls give the same bytes. */
// A CommonJS package: its values come with the default export only.
import onnxProto, { type onnx } from 'onnx-proto';

/** Opset 13 is read by TensorRT 8 and later and by ONNX Runtime 1.8 and later; IR 7 belongs to it. */
const OPSET = 13;
const IR_VERSION = 7;

/** A fixed size, or the name of one that is only known at run time. */
export type Dim = number | string;
export type Attribute = number | string | readonly number[] | { readonly float: number };

const { ModelProto } = onnxProto.onnx;
const { DataType } = onnxProto.onnx.TensorProto;
const { AttributeType } = onnxProto.onnx.AttributeProto;

export class OnnxGraph {
  readonly #nodes: onnx.INodeProto[] = [];
  readonly #constants: onnx.ITensorProto[] = [];
  readonly #inputs: onnx.IValueInfoProto[] = [];
  readonly #outputs: onnx.IValueInfoProto[] = [];
  readonly #names = new Set<string>();

  constructor(private readonly name: string) {}

  input(name: string, shape: readonly Dim[]): string {
    this.#inputs.push(floatTensor(this.#unique(name), shape));
    return name;
  }

  /** `name` must be the output of a node that was added under that name. */
  output(name: string, shape: readonly Dim[]): void {
    if (!this.#names.has(name)) throw new Error(`ONNX graph ${this.name}: nothing is named "${name}"`);
    this.#outputs.push(floatTensor(name, shape));
  }

  /** A float32 constant, `values` in row-major order of `shape`. */
  floats(name: string, shape: readonly number[], values: Float32Array | readonly number[]): string {
    const data = Float32Array.from(values);
    this.#checkCount(name, shape, data.length);
    return this.#constant(name, shape, DataType.FLOAT, new Uint8Array(data.buffer));
  }

  /** A one-dimensional int64 constant. */
  ints(name: string, values: readonly number[]): string {
    const data = BigInt64Array.from(values, (value) => BigInt(value));
    return this.#constant(name, [values.length], DataType.INT64, new Uint8Array(data.buffer));
  }

  /** Adds a node with one output and returns that output's name; an empty input name leaves an optional input out. */
  node(
    op: string,
    name: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute> = {},
  ): string {
    for (const input of inputs) {
      if (input !== '' && !this.#names.has(input)) throw new Error(`ONNX node ${name}: no input "${input}"`);
    }
    this.#nodes.push({
      opType: op,
      name,
      input: [...inputs],
      output: [this.#unique(name)],
      attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
    });
    return name;
  }

  encode(): Uint8Array {
    const model = ModelProto.create({
      irVersion: IR_VERSION,
      producerName: 'weir',
      opsetImport: [{ domain: '', version: OPSET }],
      graph: {
        name: this.name,
        node: this.#nodes,
        initializer: this.#constants,
        input: this.#inputs,
        output: this.#outputs,
      },
    });
    return ModelProto.encode(model).finish();
  }

  #constant(name: string, shape: readonly number[], dataType: number, rawData: Uint8Array): string {
    this.#constants.push({ name: this.#unique(name), dims: [...shape], dataType, rawData });
    return name;
  }

  #checkCount(name: string, shape: readonly number[], count: number): void {
    const expected = shape.reduce((a, b) => a * b, 1);
    if (count !== expected) {
      throw new Error(`ONNX constant ${name}: ${count} values for shape [${shape.join(', ')}]`);
    }
  }

  #unique(name: string): string {
    if (this.#names.has(name)) throw new Error(`ONNX graph ${this.name}: "${name}" is there twice`);
    this.#names.add(name);
    return name;
  }
}

function floatTensor(name: string, shape: readonly Dim[]): onnx.IValueInfoProto {
  const dim = shape.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d }));
  return { name, type: { tensorType: { elemType: DataType.FLOAT, shape: { dim } } } };
}

function attribute(name: string, value: Attribute): onnx.IAttributeProto {
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: value };
  if (typeof value === 'string') return { name, type: AttributeType.STRING, s: Buffer.from(value) };
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float };
  return { name, type: AttributeType.INTS, ints: [...value] };
}
