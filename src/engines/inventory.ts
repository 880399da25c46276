/** Every engine in some folders, and what lies there beside them. */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Platform } from '../device/platform.js';
import { loadSys } from '../native/sys.js';
import { type Fingerprint, platformPart } from './fingerprint.js';
import { engineOfUnfinished, lockPath, logPath, sha256Of } from './files.js';
import { type EngineRecord, readRecord, recordPath } from './record.js';
import { type EngineState, engineState, stateText } from './state.js';
import type { WantedEngine } from './wanted.js';

export interface FoundEngine {
  readonly engine: string;
  readonly state: EngineState;
  /** Ids of the pipelines of the spec that load it. */
  readonly pipelines: readonly string[];
}

/** What is of no use any more, and why. */
export interface LeftOver {
  readonly path: string;
  /** The engine it belongs to. */
  readonly engine: string;
  readonly why: string;
  /** Of its record, as it was when this was found. */
  readonly builtAt?: string;
}

const ENGINE = /\.engine$/;
const RECORD = /\.json$/;

/** Those of the spec first, missing ones too; then what else lies in their folders. */
export async function inventory(wanted: readonly WantedEngine[], platform: Platform): Promise<FoundEngine[]> {
  const own = wanted.map(({ engine, pipelines, fingerprint }) => ({ engine, pipelines, parts: fingerprint }));
  const others: string[] = [];
  for (const path of await filesBeside(wanted)) {
    const engine = RECORD.test(path) ? path.replace(RECORD, '') : path;
    const isOne = ENGINE.test(engine) ? existsSync(engine) : existsSync(engine) && (await readRecord(engine));
    if (isOne && !own.some((each) => each.engine === engine)) others.push(engine);
  }
  const strange = await Promise.all(
    [...new Set(others)].map(async (engine) => ({
      ...{ engine, pipelines: [] },
      parts: await partsOfNobody(engine, platform),
    })),
  );
  return Promise.all(
    [...own, ...strange].map(async ({ engine, pipelines, parts }) => ({
      ...{ engine, pipelines },
      state: await engineState(engine, parts),
    })),
  );
}

/** Engines that are stale or whose model is gone, records without engine, and what unfinished builds left behind. */
export async function leftOvers(wanted: readonly WantedEngine[], platform: Platform): Promise<LeftOver[]> {
  const engines = await inventory(wanted, platform);
  const useless = engines.flatMap(({ engine, state, pipelines }) => {
    const why = uselessBecause(state, pipelines.length > 0);
    return why === undefined || !('record' in state)
      ? []
      : [{ path: engine, engine, why, builtAt: state.record.builtAt }];
  });
  const beside = await Promise.all((await filesBeside(wanted)).map(strayFile));
  return [...useless, ...beside.filter((each) => each !== undefined)];
}

/** What was removed. What is being built, or has been since it was found, is left alone. */
export async function removeLeftOver({ path, engine, builtAt }: LeftOver): Promise<string[]> {
  const held = loadSys().lockFile(lockPath(engine));
  if (!held) return [];
  try {
    if (builtAt !== undefined && (await readRecord(engine))?.builtAt !== builtAt) return [];
    const paths = path === engine ? [recordPath(engine), path, logPath(engine)] : [path];
    const there = paths.filter((each) => existsSync(each));
    for (const each of there) await rm(each);
    return there;
  } finally {
    held.release();
  }
}

function uselessBecause(state: EngineState, used: boolean): string | undefined {
  if (state.kind === 'stale') return stateText(state);
  const orphan = state.kind === 'fresh' && !used && !existsSync(state.record.onnx);
  return orphan ? `its model ${state.record.onnx} is gone` : undefined;
}

async function strayFile(path: string): Promise<LeftOver | undefined> {
  const unfinished = engineOfUnfinished(path);
  if (unfinished) return { path, engine: unfinished, why: 'a build that did not come to its end' };
  const engine = path.replace(RECORD, '');
  const record = RECORD.test(path) && !existsSync(engine) ? await readRecord(engine) : undefined;
  return record && { path, engine, why: 'its engine is gone', builtAt: record.builtAt };
}

/** Of an engine no pipeline of the spec loads: what it was built for may be right for somebody else. */
async function partsOfNobody(engine: string, platform: Platform): Promise<Partial<Fingerprint>> {
  const onnx = await hashOfModel(await readRecord(engine));
  return { ...platformPart(platform), ...(onnx !== undefined && { onnx }) };
}

async function hashOfModel(record: EngineRecord | undefined): Promise<string | undefined> {
  return record && sha256Of(record.onnx).catch(() => undefined);
}

async function filesBeside(wanted: readonly WantedEngine[]): Promise<string[]> {
  const folders = [...new Set(wanted.map(({ engine }) => dirname(engine)))];
  const names = await Promise.all(
    folders.map(async (folder) => (await readdir(folder).catch(() => [])).map((name) => join(folder, name))),
  );
  return names.flat().sort();
}
