/** What trtexec says when it fails → what to do about it. */
import type { ErrorCode } from '../spec/error.js';
import { WeirError } from '../spec/error.js';

export interface Failure {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Its last lines. */
  readonly lines: readonly string[];
}

interface Known {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: string;
}

interface Row {
  readonly pattern: RegExp;
  /** What else must have been said. */
  readonly only?: RegExp;
  failure(found: RegExpExecArray): Known;
}

const MEMORY_REMEDY =
  'stop what else uses the memory, the appliance for one; limit --workspace; build with a smaller detector.batch';

/** The first that fits counts, so what is a cause stands before what follows from it. */
const ROWS: readonly Row[] = [
  {
    pattern: /Unknown option: (\S+)/,
    failure: ([, option]) => ({
      code: 'ENGINE_BUILD_FAILED',
      message: `trtexec does not know the option ${option}`,
      remedy:
        'it is of another release than the TensorRT that was found here; name the right one with --trtexec',
    }),
  },
  {
    pattern: /While parsing node number (\d+) \[(\S+)(?: -> .*)?\]/,
    only: /Failed to parse onnx file|Parsing model failed/,
    failure: ([, node, operator]) => ({
      code: 'ENGINE_UNSUPPORTED',
      message: `TensorRT cannot take operator "${operator}" of the model (node ${node})`,
      remedy: 'export the model without it, with another opset for one, or use a newer TensorRT',
    }),
  },
  {
    pattern: /No importer registered for op: (\w+)/,
    only: /Failed to parse onnx file|Parsing model failed/,
    failure: ([, operator]) => ({
      code: 'ENGINE_UNSUPPORTED',
      message: `TensorRT cannot take operator "${operator}" of the model`,
      remedy: 'export the model without it, with another opset for one, or use a newer TensorRT',
    }),
  },
  {
    pattern: /No space left on device/,
    failure: () => ({
      code: 'ENGINE_DISK',
      message: 'the disk was full before the engine was written',
      remedy: 'make room and build again',
    }),
  },
  {
    pattern: /Saving engine to file failed|Cannot open engine file/,
    failure: () => ({
      code: 'ENGINE_DISK',
      message: 'trtexec could not write the engine',
      remedy: 'is the disk full, or the folder not writable? Make room and build again',
    }),
  },
  {
    pattern: /\[E\].*(?:OutOfMemory|out of memory|cudaErrorMemoryAllocation)|std::bad_alloc/,
    failure: () => ({
      code: 'ENGINE_MEMORY',
      message: 'TensorRT ran out of memory',
      remedy: MEMORY_REMEDY,
    }),
  },
  {
    pattern: /Could not find any implementation for node (\S+?)\.?\)?$/,
    failure: ([, node]) => ({
      code: 'ENGINE_UNSUPPORTED',
      message: `TensorRT has no way to compute ${node} within its limits`,
      remedy: 'raise --workspace, or free memory; else export the model in another way',
    }),
  },
  {
    pattern:
      /(?:incompatible serialization version|driver version is insufficient|undefined symbol|error while loading shared libraries).*/,
    failure: ([what]) => ({
      code: 'ENGINE_BUILD_FAILED',
      message: `trtexec and what is installed are of different versions: ${what}`,
      remedy: 'install TensorRT, CUDA and the driver of one JetPack or DeepStream release',
    }),
  },
];

/** `log`: where all it said is. */
export function failureOf(failure: Failure, log: string): WeirError {
  const known = signalled(failure) ?? saidBy(failure.lines) ?? other(failure);
  return new WeirError(known.code, known.message, { remedy: `${known.remedy}; its own words: ${log}` });
}

function signalled({ signal }: Failure): Known | undefined {
  if (signal === null) return undefined;
  if (signal === 'SIGKILL') {
    const message = 'trtexec was killed by SIGKILL: as a rule by the kernel, for want of memory';
    return { code: 'ENGINE_MEMORY', message, remedy: MEMORY_REMEDY };
  }
  const message = `trtexec was ended by ${signal}`;
  return {
    code: 'ENGINE_BUILD_FAILED',
    message,
    remedy: 'build again; if it comes again, it is a fault of TensorRT',
  };
}

function saidBy(lines: readonly string[]): Known | undefined {
  const said = (pattern: RegExp) => lines.map((line) => pattern.exec(line)).find((found) => found !== null);
  for (const { pattern, only, failure } of ROWS) {
    const found = said(pattern);
    if (found && (!only || said(only))) return failure(found);
  }
  return undefined;
}

function other({ exitCode, lines }: Failure): Known {
  const words = lines.findLast((line) => line.includes('[E]')) ?? lines.at(-1) ?? 'it said nothing';
  const message = `trtexec failed with exit code ${exitCode}: ${words.slice(0, 300)}`;
  return { code: 'ENGINE_BUILD_FAILED', message, remedy: 'mend what it says and build again' };
}
