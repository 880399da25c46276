/** How the HTTP door says no: one shape, with the catalogue's status, repeating nothing of the request. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { SAFE_HEADERS } from '../../http/base.js';
import { type ErrorCode, WeirError } from '../../spec/error.js';
import { errorBody, statusOf } from '../error-body.js';

export const MAX_BODY_BYTES = 1024 * 1024;
export const MAX_HEADER_BYTES = 8 * 1024;

export const HEADERS = {
  ...SAFE_HEADERS,
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

/** Where nothing says how long. */
const RETRY_AFTER_SECONDS = '1';

export function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Log,
): FastifyReply {
  const known = toWeirError(error, log);
  if (known.code === 'RATE_LIMITED' && !reply.hasHeader('retry-after'))
    reply.header('retry-after', RETRY_AFTER_SECONDS);
  // What is left of the body is not read: who sends it has to connect anew.
  if (!request.raw.complete) reply.header('connection', 'close');
  return reply.code(statusOf(known.code)).headers(HEADERS).send(errorBody(known));
}

export type Log = Pick<Logger, 'error'>;

/** Fastify's own complaints, by status. */
const COMPLAINTS: Readonly<Record<number, () => WeirError>> = {
  413: () => mistake('TOO_LARGE', `the body is larger than ${MAX_BODY_BYTES} bytes`),
  415: () => mistake('MEDIA_TYPE', 'the body is not JSON', 'send Content-Type: application/json'),
};

function toWeirError(error: unknown, log: Log): WeirError {
  if (error instanceof WeirError) return error;
  const { statusCode = 500 } = error as { statusCode?: number };
  const complaint = COMPLAINTS[statusCode];
  if (complaint) return complaint();
  if (statusCode < 500) return mistake('BAD_REQUEST', 'the request is malformed');
  log.error({ err: error }, 'a request failed');
  return mistake('INTERNAL', 'a fault of Weir itself; its log says more');
}

export function mistake(code: ErrorCode, message: string, remedy?: string): WeirError {
  return new WeirError(code, message, remedy === undefined ? {} : { remedy });
}

/** By the HTTP parser's words; what is no request at all is malformed. */
const REFUSALS: Readonly<Record<string, () => WeirError>> = {
  ERR_HTTP_REQUEST_TIMEOUT: () => mistake('REQUEST_TIMEOUT', 'the request did not come whole in time'),
  HPE_HEADER_OVERFLOW: () => mistake('TOO_LARGE', `the headers are larger than ${MAX_HEADER_BYTES} bytes`),
};

/** Where there is no request that could be answered. */
export function refuseClient(error: NodeJS.ErrnoException, socket: Socket): void {
  const refusal = REFUSALS[error.code ?? ''] ?? (() => mistake('BAD_REQUEST', 'the request is malformed'));
  if (error.code !== 'ECONNRESET') refuseConnection(socket, refusal());
  socket.destroy();
}

export function refuseConnection(socket: Socket, error: WeirError): void {
  if (!socket.writable) return;
  const status = statusOf(error.code);
  const body = JSON.stringify(errorBody(error));
  const headers = {
    ...HEADERS,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
    ...(status === 429 && { 'retry-after': RETRY_AFTER_SECONDS }),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}
