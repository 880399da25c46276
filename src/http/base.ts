/** What every HTTP server of ours has: limits in size, number and time, headers, and an end that does not hang. */
import { fastify, type FastifyInstance, type FastifyReply, type FastifyServerOptions } from 'fastify';

export interface ServerLimits {
  readonly bodyBytes: number;
  readonly headerBytes: number;
  /** Until the last header is there. */
  readonly headersMs: number;
  /** Until the whole request is there. */
  readonly requestMs: number;
}

export interface ServerOptions extends ServerLimits {
  /** Answers addresses that cannot be decoded, as any other that leads nowhere. */
  notFound(reply: FastifyReply): FastifyReply;
  readonly more?: Pick<FastifyServerOptions, 'clientErrorHandler' | 'return503OnClosing'>;
}

/** A connection without requests is kept so long: longer than common scrape intervals. */
const KEEP_ALIVE_MS = 65_000;
/** Requests under way get this long when the server closes. */
const CLOSE_GRACE_MS = 500;

export const SAFE_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export function createServer({ notFound, more, ...limits }: ServerOptions): FastifyInstance {
  const app = fastify({
    ...more,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: limits.headersMs / 5,
      maxHeaderSize: limits.headerBytes,
    },
    forceCloseConnections: 'idle',
    frameworkErrors: (_error, _request, reply) => void notFound(reply),
  });
  endConnections(app);
  return app;
}

/** Clients that are silent or slow do not hold up the end. */
function endConnections(app: FastifyInstance): void {
  let timer: NodeJS.Timeout | undefined;
  app.addHook('preClose', async () => {
    timer = setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS);
  });
  app.addHook('onClose', async () => clearTimeout(timer));
}
