/** Shapes an engine is built for. */
import { WeirError } from '../spec/error.js';
import type { DetectorSpec } from '../spec/types.js';
import type { OnnxFacts, OnnxInput } from './onnx-facts.js';

export interface InputProfile {
  readonly name: string;
  /** Whether a size is known only at run time: else the shapes are one and need not be said. */
  readonly dynamic: boolean;
  /** Batch, channels, height, width. */
  readonly min: readonly number[];
  readonly opt: readonly number[];
  readonly max: readonly number[];
}

type Wanted = Pick<DetectorSpec, 'model' | 'batch' | 'dla'>;

/**
 * That of nvinfer: smallest batch 1, best and largest the detector's; on a DLA core all are the detector's. Throws
 * ENGINE_UNSUPPORTED where the ONNX file and the manifest or `detector.batch` do not go together.
 */
export function inputProfile(detector: Wanted, { inputs }: OnnxFacts): InputProfile {
  const { model, batch, dla } = detector;
  const input = inputs.find(({ name }) => name === model.input.name);
  const others = inputs.filter((each) => each !== input);
  if (!input) throw unsupported(detector, `has no input "${model.input.name}"; it has ${names(inputs)}`);
  const strange = others.find(({ dims }) => dims.includes(undefined));
  if (strange) throw unsupported(detector, `has a second input of unknown size, "${strange.name}"`);
  const picture = pictureOf(detector, input);
  const fixed = input.dims[0];
  if (fixed !== undefined && fixed !== batch) throw wrongBatch(detector, fixed);
  const shape = (size: number) => [size, ...picture];
  return {
    name: input.name,
    dynamic: input.dims.includes(undefined),
    min: shape(fixed ?? (dla === undefined ? 1 : batch)),
    opt: shape(batch),
    max: shape(batch),
  };
}

/** As trtexec takes it: `input:8x3x256x320`. */
export function shapeText({ name }: InputProfile, shape: readonly number[]): string {
  return `${name}:${shape.join('x')}`;
}

function pictureOf(detector: Wanted, { name, dims }: OnnxInput): readonly number[] {
  const { channels, height, width } = detector.model.input;
  const picture = [channels, height, width];
  const same = dims.length === 4 && picture.every((size, i) => [size, undefined].includes(dims[i + 1]));
  if (same) return picture;
  const found = dims.map((dim) => dim ?? '?').join('x') || 'no';
  throw unsupported(detector, `has the shape ${found} for "${name}"; expected ?x${picture.join('x')}`);
}

function wrongBatch(detector: Wanted, fixed: number): WeirError {
  return unsupported(
    detector,
    `is made for batches of exactly ${fixed}; expected ${detector.batch}, or any`,
    `set detector.batch to ${fixed}, or export the model with a dynamic batch dimension`,
  );
}

function names(inputs: readonly OnnxInput[]): string {
  return inputs.map(({ name }) => `"${name}"`).join(', ');
}

function unsupported({ model }: Wanted, what: string, remedy = 'correct `input` of the manifest') {
  return new WeirError('ENGINE_UNSUPPORTED', `model "${model.name}": ${model.file} ${what}`, { remedy });
}
