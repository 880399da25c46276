/** How the processes of an appliance reach its own NATS server: by files that only their user can read. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WeirError } from '../../spec/error.js';
import type { ApplianceSpec, NatsSpec } from '../../spec/types.js';

export interface ClientFiles {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

export function clientFiles(folder: string): ClientFiles {
  return { url: join(folder, 'url'), user: join(folder, 'user'), password: join(folder, 'password') };
}

/** As if the server were somebody else's. */
export function reached(nats: NatsSpec, url: string, folder: string): NatsSpec {
  const { user, password } = clientFiles(folder);
  return {
    ...nats,
    servers: [url],
    user: { from: 'file', path: user },
    password: { from: 'file', path: password },
  };
}

/** For who did not start it. Throws NOT_RUNNING. */
export function findServer({ nats }: Pick<ApplianceSpec, 'nats'>, folder: string): NatsSpec {
  if (!nats.embedded) return nats;
  try {
    return reached(nats, readFileSync(clientFiles(folder).url, 'utf8').trim(), folder);
  } catch (cause) {
    throw new WeirError('NOT_RUNNING', "the appliance's own NATS server does not run", {
      remedy: 'start the appliance (weir up), as the user who asks now',
      cause,
    });
  }
}
