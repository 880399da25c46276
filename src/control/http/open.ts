/** The HTTP doors of an appliance: its socket always, TCP where the spec asks for it. */
import { rm } from 'node:fs/promises';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { listen } from '../../http/listen.js';
import type { Sys } from '../../native/sys.js';
import { WeirError } from '../../spec/error.js';
import type { ControlSpec } from '../../spec/types.js';
import type { Control } from '../invoke.js';
import { Rates } from './rates.js';
import { createControlServer, type Timeouts } from './server.js';
import { SocketEntrance } from './socket-entrance.js';
import { TcpEntrance } from './tcp-entrance.js';
import { Tokens } from './tokens.js';
import { listenOnSocket } from './unix-socket.js';

export interface ControlHttpOptions {
  readonly control: Pick<Control, 'invoke'>;
  readonly spec: ControlSpec;
  /** Absolute. */
  readonly socketPath: string;
  readonly sys: Pick<Sys, 'peerCredentials' | 'groupId'>;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Where tokens may come from; default: that of the process. */
  readonly env?: NodeJS.ProcessEnv;
  readonly timeouts?: Timeouts;
}

export interface ControlHttp extends AsyncDisposable {
  /** Of TCP; absent: none. */
  readonly url?: string;
}

const SOCKET_CONNECTIONS = { total: 128, perAddress: 128 };
const TCP_CONNECTIONS = { total: 256, perAddress: 32 };

/** Both doors or none. Throws LISTEN_FAILED, ALREADY_RUNNING, SECRET_UNAVAILABLE. */
export async function openControlHttp(options: ControlHttpOptions): Promise<ControlHttp> {
  const { spec, socketPath, log } = options;
  const tokens = new Tokens(spec.tokens, options.env ?? process.env);
  const socket = await openSocket(options);
  log.info({ socket: socketPath }, 'control');
  try {
    const tcp = spec.listen && (await openTcp(options, tokens));
    const url = tcp && (await listen(tcp, spec.listen, 'control'));
    if (url) log.info({ url }, 'control');
    return {
      ...(url !== undefined && { url }),
      [Symbol.asyncDispose]: async () =>
        void (await Promise.all([closeSocket(socket, socketPath), tcp?.close()])),
    };
  } catch (error) {
    await closeSocket(socket, socketPath);
    throw error;
  }
}

async function openSocket(options: ControlHttpOptions): Promise<FastifyInstance> {
  const { spec, sys, log, socketPath } = options;
  const groupId = spec.group === undefined ? undefined : findGroup(spec.group, sys);
  const app = await createControlServer({ ...options, connections: SOCKET_CONNECTIONS }, ({ server }) => {
    return new SocketEntrance(server, { sys, groupId, log });
  });
  await listenOnSocket(app, { path: socketPath, groupId });
  return app;
}

async function openTcp(options: ControlHttpOptions, tokens: Tokens): Promise<FastifyInstance> {
  const { spec, log } = options;
  const { hosts, origins } = spec;
  return createControlServer({ ...options, connections: TCP_CONNECTIONS }, async (app) => {
    await app.register(rateLimit, { global: false });
    return new TcpEntrance({ hosts, origins, tokens, rates: new Rates(app, spec.rate), log });
  });
}

/** The file was put there under no other name than this. */
async function closeSocket(app: FastifyInstance, path: string): Promise<void> {
  await app.close();
  await rm(path, { force: true });
}

function findGroup(name: string, sys: Pick<Sys, 'groupId'>): number {
  const id = sys.groupId(name);
  if (id !== undefined) return id;
  throw new WeirError('LISTEN_FAILED', `control.group: there is no group "${name}" on this system`, {
    remedy: `create it (groupadd ${name}), or correct control.group`,
  });
}
