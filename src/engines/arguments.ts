/** What is asked of TensorRT → the command line of trtexec. */
import { WeirError } from '../spec/error.js';
import type { Precision } from '../spec/types.js';
import { type Release, TRTEXEC_OPTIONS, type TrtexecOption } from './data/trtexec.js';
import { type InputProfile, shapeText } from './profile.js';
import { hasOption, isWeaklyTyped } from './release.js';

export const POOLS = ['workspace', 'dlaSRAM', 'dlaLocalDRAM', 'dlaGlobalDRAM'] as const;
export type Pool = (typeof POOLS)[number];

export interface EngineRequest {
  /** Absolute paths. */
  readonly onnx: string;
  readonly output: string;
  readonly input: InputProfile;
  readonly precision: Precision;
  /** That of the ONNX file itself. */
  readonly typed: Precision;
  readonly calibration?: string;
  /** Number of the GPU. */
  readonly gpu: number;
  readonly dla?: { readonly core: number; readonly gpuFallback: boolean };
  /** Limits in MiB; what is absent is TensorRT's default. */
  readonly pools?: Readonly<Partial<Record<Pool, number>>>;
  /** Read and written by trtexec. */
  readonly timingCache?: string;
  /** 0 to 5: longer builds, faster engines. */
  readonly optimisation?: number;
}

type Value = string | number | true | undefined;

/** One row per option, in the order of the command line. An option without a value is `true`. */
const ARGUMENTS: readonly (readonly [TrtexecOption, (request: EngineRequest, release: Release) => Value])[] =
  [
    ['--onnx', (r) => r.onnx],
    ['--saveEngine', (r) => r.output],
    ['--skipInference', () => true],
    ['--device', (r) => r.gpu],
    ['--fp16', (r, release) => flag(r.precision === 'fp16' && isWeaklyTyped(release))],
    ['--int8', (r, release) => flag(r.precision === 'int8' && isWeaklyTyped(release))],
    ['--calib', (r) => r.calibration],
    ['--minShapes', ({ input }) => (input.dynamic ? shapeText(input, input.min) : undefined)],
    ['--optShapes', ({ input }) => (input.dynamic ? shapeText(input, input.opt) : undefined)],
    ['--maxShapes', ({ input }) => (input.dynamic ? shapeText(input, input.max) : undefined)],
    ['--useDLACore', (r) => r.dla?.core],
    ['--allowGPUFallback', (r) => flag(r.dla?.gpuFallback)],
    ['--memPoolSize', ({ pools = {} }) => poolText(pools)],
    ['--timingCacheFile', (r) => r.timingCache],
    ['--builderOptimizationLevel', (r) => r.optimisation],
  ];

/** Throws ENGINE_UNSUPPORTED for what the release cannot build, or nobody should want. */
export function trtexecArguments(request: EngineRequest, release: Release): string[] {
  for (const fault of FAULTS) {
    const found = fault(request, release);
    if (found) throw new WeirError('ENGINE_UNSUPPORTED', found.message, { remedy: found.remedy });
  }
  return ARGUMENTS.flatMap(([option, from]) => {
    const value = from(request, release);
    if (value === undefined) return [];
    if (!hasOption(release, option)) throw unknown(option, release);
    return [value === true ? option : `${option}=${value}`];
  });
}

interface Fault {
  readonly message: string;
  readonly remedy: string;
}

const FAULTS: readonly ((request: EngineRequest, release: Release) => Fault | undefined)[] = [
  ({ input: { name } }) =>
    /[,']/.test(name)
      ? {
          message: `trtexec cannot be told of an input named "${name}"`,
          remedy: `name it without "," and "'"`,
        }
      : undefined,
  ({ precision, typed, calibration }, release) =>
    isWeaklyTyped(release) && precision === 'int8' && typed !== 'int8' && calibration === undefined
      ? {
          message: 'int8 without a calibration cache, and the model does not quantise by itself',
          remedy: 'give detector.calibration: without it TensorRT would guess the ranges of all values',
        }
      : undefined,
  ({ calibration }, release) =>
    calibration !== undefined && !isWeaklyTyped(release)
      ? {
          message: `TensorRT ${release} takes no calibration cache`,
          remedy: 'export the model with QuantizeLinear nodes, and leave detector.calibration out',
        }
      : undefined,
  ({ precision, typed }, release) =>
    precision !== typed && !isWeaklyTyped(release)
      ? {
          message: `TensorRT ${release} computes in the precision of the ONNX file, which is ${typed}; expected ${precision}`,
          remedy: `convert the model to ${precision}, or set detector.precision to ${typed}`,
        }
      : undefined,
  ({ precision, dla }) =>
    precision === 'fp32' && dla !== undefined
      ? { message: 'a DLA core does not compute in fp32', remedy: 'set detector.precision to fp16 or int8' }
      : undefined,
];

function flag(wanted: boolean | undefined): true | undefined {
  return wanted ? true : undefined;
}

function poolText(pools: NonNullable<EngineRequest['pools']>): string | undefined {
  const limits = POOLS.flatMap((pool) => (pools[pool] === undefined ? [] : [`${pool}:${pools[pool]}M`]));
  return limits.length > 0 ? limits.join(',') : undefined;
}

function unknown(option: TrtexecOption, release: Release): WeirError {
  const remedy = `releases that have it: ${TRTEXEC_OPTIONS[option].join(', ')}`;
  return new WeirError('ENGINE_UNSUPPORTED', `trtexec of TensorRT ${release} has no ${option}`, { remedy });
}
