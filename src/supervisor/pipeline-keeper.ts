/** Keeps one pipeline playing: starts its worker, replaces one that ended, tells it which streams are wanted. */
import { isDeepStrictEqual } from 'node:util';
import { verifyDetector } from '../deepstream/index.js';
import { WeirError } from '../spec/error.js';
import type { ApplianceSpec, PipelineSpec } from '../spec/types.js';
import { Lanes } from '../streams/lanes.js';
import { faultOf, type Operations, type Usage } from '../worker/channel.js';
import type { Beat } from '../worker/protocol.js';
import type { StreamRow, WorkerStatus } from '../worker/status.js';
import type { StreamChange } from '../worker/worker.js';
import { within } from './asking.js';
import type { LastWords } from './last-words.js';
import { MemoryWatch } from './memory-watch.js';
import { pauseAfter, RESET_MS } from './restart-policy.js';
import { afterCrash, afterTrial, heldBack, NOBODY, type Suspicion } from './suspects.js';
import type { TurnDesk } from './turns.js';
import type { PipelineState, PipelineView, WorkerEnd } from './views.js';
import { WorkerChild, type WorkerChildOptions, type WorkerExit } from './worker-child.js';

/** A worker as it is kept; see `WorkerChild`. */
export interface KeptChild {
  readonly pid: number | undefined;
  readonly beat: Beat | undefined;
  readonly playing: Promise<void>;
  readonly ended: Promise<WorkerExit>;
  readonly channel: Operations;
  stop(why: WorkerEnd, message: string): void;
  kill(): void;
}

export type StartChild = (options: WorkerChildOptions) => KeptChild;

/** A stream as it is wanted: as in weir.yaml, without defaults. */
export type StreamJson = Readonly<Record<string, unknown>>;

export interface PipelineWish {
  /** Its own part, and what all pipelines depend on. Which streams there are is said by `streams`. */
  readonly appliance: ApplianceSpec;
  readonly pipeline: PipelineSpec;
  readonly streams: ReadonlyMap<string, StreamJson>;
}

export interface KeeperOptions {
  readonly wish: PipelineWish;
  readonly turns: TurnDesk;
  /** Everything a worker is told but its spec. */
  readonly start: Pick<WorkerChildOptions['start'], 'logLevel' | 'hideMemory'>;
  readonly lastWords: LastWords;
  readonly log: WorkerChildOptions['onNotice'];
  /** Streams that must not run: they killed their worker. */
  quarantined(): ReadonlySet<string>;
  onLog(line: string): void;
  onStream(row: StreamRow): void;
  /** The state of the pipeline has changed. */
  onState(): void;
  /** A stream is found to kill its worker. */
  onGuilty(stream: string): void;
  onPid(): void;
  /** For a worker's files; made and removed by the caller. */
  readonly dir: string;
  /** Default: a process. */
  readonly startChild?: StartChild | undefined;
}

/** What became of a wish about a stream. */
export interface Carried {
  /** The pipeline is down: the worker will be told when it plays. */
  readonly pending: boolean;
  readonly change?: StreamChange;
}

const STATUS_MS = 1_000;
const STREAM_MS = 20_000;
const PENDING: Carried = { pending: true };

interface Life {
  readonly child: KeptChild;
  /** What the worker has been told, by stream. */
  readonly told: Map<string, StreamJson>;
  readonly lanes: Lanes;
  readonly pipeline: PipelineSpec;
  playing: boolean;
}

