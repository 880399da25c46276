/** What an ONNX file says of itself that matters to an engine: numbers of fields as in onnx.proto of ONNX. */
import { WeirError } from '../spec/error.js';
import type { Precision } from '../spec/types.js';
import { type Field, ProtoFile } from './onnx-bytes.js';

export interface OnnxInput {
  readonly name: string;
  /** Undefined where a size is known only at run time. */
  readonly dims: readonly (number | undefined)[];
}

export interface OnnxFacts {
  /** Without constants, which old files list among them. */
  readonly inputs: readonly OnnxInput[];
  /** Of the weights, or int8 where nodes quantise: what a strongly typed network computes in. */
  readonly precision: Precision;
}

const MODEL = { graph: 7 } as const;
const GRAPH = { node: 1, constant: 5, input: 11 } as const;
const NODE = { operator: 4 } as const;
const TENSOR = { type: 2, name: 8 } as const;
const VALUE = { name: 1, type: 2 } as const;
/** Of TypeProto, its tensor, the tensor's shape, and one size of that. */
const TYPE = { tensor: 1, shape: 2, dim: 1, size: 1 } as const;
const FLOAT16 = 10;
const QUANTISING = new Set(['QuantizeLinear', 'DequantizeLinear']);
const MAX_DIM = 2 ** 31 - 1;

/** Throws ENGINE_UNSUPPORTED for what is no ONNX model, MODEL_MISSING where it cannot be read. */
export function readOnnxFacts(path: string): OnnxFacts {
  try {
    using file = new ProtoFile(path);
    return factsOf(file);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== undefined)
      throw new WeirError('MODEL_MISSING', `${path} cannot be read: ${code}`, { cause });
    throw new WeirError('ENGINE_UNSUPPORTED', `${path} is no ONNX model: ${message}`, {
      remedy: 'export or fetch the model again',
      cause,
    });
  }
}

function factsOf(file: ProtoFile): OnnxFacts {
  const inputs: OnnxInput[] = [];
  const constants = new Set<string>();
  let [quantises, half] = [false, false];
  for (const graph of within(file, undefined, MODEL.graph)) {
    for (const field of file.fields(graph.start, graph.end)) {
      if (field.number === GRAPH.input) inputs.push(inputOf(file, field));
      if (field.number === GRAPH.node) quantises ||= QUANTISING.has(textIn(file, field, NODE.operator));
      if (field.number === GRAPH.constant) {
        constants.add(textIn(file, field, TENSOR.name));
        half ||= last(file, field, TENSOR.type)?.value === FLOAT16;
      }
    }
  }
  const own = inputs.filter(({ name }) => !constants.has(name));
  if (own.length === 0) throw new Error('it has no graph with an input');
  return { inputs: own, precision: quantises ? 'int8' : half ? 'fp16' : 'fp32' };
}

function inputOf(file: ProtoFile, value: Field): OnnxInput {
  const type = last(file, value, VALUE.type);
  const tensor = type && last(file, type, TYPE.tensor);
  const shape = tensor && last(file, tensor, TYPE.shape);
  const dims = shape ? [...within(file, shape, TYPE.dim)] : [];
  return { name: textIn(file, value, VALUE.name), dims: dims.map((dim) => sizeOf(file, dim)) };
}

/** Files say a size of run time by a name, by nothing, by 0 or by -1. */
function sizeOf(file: ProtoFile, dim: Field): number | undefined {
  const size = last(file, dim, TYPE.size)?.value;
  return size !== undefined && size > 0 && size <= MAX_DIM ? size : undefined;
}

function* within(file: ProtoFile, outer: Field | undefined, number: number): Generator<Field> {
  for (const field of file.fields(outer?.start, outer?.end)) if (field.number === number) yield field;
}

function last(file: ProtoFile, outer: Field, number: number): Field | undefined {
  return [...within(file, outer, number)].at(-1);
}

function textIn(file: ProtoFile, outer: Field, number: number): string {
  const field = last(file, outer, number);
  return field ? file.text(field) : '';
}
