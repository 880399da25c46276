/** For which pipelines a command about engines works, and on what machine. */
import { thisMachine } from '../../device/machine.js';
import { readPlatform } from '../../device/read-platform.js';
import type { Platform } from '../../device/platform.js';
import { type WantedEngine, wantedEngines } from '../../engines/index.js';
import { parseSpec } from '../../spec/load.js';
import { formatProblems } from '../../spec/problem.js';
import { WeirError } from '../../spec/error.js';
import type { PipelineSpec } from '../../spec/types.js';
import { readSpecFile } from '../spec-file.js';

export interface Here {
  readonly platform: Platform;
  readonly wanted: readonly WantedEngine[];
}

/** Rejects with SPEC_INVALID, MODEL_MISSING and whatever the engines of the pipelines cannot be. */
export async function enginesHere(pipelines: readonly PipelineSpec[]): Promise<Here> {
  const platform = await readPlatform(thisMachine);
  return { platform, wanted: await wantedEngines(pipelines, platform) };
}

export function pipelinesOf(file: string): readonly PipelineSpec[] {
  return readSpecFile(file).pipelines;
}

/** Keys of `detector`, as a spec has them. */
export interface OneModel {
  readonly model: string;
  readonly batch?: number;
  readonly precision?: string;
  readonly calibration?: string;
  readonly gpu?: number;
  readonly dla?: number;
}

/** A spec of that detector alone: the same rules, the same defaults. */
export function pipelinesFor(detector: OneModel): readonly PipelineSpec[] {
  const text = JSON.stringify({ appliance: 'engine', pipelines: [{ id: 'main', detector }] });
  const result = parseSpec(text, 'the options', { baseDir: process.cwd() });
  if (result.ok) return result.spec.pipelines;
  throw new WeirError('USAGE', formatProblems(result.problems));
}
