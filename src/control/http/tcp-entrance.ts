/** Over TCP: the right name, no foreign web page, and a token; in this order, so that strangers learn little. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Caller } from '../caller.js';
import { mistake } from './answers.js';
import type { Entrance } from './entrance.js';
import { requireHost } from './hosts.js';
import { corsHeaders, PREFLIGHT_HEADERS, requireOrigin } from './origins.js';
import type { Rates } from './rates.js';
import type { Tokens } from './tokens.js';

export interface TcpRules {
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
  readonly tokens: Tokens;
  readonly rates: Rates;
  readonly log: Pick<Logger, 'warn'>;
}

export class TcpEntrance implements Entrance {
  constructor(private readonly rules: TcpRules) {}

  async look(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { hosts, origins, rates } = this.rules;
    const { origin, host } = request.headers;
    reply.header('vary', 'Origin');
    requireHost(host, hosts);
    requireOrigin({ origin, host }, origins);
    reply.headers(corsHeaders(origin, origins));
    if (request.method !== 'OPTIONS') return;
    reply.headers(PREFLIGHT_HEADERS);
    await rates.stranger(request, reply);
  }

  async admit(request: FastifyRequest, reply: FastifyReply): Promise<Caller> {
    const token = bearer(request.headers.authorization);
    if (token === undefined) return this.#refuse(request, reply, 'the request carries no token');
    const caller = this.rules.tokens.find(token);
    if (!caller) return this.#refuseToken(request, reply);
    request.caller = caller;
    await this.rules.rates.token(request, reply);
    return caller;
  }

  async #refuseToken(request: FastifyRequest, reply: FastifyReply): Promise<never> {
    await this.rules.rates.failedLogin(request, reply);
    this.rules.log.warn({ address: request.ip }, 'a request with an unknown token');
    return this.#refuse(request, reply, 'the token is not known');
  }

  async #refuse(request: FastifyRequest, reply: FastifyReply, why: string): Promise<never> {
    await this.rules.rates.stranger(request, reply);
    reply.header('www-authenticate', 'Bearer');
    throw mistake('UNAUTHORIZED', why, 'send Authorization: Bearer <token> with one of control.tokens');
  }
}

function bearer(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}
