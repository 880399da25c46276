import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ApplianceOptions, controlSocket } from '../../src/cli/appliance-option.js';
import { SPEC, weir, withSpec } from '../support/cli.js';
import { openDoors, TOKENS } from '../support/control.js';
import { controlDoor } from '../support/control-door.js';
import { root } from '../support/paths.js';
import { tempDir, withTempDir } from '../support/temp.js';

type Texts = Readonly<Record<string, string>>;

const NAMES = ['WEIR_SOCKET', 'WEIR_URL', 'WEIR_TOKEN', 'RUNTIME_DIRECTORY'];
beforeEach(() => {
  for (const name of NAMES) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** With that folder as the one commands are typed in. */
async function inFolder<T>(dir: string, act: () => Promise<T> | T): Promise<T> {
  const before = process.cwd();
  process.chdir(dir);
  try {
    return await act();
  } finally {
    process.chdir(before);
  }
}

describe('the socket of an appliance', () => {
  const files = (dir: string, texts: Texts) => {
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(dir, name), text);
  };
  const OWN = `${SPEC}control: { socket: run/own.sock }\n`;

  it.each<readonly [string, Texts, ApplianceOptions, Texts, string]>([
    [
      '--socket',
      { 'weir.yaml': SPEC },
      { socket: 'a.sock', spec: 'weir.yaml' },
      { WEIR_SOCKET: '/b' },
      'a.sock',
    ],
    ['WEIR_SOCKET', { 'weir.yaml': OWN }, { spec: 'weir.yaml' }, { WEIR_SOCKET: 'b.sock' }, 'b.sock'],
    ['that of --spec', { 'site.yaml': OWN }, { spec: 'site.yaml' }, {}, 'run/own.sock'],
    ['named as --spec is', { 'site.yaml': SPEC }, { spec: 'site.yaml' }, {}, 'site.sock'],
    ["systemd's", { 'weir.yaml': SPEC }, {}, { RUNTIME_DIRECTORY: '/run/a:/run/b' }, '/run/a/weir.sock'],
    ['that of weir.yaml', { 'weir.yaml': OWN }, {}, {}, 'run/own.sock'],
    ['beside weir.yaml', { 'weir.yaml': SPEC }, {}, {}, 'weir.sock'],
    ['beside a weir.yaml that is wrong', { 'weir.yaml': 'appliance: [' }, {}, {}, 'weir.sock'],
    ["the machine's", {}, {}, {}, '/run/weir/weir.sock'],
  ])('is %s', async (_which, texts, options, env, expected) => {
    await withTempDir(async (dir) => {
      files(dir, texts);
      await inFolder(dir, () =>
        expect(controlSocket(options, env)).toBe(join(expected.startsWith('/') ? '' : dir, expected)),
      );
    });
  });

  it('cannot be found by a spec that is not there', async () => {
    const { code, stderr } = await weir('status', '--spec', '/nowhere/weir.yaml');
    expect(code).toBe(74);
    expect(stderr).toContain('error SPEC_UNREADABLE: /nowhere/weir.yaml cannot be read');
  });
});

/** As typed, without where the appliance is. */
const COMMANDS = [
  ['status'],
  ['status', '--watch'],
  ['streams', 'list'],
  ['streams', 'show', 'cam-1'],
  ['streams', 'add', 'cam-2', 'rtsp://192.0.2.2/1'],
  ['streams', 'update', 'cam-1', '--fps', '5'],
  ['streams', 'remove', 'cam-1'],
  ['streams', 'restart', 'cam-1', '--wait'],
  ['streams', 'snapshot', 'cam-1'],
  ['pipelines', 'list'],
  ['pipelines', 'restart', 'main'],
  ['logs'],
  ['logs', '--follow'],
  ['graph'],
  ['operations'],
].map((args) => [args] as const);

describe('an appliance that is not running', () => {
  it('is told by weir apply, once the spec is found to be valid', async () => {
    await withSpec(SPEC, async (file) => {
      const { code, stderr } = await weir('apply', file, '--socket', '/nowhere/weir.sock');
      expect([code, stderr]).toMatchObject([69, expect.stringContaining('error NOT_RUNNING: /nowhere')]);
    });
  });

  it.each(COMMANDS)('is told by %j', async (args) => {
    const { code, stdout, stderr } = await weir(...args, '--socket', '/nowhere/weir.sock');
    expect([code, stdout]).toEqual([69, '']);
    expect(stderr).toContain(
      'error NOT_RUNNING: /nowhere/weir.sock: no appliance is running: there is no such socket\n' +
        '  start the appliance with weir up, or name its socket with --socket\n',
    );
  });
});

describe('a socket this user may not use', () => {
  it.skipIf(process.getuid?.() !== 0)('is told with the way to be allowed', async () => {
    await using door = await controlDoor();
    process.seteuid?.(65_534);
    const { code, stderr } = await weir('streams', 'list', '--socket', door.socket).finally(() =>
      process.seteuid?.(0),
    );
    expect(code).toBe(77);
    expect(stderr).toContain(`error FORBIDDEN: ${door.socket}: this user may not use the socket`);
    expect(stderr).toContain('control.group');
  });
});

describe('over TCP', () => {
  it('the token comes from a file or the environment', async () => {
    await using doors = await openDoors();
    await using dir = await tempDir();
    const url = `http://127.0.0.1:${doors.port}`;
    const file = join(dir.path, 'token');
    writeFileSync(file, `${TOKENS.admin}\n`);
    expect((await weir('status', '--json', '--url', url, '--token-file', file)).code).toBe(0);
    vi.stubEnv('WEIR_URL', url);
    vi.stubEnv('WEIR_TOKEN', TOKENS.guard);
    const { stdout } = await weir('streams', 'list', '--json');
    expect((JSON.parse(stdout).streams as { id: string }[]).map(({ id }) => id)).toEqual(['cam-1', 'yard-1']);
  });

  it.each([
    ['no token', undefined, ['streams', 'list'], 'UNAUTHORIZED'],
    ['a token of another', 'x'.repeat(32), ['streams', 'list'], 'UNAUTHORIZED'],
    ['a token that may only look', TOKENS.reader, ['streams', 'remove', 'cam-1'], 'FORBIDDEN'],
  ])('%s is refused', async (_what, token, args, expected) => {
    await using doors = await openDoors();
    vi.stubEnv('WEIR_TOKEN', token);
    const { code, stdout, stderr } = await weir(...args, '--url', `http://127.0.0.1:${doors.port}`);
    expect([code, stdout]).toEqual([77, '']);
    expect(stderr).toContain(`error ${expected}: `);
  });

  it('a socket and a URL exclude each other', async () => {
    const { code, stderr } = await weir('status', '--url', 'http://127.0.0.1:1', '--socket', '/a');
    expect([code, stderr]).toMatchObject([64, expect.stringContaining('cannot be used with option')]);
  });
});

describe('a command that goes on', () => {
  const start = (...args: string[]) =>
    spawn(process.execPath, ['--import', 'tsx', 'src/cli/run.ts', ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  it('ends without complaint when its reader goes away', async () => {
    await using door = await controlDoor();
    door.appliance.log('first');
    const child = start('logs', '--follow', '--socket', door.socket);
    const ended = once(child, 'exit');
    await once(createInterface({ input: child.stdout }), 'line');
    child.stdout.destroy();
    door.appliance.log('nobody reads this');
    expect(await ended).toEqual([0, null]);
  });

  it('ends with 0 at SIGINT', async () => {
    await using door = await controlDoor();
    const child = start('status', '--watch', '--json', '--socket', door.socket);
    const ended = once(child, 'exit');
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    expect(JSON.parse(line)).toMatchObject({ appliance: 'gate' });
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
  });
});
