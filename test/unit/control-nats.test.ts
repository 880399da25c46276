import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, headers, type Msg, type NatsConnection, ServiceError } from 'nats';
import { describe, expect, it } from 'vitest';
import { openNatsDoor } from '../../src/control/nats-door.js';
import { OPERATIONS } from '../../src/control/operations.js';
import { type NatsLinkOptions, openNats } from '../../src/sinks/nats-link.js';
import { parseSubject } from '../../src/sinks/subjects.js';
import type { Scope } from '../../src/spec/types.js';
import { CAMERAS, controlOf, logTo } from '../support/control.js';
import { FakeAppliance } from '../support/fake-appliance.js';
import { type NatsOptions, startNats } from '../support/nats.js';
import { assemble } from '../support/owned.js';
import { root } from '../support/paths.js';
import { readSpec, specText } from '../support/spec.js';
import { tempDir } from '../support/temp.js';
import { until } from '../support/wait.js';

interface WorldOptions {
  readonly scope?: Scope | 'off';
  /** Default: true. */
  readonly found?: boolean;
  readonly nats?: NatsOptions;
  readonly login?: Partial<NatsLinkOptions>;
  readonly client?: { readonly user: string; readonly pass: string };
}

function open({ scope = 'admin', found = scope !== 'off', nats, login, client }: WorldOptions = {}) {
  return assemble(async (own) => {
    const server = own(await startNats(nats));
    const appliance = new FakeAppliance({ pipelines: CAMERAS });
    const log: string[] = [];
    const control = controlOf(appliance, log);
    const problems: string[] = [];
    const link = openNats({ servers: [server.url], name: 'weir', retryMs: 50, ...login });
    own({ [Symbol.asyncDispose]: () => link.close(100) });
    link.watch((_state, problem) => void (problem && problems.push(problem)));
    const spec = readSpec(specText(server.url, {}, { control: { nats: scope } }));
    const door = openNatsDoor({ control, link, spec, version: '0.1.0', log: logTo(log) });
    own({ [Symbol.asyncDispose]: async () => door[Symbol.dispose]() });
    const user = await connect({ servers: server.url, reconnectTimeWait: 50, ...client });
    own({ [Symbol.asyncDispose]: () => user.close() });
    if (found) await until('the service is found', () => ping(user));
    return { server, appliance, log, problems, link, door, user };
  });
}

function ping(user: NatsConnection): Promise<Msg | undefined> {
  return user.request('$SRV.PING.weir', '', { timeout: 500 }).catch(() => undefined);
}