export class PipelineKeeper {
  readonly restarts: Record<WorkerEnd, number> = {
    ...{ crash: 0, 'start-failed': 0, 'pipeline-failed': 0, hang: 0, stuck: 0, memory: 0, restart: 0 },
  };
  readonly #options: KeeperOptions;
  #wish: PipelineWish;
  #state: PipelineState = 'starting';
  #since = Date.now();
  #life: Life | undefined;
  #lastEnd: PipelineView['lastEnd'];
  #nextStartAt: number | undefined;
  /** Ends in a row. */
  #ends = 0;
  #suspicion: Suspicion = NOBODY;
  #trial: NodeJS.Timeout | undefined;
  #stopping = false;
  #wake: (() => void) | undefined;
  #status: WorkerStatus | undefined;
  /** The first start's outcome, and of each that was asked for. */
  readonly #outcomes = new Set<(error: WeirError | undefined) => void>();
  readonly #running: Promise<void>;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#wish = options.wish;
    this.#running = this.#run();
  }

  get id(): string {
    return this.#wish.pipeline.id;
  }

  get state(): PipelineState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#life?.child.pid;
  }

  /** As it was last told; none while the pipeline is down. */
  get lastStatus(): WorkerStatus | undefined {
    return this.#life?.playing ? this.#status : undefined;
  }

  view(): Omit<PipelineView, 'live'> {
    const { child } = this.#life ?? {};
    const { pipeline, streams } = this.#wish;
    return {
      id: pipeline.id,
      state: this.#state,
      since: iso(this.#since),
      ...(child?.pid !== undefined && { pid: child.pid }),
      restarts: { ...this.restarts },
      ...(this.#lastEnd && { lastEnd: this.#lastEnd }),
      ...(this.#nextStartAt !== undefined && { nextStartAt: iso(this.#nextStartAt) }),
      slots: pipeline.slots,
      streams: streams.size,
      ...(child?.beat && { rssBytes: child.beat.rssBytes }),
      ...(pipeline.memoryLimitMb !== undefined && { memoryLimitBytes: pipeline.memoryLimitMb * 1024 ** 2 }),
      ...(this.lastStatus && { nats: this.lastStatus.nats.kind }),
    };
  }

  /** CPU of the worker of now. */
  get cpuSeconds(): number | undefined {
    return this.#life?.child.beat?.cpuSeconds;
  }

  /** Asks the worker; where it does not answer at once, what it said last. */
  async status(): Promise<WorkerStatus | undefined> {
    const life = this.#life;
    if (!life?.playing) return undefined;
    const answer = await within(STATUS_MS, life.child.channel.status()).catch(() => undefined);
    this.#status = answer?.[0] ?? this.#status;
    return this.#life === life && life.playing ? this.#status : undefined;
  }

  async usage(): Promise<Usage | undefined> {
    const life = this.#life;
    return life?.playing ? within(STATUS_MS, life.child.channel.usage()).catch(() => undefined) : undefined;
  }

  /** What is wanted from now on. Streams follow by `settle`, all else by `restart`. */
  want(wish: PipelineWish): void {
    this.#wish = wish;
  }

  /** Makes the worker's idea of a stream that of now. Rejects with what the worker refuses. */
  settle(id: string): Promise<Carried> {
    const life = this.#life;
    if (!life?.playing) return Promise.resolve(PENDING);
    return life.lanes.run(id, () => this.#tell(life, id));
  }

  /** Connects a stream anew. */
  async reconnect(id: string): Promise<Carried> {
    const carried = await this.settle(id);
    const life = this.#life;
    if (carried.pending || carried.change?.changed || !life?.told.has(id)) return carried;
    return life.lanes.run(id, () => carriedOut(life.child.channel.restart(id)));
  }

  /** JPEG. */
  async snapshot(id: string, options: { annotated?: boolean; timeoutMs?: number }): Promise<Uint8Array> {
    const life = this.#life;
    if (life?.playing) return life.child.channel.snapshot(id, options);
    throw new WeirError('NO_PICTURE', `no picture of "${id}": pipeline "${this.id}" is ${this.#state}`, {
      remedy: `weir pipelines list says why`,
    });
  }

  /** Resolves with how the next start ends: undefined when the pipeline plays. */
  outcome(): Promise<WeirError | undefined> {
    return new Promise((resolve) => this.#outcomes.add(resolve));
  }

  /** Replaces the worker; `outcome()` tells how that went. */
  restart(message: string): void {
    this.#ends = 0;
    if (this.#life) this.#life.child.stop('restart', message);
    else this.#wake?.();
  }

  /** Resolves when no process is left. */
  stop(): Promise<void> {
    this.#stopping = true;
    this.#enter('stopping');
    this.#life?.child.stop('restart', 'the appliance stops');
    this.#wake?.();
    return this.#running;
  }

  kill(): void {
    this.#life?.child.kill();
  }

  /** One life after the other. */
  async #run(): Promise<void> {
    while (!this.#stopping) {
      const exit = await this.#live();
      if (this.#stopping) break;
      await this.#pause(exit);
    }
    this.#told(new WeirError('STOPPED', `pipeline "${this.id}" is stopping`));
  }

  async #live(): Promise<WorkerExit> {
    this.#enter('starting');
    const { wish } = this;
    try {
      await verifyDetector(wish.pipeline.detector);
    } catch (error) {
      return this.#ended({ why: 'start-failed', ...faultOf(error), playedMs: 0 }, undefined);
    }
    if (this.#stopping) return { why: 'restart', message: '', playedMs: 0 };
    return this.#attend(wish);
  }

  get wish(): PipelineWish {
    return this.#wish;
  }

  async #attend(wish: PipelineWish): Promise<WorkerExit> {
    const turns = this.#options.turns.open();
    const { pipeline } = wish;
    const streams = this.#allowed(wish);
    await this.#options.lastWords.prepare();
    const { startChild = startProcess } = this.#options;
    const child: KeptChild = startChild({
      start: this.#startMessage(wish, streams),
      onLog: this.#options.onLog,
      onNotice: this.#options.log,
      onTurn: turns.ask,
      onCondemned: () => this.#condemned(child),
      onStream: (row) => this.#heard(row),
    });
    const life: Life = { child, told: new Map(streams), lanes: new Lanes(), pipeline, playing: false };
    this.#life = life;
    this.#options.onPid();
    const memory = new MemoryWatch(
      child,
      () => this.#wish.pipeline.memoryLimitMb,
      () => life.told.size,
    );
    void child.playing.then(() => this.#plays(life));
    const exit = await child.ended;
    memory.stop();
    turns.close();
    this.#life = undefined;
    this.#options.onPid();
    return this.#ended(exit, life);
  }

  /** Whoever asks for something now need not wait for an answer that will not come. */
  #condemned(child: KeptChild): void {
    if (this.#life?.child !== child) return;
    this.#life.playing = false;
    this.#enter('waiting');
  }

  #startMessage({ appliance, pipeline }: PipelineWish, streams: ReadonlyMap<string, StreamJson>) {
    const { start, dir, lastWords } = this.#options;
    const own = { ...pipeline, streams: pipeline.streams.filter(({ id }) => streams.has(id)) };
    const spec = { ...appliance, pipelines: [own] };
    return { type: 'start', ...start, spec, pipeline: pipeline.id, dir, breadcrumb: lastWords.file } as const;
  }

  /** All that are wanted but those in quarantine and those held back for a trial. */
  #allowed({ streams }: PipelineWish): Map<string, StreamJson> {
    const not = new Set([...this.#options.quarantined(), ...heldBack(this.#suspicion)]);
    return new Map([...streams].filter(([id]) => !not.has(id)));
  }

  #plays(life: Life): void {
    if (this.#life !== life || this.#stopping) return;
    life.playing = true;
    this.#status = undefined;
    this.#enter('playing');
    this.#told(undefined);
    this.#startTrial();
    this.settleAll();
  }

  /** Wishes of the time the pipeline was down, and after changes of who may run. */
  settleAll(): void {
    const ids = new Set([...(this.#life?.told.keys() ?? []), ...this.#wish.streams.keys()]);
    for (const id of ids)
      this.settle(id).catch((error: Error) => this.#options.log(`stream "${id}": ${error.message}`));
  }

  async #tell({ child: { channel }, told }: Life, id: string): Promise<Carried> {
    const wanted = this.#allowed(this.#wish).get(id);
    const known = told.get(id);
    if (isDeepStrictEqual(wanted, known)) return { pending: false };
    if (wanted === undefined) return carriedOut(channel.remove(id), () => told.delete(id));
    const asked = known === undefined ? channel.add(wanted) : channel.update(wanted);
    return carriedOut(asked, () => told.set(id, wanted));
  }

  #heard(row: StreamRow): void {
    this.#options.lastWords.moved(row.slot, row.id);
    this.#options.onStream(row);
  }

  #startTrial(): void {
    clearTimeout(this.#trial);
    const ms = this.#suspicion.trial?.ms;
    if (ms !== undefined) this.#trial = setTimeout(() => this.#passed(), ms);
  }

  #passed(): void {
    this.#found(afterTrial(this.#suspicion));
    this.#startTrial();
    this.settleAll();
  }

  #found({ next, guilty }: ReturnType<typeof afterTrial>): void {
    this.#suspicion = next;
    if (guilty !== undefined) this.#options.onGuilty(guilty);
  }

  async #ended(exit: WorkerExit, life: Life | undefined): Promise<WorkerExit> {
    clearTimeout(this.#trial);
    this.restarts[exit.why]++;
    if (exit.why !== 'restart') {
      this.#ends = exit.playedMs >= RESET_MS ? 1 : this.#ends + 1;
      await this.#autopsy(exit, life);
    }
    const { code = 'PIPELINE_FAILED', message, remedy } = exit;
    const options = remedy === undefined ? {} : { remedy };
    this.#told(new WeirError(code, `pipeline "${this.id}": ${message}`, options));
    return exit;
  }

  async #autopsy(exit: WorkerExit, life: Life | undefined): Promise<void> {
    const { log, lastWords } = this.#options;
    const words = exit.why === 'crash' || exit.why === 'hang' ? await lastWords.read() : undefined;
    const message = words ? `${exit.message}, ${words.text}` : exit.message;
    this.#lastEnd = { why: exit.why, at: iso(Date.now()), message };
    this.#enter('waiting');
    log(`worker ended: ${message}`, {
      why: exit.why,
      playedMs: Math.round(exit.playedMs),
      ...words?.details,
    });
    if (!life || words?.sent || !suspicious(exit)) return;
    const stream = words?.stream;
    const crash = { at: performance.now(), playedMs: exit.playedMs, ...(stream !== undefined && { stream }) };
    this.#found(afterCrash(this.#suspicion, crash, [...life.told.keys()]));
  }

  async #pause(exit: WorkerExit): Promise<void> {
    if (exit.why === 'restart') return;
    // A trial needs its answer soon; the worker is known to crash meanwhile.
    const ends = this.#suspicion.trial ? Math.min(2, this.#ends) : this.#ends;
    const { state, ms } = pauseAfter(ends, exit.code, Math.random());
    if (ms === 0) return;
    this.#nextStartAt = Date.now() + ms;
    this.#enter(state);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
    this.#nextStartAt = undefined;
  }

  #enter(state: PipelineState): void {
    if (this.#stopping && state !== 'stopping') return;
    if (state !== this.#state) this.#since = Date.now();
    this.#state = state;
    this.#options.onState();
  }

  #told(error: WeirError | undefined): void {
    const waiting = [...this.#outcomes];
    this.#outcomes.clear();
    for (const tell of waiting) tell(error);
  }
}

const startProcess: StartChild = (options) => new WorkerChild(options);

/** Whether a stream may have caused it: nothing that a camera sends ends a process by these signals. */
function suspicious({ why, signal }: WorkerExit): boolean {
  return why === 'stuck' || (why === 'crash' && signal !== 'SIGKILL' && signal !== 'SIGTERM');
}

/** A worker that ends meanwhile, or does not answer, leaves the wish pending: the next one is told of it. */
async function carriedOut(
  asked: Promise<StreamChange>,
  done: () => void = () => undefined,
): Promise<Carried> {
  try {
    const change = await within(STREAM_MS, asked);
    done();
    return { pending: false, change };
  } catch (error) {
    const { code } = faultOf(error);
    if (code === 'PIPELINE_FAILED' || code === 'TIMEOUT' || code === 'STOPPED') return PENDING;
    throw error;
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
