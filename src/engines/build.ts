/** Builds one engine: what is under its name is the old one or the new one, whole, at every moment. */
import { readFile, rm, stat } from 'node:fs/promises';
import type { Machine } from '../device/machine.js';
import type { Platform } from '../device/platform.js';
import { type FileLock, loadSys } from '../native/sys.js';
import { WeirError } from '../spec/error.js';
import { verifyModel } from '../spec/manifest.js';
import { type EngineRequest, trtexecArguments } from './arguments.js';
import { failureOf } from './failures.js';
import { lockPath, logPath, publish, unfinishedOf, unfinishedPath } from './files.js';
import { recordPath, writeRecord } from './record.js';
import { releaseOf, versionOf } from './release.js';
import { requireRoom } from './room.js';
import { engineState, stateText } from './state.js';
import { runTrtexec } from './trtexec.js';
import type { WantedEngine } from './wanted.js';

export interface BuildOptions extends Pick<EngineRequest, 'pools' | 'timingCache' | 'optimisation'> {
  readonly platform: Platform;
  readonly machine: Machine;
  /** Path of trtexec. */
  readonly trtexec: string;
  readonly deadlineMs: number;
  /** Ends the build; the reason is a text for people. */
  readonly stop: AbortSignal;
  /** Builds also what is fresh. */
  readonly force: boolean;
  /** Whether memory and disk are looked at before. */
  readonly checkRoom: boolean;
  readonly onProgress: (progress: Progress) => void;
  /** Free bytes of a folder; default: asks the system. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

export interface Progress {
  readonly engine: string;
  /** What is being done. */
  readonly step: string;
  readonly seconds: number;
  /** Where trtexec's own lines go. */
  readonly log: string;
}

export interface BuildResult {
  readonly engine: string;
  readonly outcome: 'built' | 'fresh';
  /** Why it was built, or was not. */
  readonly why: string;
  readonly bytes: number;
  /** What the build took. */
  readonly seconds: number;
}

const PROGRESS_MS = 15_000;
const BANNER = /&&&& RUNNING TensorRT\.trtexec \[TensorRT v(\d+)\]/;

/** What a line of trtexec says it does from now on. */
const STEPS: readonly (readonly [line: RegExp, step: string])[] = [
  [BANNER, 'TensorRT starts'],
  [/Start parsing network model/, 'the model is read'],
  [/Finished parsing network model/, 'kernels are tried for every layer'],
  [/Engine built in/, 'the engine is written'],
];

/**
 * Rejects with ENGINE_BUSY where another process builds it, with what `wantedEngine`, `verifyModel` and `requireRoom`
 * say, with TIMEOUT after the deadline, and with an ENGINE_ code for each failure of trtexec.
 */
export async function buildEngine(wanted: WantedEngine, options: BuildOptions): Promise<BuildResult> {
  const { engine, fingerprint } = wanted;
  const { platform } = options;
  await verifyModel(wanted.detector.model);
  const args = trtexecArguments(engineRequest(wanted, options), releaseOf(versionIn(platform)));
  using _lock = await lock(engine);
  await removeUnfinished(engine);
  const state = await engineState(engine, fingerprint);
  const why = stateText(state);
  if (state.kind === 'fresh' && !options.force)
    return { engine, outcome: 'fresh', why, bytes: state.bytes, seconds: state.record.seconds };
  await checkRoom(wanted, options);
  return { engine, outcome: 'built', why, ...(await build(wanted, args, options)) };
}

/** Writes to a name beside the engine. */
export function engineRequest(
  { engine, detector, input, typed }: WantedEngine,
  { pools, timingCache, optimisation }: Pick<BuildOptions, 'pools' | 'timingCache' | 'optimisation'>,
): EngineRequest {
  const { model, precision, calibration, gpu, dla } = detector;
  return {
    ...{ onnx: model.file, output: unfinishedPath(engine), input, precision, typed, gpu },
    ...(calibration !== undefined && { calibration }),
    ...(dla !== undefined && { dla: { core: dla, gpuFallback: true } }),
    ...(pools && { pools }),
    ...(timingCache !== undefined && { timingCache }),
    ...(optimisation !== undefined && { optimisation }),
  };
}

/** Throws ENGINE_BUILDER_MISSING where the machine does not tell. */
export function versionIn({ tensorrt }: Platform): string {
  if (tensorrt !== undefined) return tensorrt;
  throw new WeirError('ENGINE_BUILDER_MISSING', "TensorRT's version cannot be told on this machine", {
    remedy: 'engines are built where TensorRT is installed, on the machine that will load them',
  });
}

