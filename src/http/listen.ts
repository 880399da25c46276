/** Makes a server listen, and says in our words why it cannot. */
import { lookup } from 'node:dns/promises';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { WeirError } from '../spec/error.js';
import type { ListenAddress } from '../spec/listen.js';

/** The remedies' KEY is the spec's. */
const REASONS: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  EADDRINUSE: [
    'the port is in use',
    'stop what uses it (ss -ltnp names it), or change KEY; port 0 takes a free one',
  ],
  EACCES: ['this user may not use the port', 'choose a port above 1023 in KEY'],
  EADDRNOTAVAIL: ['the address is not of this machine', 'correct KEY, e.g. 127.0.0.1:9464'],
  ENOTFOUND: ['the name is not known', 'write an address into KEY, e.g. 127.0.0.1:9464'],
};

/** Whose address it is: what the spec calls it. */
export type Listener = 'metrics' | 'control';

/** Resolves with the address it has, as a URL. Throws LISTEN_FAILED. */
export async function listen(
  app: FastifyInstance,
  { host, port }: ListenAddress,
  listener: Listener = 'metrics',
): Promise<string> {
  try {
    // One address of a name: fastify would listen on all, with a server each.
    const { address } = await lookup(host);
    await app.listen({ host: address, port });
  } catch (cause) {
    await app.close();
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const [reason, remedy = 'correct KEY'] = REASONS[code] ?? [message];
    throw new WeirError(
      'LISTEN_FAILED',
      `${listener}: cannot listen on ${authority(host, port)}: ${reason}`,
      {
        remedy: remedy.replace('KEY', `${listener}.listen`),
        cause,
      },
    );
  }
  return `http://${authority(host, (app.server.address() as AddressInfo).port)}`;
}

function authority(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
