/** All pipelines of a spec in this process; a supervisor will give each a process of its own. */
import type { NativeBinding } from '../native/types.js';
import { WeirError } from '../spec/error.js';
import { verifyModel } from '../spec/manifest.js';
import type { ApplianceSpec } from '../spec/types.js';
import { HandshakeBudget } from '../streams/handshake-budget.js';
import type { Logger } from './log.js';
import type { WorkerStatus } from './status.js';
import { Worker } from './worker.js';

export interface ApplianceOptions {
  readonly log?: Logger;
  readonly binding?: NativeBinding;
  readonly env?: NodeJS.ProcessEnv;
}

export class Appliance implements AsyncDisposable {
  readonly #workers: readonly Worker[];
  /** Resolves with the first pipeline's failure. */
  readonly failed: Promise<WeirError>;

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers;
    this.failed = Promise.race(workers.map((worker) => worker.failed));
  }

  /** Starts every pipeline, or none: a failure stops those already started. Throws MODEL_MISSING, MODEL_CORRUPT, … */
  static async start(spec: ApplianceSpec, options: ApplianceOptions = {}): Promise<Appliance> {
    for (const { detector } of spec.pipelines) await verifyModel(detector.model);
    const budget = new HandshakeBudget();
    const workers: Worker[] = [];
    try {
      for (const pipeline of spec.pipelines) {
        workers.push(await Worker.start({ spec, pipeline, budget, ...options }));
      }
      return new Appliance(workers);
    } catch (error) {
      await Promise.all(workers.map((worker) => worker.stop()));
      throw error;
    }
  }

  status(): WorkerStatus[] {
    return this.#workers.map((worker) => worker.status());
  }

  /** JPEG with boxes and labels. */
  async snapshot(stream: string): Promise<Uint8Array> {
    const worker = this.#workers.find((each) => each.has(stream));
    if (!worker) throw new WeirError('STREAM_UNKNOWN', `no stream "${stream}" is declared`);
    return worker.snapshot(stream);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
