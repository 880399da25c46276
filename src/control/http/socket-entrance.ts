/** Over the Unix socket: whom the kernel names. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Caller } from '../caller.js';
import { mistake } from './answers.js';
import type { Entrance } from './entrance.js';
import { requireOrigin } from './origins.js';
import { type Peer, peerOf, type PeerRules } from './peers.js';

export interface SocketRules extends PeerRules {
  readonly log: Pick<Logger, 'warn'>;
}

export class SocketEntrance implements Entrance {
  readonly #peers = new WeakMap<Socket, Peer>();
  readonly #rules: SocketRules;

  constructor(server: Server, rules: SocketRules) {
    this.#rules = rules;
    server.on('connection', (socket: Socket) => this.#meet(socket));
  }

  /** No web page gets here but through a proxy that lets it. */
  look({ headers: { origin } }: FastifyRequest): void {
    requireOrigin({ origin, host: undefined }, []);
  }

  admit({ raw: { socket } }: FastifyRequest): Caller {
    const { caller, name } = this.#peers.get(socket) ?? { name: 'nobody' };
    if (caller) return caller;
    throw mistake(
      'FORBIDDEN',
      `${name} may not use this socket`,
      'become a member of control.group, or use sudo',
    );
  }

  #meet(socket: Socket): void {
    try {
      const peer = peerOf(socket, this.#rules);
      this.#peers.set(socket, peer);
      if (!peer.caller) this.#rules.log.warn({ peer: peer.name }, 'refused at the socket');
    } catch (error) {
      this.#rules.log.warn({ err: error }, 'the socket does not say who is at its other end');
    }
  }
}
