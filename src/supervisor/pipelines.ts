/** All pipelines of the appliance: their keepers, what their workers said last, and how a plan is carried out. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { WeirError } from '../spec/error.js';
import type { ApplianceSpec } from '../spec/types.js';
import { unknown } from '../spec/unknown.js';
import { Lanes } from '../streams/lanes.js';
import { within } from '../streams/within.js';
import type { Usage } from '../worker/channel.js';
import type { LogLevel } from '../worker/log.js';
import { makeRuntimeDir, runtimePath } from '../worker/runtime-dir.js';
import type { StreamRow, WorkerStatus } from '../worker/status.js';
import { LastWords } from './last-words.js';
import { forgetWorkers, recordWorkers } from './orphans.js';
import { PipelineKeeper, type PipelineWish, type StartChild } from './pipeline-keeper.js';
import { APPLIANCE_KEYS } from './plan/effects.js';
import type { Described } from './plan/keep-derived.js';
import { pipelinesOf, streamsOf } from './state/base.js';
import { TurnDesk } from './turns.js';
import type { PlanStep } from './views.js';
import { type Carried, PENDING, type StreamJson } from './worker-streams.js';

export interface PipelinesOptions {
  readonly desired: Described;
  readonly workersFile: string;
  /** Folder of the events' spools. */
  readonly eventsDir: string;
  readonly logLevel: LogLevel;
  readonly hideMemory: boolean;
  readonly env: NodeJS.ProcessEnv;
  quarantined(): ReadonlySet<string>;
  /** A line of JSON of a worker's log. */
  onLog(line: string, pipeline: string): void;
  onNotice(pipeline: string, message: string, details?: object): void;
  /** What is known of a stream has changed. */
  onStream(id: string): void;
  /** A stream is found to kill its worker. */
  onGuilty(stream: string): Promise<void>;
  /** Some are no more: these are left. */
  onDropped(pipelines: ReadonlySet<string>): Promise<void>;
  /** Default: a process for each. */
  readonly startChild?: StartChild;
}

/** Models are loaded, and an engine may have to be built. Operations wait a little longer. */
const RESTART_MS = 780_000;
/** Streams that were removed and are remembered. */
const MAX_LEFT = 64;

export class Pipelines {
  readonly #options: PipelinesOptions;
  readonly #keepers = new Map<string, PipelineKeeper>();
  readonly #left = new Map<string, StreamRow>();
  readonly #turns = new TurnDesk();
  readonly #lanes = new Lanes();
  readonly #dir: string;
  /** As the appliance started. */
  readonly #first: ApplianceSpec;
  #desired: Described;
  #stopping = false;

