/** How one proves to a device who one is, without telling it the password. */
import { createHash, randomBytes } from 'node:crypto';
import { escaped } from './xml.js';

export interface Login {
  readonly user: string;
  readonly password: string;
}

const WSS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';
const DIGEST = `${WSS}-username-token-profile-1.0#PasswordDigest`;
const BASE64 = `${WSS}-soap-message-security-1.0#Base64Binary`;

/** WS-Security's user name token, for a SOAP header. `now`: by the device's clock. */
export function usernameToken({ user, password }: Login, now: Date, nonce: Buffer = randomBytes(16)): string {
  const created = now.toISOString().replace(/\.\d+Z$/, 'Z');
  const digest = createHash('sha1').update(nonce).update(created).update(password).digest('base64');
  return [
    `<Security s:mustUnderstand="1" xmlns="${WSS}-wssecurity-secext-1.0.xsd"><UsernameToken>`,
    `<Username>${escaped(user)}</Username><Password Type="${DIGEST}">${digest}</Password>`,
    `<Nonce EncodingType="${BASE64}">${nonce.toString('base64')}</Nonce>`,
    `<Created xmlns="${WSS}-wssecurity-utility-1.0.xsd">${created}</Created></UsernameToken></Security>`,
  ].join('');
}

/** RFC 7616, as far as devices use it. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: 'md5' | 'sha256';
  readonly qop: boolean;
  readonly opaque?: string;
}

const ALGORITHMS = new Map<string, DigestChallenge['algorithm']>([
  ['md5', 'md5'],
  ['sha-256', 'sha256'],
]);
const MAX_CHALLENGE = 4096;

/** Undefined where the device asks for nothing we do: Basic, which would tell it the password, above all. */
export function digestChallenge(header: string): DigestChallenge | undefined {
  const start = header.slice(0, MAX_CHALLENGE).search(/\bDigest /i);
  if (start < 0) return undefined;
  const field = (name: string): string | undefined =>
    new RegExp(`[ ,]${name} *= *(?:"([^"]*)"|([^", ]+))`, 'i')
      .exec(header.slice(start, MAX_CHALLENGE))
      ?.slice(1)
      .find((value) => value !== undefined);
  const algorithm = ALGORITHMS.get((field('algorithm') ?? 'MD5').toLowerCase());
  const [realm, nonce, qop, opaque] = [field('realm'), field('nonce'), field('qop'), field('opaque')];
  if (algorithm === undefined || realm === undefined || nonce === undefined) return undefined;
  if (qop !== undefined && !/\bauth\b(?!-)/.test(qop)) return undefined;
  return { realm, nonce, algorithm, qop: qop !== undefined, ...(opaque !== undefined && { opaque }) };
}

export interface DigestUse {
  readonly method: string;
  readonly path: string;
  /** Counts the uses of one challenge, from 1. */
  readonly count: number;
  readonly cnonce?: string;
}

/** Value of `Authorization`. */
export function digestAnswer(challenge: DigestChallenge, { user, password }: Login, use: DigestUse): string {
  const { realm, nonce, algorithm, qop, opaque } = challenge;
  const { method, path, count, cnonce = randomBytes(8).toString('hex') } = use;
  const hash = (...parts: readonly string[]): string =>
    createHash(algorithm).update(parts.join(':')).digest('hex');
  const nc = count.toString(16).padStart(8, '0');
  const once = qop ? [nonce, nc, cnonce, 'auth'] : [nonce];
  const response = hash(hash(user, realm, password), ...once, hash(method, path));
  return [
    `Digest username=${quoted(user)}, realm=${quoted(realm)}, nonce=${quoted(nonce)}, uri=${quoted(path)}`,
    `algorithm=${algorithm === 'md5' ? 'MD5' : 'SHA-256'}, response="${response}"`,
    ...(qop ? [`qop=auth, nc=${nc}, cnonce="${cnonce}"`] : []),
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
  ].join(', ');
}

function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}
