/** Reads a TensorFlow.js graph model: its nodes in order and the constants of its weight file. */

export interface TfNode {
  readonly name: string;
  readonly op: string;
  /** Names of the tensors it reads, as written in the file: `node` or `node:output`. */
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, TfAttribute>>;
}

interface TfAttribute {
  readonly s?: string;
  readonly f?: number;
  readonly b?: boolean;
  readonly list?: { readonly i?: readonly string[] };
}

export interface TfConstant {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

export interface TfGraph {
  readonly nodes: readonly TfNode[];
  readonly constants: ReadonlyMap<string, TfConstant>;
}

interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string };
}

interface ModelFile {
  readonly modelTopology: { readonly node: readonly (Omit<TfNode, 'input' | 'attr'> & Partial<TfNode>)[] };
  readonly weightsManifest: readonly { readonly weights: readonly WeightEntry[] }[];
}

/**
 * @param json text of the model's `.json`
 * @param weights content of the one weight file, entries back to back in manifest order
 * @throws Error when an entry has a type other than float32, float16 or int32, or the sizes do not add up
 */
export function readTfGraph(json: string, weights: Uint8Array): TfGraph {
  const file = JSON.parse(json) as ModelFile;
  const view = new DataView(weights.buffer, weights.byteOffset, weights.byteLength);
  const constants = new Map<string, TfConstant>();
  let offset = 0;
  for (const entry of file.weightsManifest.flatMap((group) => group.weights)) {
    const count = entry.shape.reduce((a, b) => a * b, 1);
    const read = reader(entry);
    if (offset + count * read.bytes > weights.byteLength)
      throw new Error(`weight file ends inside ${entry.name}`);
    constants.set(entry.name, { shape: entry.shape, values: read.values(view, offset, count) });
    offset += count * read.bytes;
  }
  if (offset !== weights.byteLength)
    throw new Error(`weight file has ${weights.byteLength - offset} bytes too many`);
  const nodes = file.modelTopology.node.map((node) => ({ input: [], attr: {}, ...node }));
  return { nodes, constants };
}

function reader(entry: WeightEntry): {
  bytes: number;
  values(view: DataView, offset: number, count: number): Float32Array | Int32Array;
} {
  switch (entry.quantization?.dtype ?? entry.dtype) {
    case 'float16':
      return {
        bytes: 2,
        values: (view, offset, count) =>
          Float32Array.from({ length: count }, (_, i) => halfToFloat(view.getUint16(offset + 2 * i, true))),
      };
    case 'float32':
      return {
        bytes: 4,
        values: (view, offset, count) =>
          Float32Array.from({ length: count }, (_, i) => view.getFloat32(offset + 4 * i, true)),
      };
    case 'int32':
      return {
        bytes: 4,
        values: (view, offset, count) =>
          Int32Array.from({ length: count }, (_, i) => view.getInt32(offset + 4 * i, true)),
      };
    default:
      throw new Error(
        `weight ${entry.name}: type ${entry.quantization?.dtype ?? entry.dtype} is not supported`,
      );
  }
}

/** IEEE 754 binary16 to number. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
