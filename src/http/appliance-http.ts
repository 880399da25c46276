/** The HTTP of an appliance: there before its pipelines, so that a taken port stops nothing, and after them. */
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { DeviceSnapshot, Snapshot } from '../metrics/snapshot.js';
import type { ApplianceSpec } from '../spec/types.js';
import type { PipelineHealth } from './health.js';
import { listen } from './listen.js';
import { createHttp } from './server.js';

export interface ApplianceHttpOptions {
  /** Of Weir. */
  readonly version: string;
  readonly log: Pick<Logger, 'info' | 'error'>;
  status(): Promise<Snapshot>;
  device?(): Promise<DeviceSnapshot | undefined>;
  health(): readonly PipelineHealth[];
}

export class ApplianceHttp implements AsyncDisposable {
  readonly #app: FastifyInstance | undefined;

  private constructor(app?: FastifyInstance) {
    this.#app = app;
  }

  /** Listens where the spec says so. Throws LISTEN_FAILED. */
  static async open(
    { metrics }: Pick<ApplianceSpec, 'metrics'>,
    options: ApplianceHttpOptions,
  ): Promise<ApplianceHttp> {
    if (!metrics) return new ApplianceHttp();
    const app = createHttp(options);
    const url = await listen(app, metrics.listen);
    options.log.info({ url }, 'metrics and health');
    return new ApplianceHttp(app);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app?.close();
  }
}
