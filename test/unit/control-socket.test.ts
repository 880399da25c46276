import { once } from 'node:events';
import { chmodSync, existsSync, lstatSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openControlHttp } from '../../src/control/http/open.js';
import { loadSys } from '../../src/native/sys.js';
import { WeirError } from '../../src/spec/error.js';
import { ask, controlOf, controlSpec, fakeSys, logTo, openDoors, TOKEN_ENV } from '../support/control.js';
import { FakeAppliance } from '../support/fake-appliance.js';
import { withTempDir } from '../support/temp.js';

function openAt(socketPath: string, control: object = {}, sys = fakeSys()) {
  const spec = controlSpec({ listen: undefined, tokens: [], ...control });
  return openControlHttp({ control: controlOf(new FakeAppliance()), spec, socketPath, sys, log: logTo([]) });
}

/** `CODE: message`, without the folder. */
async function failure(dir: string, work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((each: unknown) => each);
  if (!(error instanceof WeirError)) throw new Error(`expected a WeirError, got ${String(error)}`);
  return `${error.code}: ${error.message}`.replaceAll(dir, 'DIR');
}

/** As a process leaves it that was killed: the name is there, and nobody listens. */
async function leaveSocket(path: string): Promise<void> {
  const server = createServer().listen(`${path}.tmp`);
  await once(server, 'listening');
  renameSync(`${path}.tmp`, path);
  server.close();
  await once(server, 'close');
}

