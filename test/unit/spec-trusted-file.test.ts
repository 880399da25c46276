import { chmod, chown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requireTrusted } from '../../src/spec/trusted-file.js';
import { withTempDir } from '../support/temp.js';

const root = process.geteuid?.() === 0;

async function inFolder(prepare: (dir: string, file: string) => Promise<string | undefined>, code = true) {
  return withTempDir(async (dir) => {
    const file = join(dir, 'model.engine');
    await writeFile(file, 'plan');
    const asked = (await prepare(dir, file)) ?? file;
    try {
      requireTrusted(asked, { what: 'engine', code });
      return 'trusted';
    } catch (error) {
      const { code: found, message } = error as { code: string; message: string };
      return `${found}: ${message.replaceAll(dir, '')}`;
    }
  });
}

describe('a file that is loaded as code', () => {
  it('is trusted where only its owner and root could have made it', async () => {
    expect(await inFolder(async () => undefined)).toBe('trusted');
    // Others may read it, and in a sticky folder nobody can replace it.
    expect(await inFolder(async (_dir, file) => void (await chmod(file, 0o644)))).toBe('trusted');
    expect(await inFolder(async (dir) => void (await chmod(dir, 0o1777)))).toBe('trusted');
  });

  it('is not where everybody may write to it, or to a folder above it', async () => {
    expect(await inFolder(async (_dir, file) => void (await chmod(file, 0o666)))).toBe(
      'FILE_UNTRUSTED: engine /model.engine may be written to by every user',
    );
    expect(await inFolder(async (dir) => void (await chmod(dir, 0o777)))).toBe(
      'FILE_UNTRUSTED: engine /model.engine:  may be written to by every user',
    );
    const deep = async (dir: string) => {
      await mkdir(join(dir, 'open/deep'), { recursive: true });
      await chmod(join(dir, 'open'), 0o777);
      await writeFile(join(dir, 'open/deep/x.engine'), '');
      return join(dir, 'open/deep/x.engine');
    };
    expect(await inFolder(deep)).toMatch(/^FILE_UNTRUSTED: .*\/open may be written to/);
  });

  it('counts with its links: neither the link nor its target may be open to all', async () => {
    const linked = (mode: number) => async (dir: string, file: string) => {
      await mkdir(join(dir, 'elsewhere'));
      await chmod(file, mode);
      await symlink(file, join(dir, 'elsewhere/link.engine'));
      return join(dir, 'elsewhere/link.engine');
    };
    expect(await inFolder(linked(0o600))).toBe('trusted');
    expect(await inFolder(linked(0o666))).toMatch(/^FILE_UNTRUSTED: .*may be written to/);
    const openFolder = async (dir: string, file: string) => {
      const link = await linked(0o600)(dir, file);
      await chmod(join(dir, 'elsewhere'), 0o777);
      return link;
    };
    expect(await inFolder(openFolder)).toMatch(/^FILE_UNTRUSTED: .*elsewhere may be written to/);
  });

  it('is a file', async () => {
    expect(await inFolder(async (dir) => dir)).toMatch(/is not a regular file$/);
  });

  it.runIf(root)('belongs to root or to the user of the appliance', async () => {
    const foreign = async (_dir: string, file: string) => void (await chown(file, 12345, 12345));
    expect(await inFolder(foreign)).toBe('FILE_UNTRUSTED: engine /model.engine belongs to user 12345');
    // Whose content is verified may be anybody's.
    expect(await inFolder(foreign, false)).toBe('trusted');
  });
});
