/** Every way to log in to a real server, a change of it while connected, and what is said where it fails. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nkeys as untyped } from 'nats';
import { describe, expect, it } from 'vitest';
import { openNats, type NatsLink, type NatsLinkOptions } from '../../src/sinks/nats-link.js';
import { Redactor } from '../../src/worker/redact.js';
import { natsSecrets } from '../../src/worker/secrets.js';
import { type Broker, startBroker } from '../support/broker.js';
import { selfSigned } from '../support/certificates.js';
import { ownedByEachTest } from '../support/owned-by-test.js';
import { readSpec, specText } from '../support/spec.js';
import { tempDir } from '../support/temp.js';
import { until } from '../support/wait.js';

interface KeyPair {
  getPublicKey(): string;
  getSeed(): Uint8Array;
  sign(text: Uint8Array): Uint8Array;
}
const nkeys = untyped as Readonly<Record<'createUser' | 'createAccount' | 'createOperator', () => KeyPair>>;

const own = ownedByEachTest();

const broker = async (config: string): Promise<Broker> => own(await startBroker({ config }));
const folder = async () => own(await tempDir()).path;

interface Told {
  readonly link: NatsLink;
  readonly problems: string[];
}

function open(url: string, options: Partial<NatsLinkOptions>): Told {
  const link = openNats({ servers: [url], name: 'test', retryMs: 20, refusedRetryMs: 60_000, ...options });
  const problems: string[] = [];
  link.watch((_, problem) => {
    if (problem !== undefined) problems.push(problem);
  });
  own({ [Symbol.asyncDispose]: () => link.close(100) });
  return { link, problems };
}

const connected = ({ link }: Told) => until('it is connected', () => link.state.kind === 'connected');
const failed = ({ link }: Told) =>
  until('it has failed', () => (link.state.kind === 'failed' ? link.state : undefined));

/** As a worker takes it from a spec, with every value in a file. */
async function fromFiles(
  values: Readonly<Record<string, string>>,
  keys: (ref: (name: string) => string) => object,
) {
  const dir = await folder();
  const write = (name: string, text: string) => writeFile(join(dir, name), text, { mode: 0o600 });
  for (const [name, text] of Object.entries(values)) await write(name, text);
  const refs = keys((name) => `\${file:${join(dir, name)}}`);
  const spec = readSpec(specText('', {}, { nats: refs }));
  return { ...natsSecrets(spec.nats, {}, new Redactor()), write };
}

const user = nkeys.createUser();
const seedOf = (pair: KeyPair) => Buffer.from(pair.getSeed()).toString();

describe('a login', () => {
  it('by NKey', async () => {
    const { url } = await broker(`authorization { users: [{nkey: ${user.getPublicKey()}}] }`);
    await connected(open(url, { nkey: seedOf(user) }));
    const other = open(url, { nkey: seedOf(nkeys.createUser()) });
    expect(await failed(other)).toMatchObject({
      cause: 'authorization',
      error: 'the server refuses these credentials',
    });
  });

  it('by credentials file', async () => {
    const { config, creds } = await operatorMode();
    const { url } = own(await startBroker({ config, jetstream: false }));
    await connected(open(url, { creds }));
    const foreign = creds.replace(/SU[A-Z0-9]{56}/, seedOf(nkeys.createUser()));
    const broken = open(url, { creds: foreign });
    expect(await failed(broken)).toMatchObject({ cause: 'authorization' });
  });

  it('that changes in its file is used at once, and at the next attempt where it was refused', async () => {
    const users = (password: string) => `authorization { users: [{user: gate, password: ${password}}] }`;
    const server = await broker(users('first'));
    const { access, write } = await fromFiles({ u: 'gate', p: 'first' }, (ref) => ({
      user: ref('u'),
      password: ref('p'),
    }));
    const one = open(server.url, { access, lookMs: 20 });
    await connected(one);
    await write('p', 'second');
    expect(await failed(one)).toMatchObject({ cause: 'authorization' });
    expect(one.problems).toContain('NATS: the credentials have changed: connecting anew');
    await server.configure(users('second'));
    await write('p', 'wrong');
    await until('it was tried', () => one.problems.length === 2);
    await write('p', 'second');
    await connected(one);
  });

  it('that cannot be read is told by its reference, and read again', async () => {
    const { url } = await broker('authorization { token: "right-token" }');
    const { access, write } = await fromFiles({ t: 'right-token' }, (ref) => ({ token: ref('t') }));
    await write('t', '');
    const one = open(url, { access, lookMs: 20 });
    expect(await failed(one)).toMatchObject({
      cause: 'secret',
      error: expect.stringMatching(/\/t\}: there is no value/),
    });
    await write('t', 'right-token');
    await connected(one);
  });

  it('revoked while connected is told within a second', async () => {
    const users = (name: string) => `authorization { users: [{user: ${name}, password: x}] }`;
    const server = await broker(users('a'));
    const one = open(server.url, { user: 'a', password: 'x' });
    await connected(one);
    await server.configure(users('b'));
    expect(await failed(one)).toMatchObject({ cause: 'authorization', retryAt: expect.any(String) });
  });
});

