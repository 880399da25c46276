/** The operations over HTTP, behind an entrance. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createServer } from '../../http/base.js';
import type { Control } from '../invoke.js';
import { parseRequest } from '../json.js';
import { openApi } from '../openapi.js';
import {
  answerError,
  HEADERS,
  type Log,
  MAX_BODY_BYTES,
  MAX_HEADER_BYTES,
  mistake,
  refuseClient,
} from './answers.js';
import { type ConnectionLimits, Connections } from './connections.js';
import type { Entrance } from './entrance.js';
import { addRoutes, methodsOf, OPENAPI_PATH } from './routes.js';

export interface ControlServerOptions {
  readonly control: Pick<Control, 'invoke'>;
  readonly log: Log;
  readonly connections: ConnectionLimits;
  readonly timeouts?: Timeouts;
}

export interface Timeouts {
  /** Until the last header is there; default 5 s. */
  readonly headersMs: number;
  /** Until the whole request is there; default 15 s. */
  readonly requestMs: number;
}

const TIMEOUTS: Timeouts = { headersMs: 5_000, requestMs: 15_000 };

/** `makeEntrance`: what may need the server itself. */
export async function createControlServer(
  options: ControlServerOptions,
  makeEntrance: (app: FastifyInstance) => Promise<Entrance> | Entrance,
): Promise<FastifyInstance> {
  const { log } = options;
  const app = createServer({
    ...{ bodyBytes: MAX_BODY_BYTES, headerBytes: MAX_HEADER_BYTES },
    ...(options.timeouts ?? TIMEOUTS),
    notFound: (reply) => answerError(nothingHere(), reply.request, reply, log),
    more: { clientErrorHandler: refuseClient, return503OnClosing: false },
  });
  app.decorateRequest('caller');
  readJsonOnly(app);
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, log));
  guard(app, await makeEntrance(app), new Connections(app.server, options.connections));
  addRoutes(app, options.control);
  app.get(OPENAPI_PATH, (_request, reply) => reply.send(openApi()));
  app.setNotFoundHandler(refusePath);
  return app;
}

function readJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const read = async (_request: FastifyRequest, body: string) =>
    body === '' ? undefined : parseRequest(body);
  app.addContentTypeParser('application/json', { parseAs: 'string' }, read);
}

/** Before a body is read, and whatever the path: strangers do not learn what there is. */
function guard(app: FastifyInstance, entrance: Entrance, connections: Connections): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS);
    if (closing) throw mistake('STOPPED', 'the appliance is stopping');
    await entrance.look(request, reply);
    if (request.method === 'OPTIONS') return tellMethods(request, reply);
    request.caller = await entrance.admit(request, reply);
    connections.know(request.raw.socket);
  });
}

function tellMethods(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const allow = methodsOf(pathOf(request));
  if (allow === undefined) throw nothingHere();
  return reply.code(204).headers({ allow, 'access-control-allow-methods': allow }).send();
}

async function refusePath(request: FastifyRequest, reply: FastifyReply): Promise<never> {
  const allow = methodsOf(pathOf(request));
  if (allow === undefined) throw nothingHere();
  reply.header('allow', allow);
  throw mistake('METHOD_NOT_ALLOWED', 'the address is not for this method', `use one of ${allow}`);
}

function nothingHere() {
  return mistake('NOT_FOUND', 'nothing is at this address', `${OPENAPI_PATH} lists what there is`);
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0] ?? '';
}
