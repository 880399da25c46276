/**
 * How many connections there are, in all and from one address. Those of callers who are known stay: where there are
 * too many, the oldest of a stranger makes room.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { normalizeIP } from '@fastify/rate-limit';
import { mistake, refuseConnection } from './answers.js';

export interface ConnectionLimits {
  readonly total: number;
  readonly perAddress: number;
}

export class Connections {
  readonly #limits: ConnectionLimits;
  /** In the order they came, with their address. */
  readonly #open = new Map<Socket, string>();
  readonly #known = new WeakSet<Socket>();

  constructor(server: Server, limits: ConnectionLimits) {
    this.#limits = limits;
    server.on('connection', (socket: Socket) => this.#take(socket));
  }

  /** Whoever is at the other end has said who they are. */
  know(socket: Socket): void {
    this.#known.add(socket);
  }

  #take(socket: Socket): void {
    const address = addressOf(socket);
    this.#open.set(socket, address);
    socket.once('close', () => this.#open.delete(socket));
    const alike = [...this.#open].filter(([, each]) => each === address).map(([each]) => each);
    if (alike.length > this.#limits.perAddress) this.#refuseOne(alike);
    else if (this.#open.size > this.#limits.total) this.#refuseOne([...this.#open.keys()]);
  }

  #refuseOne(sockets: readonly Socket[]): void {
    const socket = sockets.find((each) => !this.#known.has(each));
    if (!socket) return;
    this.#open.delete(socket);
    refuseConnection(socket, mistake('RATE_LIMITED', 'too many connections', 'use one for many requests'));
    socket.destroySoon();
  }
}

/** All of one IPv6 network count as one. */
function addressOf({ remoteAddress = '' }: Socket): string {
  return remoteAddress === '' ? '' : normalizeIP(remoteAddress);
}
