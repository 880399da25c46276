/** Secrets are read here, in the process that uses them, and made known to the redactor. */
import type { Login, NatsAccess } from '../sinks/nats-access.js';
import { readSecret, resolveSecret, type SecretRef } from '../spec/secret.js';
import type { NatsSpec } from '../spec/types.js';
import type { Redactor } from './redact.js';

export interface NatsSecrets {
  readonly access: NatsAccess;
}

/** What is no secret of a login, and may stand in a message. */
const OPEN: ReadonlySet<keyof Login> = new Set(['ca', 'cert']);

/** Read anew for each connection. Throws SECRET_UNAVAILABLE where one is not there now, naming the reference. */
export function natsSecrets(nats: NatsSpec, env: NodeJS.ProcessEnv, redactor: Redactor): NatsSecrets {
  const refs = refsOf(nats);
  const known = new Set<string>();
  const know = (key: keyof Login, value: string): string => {
    if (!OPEN.has(key) && !known.has(value)) redactor.add(value);
    known.add(value);
    return value;
  };
  for (const [key, ref] of refs) know(key, resolveSecret(ref, env).reveal());
  const one = async ([key, ref]: readonly [keyof Login, SecretRef]) =>
    [key, know(key, (await readSecret(ref, env)).reveal())] as const;
  const read = async (): Promise<Login> => Object.fromEntries(await Promise.all(refs.map(one)));
  return { access: { read, changes: refs.some(([, { from }]) => from === 'file') } };
}

function refsOf({ user, password, token, nkey, creds, tls = {} }: NatsSpec) {
  const all = { user, password, token, nkey, creds, ...tls };
  return Object.entries(all).flatMap(([key, ref]) => (ref ? [[key as keyof Login, ref] as const] : []));
}