describe('the socket', () => {
  it('is for its owner and group, and gone at the end', async () => {
    const doors = await openDoors();
    expect((lstatSync(doors.socketPath).mode & 0o777).toString(8)).toBe('660');
    expect((await doors.local({ path: '/status' })).json.appliance).toBe('gate');
    await doors[Symbol.asyncDispose]();
    expect(existsSync(doors.socketPath)).toBe(false);
  });

  it('asks for no token, and takes any host', async () => {
    await using doors = await openDoors();
    const headers = { host: 'anything.example', authorization: 'Bearer nonsense' };
    expect((await doors.local({ path: '/operations', headers })).status).toBe(200);
  });

  it.each([
    ['root', { uid: 0 }, {}, 200],
    ['the own user', {}, {}, 200],
    ['a member of the group', { uid: 54321, gid: process.getegid?.() ?? 0 }, { group: 'weir' }, 200],
    [
      'a member by a supplementary group',
      { uid: 54321, gid: 54321, groups: [1, process.getegid?.() ?? 0] },
      { group: 'weir' },
      200,
    ],
    ['a member where no group is named', { uid: 54321, gid: process.getegid?.() ?? 0 }, {}, 403],
    ['a stranger', { uid: 54321, gid: 54321, groups: [54322] }, { group: 'weir' }, 403],
  ])('answers %s as the kernel names them', async (_who, peer, control, status) => {
    await using doors = await openDoors({ peer, control });
    const answer = await doors.local({ path: '/status' });
    expect([answer.status, answer.json.code]).toEqual([status, status === 403 ? 'FORBIDDEN' : undefined]);
    const refused = doors.log.filter((line) => line.includes('refused at the socket'));
    expect(refused).toHaveLength(status === 403 ? 1 : 0);
    expect(doors.appliance.calls).toHaveLength(status === 403 ? 0 : 1);
  });

  it('writes down who asked', async () => {
    await using doors = await openDoors({ peer: { uid: 0 } });
    await doors.local({ method: 'POST', path: '/streams/cam-1/restart' });
    await using stranger = await openDoors({ peer: { uid: 54321 }, control: { group: 'weir' } });
    expect((await stranger.local({ path: '/status' })).status).toBe(200);
    await stranger.local({ method: 'POST', path: '/streams/cam-1/restart' });
    const actors = [...(await doors.appliance.operations(1)), ...(await stranger.appliance.operations(1))];
    expect(actors.map(({ actor }) => actor)).toEqual([
      { door: 'socket', name: 'root' },
      { door: 'socket', name: 'uid 54321' },
    ]);
  });

  it('asks the kernel itself', async () => {
    await withTempDir(async (dir) => {
      const path = join(dir, 's');
      await using _ = await openAt(path, {}, loadSys() as never);
      expect((await ask({ socketPath: path }, { path: '/status' })).status).toBe(200);
    });
  });

  it('that does not say who is at its other end is for nobody', async () => {
    await withTempDir(async (dir) => {
      const path = join(dir, 's');
      const peerCredentials = () => {
        throw new Error('EBADF');
      };
      await using _ = await openAt(path, {}, { ...fakeSys(), peerCredentials });
      expect((await ask({ socketPath: path }, { path: '/status' })).status).toBe(403);
    });
  });

  it('of another appliance that answers is left to it', async () => {
    await using doors = await openDoors();
    expect(await failure(doors.socketPath, openAt(doors.socketPath))).toBe(
      'ALREADY_RUNNING: control.socket: somebody answers on DIR already',
    );
    expect((await doors.local({ path: '/status' })).status).toBe(200);
  });

  it('that was left behind is taken', async () => {
    await withTempDir(async (dir) => {
      const path = join(dir, 's');
      await leaveSocket(path);
      expect(lstatSync(path).isSocket()).toBe(true);
      await using _ = await openAt(path);
      expect((await ask({ socketPath: path }, { path: '/status' })).status).toBe(200);
    });
  });

  it('is not put in the place of another file', async () => {
    await withTempDir(async (dir) => {
      const path = join(dir, 'weir.yaml');
      writeFileSync(path, 'appliance: gate\n');
      expect(await failure(dir, openAt(path))).toBe(
        'LISTEN_FAILED: control.socket: cannot listen on DIR/weir.yaml: there is something there that is no socket',
      );
      expect(lstatSync(path).isFile()).toBe(true);
    });
  });

  it.each([
    ['a folder that is not there', 'nowhere/s', 'there is no folder DIR/nowhere'],
    ['a file as a folder', 'file/s', 'DIR/file is no folder'],
  ])('in %s cannot be', async (_what, name, reason) => {
    await withTempDir(async (dir) => {
      writeFileSync(join(dir, 'file'), '');
      const path = join(dir, name);
      expect(await failure(dir, openAt(path))).toBe(
        `LISTEN_FAILED: control.socket: cannot listen on DIR/${name}: ${reason}`,
      );
    });
  });

  it.skipIf(process.geteuid?.() === 0)('in a folder that is not ours cannot be', async () => {
    await withTempDir(async (dir) => {
      mkdirSync(join(dir, 'shut'));
      chmodSync(join(dir, 'shut'), 0o500);
      expect(await failure(dir, openAt(join(dir, 'shut/s')))).toContain(
        'this user may not write into DIR/shut',
      );
    });
  });

  it('has a path of 107 bytes at most', async () => {
    await withTempDir(async (dir) => {
      const path = join(dir, 'x'.repeat(107 - Buffer.byteLength(dir) - 1));
      await using _ = await openAt(path);
      expect((await ask({ socketPath: path }, { path: '/status' })).status).toBe(200);
      expect(await failure(dir, openAt(`${path}x`))).toContain(
        'the path has 108 bytes, and at most 107 are possible',
      );
    });
  });

  it('of a group nobody knows cannot be', async () => {
    await withTempDir(async (dir) => {
      expect(await failure(dir, openAt(join(dir, 's'), { group: 'nobody-knows' }))).toBe(
        'LISTEN_FAILED: control.group: there is no group "nobody-knows" on this system',
      );
      expect(existsSync(join(dir, 's'))).toBe(false);
    });
  });

  it('is not there either where TCP cannot be', async () => {
    await using doors = await openDoors();
    await withTempDir(async (dir) => {
      const path = join(dir, 's');
      const spec = { ...doors.spec, listen: { host: '127.0.0.1', port: doors.port } };
      const control = controlOf(new FakeAppliance());
      const rest = { sys: fakeSys(), log: logTo([]), env: TOKEN_ENV };
      const taken = openControlHttp({ control, spec, socketPath: path, ...rest });
      const told = await failure(dir, taken);
      expect(told).toMatch(/^LISTEN_FAILED: control: cannot listen on 127\.0\.0\.1:\d+: the port is in use$/);
      expect(existsSync(path)).toBe(false);
    });
  });
});
