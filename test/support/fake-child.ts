/** A worker in memory: it plays at once and does what it is asked, until a test says otherwise. */
import { readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { type ErrorCode, WeirError } from '../../src/spec/index.js';
import { parseStream, sameStream } from '../../src/spec/stream.js';
import type { StreamSpec } from '../../src/spec/types.js';
import type { KeptChild, StartChild } from '../../src/supervisor/pipeline-keeper.js';
import type { WorkerEnd } from '../../src/supervisor/views.js';
import type { WorkerChildOptions, WorkerExit } from '../../src/supervisor/worker-child.js';
import type { Operations } from '../../src/worker/channel.js';
import type { Beat } from '../../src/worker/protocol.js';
import type { StreamRow, WorkerStatus } from '../../src/worker/status.js';
import type { StreamChange } from '../../src/worker/worker.js';
import { eventsStatus, pipelineSnapshot, streamSnapshot } from './snapshots.js';

/** Above those of any process. */
let lastPid = 5_000_000;

interface Present {
  readonly spec: StreamSpec;
  readonly slot: number;
}

export interface Crash {
  readonly signal?: NodeJS.Signals;
  /** The stream whose bytes the breadcrumb names. */
  readonly at?: string;
  /** The breadcrumb says that another process sent the signal. */
  readonly sent?: boolean;
}

export class FakeChild implements KeptChild {
  readonly pid = ++lastPid;
  readonly pipeline: string;
  readonly playing: Promise<void>;
  readonly ended: Promise<WorkerExit>;
  readonly channel: Operations;
  readonly options: WorkerChildOptions;
  /** Every request, as `add cam-1`, in order. */
  readonly calls: string[] = [];
  /** Requests that contradict what it has been told before. */
  readonly mistakes: string[] = [];
  /** Every answer waits for it. */
  pause: (call: string) => Promise<void> = () => Promise.resolve();
  /** Set to make requests reject. */
  refuse: (call: string) => WeirError | undefined = () => undefined;
  /** Set to have it ignore that it is to stop. */
  stubborn = false;
  beat: Beat | undefined;
  readonly #present = new Map<string, Present>();
  /** What the streams do, where that is not to be live. */
  readonly #said = new Map<string, Partial<StreamRow>>();
  readonly #slots: number;
  readonly #pending = new Set<(error: Error) => void>();
  #plays: () => void = () => undefined;
  #ends: (exit: WorkerExit) => void = () => undefined;
  #playingSince: number | undefined;
  #reason: Omit<WorkerExit, 'playedMs'> | undefined;
  #hangs = false;
  #over = false;

  constructor(options: WorkerChildOptions) {
    const { spec, pipeline } = options.start;
    const own = spec.pipelines.find(({ id }) => id === pipeline);
    this.options = options;
    this.pipeline = pipeline;
    this.#slots = own?.slots ?? 0;
    this.playing = new Promise((resolve) => (this.#plays = resolve));
    this.ended = new Promise((resolve) => (this.#ends = resolve));
    for (const stream of own?.streams ?? []) this.#place(stream);
    this.channel = {
      add: (stream) => this.#change('add', stream, (spec) => this.#add(spec)),
      update: (stream) => this.#change('update', stream, (spec) => this.#update(spec)),
      remove: (id) => this.#ask(`remove ${id}`, () => this.#remove(id)),
      restart: (id) => this.#ask(`restart ${id}`, () => this.#told(this.#known(id).spec.id, true)),
      snapshot: (id) =>
        this.#ask(`snapshot ${id}`, () => Buffer.from(`picture of ${this.#known(id).spec.id}`)),
      status: () => this.#ask('status', () => [this.status()]),
      usage: () => this.#ask('usage', () => ({ wallSeconds: 10, cpuSeconds: 1 })),
    };
  }

  /** Ids of what it runs. */
  get streams(): string[] {
    return [...this.#present.keys()].sort();
  }

  /** As it was told last. */
  told(id: string): StreamSpec | undefined {
    return this.#present.get(id)?.spec;
  }

  get over(): boolean {
    return this.#over;
  }

  get hangs(): boolean {
    return this.#hangs;
  }

  status(): WorkerStatus {
    const streams = [...this.#present.keys()].map((id) => this.row(id));
    const nats = { kind: 'connected', server: 'nats://192.0.2.9:4222' } as const;
    return {
      ...pipelineSnapshot([]),
      nats,
      events: eventsStatus(),
      pid: this.pid,
      pipeline: this.pipeline,
      streams,
    };
  }

  row(id: string, more: Partial<StreamRow> = {}): StreamRow {
    const { slot = 0 } = this.#present.get(id) ?? {};
    const usual = { ...streamSnapshot(id), slot, objects: 0, tracks: 0 };
    return { ...usual, ...this.#said.get(id), ...more } as StreamRow;
  }

  play(): void {
    this.#playingSince ??= performance.now();
    for (const id of this.#present.keys()) this.options.onStream(this.row(id));
    this.#plays();
  }

  /** The stream enters a state. */
  say(id: string, more: Partial<StreamRow> = {}): void {
    this.#said.set(id, more);
    this.options.onStream(this.row(id));
  }

  weigh(rssMb: number): void {
    this.beat = { type: 'beat', rssBytes: rssMb * 1024 ** 2, cpuSeconds: 1, loopLagMs: 0 };
  }

  crash({ signal = 'SIGSEGV', ...crumb }: Crash = {}): void {
    if (crumb.at !== undefined || crumb.sent) this.#leaveBreadcrumb(signal, crumb);
    this.#end({ why: 'crash', message: `its process ended (${signal})`, signal });
  }

  /** Says why it cannot go on, and ends. */
  fail(code: ErrorCode, message: string): void {
    const why = this.#playingSince === undefined ? 'start-failed' : 'pipeline-failed';
    this.#condemn({ why: code === 'PIPELINE_STUCK' ? 'stuck' : why, code, message });
    this.#end();
  }

  /** Answers nothing any more. */
  hang(): void {
    this.#hangs = true;
  }

  /** It is noticed that it hangs; then it is killed. */
  giveUp(): void {
    this.#condemn({ why: 'hang', message: 'no sign of life for 4 s' });
    this.#end({ why: 'hang', message: '', signal: 'SIGABRT' });
  }

  stop(why: WorkerEnd, message: string): void {
    this.calls.push(`stop ${why}`);
    this.#condemn({ why, message });
    if (!this.stubborn) queueMicrotask(() => this.#end());
  }

  kill(): void {
    this.calls.push('kill');
    this.#end({ why: 'crash', message: 'its process ended (SIGKILL)', signal: 'SIGKILL' });
  }

  #condemn(reason: Omit<WorkerExit, 'playedMs'>): void {
    this.#reason ??= reason;
    this.options.onCondemned();
  }

  #end(otherwise: Omit<WorkerExit, 'playedMs'> = { why: 'crash', message: 'its process ended' }): void {
    if (this.#over) return;
    this.#over = true;
    const playedMs = this.#playingSince === undefined ? 0 : performance.now() - this.#playingSince;
    const { signal } = otherwise;
    this.#ends({ ...(this.#reason ?? otherwise), ...(signal && { signal }), playedMs });
    for (const reject of this.#pending) reject(gone());
    this.#pending.clear();
  }

  #change(
    name: 'add' | 'update',
    stream: unknown,
    act: (spec: StreamSpec) => StreamChange,
  ): Promise<StreamChange> {
    const { id } = stream as { id: string };
    return this.#ask(`${name} ${id}`, () => act(parseStream(stream)));
  }

  /** As a worker does: decided at once, answered after a while. */
  #ask<T>(call: string, act: () => T): Promise<T> {
    this.calls.push(call);
    if (this.#over) return Promise.reject(gone());
    const answer = this.#decide(call, act);
    answer.catch(() => undefined);
    return new Promise((resolve, reject) => {
      this.#pending.add(reject);
      void this.pause(call).then(() => {
        if (!this.#hangs && this.#pending.delete(reject)) answer.then(resolve, reject);
      });
    });
  }

  async #decide<T>(call: string, act: () => T): Promise<T> {
    const refusal = this.refuse(call);
    if (refusal) throw refusal;
    try {
      return act();
    } catch (error) {
      this.mistakes.push(`${call}: ${(error as Error).message}`);
      throw error;
    }
  }

  #add(spec: StreamSpec): StreamChange {
    const present = this.#present.get(spec.id);
    if (present && !sameStream(present.spec, spec)) throw new WeirError('STREAM_EXISTS', 'another is there');
    if (present) return this.#told(spec.id, false);
    if (this.#present.size >= this.#slots) throw new WeirError('SLOTS_FULL', 'no slot is free');
    this.#place(spec);
    return this.#told(spec.id, true);
  }

  #update(spec: StreamSpec): StreamChange {
    const { spec: before, slot } = this.#known(spec.id);
    this.#present.set(spec.id, { spec, slot });
    return this.#told(spec.id, !sameStream(before, spec));
  }

  #remove(id: string): StreamChange {
    const row = this.row(id, { state: 'stopped' });
    return this.#present.delete(id) ? { changed: true, stream: row } : { changed: false };
  }

  #told(id: string, changed: boolean): StreamChange {
    if (changed) this.say(id);
    return { changed, stream: this.row(id) };
  }

  #place(spec: StreamSpec): void {
    const taken = new Set([...this.#present.values()].map(({ slot }) => slot));
    const slot = Array.from({ length: this.#slots + 1 }, (_, i) => i).find((i) => !taken.has(i)) ?? -1;
    this.#present.set(spec.id, { spec, slot });
  }

  #known(id: string): Present {
    const present = this.#present.get(id);
    if (!present) throw new WeirError('STREAM_UNKNOWN', `no stream "${id}"`);
    return present;
  }

  /** As native/pipeline/breadcrumb.cc does: the state, the signal, token and slot, stage and thread. */
  #leaveBreadcrumb(signal: NodeJS.Signals, { at = '', sent = false }: Crash): void {
    const { breadcrumb } = this.options.start;
    const bytes = readFileSync(breadcrumb);
    bytes.writeUInt32LE(2, 8);
    bytes.writeInt32LE(constants.signals[signal], 12);
    bytes.writeUInt32LE(sent ? 0 : 1, 16);
    bytes.writeInt32LE(this.#present.get(at)?.slot ?? -1, 20);
    bytes.write(sent ? 'sent' : 'decode', 24);
    bytes.write('queue0:src', 40);
    writeFileSync(breadcrumb, bytes);
  }
}

function gone(): WeirError {
  return new WeirError('PIPELINE_FAILED', 'the worker ended');
}

/** Starts them, and remembers each. */
export class FakeChildren {
  readonly all: FakeChild[] = [];
  /** What a new one does. */
  arrival: (child: FakeChild) => void = (child) => child.play();

  readonly start: StartChild = (options) => {
    const child = new FakeChild(options);
    this.all.push(child);
    // As of a process, nothing is heard before whoever started it goes on.
    queueMicrotask(() => this.arrival(child));
    return child;
  };

  /** The worker of now, or the last there was. Throws where there was none. */
  of(pipeline: string): FakeChild {
    const child = this.all.findLast((each) => each.pipeline === pipeline);
    if (!child) throw new Error(`pipeline "${pipeline}" has had no worker`);
    return child;
  }

  get mistakes(): string[] {
    return this.all.flatMap(({ mistakes }) => mistakes);
  }
}