/** Held until it is released or this process ends, however it does. The file stays: who waits has it open. */
async function lock(engine: string): Promise<Disposable> {
  const path = lockPath(engine);
  let held: FileLock | undefined;
  try {
    held = loadSys().lockFile(path);
  } catch (cause) {
    if (cause instanceof WeirError) throw cause;
    throw new WeirError('IO', `${path} cannot be written: ${(cause as Error).message}`, {
      remedy: 'is the folder there, and may this user write into it?',
      cause,
    });
  }
  if (held) return { [Symbol.dispose]: () => held.release() };
  const pid = (await readFile(path, 'utf8').catch(() => '')).trim() || 'unknown';
  throw new WeirError('ENGINE_BUSY', `${engine} is being built by another process (pid ${pid})`, {
    remedy: `wait for it; its progress: ${logPath(engine)}`,
  });
}

async function removeUnfinished(engine: string): Promise<void> {
  for (const path of await unfinishedOf(engine)) await rm(path, { force: true });
}

async function checkRoom(wanted: WantedEngine, options: BuildOptions): Promise<void> {
  if (!options.checkRoom) return;
  const { engine, detector } = wanted;
  const room = { onnx: detector.model.file, engine, workspaceMb: options.pools?.workspace };
  await requireRoom(room, options.machine, options.freeBytes);
}

async function build(
  wanted: WantedEngine,
  args: readonly string[],
  options: BuildOptions,
): Promise<Pick<BuildResult, 'bytes' | 'seconds'>> {
  const { engine, detector, fingerprint } = wanted;
  const unfinished = unfinishedPath(engine);
  const began = performance.now();
  try {
    await run(engine, args, options);
    const bytes = await finishedSize(unfinished, logPath(engine));
    // Between the two there is no engine that has a record of another.
    await rm(recordPath(engine), { force: true });
    await publish(unfinished, engine);
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    const builtAt = new Date().toISOString();
    await writeRecord(engine, {
      ...{ bytes, builtAt, seconds, onnx: detector.model.file, fingerprint },
      arguments: [options.trtexec, ...args],
    });
    return { bytes, seconds };
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function run(engine: string, args: readonly string[], options: BuildOptions): Promise<void> {
  const log = logPath(engine);
  const ended = new AbortController();
  const deadline = AbortSignal.timeout(options.deadlineMs);
  const stop = AbortSignal.any([options.stop, deadline, ended.signal]);
  using steps = new Steps(engine, log, options.onProgress);
  let stranger: WeirError | undefined;
  const onLine = (line: string) => {
    steps.heard(line);
    stranger ??= strangerSaid(line, options.platform);
    if (stranger) ended.abort();
  };
  const failure = await runTrtexec({ command: options.trtexec, args, log, stop, onLine });
  if (stranger) throw stranger;
  if (deadline.aborted) throw late(engine, options.deadlineMs);
  if (options.stop.aborted) throw stopped(engine, options.stop.reason);
  if (failure.exitCode !== 0) throw failureOf(failure, log);
}

/** Known from its first line, before minutes are spent on an engine that would not load. */
function strangerSaid(line: string, platform: Platform): WeirError | undefined {
  const [, banner] = BANNER.exec(line) ?? [];
  if (banner === undefined) return undefined;
  const [theirs, ours] = [versionOf(banner), versionIn(platform)];
  const minor = (version: string) => version.split('.').slice(0, 2).join('.');
  if (minor(theirs) === minor(ours)) return undefined;
  return new WeirError('ENGINE_BUILD_FAILED', `trtexec is of TensorRT ${theirs}, installed is ${ours}`, {
    remedy: 'an engine loads only in the version it was built by: name the right trtexec with --trtexec',
  });
}

function late(engine: string, deadlineMs: number): WeirError {
  return new WeirError('TIMEOUT', `${engine} was not built within ${deadlineMs / 60_000} min`, {
    remedy: 'raise --deadline; a --timing-cache keeps what was learnt',
  });
}

function stopped(engine: string, reason: unknown): WeirError {
  return new WeirError('ENGINE_BUILD_FAILED', `the build of ${engine} was stopped: ${String(reason)}`, {
    remedy: 'nothing of it is left; build again',
  });
}

async function finishedSize(path: string, log: string): Promise<number> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > 0) return size;
  throw new WeirError('ENGINE_BUILD_FAILED', 'trtexec ended well, but wrote no engine', {
    remedy: `its own words: ${log}`,
  });
}

/** Tells what is done when that changes, and now and then that it goes on. */
class Steps implements Disposable {
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout;
  #step = 'trtexec is started';

  constructor(
    private readonly engine: string,
    private readonly log: string,
    private readonly onProgress: BuildOptions['onProgress'],
  ) {
    this.#tell();
    this.#timer = setInterval(() => this.#tell(), PROGRESS_MS);
  }

  heard(line: string): void {
    const [, step] = STEPS.find(([pattern]) => pattern.test(line)) ?? [];
    if (step === undefined) return;
    this.#step = step;
    this.#tell();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tell(): void {
    const seconds = Math.floor((performance.now() - this.#began) / 1000);
    this.onProgress({ engine: this.engine, step: this.#step, seconds, log: this.log });
  }
}
