/** Requests to the control API and their answers, over the appliance's socket or over TCP. */
import { Agent, type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { WeirError } from '../spec/error.js';
import type { Secret } from '../spec/secret.js';
import { connectionError } from './connection-error.js';
import type { Method } from './operation.js';

/** A socket, or a URL of which path and query are no part of the API: a proxy may have put it there. */
export type Address =
  { readonly socket: string } | { readonly url: string; readonly token?: Secret | undefined };

export interface Sent {
  readonly method: Method;
  /** With its query. */
  readonly path: string;
  readonly body?: string | undefined;
  /** From the first byte sent to the last received. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/** Far above any list of streams or picture. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const MAX_SOCKETS = 16;
const AGENT = { keepAlive: true, maxSockets: MAX_SOCKETS };
/** How a connection ends that the other side had given up while nothing was asked. */
const STALE = new Set(['ECONNRESET', 'EPIPE']);

export class Exchange {
  /** What messages call the other side. */
  readonly name: string;
  readonly #options: RequestOptions;
  readonly #prefix: string;
  readonly #agent: Agent;
  readonly #request: (options: RequestOptions) => ClientRequest;

  /** Connects with the first request. Throws USAGE for an address nobody can connect to. */
  constructor(address: Address) {
    const url = 'url' in address ? parseUrl(address.url) : undefined;
    const tls = url?.protocol === 'https:';
    const token = 'url' in address ? address.token : undefined;
    this.name = 'url' in address ? address.url : address.socket;
    this.#options = {
      ...('socket' in address ? { socketPath: address.socket } : urlOptions(url as URL)),
      headers: { accept: 'application/json', ...(token && { authorization: `Bearer ${token.reveal()}` }) },
    };
    this.#prefix = url?.pathname.replace(/\/$/, '') ?? '';
    this.#agent = tls ? new TlsAgent(AGENT) : new Agent(AGENT);
    this.#request = tls ? tlsRequest : request;
  }

  /** Rejects with NOT_RUNNING, FORBIDDEN, TIMEOUT, INTERNAL; with the signal's reason when that aborts. */
  async send(sent: Sent): Promise<Answer> {
    const deadline = AbortSignal.timeout(sent.deadlineMs);
    const signal = sent.signal ? AbortSignal.any([deadline, sent.signal]) : deadline;
    try {
      return await this.#send(sent, signal);
    } catch (cause) {
      sent.signal?.throwIfAborted();
      if (deadline.aborted) throw this.#tooLate(sent.deadlineMs, cause);
      throw cause instanceof WeirError ? cause : connectionError(this.name, this.#options, cause as Error);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Every operation may be asked for twice: one that met a connection just given up is. */
  async #send(sent: Sent, signal: AbortSignal, again = true): Promise<Answer> {
    const made = this.#open(sent, signal);
    try {
      const response = await responseTo(made, sent.body);
      return await collect(response, this.name);
    } catch (error) {
      const stale = made.reusedSocket && STALE.has((error as NodeJS.ErrnoException).code ?? '');
      if (stale && again && !signal.aborted) return this.#send(sent, signal, false);
      throw error;
    }
  }

  #open({ method, path, body }: Sent, signal: AbortSignal): ClientRequest {
    const content = body === undefined ? {} : { 'content-type': 'application/json' };
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const headers = { ...this.#options.headers, ...content, ...length };
    const to = { ...this.#options, method, path: `${this.#prefix}${path}` };
    return this.#request({ ...to, headers, agent: this.#agent, signal });
  }

  #tooLate(deadlineMs: number, cause: unknown): WeirError {
    return new WeirError('TIMEOUT', `${this.name}: no answer within ${deadlineMs / 1000} s`, {
      remedy: 'what was asked for may still happen; weir status and weir logs say more',
      cause,
    });
  }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const usable = url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search;
  if (usable) return url;
  throw new WeirError('USAGE', 'the URL of the appliance is malformed', {
    remedy: 'write http://host:port or https://host:port; the token goes into WEIR_TOKEN or --token-file',
  });
}

function urlOptions({ hostname, port }: URL): RequestOptions {
  return { host: hostname.replace(/^\[|\]$/g, ''), ...(port && { port }) };
}

function responseTo(made: ClientRequest, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    made.once('response', resolve);
    // For as long as it lives: what comes after the answer is told by the answer.
    made.on('error', reject);
    made.end(body);
  });
}

async function collect(response: IncomingMessage, name: string): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES)
      throw new WeirError('INTERNAL', `${name}: the answer is larger than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  const { statusCode: status = 0, headers } = response;
  return { status, type: headers['content-type'] ?? '', body: Buffer.concat(chunks) };
}
