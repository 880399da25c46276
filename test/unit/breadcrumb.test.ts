import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createBreadcrumb, readBreadcrumb } from '../../src/native/breadcrumb.js';
import { built, loadBinding } from '../../src/native/loader.js';
import { run } from '../support/process.js';
import { withTempDir } from '../support/temp.js';

/** A process of Node.js that has armed `file` and then does this. */
function armed(file: string, then: string) {
  const load = `require(${JSON.stringify(built('weir.node'))}).armBreadcrumb(process.argv[1])`;
  return run(process.execPath, ['-e', `${load}; ${then}`, file]);
}

describe('a breadcrumb', () => {
  it('says nothing before a crash, and is for its user alone', async () => {
    await withTempDir((dir) => {
      const file = join(dir, 'crumb');
      createBreadcrumb(file);
      expect(readBreadcrumb(file)).toBeUndefined();
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(readBreadcrumb(join(dir, 'none'))).toBeUndefined();
    });
  });

  it('says nothing where its content is not what was made', async () => {
    await withTempDir((dir) => {
      const file = join(dir, 'crumb');
      createBreadcrumb(file);
      const bytes = readFileSync(file);
      bytes.writeUInt32LE(2, 8);
      bytes.writeInt32LE(11, 12);
      writeFileSync(file, bytes);
      expect(readBreadcrumb(file)).toEqual({ signal: 'SIGSEGV', token: 0, slot: 0, stage: '', thread: '' });
      for (const [offset, value] of [
        [0, 1],
        [4, 2],
        [8, 1],
        [12, 0xff],
      ] as const) {
        const spoilt = Buffer.from(bytes);
        spoilt[offset] = value;
        writeFileSync(file, spoilt);
        expect(readBreadcrumb(file)).toBeUndefined();
      }
      writeFileSync(file, bytes.subarray(1));
      expect(readBreadcrumb(file)).toBeUndefined();
    });
  });

  it('that cannot be made is an IO error naming it', () => {
    expect(() => createBreadcrumb('/nonexistent/crumb')).toThrow(
      expect.objectContaining({
        code: 'IO',
        message: expect.stringContaining('the breadcrumb /nonexistent/crumb cannot be made: ENOENT'),
      }),
    );
  });

  it('tells of a process that aborts, and of one that is sent a signal', async () => {
    await withTempDir(async (dir) => {
      const file = join(dir, 'crumb');
      createBreadcrumb(file);
      const aborted = await armed(file, 'process.abort()');
      expect(aborted.signal).toBe('SIGABRT');
      const nobody = { token: 0, slot: -1, thread: 'node' };
      expect(readBreadcrumb(file)).toEqual({ ...nobody, signal: 'SIGABRT', stage: 'unknown' });
      createBreadcrumb(file);
      const sent = await armed(file, 'process.kill(process.pid, "SIGSEGV"); setInterval(() => {}, 1e6)');
      expect(sent.signal).toBe('SIGSEGV');
      expect(readBreadcrumb(file)).toMatchObject({ signal: 'SIGSEGV', token: 0, stage: 'sent' });
    });
  });

  it('is left alone by a fault of WebAssembly, which is none of the process', async () => {
    await withTempDir(async (dir) => {
      const file = join(dir, 'crumb');
      createBreadcrumb(file);
      const outcome = await armed(file, `try { ${OUT_OF_BOUNDS} } catch (e) { console.log(e.message) }`);
      expect(outcome).toMatchObject({ code: 0, stdout: 'memory access out of bounds\n' });
      expect(readBreadcrumb(file)).toBeUndefined();
    });
  });

  it('is refused by the addon where it was not made', async () => {
    await withTempDir((dir) => {
      const file = join(dir, 'crumb');
      writeFileSync(file, 'x'.repeat(56));
      chmodSync(file, 0o600);
      expect(() => loadBinding().armBreadcrumb?.(file)).toThrow(
        expect.objectContaining({ code: 'BAD_ARGUMENT', message: expect.stringContaining(file) }),
      );
    });
  });
});

/** A module with one page of memory whose only function loads from behind it. */
const WASM = [
  [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  [1, 5, 1, 0x60, 0, 1, 0x7f], // type: () → i32
  [3, 2, 1, 0],
  [5, 3, 1, 0, 1], // memory
  [7, 5, 1, 1, 0x66, 0, 0], // exports "f"
  [10, 11, 1, 9, 0, 0x41, 0x80, 0x80, 0x04, 0x28, 2, 0, 0x0b], // i32.load(65536)
].flat();
const OUT_OF_BOUNDS = `new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([${WASM.join(',')}]))).exports.f()`;
