/** One pipeline with its streams and its NATS sinks: what runs in a pipeline's process. */
import { loadBinding } from '../native/loader.js';
import { Pipeline, type SnapshotOptions } from '../native/pipeline.js';
import type { NativeBinding, NativeEvent } from '../native/types.js';
import { DetectionSink } from '../sinks/detection-sink.js';
import { type NatsLink, type NatsLinkOptions, type NatsState, openNats } from '../sinks/nats-link.js';
import { StatusSink } from '../sinks/status-sink.js';
import { subject } from '../sinks/subjects.js';
import { WeirError } from '../spec/error.js';
import type { ApplianceSpec, PipelineSpec } from '../spec/types.js';
import { type Clock, systemClock } from '../streams/clock.js';
import type { HandshakeBudget } from '../streams/handshake-budget.js';
import { StreamSet } from '../streams/stream-set.js';
import type { StreamState } from '../streams/stream-state.js';
import { createLogger, type Logger } from './log.js';
import { Meter } from './meter.js';
import { type Plan, planPipeline, provider } from './plan.js';
import { Redactor } from './redact.js';
import { createRuntimeDir, type RuntimeDir } from './runtime-dir.js';
import { natsSecrets } from './secrets.js';
import { type StreamFormat, statusMessage, streamRow, type WorkerStatus } from './status.js';

export interface WorkerOptions {
  readonly spec: ApplianceSpec;
  /** One of `spec.pipelines`. */
  readonly pipeline: PipelineSpec;
  readonly log?: Logger;
  /** Shared by all pipelines of the appliance. */
  readonly budget?: HandshakeBudget;
  readonly binding?: NativeBinding;
  readonly clock?: Clock;
  readonly env?: NodeJS.ProcessEnv;
  readonly openLink?: (options: NatsLinkOptions) => NatsLink;
}

const POLL_MS = 250;

export class Worker implements AsyncDisposable {
  /** Resolves when the pipeline has failed for good: only a new process helps. */
  readonly failed: Promise<WeirError>;
  readonly #fail: (error: WeirError) => void;
  readonly #spec: ApplianceSpec;
  readonly #name: string;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #redactor = new Redactor();
  readonly #info: ReturnType<NativeBinding['info']>;
  readonly #dir: RuntimeDir;
  readonly #pipeline: Pipeline;
  readonly #streams: StreamSet;
  readonly #link: NatsLink;
  readonly #detections: DetectionSink;
  readonly #status: StatusSink;
  readonly #formats = new Map<string, StreamFormat>();
  readonly #meters: readonly Meter[];
  #poll: NodeJS.Timeout | undefined;
  #stopping: Promise<void> | undefined;

  /** Resolves once the pipeline plays; cameras and NATS are connected to in the background. */
  static async start(options: WorkerOptions): Promise<Worker> {
    const dir = createRuntimeDir(options.env);
    let worker: Worker;
    try {
      worker = new Worker(options, dir);
    } catch (error) {
      await dir.remove();
      throw error;
    }
    try {
      await worker.#run();
      return worker;
    } catch (error) {
      await worker.stop();
      throw error;
    }
  }

