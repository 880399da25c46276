/** What an engine is good for: it loads, and is right, only where all of this is as it was. */
import type { Platform } from '../device/platform.js';
import type { DetectorSpec } from '../spec/types.js';
import { type InputProfile, shapeText } from './profile.js';

/** In the order in which differences are told. */
export const PARTS = [
  'onnx',
  'tensorrt',
  'cuda',
  'gpu',
  'computeCapability',
  'precision',
  'profile',
  'dla',
  'calibration',
] as const;
export type Part = (typeof PARTS)[number];

/** Null where the machine does not tell. `onnx` and `calibration` are SHA-256. */
export type Fingerprint = Readonly<Record<Part, string | null>>;

export interface Difference {
  readonly part: Part;
  readonly was: string;
  readonly is: string;
}

const NONE = 'none';

export function fingerprint(
  detector: Pick<DetectorSpec, 'model' | 'precision' | 'dla'>,
  input: InputProfile,
  calibration: string | undefined,
  platform: Platform,
): Fingerprint {
  return {
    ...platformPart(platform),
    onnx: detector.model.sha256,
    precision: detector.precision,
    profile: [input.min, input.opt, input.max].map((shape) => shapeText(input, shape)).join(' '),
    dla: detector.dla === undefined ? NONE : `core ${detector.dla}, rest on the GPU`,
    calibration: calibration ?? NONE,
  };
}

/** What depends on the machine alone. */
export function platformPart({ tensorrt, cuda, gpu, computeCapability }: Platform) {
  return {
    tensorrt: tensorrt ?? null,
    cuda: cuda ?? null,
    gpu: gpu ?? null,
    computeCapability: computeCapability ?? null,
  };
}

/** Of the parts in `is`; what was or is not known is no difference. */
export function differences(was: Fingerprint, is: Partial<Fingerprint>): Difference[] {
  return PARTS.flatMap((part) => {
    const [before, now] = [was[part], is[part] ?? null];
    return before === null || now === null || before === now ? [] : [{ part, was: before, is: now }];
  });
}

/** `tensorrt was 10.3.0, is 10.16.1`; hashes by their beginning. */
export function differenceText({ part, was, is }: Difference): string {
  return `${part} was ${short(was)}, is ${short(is)}`;
}

function short(value: string): string {
  return /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 12) : value;
}
