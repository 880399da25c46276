/** Secrets are read here, in the process that uses them, and made known to the redactor. */
import type { NatsLinkOptions } from '../sinks/nats-link.js';
import { resolveSecret, type SecretRef } from '../spec/secret.js';
import type { NatsSpec } from '../spec/types.js';
import type { Redactor } from './redact.js';

/** Throws SECRET_UNAVAILABLE naming the reference. */
function reveal(ref: SecretRef, env: NodeJS.ProcessEnv, redactor: Redactor): string {
  const value = resolveSecret(ref, env).reveal();
  redactor.add(value);
  return value;
}

export type NatsSecrets = Pick<NatsLinkOptions, 'user' | 'password' | 'token' | 'creds'>;

export function natsSecrets(nats: NatsSpec, env: NodeJS.ProcessEnv, redactor: Redactor): NatsSecrets {
  const { user, password, token, creds } = nats;
  return {
    ...(user && { user: reveal(user, env, redactor) }),
    ...(password && { password: reveal(password, env, redactor) }),
    ...(token && { token: reveal(token, env, redactor) }),
    ...(creds && { creds: reveal(creds, env, redactor) }),
  };
}