  private constructor(options: WorkerOptions, dir: RuntimeDir) {
    const { spec, pipeline, binding = loadBinding(), clock = systemClock, env = process.env } = options;
    let fail: (error: WeirError) => void = () => {};
    this.failed = new Promise((resolve) => {
      fail = resolve;
    });
    this.#fail = fail;
    this.#spec = spec;
    this.#name = pipeline.id;
    this.#log = options.log ?? createLogger();
    this.#clock = clock;
    this.#dir = dir;
    this.#info = binding.info();
    this.#meters = pipeline.streams.map(() => new Meter());
    const plan = planPipeline({
      spec,
      pipeline,
      provider: provider(this.#info.provider),
      dir: dir.path,
      env,
      redactor: this.#redactor,
    });
    const nats = natsSecrets(spec.nats, env, this.#redactor);
    this.#pipeline = Pipeline.open(plan.graph, this.#handlers(), binding);
    this.#streams = this.#declare(pipeline, plan, options.budget);
    const name = `weir ${spec.appliance}/${pipeline.id}`;
    this.#link = (options.openLink ?? openNats)({ servers: spec.nats.servers, name, ...nats });
    this.#link.watch((state, problem) => this.#onNats(state, problem));
    this.#detections = new DetectionSink({
      link: this.#link,
      subjects: pipeline.streams.map((stream) => this.#subject(stream.id, 'detections')),
      release: (id) => this.#pipeline.releaseBatch(id),
    });
    this.#status = new StatusSink({ link: this.#link, subject: (stream) => this.#subject(stream, 'status') });
  }

  status(): WorkerStatus {
    const counters = this.#pipeline.counters();
    return {
      appliance: this.#spec.appliance,
      pipeline: this.#name,
      provider: this.#info.provider,
      gstreamer: this.#info.gstreamer,
      nats: this.#link.state,
      streams: [...this.#streams].map(({ id, slot, state }) =>
        streamRow({
          status: statusMessage(id, state, this.#formats.get(id)),
          slot,
          rates: this.#meters[slot]?.rates() ?? new Meter().rates(),
          counters,
          sink: this.#detections.counts(slot),
        }),
      ),
    };
  }

  has(stream: string): boolean {
    return this.#streams.find(stream) !== undefined;
  }

  /** The stream's next picture as JPEG. Rejects with STREAM_UNKNOWN, or TIMEOUT when no picture comes. */
  async snapshot(stream: string, options: SnapshotOptions = {}): Promise<Uint8Array> {
    const found = this.#streams.find(stream);
    if (!found) {
      const known = [...this.#streams].map(({ id }) => id).join(', ');
      throw new WeirError('STREAM_UNKNOWN', `no stream "${stream}"; declared are ${known || 'none'}`);
    }
    return this.#pipeline.snapshot(found.slot, options);
  }

  /** Safe twice and from any state. When it settles nothing of the worker is left. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #run(): Promise<void> {
    await this.#pipeline.start();
    this.#streams.start();
    this.#poll = setInterval(() => this.#look(), POLL_MS);
    const { provider, gstreamer } = this.#info;
    this.#log.info({ provider, gstreamer, streams: this.#meters.length }, `pipeline ${this.#name} plays`);
  }

  /** Sources go first, so that nothing new is counted; the native side last, when no message is in its memory. */
  async #stop(): Promise<void> {
    clearInterval(this.#poll);
    await this.#streams.close();
    this.#takeBatches();
    this.#status.close();
    await this.#link.close();
    await this.#detections.idle();
    try {
      await this.#pipeline.close();
    } finally {
      await this.#dir.remove();
    }
    this.#log.info(`pipeline ${this.#name} stopped`);
  }

  #declare(pipeline: PipelineSpec, plan: Plan, budget: HandshakeBudget | undefined): StreamSet {
    const declared = pipeline.streams.map((stream) => ({
      id: stream.id,
      fps: stream.fps,
      source: (epoch: number) => plan.source(stream, epoch),
    }));
    return new StreamSet(declared, {
      host: this.#pipeline,
      clock: this.#clock,
      ...(budget && { budget }),
      onChange: (id, state, previous) => this.#onStream(id, state, previous),
      onFatal: (error) => this.#onFatal(error),
    });
  }

  #handlers() {
    return {
      onBatch: () => this.#takeBatches(),
      onEvent: (event: NativeEvent) => this.#onEvent(event),
    };
  }

  #takeBatches(): void {
    for (let batch = this.#pipeline.takeBatch(); batch; batch = this.#pipeline.takeBatch()) {
      this.#detections.offer(batch);
    }
  }

  #onEvent(event: NativeEvent): void {
    if (event.type === 'pipeline-error') {
      this.#onFatal(new WeirError('PIPELINE_FAILED', this.#redactor.clean(event.message)));
      return;
    }
    const stream = this.#streams.current(event);
    if (!stream) return;
    if (event.type === 'warning') this.#log.warn({ stream: stream.id }, this.#redactor.clean(event.message));
    if (event.type === 'source-format') {
      const { codec, width, height, fps } = event;
      this.#formats.set(stream.id, { codec, width, height, fps });
      this.#log.info({ stream: stream.id, codec, width, height, fps }, 'format');
    }
    this.#streams.handle(
      event.type === 'source-error' ? { ...event, message: this.#redactor.clean(event.message) } : event,
    );
  }

  #onStream(id: string, state: StreamState, previous: StreamState): void {
    this.#status.set(id, statusMessage(id, state, this.#formats.get(id)));
    if (state.kind === previous.kind) return;
    const troubled = state.kind === 'failed' || state.kind === 'waiting' || state.kind === 'stalled';
    const details = {
      stream: id,
      ...(troubled && { cause: state.cause, reason: state.message }),
      ...(state.retryAt !== undefined && { retryInMs: Math.round(state.retryAt - this.#clock.now()) }),
    };
    this.#log[troubled ? 'warn' : 'info'](details, state.kind);
  }

  #onNats(state: NatsState, problem: string | undefined): void {
    if (problem !== undefined) {
      this.#log.warn(this.#redactor.clean(problem));
      return;
    }
    const details = Object.fromEntries(
      Object.entries(state).map(([key, value]) => [key, this.#redactor.clean(String(value))]),
    );
    const { kind, ...rest } = details;
    this.#log[state.kind === 'connected' || state.kind === 'closed' ? 'info' : 'warn'](rest, `NATS ${kind}`);
  }

  #onFatal(error: unknown): void {
    const fatal =
      error instanceof WeirError ? error : new WeirError('PIPELINE_FAILED', String(error), { cause: error });
    this.#log.error({ code: fatal.code }, fatal.message);
    this.#fail(fatal);
  }

  #look(): void {
    const counters = this.#pipeline.counters();
    const now = this.#clock.now();
    for (const { slot } of this.#streams) this.#meters[slot]?.sample(counters, slot, now);
    this.#streams.tick(counters);
  }

  #subject(stream: string, kind: 'detections' | 'status'): string {
    return subject({ prefix: this.#spec.nats.prefix, appliance: this.#spec.appliance }, stream, kind);
  }
}
