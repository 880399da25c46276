/** Who a bearer token is. Only digests are kept. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { statSync } from 'node:fs';
import { WeirError } from '../../spec/error.js';
import { formatSecretRef, resolveSecret, type SecretRef } from '../../spec/secret.js';
import type { TokenSpec } from '../../spec/types.js';
import type { Caller } from '../caller.js';

const MIN_LENGTH = 16;
/** What RFC 6750 lets a bearer token consist of. */
const SENDABLE = /^[A-Za-z0-9._~+/-]+=*$/;

interface Known {
  readonly digest: Buffer;
  readonly caller: Caller;
}

export class Tokens {
  readonly #known: readonly Known[];

  /** Reads the tokens. Throws SECRET_UNAVAILABLE for one that cannot be read, is weak, or may be read by others. */
  constructor(specs: readonly TokenSpec[], env: NodeJS.ProcessEnv) {
    const known: Known[] = [];
    for (const spec of specs) {
      const digest = digestOf(readToken(spec, env));
      const twin = known.find((each) => each.digest.equals(digest));
      if (twin) throw unusable(spec, `is that of "${twin.caller.actor.name}" too`);
      known.push({ digest, caller: callerOf(spec) });
    }
    this.#known = known;
  }

  /** Takes the same time whichever it is, and whether it is one. */
  find(token: string): Caller | undefined {
    const digest = digestOf(token);
    let found: Caller | undefined;
    for (const known of this.#known) if (timingSafeEqual(known.digest, digest)) found = known.caller;
    return found;
  }
}

function callerOf({ name, scope, cameras }: TokenSpec): Caller {
  return { actor: { door: 'http', name }, scope, ...(cameras && { cameras }), remote: true };
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function readToken(spec: TokenSpec, env: NodeJS.ProcessEnv): string {
  const token = resolveSecret(spec.token, env).reveal();
  if (spec.token.from === 'file') requirePrivate(spec, spec.token.path);
  if (token.length < MIN_LENGTH) throw unusable(spec, `is shorter than ${MIN_LENGTH} characters`);
  if (!SENDABLE.test(token)) throw unusable(spec, 'has characters that cannot be sent in a header');
  return token;
}

/** systemd hands credentials to a service that is not root's by way of an access list, which shows as root's group. */
function requirePrivate(spec: TokenSpec, path: string): void {
  const { mode, uid, gid } = statSync(path);
  const others = uid === 0 && gid === 0 ? 0o037 : 0o077;
  if ((mode & others) === 0) return;
  const seen = `0${(mode & 0o777).toString(8)}`;
  throw unusable(
    spec,
    `may be used by others: the mode of its file is ${seen}, expected 0600`,
    `chmod 600 ${path}`,
  );
}

function unusable({ name, token }: TokenSpec, why: string, remedy = remedyOf(token)): WeirError {
  return new WeirError('SECRET_UNAVAILABLE', `${formatSecretRef(token)}: the token "${name}" ${why}`, {
    remedy,
  });
}

function remedyOf(ref: SecretRef): string {
  const where = ref.from === 'file' ? ref.path : ref.name;
  return `put one of its own into ${where}, e.g. made by: openssl rand -hex 32`;
}
