/** How often one may ask. A token has a budget of its own, so that strangers at its address use up nothing of it. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { mistake } from './answers.js';

/** Bursts of so long are let through. */
const BURST_MS = 10_000;
const LOGINS = { max: 10, timeWindow: 60_000 };

type Limiter = ReturnType<FastifyInstance['createRateLimit']>;

export class Rates {
  readonly #tokens: Limiter;
  readonly #strangers: Limiter;
  readonly #logins: Limiter;

  /** `perSecond`: of each token, and of each address without one. The plugin is registered. */
  constructor(app: FastifyInstance, perSecond: number) {
    const usual = { max: Math.max(1, Math.round((perSecond * BURST_MS) / 1000)), timeWindow: BURST_MS };
    this.#tokens = app.createRateLimit({
      ...usual,
      keyGenerator: ({ caller }) => caller?.actor.name ?? '',
    });
    this.#strangers = app.createRateLimit(usual);
    this.#logins = app.createRateLimit(LOGINS);
  }

  /** They throw RATE_LIMITED. */
  token(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    return spend(this.#tokens, request, reply, 'requests with this token');
  }

  stranger(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    return spend(this.#strangers, request, reply, 'requests from this address');
  }

  failedLogin(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    return spend(this.#logins, request, reply, 'failed logins from this address');
  }
}

async function spend(
  limiter: Limiter,
  request: FastifyRequest,
  reply: FastifyReply,
  what: string,
): Promise<void> {
  const budget = await limiter(request);
  if (budget.isAllowed || !budget.isExceeded) return;
  reply.header('retry-after', String(Math.max(1, budget.ttlInSeconds)));
  throw mistake('RATE_LIMITED', `too many ${what}`, 'wait as long as Retry-After says');
}