/** What the services say that are there. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function discover(user: NatsConnection, verb: 'INFO' | 'STATS'): Promise<any[]> {
  const found = await user.requestMany(`$SRV.${verb}.weir`, '', { maxWait: 300, maxMessages: 1 });
  const all = [];
  for await (const message of found) all.push(message.json());
  return all;
}

interface Told {
  readonly code?: string;
  readonly header?: string;
  readonly json: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

async function ask(
  user: NatsConnection,
  operation: string,
  input: unknown = {},
  more: Readonly<Record<string, string>> = {},
): Promise<Told> {
  const sent = headers();
  for (const [name, value] of Object.entries(more)) sent.set(name, value);
  const payload = typeof input === 'string' ? input : JSON.stringify(input);
  return told(await user.request(`weir.gate.ctl.${operation}`, payload, { timeout: 10_000, headers: sent }));
}

function told(message: Msg): Told {
  const json: unknown = message.data.length > 0 ? message.json() : undefined;
  if (!ServiceError.isServiceError(message)) return { json };
  const code = message.headers?.get('Nats-Service-Error-Code') ?? '';
  return { code, header: message.headers?.get('Nats-Service-Error') ?? '', json };
}

describe('the service', () => {
  it('is found with its appliance, its endpoints and their scopes', async () => {
    await using world = await open();
    const infos = await discover(world.user, 'INFO');
    expect(infos).toMatchObject([
      {
        name: 'weir',
        version: '0.1.0',
        metadata: { appliance: 'gate' },
        description: 'Control of a Weir appliance',
      },
    ]);
    const endpoints = infos[0].endpoints as { name: string; subject: string; metadata: object }[];
    expect(endpoints.map(({ subject }) => subject)).toEqual(
      OPERATIONS.map(({ name }) => `weir.gate.ctl.${name}`),
    );
    expect(endpoints.find(({ name }) => name === 'streams-add')?.metadata).toMatchObject({
      scope: 'operate',
    });
  });

  it('is asked at subjects that are no stream’s: who reads all status hears no request', () => {
    const scope = { prefix: 'weir', appliance: 'gate' };
    const kinds = OPERATIONS.map(({ name }) => parseSubject(scope, `weir.gate.ctl.${name}`)?.kind);
    expect(kinds).not.toContain('status');
    expect(kinds).not.toContain('detections');
  });

  it('counts requests and errors', async () => {
    await using world = await open();
    await ask(world.user, 'streams.get', { id: 'cam-1' });
    await ask(world.user, 'streams.get', { id: 'cam-9' });
    const [stats] = await discover(world.user, 'STATS');
    const endpoints = stats.endpoints as { name: string }[];
    expect(endpoints.find(({ name }) => name === 'streams-get')).toMatchObject({
      num_requests: 2,
      data: { errors: 1 },
    });
  });

  it('is not there where the spec says off', async () => {
    await using world = await open({ scope: 'off' });
    await until('connected', () => world.link.state.kind === 'connected');
    await expect(ask(world.user, 'appliance.status')).rejects.toMatchObject({ code: '503' });
  });

  it('goes on after the connection was lost', async () => {
    await using world = await open();
    const { port } = world.server;
    await world.server.stop();
    await using _again = await startNats({ port });
    const answer = await until('it answers', () =>
      world.user.request('weir.gate.ctl.appliance.status', '', { timeout: 500 }).catch(() => undefined),
    );
    expect(answer.json()).toMatchObject({ appliance: 'gate' });
  });

  it('ends with its door', async () => {
    await using world = await open();
    world.door[Symbol.dispose]();
    await until('nobody answers', () =>
      ask(world.user, 'appliance.status').then(
        () => false,
        () => true,
      ),
    );
  });
});

describe('a request', () => {
  it('is answered in JSON', async () => {
    await using world = await open();
    expect((await ask(world.user, 'streams.list')).json.streams).toHaveLength(3);
    expect((await ask(world.user, 'streams.snapshot', { id: 'cam-1' })).json).toEqual({
      jpeg: '/9j/4AAQ/9k=',
    });
    expect((await ask(world.user, 'appliance.status', '')).json).toMatchObject({ appliance: 'gate' });
  });

  it('is refused with a service error: status, code and message in headers, and all of it in JSON', async () => {
    await using world = await open();
    expect(await ask(world.user, 'streams.get', { id: 'cam-9' })).toEqual({
      code: '404',
      header: 'STREAM_UNKNOWN: no stream "cam-9" is declared',
      json: {
        code: 'STREAM_UNKNOWN',
        message: 'no stream "cam-9" is declared',
        remedy: 'declared are: cam-1, cam-2, yard-1',
      },
    });
  });

  it.each<[scope: Scope, operation: string, input: object, code: string | undefined]>([
    ['read', 'streams.list', {}, undefined],
    ['read', 'streams.remove', { id: 'cam-1' }, '403'],
    ['operate', 'streams.remove', { id: 'cam-1' }, undefined],
    ['operate', 'operations.list', {}, '403'],
    ['admin', 'operations.list', {}, undefined],
  ])('with the scope %s: %s', async (scope, operation, input, code) => {
    await using world = await open({ scope });
    expect((await ask(world.user, operation, input)).code).toBe(code);
  });

  it('that is malformed gets an error, and nothing else happens', async () => {
    await using world = await open();
    const malformed: readonly (readonly [string, string, string])[] = [
      ['no JSON', 'streams:', '400'],
      ['a list', '[]', '400'],
      ['too deep', '['.repeat(10_000), '400'],
      ['unknown fields', '{"ids": 1}', '400'],
      ['a prototype', '{"id": "cam-1", "__proto__": {}}', '400'],
      ['a megabyte', JSON.stringify({ id: 'x'.repeat(1_000_000) }), '413'],
      ['bytes', '\u0000\ufffd', '400'],
    ];
    for (const [what, text, code] of malformed)
      expect([what, (await ask(world.user, 'streams.remove', text)).code]).toEqual([what, code]);
    expect(world.appliance.calls).toEqual([]);
  });

  it('whose deadline is over is refused, as a header or a field', async () => {
    await using world = await open();
    const over = { code: '504', json: { code: 'TIMEOUT' } };
    const past = '2020-01-01T00:00:00Z';
    expect(await ask(world.user, 'streams.remove', { id: 'cam-1' }, { 'Weir-Deadline': past })).toMatchObject(
      over,
    );
    expect(await ask(world.user, 'streams.remove', { id: 'cam-1', deadline: past })).toMatchObject(over);
    expect(await ask(world.user, 'streams.remove', { id: 'cam-1', deadline: 'soon' })).toMatchObject({
      code: '400',
    });
    expect(world.appliance.calls).toEqual([]);
    const future = new Date(Date.now() + 60_000).toISOString();
    expect(await ask(world.user, 'streams.get', { id: 'cam-1', deadline: future })).not.toHaveProperty(
      'code',
    );
  });

  it('that is repeated with its id is carried out once; another with that id is refused', async () => {
    await using world = await open();
    const id = { 'Weir-Request-Id': 'a1' };
    const first = await ask(world.user, 'streams.restart', { id: 'cam-1' }, id);
    expect(await ask(world.user, 'streams.restart', { id: 'cam-1' }, id)).toEqual(first);
    const deadline = new Date(Date.now() + 60_000).toISOString();
    expect(await ask(world.user, 'streams.restart', { id: 'cam-1', deadline }, id)).toEqual(first);
    expect(world.appliance.calls).toEqual(['restart cam-1']);
    expect(await ask(world.user, 'streams.restart', { id: 'cam-2' }, id)).toMatchObject({ code: '400' });
    expect(
      await ask(world.user, 'streams.restart', { id: 'cam-2' }, { 'Weir-Request-Id': 'a b' }),
    ).toMatchObject({
      code: '400',
    });
  });

  it('that is one too many at once is refused, and the others are answered', async () => {
    await using world = await open();
    let letGo = (): void => undefined;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    world.appliance.pause = () => gate;
    const many = Array.from({ length: 64 }, () => ask(world.user, 'streams.list'));
    await until('all are under way', () => world.appliance.calls.length === 64);
    expect(await ask(world.user, 'streams.list')).toMatchObject({
      code: '429',
      json: { code: 'RATE_LIMITED' },
    });
    letGo();
    for (const answer of await Promise.all(many)) expect(answer.code).toBeUndefined();
    expect((await ask(world.user, 'streams.list')).code).toBeUndefined();
  });

  it('whose answer the server would not take is told so', async () => {
    await using world = await open();
    world.appliance.picture = new Uint8Array(1024 * 1024);
    expect(await ask(world.user, 'streams.snapshot', { id: 'cam-1' })).toMatchObject({
      code: '413',
      json: { code: 'TOO_LARGE' },
    });
  });

  it('without an address for the answer is carried out', async () => {
    await using world = await open();
    world.user.publish('weir.gate.ctl.streams.restart', JSON.stringify({ id: 'cam-1' }));
    await until('it is', () => world.appliance.calls.includes('restart cam-1'));
  });
});

/** As docs/control.md proposes, with a second appliance's operators and an account of its own. */
const ACCOUNTS = (
  /^accounts: \{\n.*?^\}\n/ms.exec(readFileSync(join(root, 'docs/control.md'), 'utf8'))?.[0] ?? ''
)
  .replace(/\$[A-Z]+_PASSWORD/g, 'pw')
  .replace(
    '      {user: gate-desk',
    `      {user: root, password: pw}
      {user: yard-desk, password: pw, permissions: {
        publish: {allow: ["weir.yard.ctl.>", "$SRV.>"]}
        subscribe: {allow: ["weir.yard.>", "_INBOX.>"]}}}
      {user: gate-desk`,
  )
  .replace('  SITE: {', '  OTHER: {users: [{user: stranger, password: pw}]}\n  SITE: {');

