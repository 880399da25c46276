/** One pipeline with its streams and its NATS sinks: what runs in a pipeline's process. */
import { join } from 'node:path';
import { type Machine, thisMachine } from '../device/machine.js';
import { verifyEngine } from '../engines/index.js';
import { loadBinding } from '../native/loader.js';
import type { DetectionListener } from '../messages/view.js';
import type { Counters } from '../native/counters.js';
import { Pipeline, type SnapshotOptions } from '../native/pipeline.js';
import type { NativeBinding, NativeEvent } from '../native/types.js';
import type { Lookup } from '../net/index.js';
import { WeirError } from '../spec/error.js';
import { parseStream } from '../spec/stream.js';
import type { ApplianceSpec, PipelineSpec, StreamSpec } from '../spec/types.js';
import { streamEvent } from '../streams/cause-of.js';
import { type Clock, systemClock } from '../streams/clock.js';
import { HandshakeBudget, type Turns } from '../streams/handshake-budget.js';
import { watchNetwork } from '../streams/network-watch.js';
import { type Outcome, Reconciler } from '../streams/reconciler.js';
import type { StreamSupervisor } from '../streams/stream-supervisor.js';
import type { Place, Tenant } from '../streams/tenant.js';
import { Camera } from './camera.js';
import { createLogger, type Logger } from './log.js';
import { type OpenLink, Outlet } from './outlet.js';
import { type Plan, planPipeline, provider } from './plan.js';
import { Redactor } from './redact.js';
import { createRuntimeDir, type RuntimeDir } from './runtime-dir.js';
import { natsSecrets } from './secrets.js';
import { Progress } from './progress.js';
import { Selector } from './selector.js';
import { pipelineTotals, type StreamRow, type WorkerStatus } from './status.js';

export interface WorkerOptions {
  readonly spec: ApplianceSpec;
  /** One of `spec.pipelines`. */
  readonly pipeline: PipelineSpec;
  readonly log?: Logger;
  /** Shared by all pipelines of the appliance. */
  readonly budget?: Turns;
  readonly binding?: NativeBinding;
  readonly clock?: Clock;
  readonly env?: NodeJS.ProcessEnv;
  readonly openLink?: OpenLink;
  readonly lookup?: Lookup;
  /** What engines must fit. */
  readonly machine?: Machine;
  /** Told of every change of a stream's state. */
  readonly onStream?: (row: StreamRow) => void;
  /** Folder of the events' spool, for this pipeline alone; without it they are lost with the worker. */
  readonly spool?: string | undefined;
  /** Knows the secrets; shared with the log. */
  readonly redactor?: Redactor;
}

/** What became of an operation. */
export interface StreamChange {
  /** False where everything was as asked for already. */
  readonly changed: boolean;
  /** As it is now; absent where there is no such stream. A removed one is `stopped`, with its last totals. */
  readonly stream?: StreamRow;
}

const POLL_MS = 250;

export class Worker implements AsyncDisposable {
  /** Resolves when the pipeline has failed for good: only a new process helps. */
  readonly failed: Promise<WeirError>;
  readonly #fail: (error: WeirError) => void;
  readonly #spec: ApplianceSpec;
  readonly #declared: PipelineSpec;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #redactor: Redactor;
  readonly #info: ReturnType<NativeBinding['info']>;
  readonly #dir: RuntimeDir;
  readonly #plan: Plan;
  readonly #pipeline: Pipeline;
  readonly #outlet: Outlet;
  readonly #streams: Reconciler<Camera>;
  readonly #selector: Selector;
  readonly #progress = new Progress();
  readonly #onStream: WorkerOptions['onStream'];
  #poll: NodeJS.Timeout | undefined;
  #unwatch: (() => void) | undefined;
  #stopping: Promise<void> | undefined;