  /** Throws IO. */
  constructor(options: PipelinesOptions) {
    this.#options = options;
    this.#desired = options.desired;
    this.#first = options.desired.spec;
    this.#dir = runtimePath(options.env);
    this.#record();
    makeRuntimeDir(this.#dir);
  }

  /** The name all that is published and asked has. */
  get name(): string {
    return this.#first.appliance;
  }

  /** Resolves when each plays or has failed to start, with the failures by pipeline. */
  async start(): Promise<ReadonlyMap<string, WeirError>> {
    const failures = new Map<string, WeirError>();
    const starting = this.#desired.spec.pipelines.map(async ({ id }) => {
      const failure = await this.#keep(id).started;
      if (failure) failures.set(id, failure);
    });
    await Promise.all(starting);
    return failures;
  }

  [Symbol.iterator](): Iterator<PipelineKeeper> {
    return this.#keepers.values();
  }

  find(id: string): PipelineKeeper | undefined {
    return this.#keepers.get(id);
  }

  /** Throws PIPELINE_UNKNOWN. */
  get(id: string): PipelineKeeper {
    const keeper = this.#keepers.get(id);
    if (keeper) return keeper;
    throw unknown('pipeline', id, this.#keepers.keys());
  }

  /** What the worker of its pipeline said last of a stream, while it plays. */
  row(id: string): StreamRow | undefined {
    return [...this].find(({ wish }) => wish.streams.has(id))?.row(id);
  }

  /** The last word on a stream that was removed lately. */
  rowOfLeft(id: string): StreamRow | undefined {
    return this.#left.get(id);
  }

  /** Asks every worker. */
  async statuses(): Promise<WorkerStatus[]> {
    const answers = await Promise.all([...this].map((keeper) => keeper.status()));
    return answers.filter((status) => status !== undefined);
  }

  async usage(): Promise<Usage[]> {
    const all = await Promise.all([...this].map((keeper) => keeper.usage()));
    return all.filter((usage) => usage !== undefined);
  }

  /** Every keeper knows what is wanted; nobody has been told yet. */
  want(desired: Described): void {
    this.#desired = desired;
    for (const keeper of this) {
      if (desired.spec.pipelines.some(({ id }) => id === keeper.id)) keeper.want(this.#wish(keeper.id));
    }
  }

  async settle(pipeline: string, stream: string): Promise<Carried> {
    // One that moves leaves its pipeline before it enters the other.
    const settled = this.#lanes.run(stream, async () => this.find(pipeline)?.settle(stream) ?? PENDING);
    return this.#heardOf(stream, await settled);
  }

  async reconnect(pipeline: string, stream: string): Promise<Carried> {
    const carried = await this.find(pipeline)?.reconnect(stream);
    return this.#heardOf(stream, carried ?? PENDING);
  }

  /** Streams leave before others come. Rejects with the first pipeline that does not start. */
  async carryOut(steps: readonly PlanStep[], desired: Described): Promise<void> {
    this.want(desired);
    const of = (...actions: PlanStep['action'][]) => steps.filter(({ action }) => actions.includes(action));
    const stopped = of('stop');
    await Promise.all(stopped.map(({ pipeline = '' }) => this.#drop(pipeline)));
    if (stopped.length > 0)
      await this.#options.onDropped(new Set(desired.spec.pipelines.map(({ id }) => id)));
    await this.#settleAll(of('remove'));
    const begun = [...of('start'), ...of('restart')].map(({ pipeline = '' }) => this.#begin(pipeline));
    const failures = (await Promise.all(begun)).filter((failure) => failure !== undefined);
    await this.#settleAll(of('add', 'update', 'reconnect'));
    if (failures[0]) throw failures[0];
  }

  /** Replaces the worker; resolves with why the new one does not play. */
  async restart(id: string, why: string): Promise<WeirError | undefined> {
    return this.#inTime(this.get(id).restart(why), id);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this].map((keeper) => keeper.stop()));
    rmSync(this.#dir, { recursive: true, force: true });
    forgetWorkers(this.#options.workersFile);
  }

  /** At once, whatever they are doing. */
  kill(): void {
    for (const keeper of this) keeper.kill();
  }

  #heardOf(stream: string, carried: Carried): Carried {
    const row = carried.change?.stream;
    if (row?.state === 'stopped') this.#remember(row);
    this.#options.onStream(stream);
    return carried;
  }

  #remember(row: StreamRow): void {
    this.#left.delete(row.id);
    this.#left.set(row.id, row);
    const [oldest] = this.#left.keys();
    if (this.#left.size > MAX_LEFT && oldest !== undefined) this.#left.delete(oldest);
  }

  async #settleAll(steps: readonly PlanStep[]): Promise<void> {
    const settled = steps.map(async ({ pipeline = '', stream }) => {
      if (stream !== undefined && this.#keepers.has(pipeline)) await this.settle(pipeline, stream);
    });
    await Promise.all(settled);
  }

  async #begin(id: string): Promise<WeirError | undefined> {
    if (this.#keepers.has(id)) return this.restart(id, 'its description has changed');
    return this.#inTime(this.#keep(id).started, id);
  }

  async #inTime(outcome: Promise<WeirError | undefined>, id: string): Promise<WeirError | undefined> {
    const late = () =>
      new WeirError('TIMEOUT', `pipeline "${id}" does not play after ${RESTART_MS / 1000} s`);
    return within(RESTART_MS, late, outcome).catch((error: WeirError) => error);
  }

  async #drop(id: string): Promise<void> {
    await this.#keepers.get(id)?.stop();
    this.#keepers.delete(id);
  }

  /** Throws STOPPED. */
  #keep(id: string): PipelineKeeper {
    if (this.#stopping) throw new WeirError('STOPPED', 'the appliance is stopping');
    const { onLog, onNotice, onGuilty, quarantined, logLevel, hideMemory, startChild } = this.#options;
    const dir = join(this.#dir, id);
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const keeper = new PipelineKeeper({
      ...{
        wish: this.#wish(id),
        dir,
        turns: this.#turns,
        start: { logLevel, hideMemory, spool: join(this.#options.eventsDir, id) },
        quarantined,
        onGuilty,
        startChild,
      },
      lastWords: new LastWords(join(this.#dir, `${id}.crumb`)),
      log: (message, details) => onNotice(id, message, details),
      elsewhere: (stream) => [...this].some((other) => other.id !== id && other.has(stream)),
      onLeft: (streams) => this.#followAll(id, streams),
      onLog: (line) => onLog(line, id),
      onStream: ({ id }) => this.#options.onStream(id),
      onState: () => this.#onState(id),
      onPid: () => this.#record(),
    });
    this.#keepers.set(id, keeper);
    return keeper;
  }

  /** Who waited for them to leave this pipeline takes them now. */
  #followAll(left: string, streams: readonly string[]): void {
    for (const stream of streams)
      for (const keeper of this)
        if (keeper.id !== left && keeper.wish.streams.has(stream)) keeper.follow(stream);
  }

  #onState(id: string): void {
    for (const stream of this.#keepers.get(id)?.wish.streams.keys() ?? []) this.#options.onStream(stream);
  }

  #record(): void {
    const pids = [...this].flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    recordWorkers(this.#options.workersFile, this.#dir, pids);
  }

  #wish(id: string): PipelineWish {
    const { written, spec } = this.#desired;
    const pipeline = spec.pipelines.find((each) => each.id === id);
    if (!pipeline) throw new WeirError('INTERNAL', `pipeline "${id}" is not desired`);
    const own = pipelinesOf(written).find((each) => each.id === id);
    const streams = new Map<string, StreamJson>();
    for (const stream of own ? streamsOf(own) : []) streams.set(String(stream.id), stream);
    return { appliance: { ...spec, ...fixed(this.#first) }, pipeline, streams };
  }
}

/** What a new process of the appliance takes only: until then its workers have what it has itself. */
function fixed(spec: ApplianceSpec): Partial<ApplianceSpec> {
  return Object.fromEntries(APPLIANCE_KEYS.map((key) => [key, spec[key]]));
}
