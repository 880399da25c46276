import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type Socket, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { built } from '../../src/native/loader.js';
import { loadSys } from '../../src/native/sys.js';
import { Running } from '../support/process.js';
import { withTempDir } from '../support/temp.js';

const sys = loadSys();

/** Another process that runs `script`, which knows `sys`, and lives on. */
function other(script: string, ...args: readonly string[]): Running {
  const text = `const sys = require(${JSON.stringify(built('weir_sys.node'))}); ${script}; setInterval(() => {}, 1e6)`;
  return new Running(process.execPath, ['-e', text, ...args]);
}

const LOCKED = 'const lock = sys.lockFile(process.argv[1])';

describe("the supervisor's addon", () => {
  it('loads no GStreamer', () => {
    const maps = readFileSync('/proc/self/maps', 'utf8');
    expect(maps).toContain('weir_sys.node');
    expect(maps).not.toContain('libgstreamer');
  });

  it('loads once, wherever it is looked for later', () => {
    expect(loadSys(['/nowhere/weir_sys.node'])).toBe(sys);
  });
});

describe('notify', () => {
  const before = process.env.NOTIFY_SOCKET;
  afterEach(() => {
    if (before === undefined) delete process.env.NOTIFY_SOCKET;
    else process.env.NOTIFY_SOCKET = before;
  });

  it('does nothing where systemd does not listen', () => {
    delete process.env.NOTIFY_SOCKET;
    expect(sys.notify('READY=1')).toBe(false);
  });

  it('throws with the name of what went wrong', async () => {
    await withTempDir((dir) => {
      process.env.NOTIFY_SOCKET = join(dir, 'nobody');
      expect(() => sys.notify('READY=1')).toThrow(
        expect.objectContaining({
          code: 'ENOENT',
          message: `NOTIFY_SOCKET ${dir}/nobody: No such file or directory`,
        }),
      );
    });
    expect(() => sys.notify(1 as unknown as string)).toThrow('text is no string');
  });
});

describe('peerCredentials', () => {
  it('names the process that connected', async () => {
    await withTempDir(async (dir) => {
      const server = createServer();
      server.listen(join(dir, 'socket'));
      await once(server, 'listening');
      await using client = other('require("net").connect(process.argv[1])', join(dir, 'socket'));
      const [socket] = (await once(server, 'connection')) as [Socket];
      const peer = sys.peerCredentials(descriptor(socket));
      const [uid, gid] = [process.geteuid?.(), process.getegid?.()];
      const groups = process.getgroups?.().filter((id) => id !== gid);
      expect(peer).toMatchObject({ pid: client.pid, uid, gid });
      expect(peer.groups.filter((id) => id !== gid)).toEqual(groups);
      socket.destroy();
      server.close();
    });
  });

  it('throws for what is no Unix socket', () => {
    expect(() => sys.peerCredentials(-1)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });
});

/** Node.js has it, and no word for it. */
const descriptor = (socket: Socket): number => (socket as unknown as { _handle: { fd: number } })._handle.fd;

describe('lockFile', () => {
  it('gives a file to one process at a time, and names it', async () => {
    await withTempDir(async (dir) => {
      const path = join(dir, 'lock');
      await using holder = other(`${LOCKED}; console.log(lock !== undefined)`, path);
      expect(await holder.line(() => true)).toBe('true');
      expect(sys.lockFile(path)).toBeUndefined();
      expect(readFileSync(path, 'utf8')).toBe(`${holder.pid}\n`);
      await holder.stop('SIGKILL');
      const lock = sys.lockFile(path);
      expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
      lock?.release();
      lock?.release();
      expect(existsSync(path)).toBe(true);
      sys.lockFile(path)?.release();
    });
  });

  it('is free once its process is killed, even if a child of that lives on', async () => {
    await withTempDir(async (dir) => {
      const path = join(dir, 'lock');
      const spawn = 'require("child_process").spawn("sleep", ["60"], { stdio: "ignore" })';
      await using holder = other(`${LOCKED}; console.log(${spawn}.pid)`, path);
      const child = Number(await holder.line((line) => /^\d+$/.test(line)));
      await holder.stop('SIGKILL');
      const lock = sys.lockFile(path);
      expect(lock).toBeDefined();
      expect(process.kill(child, 'SIGKILL')).toBe(true);
      lock?.release();
    });
  });

  it('is kept though nobody in JavaScript knows it any longer', async () => {
    await withTempDir(async (dir) => {
      const path = join(dir, 'lock');
      const script =
        'sys.lockFile(process.argv[1]); gc(); setImmediate(() => { gc(); console.log("collected") })';
      await using holder = other(
        `require("v8").setFlagsFromString("--expose-gc"); globalThis.gc = require("vm").runInNewContext("gc"); ${script}`,
        path,
      );
      await holder.line((line) => line === 'collected');
      expect(sys.lockFile(path)).toBeUndefined();
    });
  });

  it('throws where the file cannot be opened', () => {
    expect(() => sys.lockFile('/nonexistent/lock')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });
});

describe('groupId', () => {
  it('is found by name', () => {
    expect(sys.groupId('root')).toBe(0);
    expect(sys.groupId('no-such-group-here')).toBeUndefined();
  });
});