  /** Resolves once the pipeline plays; cameras and NATS are connected to in the background. */
  static async start(options: WorkerOptions): Promise<Worker> {
    await verifyEngineOf(options);
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
    const { spec, pipeline: declared, binding = loadBinding(), env = process.env } = options;
    let fail: (error: WeirError) => void = () => {};
    this.failed = new Promise((resolve) => {
      fail = resolve;
    });
    this.#fail = fail;
    this.#spec = spec;
    this.#declared = declared;
    this.#redactor = options.redactor ?? new Redactor();
    this.#log = options.log ?? createLogger({ redactor: this.#redactor });
    this.#clock = options.clock ?? systemClock;
    this.#dir = dir;
    this.#onStream = options.onStream;
    this.#info = binding.info();
    const { lookup, openLink } = options;
    const shared = { spec, redactor: this.#redactor };
    const plan = { ...shared, pipeline: declared, provider: provider(this.#info.provider), dir: dir.path };
    this.#plan = planPipeline({ ...plan, env, lookup });
    // What can fail comes before the pipeline is opened: nobody would close it.
    const secrets = natsSecrets(spec.nats, env, this.#redactor);
    this.#pipeline = Pipeline.open(this.#plan.graph, this.#handlers(), binding);
    const outlet = { ...shared, name: declared.id, pipeline: this.#pipeline, log: this.#log };
    this.#outlet = new Outlet({
      ...outlet,
      secrets,
      spool: options.spool ?? join(dir.path, 'events'),
      openLink,
    });
    this.#selector = new Selector(this.#pipeline);
    this.#streams = this.#reconciler(options);
  }

  status(): WorkerStatus {
    const counters = this.#pipeline.counters();
    return {
      pid: process.pid,
      appliance: this.#spec.appliance,
      pipeline: this.#declared.id,
      provider: this.#info.provider,
      gstreamer: this.#info.gstreamer,
      nats: this.#outlet.state,
      events: this.#outlet.events.status(),
      pipelineCounters: pipelineTotals(counters),
      latencies: { ...this.#pipeline.latencies(), published: this.#outlet.published.read() },
      streams: [...this.#streams].map(({ stream, resident, spec }) => resident.row(stream, spec)),
    };
  }

  /** Whether the stream is wanted here. */
  has(stream: string): boolean {
    return this.#streams.has(stream);
  }

  /**
   * Takes the lowest free slot and begins to connect. `stream` is a plain object as in weir.yaml. Rejects with
   * SPEC_INVALID, STREAM_EXISTS where there is another of this id, or SLOTS_FULL. A slot that is being freed is
   * waited for.
   */
  async add(stream: unknown): Promise<StreamChange> {
    return this.#told(this.#streams.add(this.#parse(stream)));
  }

  /**
   * Connects anew, at once, if the connection depends on what has changed; what is decoded changes within it. Rejects
   * with STREAM_UNKNOWN.
   */
  async update(stream: unknown): Promise<StreamChange> {
    const outcome = await this.#streams.update(this.#parse(stream));
    if (outcome.tenant) await this.#selector.apply(outcome.tenant);
    return this.#told(Promise.resolve(outcome));
  }

  /** Resolves when nothing of the stream is left and its slot is free. */
  async remove(id: string): Promise<StreamChange> {
    return this.#told(this.#streams.remove(id));
  }

  /** Connects anew, at once. Rejects with STREAM_UNKNOWN. */
  async restart(id: string): Promise<StreamChange> {
    return this.#told(this.#streams.restart(id));
  }

  /** The stream's next picture as JPEG. Rejects with STREAM_UNKNOWN, NO_PICTURE, or TIMEOUT when none comes. */
  async snapshot(id: string, options: SnapshotOptions = {}): Promise<Uint8Array> {
    const tenant = this.#streams.get(id);
    tenant.resident.asked();
    try {
      const picture = await this.#pipeline.snapshot(tenant.slot, options);
      // The slot may be another stream's by now, and the picture with it.
      if (this.#streams.find(id) !== tenant) throw new Error('it was removed');
      return picture;
    } catch (cause) {
      throw noPicture(id, cause as Error);
    }
  }

  /** Told of every message of detections before it is published. Returns the undo. */
  onDetections(listener: DetectionListener): () => void {
    return this.#outlet.detections.subscribe(listener);
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
    await Promise.all(this.#declared.streams.map((stream) => this.#streams.add(stream)));
    this.#poll = setInterval(() => this.#look(), POLL_MS);
    this.#unwatch = watchNetwork({ clock: this.#clock, onAppeared: (addresses) => this.#nudge(addresses) });
    const { provider, gstreamer } = this.#info;
    const { id, streams } = this.#declared;
    this.#log.info({ provider, gstreamer, streams: streams.length }, `pipeline ${id} plays`);
  }

  /** Sources go first, so that nothing new is counted; the native side last, when no message is in its memory. */
  async #stop(): Promise<void> {
    clearInterval(this.#poll);
    this.#unwatch?.();
    await this.#streams.close();
    await this.#outlet.close();
    try {
      await this.#pipeline.close();
    } finally {
      await this.#dir.remove();
    }
    this.#log.info(`pipeline ${this.#declared.id} stopped`);
  }

  #reconciler({ budget = new HandshakeBudget() }: WorkerOptions): Reconciler<Camera> {
    return new Reconciler({
      slots: this.#declared.slots,
      host: this.#pipeline,
      clock: this.#clock,
      budget,
      moveIn: (place) => this.#moveIn(place),
      onFatal: (error) => this.#onFatal(error),
    });
  }

  #moveIn(place: Place): Camera {
    return new Camera(place, {
      pipeline: this.#pipeline,
      plan: this.#plan,
      detections: this.#outlet.detections,
      status: this.#outlet.status,
      emit: (event) => this.#outlet.events.emit(event),
      redactor: this.#redactor,
      clock: this.#clock,
      log: this.#log,
      needs: this.#plan.needs,
      subject: (stream) => this.#outlet.subject(stream, 'detections'),
      drain: () => this.#outlet.takeBatches(),
      onChange: (stream) => this.#tellOf(stream),
    });
  }

  #parse(stream: unknown): StreamSpec {
    const { mediaRoot } = this.#spec;
    return parseStream(stream, mediaRoot === undefined ? {} : { mediaRoot });
  }

  async #told(outcome: Promise<Outcome<Camera>>): Promise<StreamChange> {
    const { changed, tenant } = await outcome;
    this.#pipeline.counters();
    return { changed, ...(tenant && { stream: tenant.resident.row(tenant.stream, tenant.spec) }) };
  }

  #handlers() {
    return {
      onBatch: () => this.#outlet.takeBatches(),
      onEvent: (event: NativeEvent) => this.#onEvent(event),
    };
  }

  #onEvent(event: NativeEvent): void {
    if (event.type === 'pipeline-error') {
      this.#onFatal(new WeirError('PIPELINE_FAILED', this.#redactor.clean(event.message)));
      return;
    }
    const tenant = this.#streams.current(event);
    if (!tenant) return;
    tenant.resident.onEvent(event);
    const told = streamEvent(event);
    if (told) tenant.stream.dispatch(told);
  }

  /** Streams that wait for the network try now. */
  #nudge(addresses: readonly string[]): void {
    this.#log.info({ addresses }, 'network address appeared');
    this.#streams.nudge();
  }