function openWithUsers(text: string, options: WorldOptions = {}) {
  return assemble(async (own) => {
    const dir = own(await tempDir());
    const config = join(dir.path, 'nats.conf');
    await writeFile(config, text);
    const world = await open({
      nats: { args: ['-c', config] },
      login: { user: 'gate', password: 'pw' },
      client: { user: 'gate-desk', pass: 'pw' },
      ...options,
    });
    return { ...own(world), config };
  });
}

describe('on a server with users', () => {
  it('the appliance needs no more than its own subjects, and its operators no more than those', async () => {
    await using world = await openWithUsers(ACCOUNTS);
    world.link.keepLast({ name: 'weir_gate_status', subjects: ['weir.gate.*.status'] });
    expect((await ask(world.user, 'streams.list')).json.streams).toHaveLength(3);
    const root = await connect({ servers: world.server.url, user: 'root', pass: 'pw' });
    const { streams } = await root.jetstreamManager();
    await until('the last status is kept', () => streams.info('weir_gate_status').catch(() => undefined));
    await root.close();
    expect(world.problems).toEqual([]);
  });

  it.each(['yard-desk', 'stranger'])(
    '%s neither commands another appliance nor listens to it',
    async (user) => {
      await using world = await openWithUsers(ACCOUNTS);
      const other = await connect({ servers: world.server.url, user, pass: 'pw' });
      const overheard: string[] = [];
      const callback = (error: Error | null, { subject }: Msg) => void (error ?? overheard.push(subject));
      other.subscribe('weir.gate.>', { callback });
      const command = other.request('weir.gate.ctl.streams.remove', '{"id":"cam-1"}', { timeout: 500 });
      await expect(command).rejects.toThrow();
      await ask(world.user, 'streams.list');
      await other.flush();
      expect(world.appliance.calls).toEqual(['streams']);
      // In an account of its own it hears itself.
      expect(overheard).toEqual(user === 'stranger' ? ['weir.gate.ctl.streams.remove'] : []);
      await other.close();
    },
  );

  it('a service that is refused is told of, and there once the rights are', async () => {
    const narrow = ACCOUNTS.replace('subscribe: {allow: ["weir.gate.ctl.>", ', 'subscribe: {allow: [');
    await using world = await openWithUsers(narrow, { found: false });
    await until('it is told', () => world.problems.some((each) => each.includes('"weir" has ended')));
    await writeFile(world.config, ACCOUNTS);
    world.server.kill('SIGHUP');
    const answered = () => ask(world.user, 'streams.list').catch(() => undefined);
    expect((await until('it answers', answered)).json.streams).toHaveLength(3);
  });
});
