/** Who comes in by a door, and what their browsers are told. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../caller.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Absent until they are let in. */
    caller?: Caller;
  }
}

export interface Entrance {
  /** May this request be looked at? Throws where not. Also before OPTIONS, which tell nobody who they are. */
  look(request: FastifyRequest, reply: FastifyReply): Promise<void> | void;
  /** Who asks. Throws where that is nobody. */
  admit(request: FastifyRequest, reply: FastifyReply): Promise<Caller> | Caller;
}
