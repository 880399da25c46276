/** A route per operation. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Control } from '../invoke.js';
import type { Operation } from '../operation.js';
import { OPERATIONS } from '../operations.js';
import { mistake } from './answers.js';

export const BASE = '/v1';
export const OPENAPI_PATH = `${BASE}/openapi.json`;

export function addRoutes(app: FastifyInstance, control: Pick<Control, 'invoke'>): void {
  for (const operation of OPERATIONS) {
    app.route({
      method: operation.method,
      url: BASE + operation.path.replace(/\{(\w+)\}/g, ':$1'),
      handler: (request, reply) => answer(control, operation, request, reply),
    });
  }
}

async function answer(
  control: Pick<Control, 'invoke'>,
  operation: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { caller } = request;
  if (!caller) throw mistake('UNAUTHORIZED', 'nobody was let in');
  const output = await control.invoke(operation, inputOf(operation, request), caller);
  const { binary } = operation;
  if (!binary) return reply.send(output);
  const text = (output as Readonly<Record<string, string>>)[binary.field] ?? '';
  return reply.type(binary.type).send(Buffer.from(text, 'base64'));
}

/** Each field has one place. */
function inputOf({ method }: Operation, { params, query, body }: FastifyRequest): Record<string, unknown> {
  const named = params as Readonly<Record<string, string>>;
  const inQuery = method === 'GET' || method === 'DELETE';
  if (inQuery && body !== undefined) throw mistake('BAD_REQUEST', `${method}: fields belong into the query`);
  if (!inQuery && Object.keys(query as object).length > 0)
    throw mistake('BAD_REQUEST', `${method}: fields belong into the body`);
  const fields = (inQuery ? query : (body ?? {})) as Readonly<Record<string, unknown>>;
  const twice = Object.keys(named).find((key) => Object.hasOwn(fields, key));
  if (twice !== undefined) throw mistake('BAD_REQUEST', `"${twice}" stands in the path already`);
  return { ...fields, ...named };
}

const ROUTES = [
  ...OPERATIONS.map(({ method, path }) => ({ method, pattern: patternOf(BASE + path) })),
  { method: 'GET', pattern: patternOf(OPENAPI_PATH) },
] as const;

/** What `Allow` says of a path; undefined where nothing is there. */
export function methodsOf(path: string): string | undefined {
  const methods = ROUTES.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
  if (methods.length === 0) return undefined;
  const head = methods.includes('GET') ? ['HEAD'] : [];
  return [...new Set([...methods, ...head, 'OPTIONS'])].sort().join(', ');
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`);
}
