/** Whether the engine of a detector may be loaded: asked before its pipeline starts. */
import { existsSync } from 'node:fs';
import { engineFile } from '../deepstream/index.js';
import type { Machine } from '../device/machine.js';
import { readPlatform } from '../device/read-platform.js';
import { WeirError } from '../spec/error.js';
import type { DetectorSpec } from '../spec/types.js';
import { removeLeftOver } from './inventory.js';
import { readRecord } from './record.js';
import { type EngineState, engineState, stateText } from './state.js';
import { wantedEngine } from './wanted.js';

const COMMAND = 'build it: weir engine build weir.yaml';

export interface EngineNotes {
  info(text: string): void;
  warn(text: string): void;
}

/**
 * Rejects with ENGINE_MISSING or ENGINE_STALE, and with ENGINE_BUSY where one it would remove is being built. Where the
 * spec allows building, nvinfer will build: a stale engine is removed, because nvinfer would load it.
 */
export async function verifyEngine(
  detector: DetectorSpec,
  machine: Machine,
  log: EngineNotes,
): Promise<void> {
  const engine = engineFile(detector);
  if (!existsSync(engine)) return missing(detector, engine, log);
  const state = await stateOf(detector, engine, machine);
  if (state.kind === 'unknown')
    log.warn(`nothing is known of how ${engine} was built; weir engine build weir.yaml builds it anew`);
  if (state.kind !== 'stale') return;
  const why = stateText(state);
  if (!detector.buildEngine)
    throw new WeirError('ENGINE_STALE', `${engine} was built for something else: ${why}`, {
      remedy: COMMAND,
    });
  const { builtAt } = state.record;
  if ((await removeLeftOver({ path: engine, engine, why, builtAt })).length === 0)
    throw new WeirError('ENGINE_BUSY', `${engine} is being built by another process`);
  log.warn(
    `${engine} was built for something else and is removed (${why}); nvinfer builds it, which takes minutes`,
  );
}

/** What was built by others is not looked at: their model need not be one Weir could build from. */
async function stateOf(detector: DetectorSpec, engine: string, machine: Machine): Promise<EngineState> {
  if ((await readRecord(engine)) === undefined) return engineState(engine, {});
  const { fingerprint } = await wantedEngine(detector, await readPlatform(machine));
  return engineState(engine, fingerprint);
}

function missing({ buildEngine }: DetectorSpec, engine: string, log: EngineNotes): void {
  if (buildEngine) return log.info(`${engine} does not exist; nvinfer builds it, which takes minutes`);
  throw new WeirError('ENGINE_MISSING', `${engine} does not exist`, {
    remedy: `${COMMAND}, or set detector.buildEngine to true for nvinfer to build it at the start`,
  });
}
