/** HTTP for machines that watch: metrics and health. Nothing here changes anything. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { Metrics } from '../metrics/metrics.js';
import type { DeviceSnapshot, Snapshot } from '../metrics/snapshot.js';
import { createServer, SAFE_HEADERS } from './base.js';
import { liveness, type PipelineHealth, readiness } from './health.js';

export interface HttpOptions {
  /** Of Weir. */
  readonly version: string;
  readonly log: Pick<Logger, 'error'>;
  status(): Promise<Snapshot>;
  /** Of the Jetson below, for metrics. */
  device?(): Promise<DeviceSnapshot | undefined>;
  /** Of every pipeline of the spec. */
  health(): readonly PipelineHealth[];
  /** From the first byte of a request to its last. */
  readonly requestTimeoutMs?: number;
}

const REQUEST_TIMEOUT_MS = 5_000;
const MAX_CONNECTIONS = 64;

export function createHttp(options: HttpOptions): FastifyInstance {
  const timeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const app = createServer({
    ...{ bodyBytes: 1024, headerBytes: 8 * 1024, headersMs: timeout, requestMs: timeout },
    notFound: (reply) => refuse(reply, 404),
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  answerMistakes(app, options.log);
  addRoutes(app, options);
  return app;
}

function addRoutes(app: FastifyInstance, { version, status, device, health }: HttpOptions): void {
  const metrics = new Metrics({ version, status, ...(device && { device }) });
  app.get('/metrics', async (_request, reply) => {
    const text = await metrics.text();
    return reply.type(metrics.contentType).send(text);
  });
  app.get('/healthz', async (_request, reply) => {
    return reply.send(liveness(health()));
  });
  app.get('/readyz', async (_request, reply) => {
    const answer = readiness(health(), (await status()).pipelines);
    return reply.code(answer.ready ? 200 : 503).send(answer);
  });
}

const REFUSALS = {
  400: { code: 'BAD_REQUEST', message: 'the request is malformed' },
  404: { code: 'NOT_FOUND', message: 'nothing is here' },
  405: { code: 'METHOD_NOT_ALLOWED', message: 'only GET and HEAD are answered' },
  500: { code: 'INTERNAL', message: 'a fault of Weir itself; its log says more' },
} as const;

function refuse(reply: FastifyReply, status: keyof typeof REFUSALS): FastifyReply {
  return reply.code(status).headers(SAFE_HEADERS).send(REFUSALS[status]);
}

/** Answers repeat nothing of the request. */
function answerMistakes(app: FastifyInstance, log: HttpOptions['log']): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SAFE_HEADERS);
    // Before a body is read, on every path alike; who sends one has to connect anew.
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(reply.headers({ allow: 'GET, HEAD', connection: 'close' }), 405);
  });
  app.setNotFoundHandler((_request, reply) => refuse(reply, 404));
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (error.statusCode !== undefined && error.statusCode < 500) return refuse(reply, 400);
    log.error({ err: error }, 'a request failed');
    return refuse(reply, 500);
  });
}