describe('TLS', () => {
  async function encrypted(more = '', days?: number) {
    const dir = await folder();
    const server = await selfSigned(dir, { names: 'IP:127.0.0.1', ...(days !== undefined && { days }) });
    const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
    const { url } = await broker(`tls { cert_file: "${cert}", key_file: "${key}" ${more} }`);
    return { url, ca: server.cert };
  }

  it('with client certificates, which are renewed', async () => {
    const dir = await folder();
    const client = await selfSigned(dir, { names: 'DNS:gate' });
    const old = await selfSigned(await folder(), { names: 'DNS:gate', days: -1 });
    const { url, ca } = await encrypted(`, ca_file: "${join(dir, 'cert.pem')}", verify: true`);
    const files = { ca, cert: old.cert, key: old.key };
    const { access, write } = await fromFiles(files, (ref) => ({
      tls: { ca: ref('ca'), cert: ref('cert'), key: ref('key') },
    }));
    const one = open(url, { access, lookMs: 20 });
    expect(await failed(one)).toMatchObject({
      cause: 'tls',
      error: expect.stringMatching(/^the client certificate \(nats\.tls\.cert\) expired on \d{4}-\d\d-\d\d$/),
    });
    await write('key', client.key);
    await write('cert', client.cert);
    await connected(one);
  });

  it.each([
    ['an expired certificate', -1, 'the certificate of the server has expired'],
    [
      'an issuer that is not known',
      undefined,
      'the certificate of the server is self-signed and not in nats.tls.ca',
    ],
  ])('%s of the server, in words', async (_, days, error) => {
    const { url, ca } = await encrypted('', days);
    const one = open(url, days === undefined ? ({ tls: true } as object) : { ca });
    expect(await failed(one)).toMatchObject({ cause: 'tls', error });
  });
});

/** A server whose users are in JWTs, and the credentials file of one. */
async function operatorMode(): Promise<{ config: string; creds: string }> {
  const [operator, account, someone] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const jwt = (
    by: KeyPair,
    subject: KeyPair,
    type: 'operator' | 'account' | 'user',
    claims: object,
  ): string => {
    const body = { iat: 1, iss: by.getPublicKey(), name: type, sub: subject.getPublicKey() };
    const jti = createHash('sha256').update(JSON.stringify(body)).digest('hex');
    const signed = `${encode({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encode({ ...body, jti, nats: { type, version: 2, ...claims } })}`;
    return `${signed}.${Buffer.from(by.sign(Buffer.from(signed))).toString('base64url')}`;
  };
  const none = { subs: -1, data: -1, payload: -1 };
  const limits = { ...none, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const ofAccount = jwt(operator, account, 'account', { limits });
  const preload = `resolver: MEMORY\nresolver_preload: { ${account.getPublicKey()}: "${ofAccount}" }`;
  return {
    config: `operator: "${jwt(operator, operator, 'operator', {})}"\n${preload}`,
    creds:
      `-----BEGIN NATS USER JWT-----\n${jwt(account, someone, 'user', none)}\n------END NATS USER JWT------\n\n` +
      `-----BEGIN USER NKEY SEED-----\n${seedOf(someone)}\n------END USER NKEY SEED------\n`,
  };
}
