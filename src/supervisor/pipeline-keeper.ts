/** Keeps one pipeline playing: starts its worker, replaces one that ended, tells it which streams are wanted. */
import { isDeepStrictEqual } from 'node:util';
import { verifyDetector } from '../deepstream/index.js';
import { quantiles } from '../native/latencies.js';
import { WeirError } from '../spec/error.js';
import type { ApplianceSpec, DetectorSpec, PipelineSpec } from '../spec/types.js';
import { within } from '../streams/within.js';
import { faultOf, type Operations, type Usage } from '../worker/channel.js';
import type { Beat } from '../worker/protocol.js';
import type { StreamRow, WorkerStatus } from '../worker/status.js';
import { deliveryView } from './delivery-view.js';
import { Investigation } from './investigation.js';
import type { LastWords } from './last-words.js';
import { MemoryWatch } from './memory-watch.js';
import { pauseAfter, RESET_MS } from './restart-policy.js';
import type { TurnDesk } from './turns.js';
import type { PipelineState, PipelineView, WorkerEnd } from './views.js';
import { WorkerChild, type WorkerChildOptions, type WorkerExit } from './worker-child.js';
import { type Carried, PENDING, type StreamJson, WorkerStreams } from './worker-streams.js';

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
  readonly start: Pick<WorkerChildOptions['start'], 'logLevel' | 'hideMemory' | 'spool'>;
  readonly lastWords: LastWords;
  readonly log: WorkerChildOptions['onNotice'];
  /** Streams that must not run: they killed their worker. */
  quarantined(): ReadonlySet<string>;
  /** Whether the worker of another pipeline has the stream still: it leaves there before it enters here. */
  elsewhere(stream: string): boolean;
  /** The worker has these no more. */
  onLeft(streams: readonly string[]): void;
  onLog(line: string): void;
  onStream(row: StreamRow): void;
  /** The state of the pipeline has changed. */
  onState(): void;
  /** A stream is found to kill its worker. It does not run before this has settled. */
  onGuilty(stream: string): Promise<void>;
  onPid(): void;
  /** For a worker's files; made and removed by the caller. */
  readonly dir: string;
  /** Default: a process. */
  readonly startChild?: StartChild | undefined;
}

const STATUS_MS = 1_000;

interface Life {
  readonly child: KeptChild;
  readonly streams: WorkerStreams;
  readonly turns: ReturnType<TurnDesk['open']>;
  /** Not before it does, and not once it is condemned. */
  playing: boolean;
  condemned: boolean;
}

