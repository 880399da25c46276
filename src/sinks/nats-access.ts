/** How a connection to NATS logs in, and what is wrong where it may not, in words. */
import { X509Certificate } from 'node:crypto';
import { checkServerIdentity } from 'node:tls';
import { credsAuthenticator, nkeyAuthenticator } from 'nats';

/** What a connection says of itself. All of it is secret but `ca` and `cert`. */
export interface Login {
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** Seed of an NKey. */
  readonly nkey?: string;
  /** Content of a `.creds` file. */
  readonly creds?: string;
  /** PEM: issuers of the server's certificate, and our own certificate with its key. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Where the login comes from. It may be another one for each connection. */
export interface NatsAccess {
  /** Rejects with what cannot be read. */
  read(): Promise<Login>;
  /** Whether it can change while we run. */
  readonly changes: boolean;
}

/** Only somebody's change helps: of credentials, rights or certificates. */
export type RefusalCause = 'authorization' | 'tls' | 'secret';

export interface ConnectProblem {
  readonly message: string;
  /** Absent where trying again soon may help. */
  readonly cause?: RefusalCause;
}

export function loginOptions(login: Login, servers: readonly string[]) {
  const { user, password, token, nkey, creds, ca, cert, key } = login;
  const tls = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
  const encrypted = Object.keys(tls).length > 0 || servers.some((server) => server.startsWith('tls:'));
  return {
    ...(user !== undefined && { user }),
    ...(password !== undefined && { pass: password }),
    ...(token !== undefined && { token }),
    ...(nkey !== undefined && { authenticator: nkeyAuthenticator(Buffer.from(nkey.trim())) }),
    ...(creds !== undefined && { authenticator: credsAuthenticator(Buffer.from(creds)) }),
    ...(encrypted && { tls: { ...tls, checkServerIdentity: identityOf(servers) } }),
  };
}

/**
 * The library does not tell TLS of an address that is no name, which would then be held to be `localhost`. A server may
 * have the certificate of any of those it could be.
 */
function identityOf(servers: readonly string[]): typeof checkServerIdentity {
  const hosts = servers.map((server) => new URL(server).hostname.replace(/^\[|\]$/g, ''));
  return (name, certificate) => {
    const errors = (hosts.includes(name) ? [name] : hosts).map((host) =>
      checkServerIdentity(host, certificate),
    );
    return errors.includes(undefined) ? undefined : errors[0];
  };
}

const REFUSALS: Readonly<Record<string, string>> = {
  AUTHORIZATION_VIOLATION: 'the server refuses these credentials',
  AUTHENTICATION_EXPIRED: 'the credentials have expired',
  ACCOUNT_EXPIRED: 'the account of these credentials has expired',
  BAD_AUTHENTICATION: 'the server wants other credentials',
  BAD_CREDS: 'the credentials are malformed',
};

const FAILURES: Readonly<Record<string, string>> = {
  CONNECTION_REFUSED: 'connection refused',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  TIMEOUT: 'no answer in time',
  CONNECTION_TIMEOUT: 'no answer in time',
  ENOTFOUND: 'no such name',
  EHOSTUNREACH: 'no route to the server',
  ENETUNREACH: 'no route to the server',
  DISCONNECT: 'the server closed the connection',
};

const CERTIFICATES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the certificate of the server has expired',
  CERT_NOT_YET_VALID: 'the certificate of the server is not valid yet; is the clock right?',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate of the server is self-signed and not in nats.tls.ca',
  SELF_SIGNED_CERT_IN_CHAIN: 'the issuer of the server is not in nats.tls.ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the issuer of the server is not in nats.tls.ca',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the issuer of the server is not in nats.tls.ca',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate of the server is for another name',
};

/** Innermost first: the library wraps what TLS says. */
function chain(error: unknown): { code: string; message: string }[] {
  const found: { code: string; message: string }[] = [];
  for (let at = error as { code?: unknown; message?: string; chainedError?: unknown } | undefined; at;) {
    found.unshift({ code: typeof at.code === 'string' ? at.code : '', message: at.message ?? String(at) });
    at = at.chainedError as typeof at;
  }
  return found;
}

export function explain(error: unknown, { cert }: Login = {}): ConnectProblem {
  const links = chain(error);
  const told = (words: Readonly<Record<string, string>>) =>
    links.flatMap(({ code }) => words[code] ?? []).at(0);
  const refused = told(REFUSALS);
  if (refused !== undefined) return { message: refused, cause: 'authorization' };
  const [inner] = links;
  const own = certificateProblem(cert);
  const certificate = told(CERTIFICATES);
  if (certificate !== undefined) return { message: certificate, cause: 'tls' };
  const alert =
    /alert|ssl|tls/i.test(`${inner?.code} ${inner?.message}`) || /^TLS/.test(links.at(-1)?.code ?? '');
  // A server that dislikes our certificate may just close the connection.
  if (own !== undefined) return { message: own, cause: 'tls' };
  const message = told(FAILURES) ?? inner?.message ?? String(error);
  return alert ? { message: `TLS: ${message}`, cause: 'tls' } : { message };
}

/** Of our own certificate; undefined where it is in order, or there is none. */
function certificateProblem(pem: string | undefined, now = Date.now()): string | undefined {
  if (pem === undefined) return undefined;
  try {
    const { validFrom, validTo } = new X509Certificate(pem);
    if (Date.parse(validTo) < now) return `the client certificate (nats.tls.cert) expired on ${day(validTo)}`;
    if (Date.parse(validFrom) > now)
      return `the client certificate (nats.tls.cert) is valid from ${day(validFrom)} on; is the clock right?`;
    return undefined;
  } catch {
    return 'the client certificate (nats.tls.cert) is no certificate in PEM';
  }
}

function day(text: string): string {
  return new Date(text).toISOString().slice(0, 10);
}
