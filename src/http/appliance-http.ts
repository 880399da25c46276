/** The HTTP of an appliance: there before its pipelines, so that a taken port stops nothing, and after them. */
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { PipelineSnapshot } from '../metrics/snapshot.js';
import type { ApplianceSpec } from '../spec/types.js';
import type { PipelineHealth, PipelineState } from './health.js';
import { listen } from './listen.js';
import { createHttp } from './server.js';

/** What is asked of an appliance that plays. */
export interface Observed {
  status(): readonly PipelineSnapshot[];
  /** Resolves when a pipeline has failed. */
  readonly failed: Promise<unknown>;
}

export interface ApplianceHttpOptions {
  /** Of Weir. */
  readonly version: string;
  readonly log: Pick<Logger, 'info' | 'error'>;
}

export class ApplianceHttp implements AsyncDisposable {
  readonly #pipelines: readonly string[];
  #app: FastifyInstance | undefined;
  #observed: Observed | undefined;
  #state: PipelineState = 'starting';

  private constructor(pipelines: readonly string[]) {
    this.#pipelines = pipelines;
  }

  /** Listens where the spec says so. Throws LISTEN_FAILED. */
  static async open(
    spec: Pick<ApplianceSpec, 'metrics' | 'pipelines'>,
    { version, log }: ApplianceHttpOptions,
  ): Promise<ApplianceHttp> {
    const http = new ApplianceHttp(spec.pipelines.map(({ id }) => id));
    if (!spec.metrics) return http;
    const app = createHttp({ version, log, status: () => http.#status(), health: () => http.#health() });
    const url = await listen(app, spec.metrics.listen);
    http.#app = app;
    log.info({ url }, 'metrics and health');
    return http;
  }

  /** From now on the appliance plays. */
  observe(appliance: Observed): void {
    this.#observed = appliance;
    this.#state = 'playing';
    void appliance.failed.then(() => {
      this.#state = 'failed';
    });
  }

  /** To be called before the appliance stops: from then on it is not asked. */
  stopping(): void {
    this.#observed = undefined;
    if (this.#state !== 'failed') this.#state = 'stopping';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#app?.close();
  }

  #status(): readonly PipelineSnapshot[] {
    return this.#observed?.status() ?? [];
  }

  /** All pipelines share a process, and with it their fate. */
  #health(): PipelineHealth[] {
    return this.#pipelines.map((pipeline) => ({ pipeline, state: this.#state }));
  }
}