  #onFatal(error: WeirError): void {
    this.#log.error({ code: error.code }, this.#redactor.clean(error.message));
    this.#fail(error);
  }

  #tellOf(stream: StreamSupervisor): void {
    if (!this.#onStream) return;
    const tenant = this.#streams.find(stream.id);
    if (tenant) this.#onStream(tenant.resident.row(stream, tenant.spec));
  }

  #select(tenant: Tenant<Camera>): void {
    tenant.resident.look(tenant.stream);
    tenant.pace();
    void this.#selector.apply(tenant);
  }

  #look(): void {
    const counters = this.#pipeline.counters();
    this.#streams.tick();
    for (const tenant of this.#streams) this.#select(tenant);
    if (!this.#progress.stuck({ decoded: decodedBy(counters), batches: counters.pipeline('batches') }))
      return;
    clearInterval(this.#poll);
    this.#onFatal(stuck(this.#declared.id));
  }
}

/** Only NVIDIA's nvinfer loads one. */
async function verifyEngineOf(options: WorkerOptions): Promise<void> {
  const { binding = loadBinding(), machine = thisMachine, log = createLogger() } = options;
  if (provider(binding.info().provider) === 'nvidia')
    await verifyEngine(options.pipeline.detector, machine, log);
}

/** Of all slots, whoever has them: it only grows. */
function decodedBy(counters: Counters): number {
  const slots = Array.from({ length: counters.slots }, (_, slot) => counters.slot(slot, 'decoded'));
  return slots.reduce((sum, decoded) => sum + decoded, 0);
}

function stuck(pipeline: string): WeirError {
  return new WeirError(
    'PIPELINE_STUCK',
    `pipeline "${pipeline}": cameras deliver pictures, but none comes out of the pipeline`,
  );
}

/** Why there is no picture, as a matter of the stream: the pipeline goes on. */
function noPicture(id: string, cause: Error): WeirError {
  const ours = cause instanceof WeirError && cause.code !== 'PIPELINE_FAILED';
  return ours ? cause : new WeirError('NO_PICTURE', `no picture of "${id}": ${cause.message}`, { cause });
}