/** Somebody who waits for a worker that plays. */
interface Waiter {
  /** Number of the life that is over by then, or is to be. */
  readonly after: number;
  tell(failure: WeirError | undefined): void;
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
  readonly #investigation: Investigation;
  #stopping = false;
  #wake: (() => void) | undefined;
  #status: WorkerStatus | undefined;
  /** Workers so far, those that did not come to be included. */
  #lives = 0;
  readonly #waiters = new Set<Waiter>();
  readonly #running: Promise<void>;
  /** How the first start ended: undefined where the pipeline played. */
  readonly started: Promise<WeirError | undefined>;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#wish = options.wish;
    this.#investigation = new Investigation({
      onGuilty: (stream) => options.onGuilty(stream),
      onChange: (stream) => (stream === undefined ? this.#settleAll() : this.follow(stream)),
      log: options.log,
    });
    this.started = this.#outcome(0);
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
      ...(this.lastStatus && deliveryView(this.lastStatus)),
      ...quantiles(this.lastStatus?.latencies.total),
    };
  }

  /** What a worker that plays said last of a stream. */
  row(id: string): StreamRow | undefined {
    return this.#life?.playing ? this.#life.streams.row(id) : undefined;
  }

  /** What the worker of now said last of itself. */
  get beat(): Beat | undefined {
    return this.#life?.child.beat;
  }

  /** Asks the worker; where it does not answer at once, what it said last. */
  async status(): Promise<WorkerStatus | undefined> {
    const life = this.#life;
    if (!life?.playing) return undefined;
    const answer = await within(STATUS_MS, 'no answer', life.child.channel.status()).catch(() => undefined);
    for (const row of answer?.[0]?.streams ?? []) life.streams.heard(row);
    this.#status = answer?.[0] ?? this.#status;
    return this.#life === life && life.playing ? this.#status : undefined;
  }

  async usage(): Promise<Usage | undefined> {
    const life = this.#life;
    return life?.playing
      ? within(STATUS_MS, 'no answer', life.child.channel.usage()).catch(() => undefined)
      : undefined;
  }

  /** What is wanted from now on. Streams follow by `settle`, all else by `restart`. */
  want(wish: PipelineWish): void {
    this.#wish = wish;
  }

  /** Whether its worker has the stream. */
  has(id: string): boolean {
    return this.#life?.streams.has(id) ?? false;
  }

  /** Makes the worker's idea of a stream that of now. Rejects with what the worker refuses. */
  async settle(id: string): Promise<Carried> {
    const life = this.#life;
    if (!life?.playing) return PENDING;
    const carried = await life.streams.settle(id);
    const waits = this.#investigation.held.has(id) || this.#options.elsewhere(id);
    return waits && this.#wish.streams.has(id) ? PENDING : carried;
  }

  /** The same where nobody asked for it. */
  follow(id: string): void {
    this.settle(id).catch((error: Error) => this.#options.log(`stream "${id}": ${error.message}`));
  }

  /** Connects a stream anew. */
  async reconnect(id: string): Promise<Carried> {
    const carried = await this.settle(id);
    const life = this.#life;
    if (carried.pending || carried.change?.changed) return carried;
    return life?.playing ? life.streams.restart(id) : PENDING;
  }

  /** JPEG. */
  async snapshot(id: string, options: { annotated?: boolean; timeoutMs?: number }): Promise<Uint8Array> {
    const life = this.#life;
    if (life?.playing) return life.child.channel.snapshot(id, options);
    throw new WeirError('NO_PICTURE', `no picture of "${id}": pipeline "${this.id}" is ${this.#state}`, {
      remedy: `weir pipelines list says why`,
    });
  }

  /** Replaces the worker, or starts it at once where it waits. Resolves with why the new one does not play. */
  restart(message: string): Promise<WeirError | undefined> {
    this.#ends = 0;
    if (this.#life) this.#life.child.stop('restart', message);
    else this.#wake?.();
    return this.#outcome(this.#life ? this.#lives : this.#lives - 1);
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
    this.#lives = Infinity;
    this.#told(stopped(this.id));
  }

  async #live(): Promise<WorkerExit> {
    this.#lives++;
    this.#enter('starting');
    try {
      await this.#verify();
      await this.#options.lastWords.prepare();
      if (!this.#stopping) this.#life = this.#begin();
    } catch (error) {
      return this.#ended({ why: 'start-failed', ...faultOf(error), playedMs: 0 }, undefined);
    }
    return this.#life ? this.#attend(this.#life) : { why: 'restart', message: '', playedMs: 0 };
  }

  /** What is wanted may change meanwhile. */
  async #verify(): Promise<void> {
    let verified: DetectorSpec | undefined;
    while (!isDeepStrictEqual(verified, this.#wish.pipeline.detector)) {
      verified = this.#wish.pipeline.detector;
      await verifyDetector(verified);
    }
  }

  get wish(): PipelineWish {
    return this.#wish;
  }

  #begin(): Life {
    const { startChild = startProcess, onLog, log, onLeft } = this.#options;
    const wanted = () => this.#allowed(this.#wish);
    const turns = this.#options.turns.open();
    const child: KeptChild = startChild({
      start: this.#startMessage(this.#wish, wanted()),
      ...{ onLog, onNotice: log, onTurn: turns.ask },
      onCondemned: () => this.#condemned(child),
      onStream: (row) => this.#heard(child, row),
    });
    const { slots } = this.#wish.pipeline;
    const own = { channel: child.channel, slots, told: wanted(), wanted };
    const streams = new WorkerStreams({ ...own, onLeft: (id) => onLeft([id]) });
    return { child, streams, turns, playing: false, condemned: false };
  }

  async #attend(life: Life): Promise<WorkerExit> {
    const { child, streams, turns } = life;
    this.#options.onPid();
    const memory = new MemoryWatch(
      child,
      () => this.#wish.pipeline.memoryLimitMb,
      () => streams.ids.length,
    );
    void child.playing.then(() => this.#plays(life));
    const exit = await child.ended;
    memory.stop();
    turns.close();
    this.#life = undefined;
    this.#options.onPid();
    this.#options.onLeft(streams.ids);
    return this.#ended(exit, life);
  }

  /** Whoever asks for something now need not wait for an answer that will not come. */
  #condemned(child: KeptChild): void {
    if (this.#life?.child !== child) return;
    Object.assign(this.#life, { playing: false, condemned: true });
    this.#enter('waiting');
  }

  #startMessage({ appliance, pipeline }: PipelineWish, streams: ReadonlyMap<string, StreamJson>) {
    const { start, dir, lastWords } = this.#options;
    const own = { ...pipeline, streams: pipeline.streams.filter(({ id }) => streams.has(id)) };
    const spec = { ...appliance, pipelines: [own] };
    return { type: 'start', ...start, spec, pipeline: pipeline.id, dir, breadcrumb: lastWords.file } as const;
  }

  /** All that are wanted but those in quarantine, those that are held back and those that come from elsewhere. */
  #allowed({ streams }: PipelineWish): Map<string, StreamJson> {
    const not = new Set([...this.#options.quarantined(), ...this.#investigation.held]);
    return new Map([...streams].filter(([id]) => !not.has(id) && !this.#options.elsewhere(id)));
  }

  #plays(life: Life): void {
    if (this.#life !== life || life.condemned || this.#stopping) return;
    life.playing = true;
    this.#status = undefined;
    this.#enter('playing');
    this.#told(undefined);
    this.#investigation.begin();
    this.#settleAll();
  }

  /** Wishes of the time the pipeline was down, and after changes of who may run. */
  #settleAll(): void {
    const ids = new Set([...(this.#life?.streams.ids ?? []), ...this.#wish.streams.keys()]);
    for (const id of ids) this.follow(id);
  }

  #heard(child: KeptChild, row: StreamRow): void {
    if (this.#life?.child !== child) return;
    this.#life.streams.heard(row);
    this.#options.lastWords.moved(row.slot, row.id);
    this.#options.onStream(row);
  }

  async #ended(exit: WorkerExit, life: Life | undefined): Promise<WorkerExit> {
    this.#investigation.pause();
    this.restarts[exit.why]++;
    if (exit.why !== 'restart') {
      this.#ends = exit.playedMs >= RESET_MS ? 1 : this.#ends + 1;
      await this.#autopsy(exit, life);
    }
    // Whoever asked for this end waits for what follows it.
    if (exit.why !== 'restart') this.#told(failure(this.id, exit));
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
    this.#investigation.crashed(crash, life.streams.ids);
  }

  async #pause(exit: WorkerExit): Promise<void> {
    if (exit.why === 'restart') return;
    // A trial needs its answer soon; the worker is known to crash meanwhile.
    const ends = this.#investigation.underWay ? Math.min(2, this.#ends) : this.#ends;
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

  /** Of the first start after a life. */
  #outcome(after: number): Promise<WeirError | undefined> {
    if (this.#lives === Infinity) return Promise.resolve(stopped(this.id));
    return new Promise((tell) => this.#waiters.add({ after, tell }));
  }

  #told(failure: WeirError | undefined): void {
    for (const waiter of this.#waiters) {
      if (waiter.after >= this.#lives) continue;
      this.#waiters.delete(waiter);
      waiter.tell(failure);
    }
  }
}

const startProcess: StartChild = (options) => new WorkerChild(options);

/** Whether a stream may have caused it: nothing that a camera sends ends a process by these signals. */
function suspicious({ why, signal }: WorkerExit): boolean {
  return why === 'stuck' || (why === 'crash' && signal !== 'SIGKILL' && signal !== 'SIGTERM');
}

function failure(id: string, { code = 'PIPELINE_FAILED', message, remedy }: WorkerExit): WeirError {
  const options = remedy === undefined ? {} : { remedy };
  return new WeirError(code, `pipeline "${id}": ${message}`, options);
}

function stopped(id: string): WeirError {
  return new WeirError('STOPPED', `pipeline "${id}" is stopping`);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
