/** All pipelines of a spec in this process; a supervisor will give each a process of its own. */
import { loadBinding } from '../native/loader.js';
import type { SnapshotOptions } from '../native/pipeline.js';
import { WeirError } from '../spec/error.js';
import { record } from '../spec/fault.js';
import { verifyModel } from '../spec/manifest.js';
import type { ApplianceSpec } from '../spec/types.js';
import { HandshakeBudget } from '../streams/handshake-budget.js';
import { Lanes } from '../streams/lanes.js';
import type { WorkerStatus } from './status.js';
import { type StreamChange, Worker, type WorkerOptions } from './worker.js';

type ForWorkers = 'log' | 'redactor' | 'binding' | 'clock' | 'env' | 'openLink' | 'lookup';

export interface ApplianceOptions extends Pick<WorkerOptions, ForWorkers> {
  /** No core dump and no look into this process's memory, which will hold passwords. */
  readonly hideMemory?: boolean;
}

/** Ids of streams are unique over all pipelines. */
export class Appliance implements AsyncDisposable {
  /** By id. */
  readonly #workers: ReadonlyMap<string, Worker>;
  /** Resolves with the first pipeline's failure. */
  readonly failed: Promise<WeirError>;

  private constructor(workers: ReadonlyMap<string, Worker>) {
    this.#workers = workers;
    this.failed = Promise.race([...workers.values()].map((worker) => worker.failed));
  }

  /** Starts every pipeline, or none: a failure stops those already started. Throws MODEL_MISSING, MODEL_CORRUPT, … */
  static async start(spec: ApplianceSpec, options: ApplianceOptions = {}): Promise<Appliance> {
    const models = new Set(spec.pipelines.map(({ detector }) => detector.model));
    for (const model of models) await verifyModel(model);
    const { hideMemory, binding = loadBinding(), ...rest } = options;
    if (hideMemory) binding.hideMemory?.();
    const shared = { spec, binding, budget: new HandshakeBudget(), lanes: new Lanes(), ...rest };
    const workers = new Map<string, Worker>();
    try {
      for (const pipeline of spec.pipelines)
        workers.set(pipeline.id, await Worker.start({ ...shared, pipeline }));
      return new Appliance(workers);
    } catch (error) {
      await Promise.all([...workers.values()].map((worker) => worker.stop()));
      throw error;
    }
  }

  status(): WorkerStatus[] {
    return [...this.#workers.values()].map((worker) => worker.status());
  }

  /**
   * As `Worker.add`, on the pipeline of that name; without a name on the one that has the stream already, or the only
   * one. Rejects with PIPELINE_UNKNOWN too.
   */
  async add(stream: unknown, pipeline?: string): Promise<StreamChange> {
    const { id } = record(stream);
    const home = this.#home(id);
    const worker = pipeline === undefined ? (home ?? this.#only()) : this.#named(pipeline);
    if (home && home !== worker) throw elsewhere(String(id), this.#nameOf(home));
    return worker.add(stream);
  }

  /** As `Worker.update`. */
  async update(stream: unknown): Promise<StreamChange> {
    const worker = this.#home(record(stream).id) ?? this.#any();
    return worker.update(stream);
  }

  /** As `Worker.remove`. */
  async remove(id: string): Promise<StreamChange> {
    return (this.#home(id) ?? this.#any()).remove(id);
  }

  /** As `Worker.restart`. */
  async restart(id: string): Promise<StreamChange> {
    return this.#of(id).restart(id);
  }

  /** JPEG with boxes and labels. */
  async snapshot(id: string, options?: SnapshotOptions): Promise<Uint8Array> {
    return this.#of(id).snapshot(id, options);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Where the stream is wanted. */
  #home(id: unknown): Worker | undefined {
    if (typeof id !== 'string') return undefined;
    return [...this.#workers.values()].find((worker) => worker.has(id));
  }

  #of(id: string): Worker {
    const home = this.#home(id);
    if (home) return home;
    const known = this.status().flatMap(({ streams }) => streams.map((stream) => stream.id));
    throw new WeirError('STREAM_UNKNOWN', `no stream "${id}"; there are ${known.join(', ') || 'none'}`);
  }

  /** To refuse what no pipeline has, one is as good as another. */
  #any(): Worker {
    const [worker] = this.#workers.values();
    return worker as Worker;
  }

  #only(): Worker {
    if (this.#workers.size === 1) return this.#any();
    throw new WeirError('PIPELINE_UNKNOWN', `there are several pipelines: ${this.#names()}`, {
      remedy: 'say which one the stream is for',
    });
  }

  #named(pipeline: string): Worker {
    const worker = this.#workers.get(pipeline);
    if (worker) return worker;
    throw new WeirError('PIPELINE_UNKNOWN', `no pipeline "${pipeline}"; there are ${this.#names()}`);
  }

  #names(): string {
    return [...this.#workers.keys()].join(', ');
  }

  #nameOf(worker: Worker): string {
    return [...this.#workers].find(([, each]) => each === worker)?.[0] ?? '';
  }
}

function elsewhere(id: string, pipeline: string): WeirError {
  return new WeirError('STREAM_EXISTS', `stream "${id}" is there already, in pipeline "${pipeline}"`, {
    remedy: 'remove it there first, or choose another id',
  });
}
