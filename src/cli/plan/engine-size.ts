/** How large the engine of a detector is, by what is on this machine. */
import { statSync } from 'node:fs';
import { engineFile } from '../../deepstream/index.js';
import type { DetectorSpec } from '../../spec/index.js';

/** Weights take so much of those in an ONNX file of single precision. */
const SHARE = { fp32: 1, fp16: 0.5, int8: 0.25 } as const;

/** Bytes: of the engine, else derived from the weights; null where neither is here. */
export function engineBytes(detector: DetectorSpec): number | null {
  const weights = size(detector.model.file);
  return size(engineFile(detector)) ?? (weights === null ? null : weights * SHARE[detector.precision]);
}

function size(path: string): number | null {
  try {
    return statSync(path).size;
  } catch {
    return null;
  }
}
