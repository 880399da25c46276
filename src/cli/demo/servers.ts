/** The demo's NATS server and its cameras. */
import { on } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { built } from '../../native/loader.js';
import { WeirError } from '../../spec/error.js';
import { firstLine, type Helper, spawnHelper } from './child.js';

const NATS_READY_MS = 10_000;

export interface NatsServer extends Helper {
  readonly url: string;
}

/** A server of its own with JetStream, on a free port; `dir` takes the file that says which, and the store. */
export async function startNatsServer(dir: string): Promise<NatsServer> {
  const helper = await spawnHelper(
    'nats-server',
    [
      ...['--addr', '127.0.0.1', '--port', '-1', '--ports_file_dir', dir],
      ...['--jetstream', '--store_dir', join(dir, 'jetstream')],
    ],
    'run scripts/setup, or install the package nats-server',
  );
  try {
    const url = await announcedUrl(dir, helper);
    return { ...helper, url };
  } catch (error) {
    await helper[Symbol.asyncDispose]();
    throw error;
  }
}

async function announcedUrl(dir: string, { child, said }: Helper & { said: () => string }): Promise<string> {
  const ended = new AbortController();
  child.once('exit', () => ended.abort());
  if (child.exitCode !== null) ended.abort();
  const watcher = watch(dir);
  try {
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(NATS_READY_MS)]);
    const changes = on(watcher, 'change', { signal });
    for (;;) {
      const url = await urlIn(dir);
      if (url !== undefined) return url;
      await changes.next();
    }
  } catch (cause) {
    throw new WeirError('CHECK_FAILED', `nats-server did not start: ${said()}`, { cause });
  } finally {
    watcher.close();
  }
}

/** Undefined until the server has written its file. */
async function urlIn(dir: string): Promise<string | undefined> {
  const file = (await readdir(dir)).find((name) => name.endsWith('.ports'));
  return file && /nats:\/\/[^"]+/.exec(await readFile(join(dir, file), 'utf8'))?.[0];
}

export interface CameraFile {
  readonly id: string;
  readonly file: string;
  readonly fps: number;
  /** Frame of the file to begin near. */
  readonly start: number;
}

export interface Cameras extends Helper {
  readonly uris: readonly string[];
}

/** Simulated cameras; they end with this process, however it ends. */
export async function startCameras(cameras: readonly CameraFile[]): Promise<Cameras> {
  const program = built('bin/camsim');
  const remedy = 'run scripts/setup to build it';
  if (!existsSync(program)) throw new WeirError('CHECK_FAILED', `${program} is missing`, { remedy });
  const helper = await spawnHelper(program, ['--config', '-', '--exit-with-stdin'], remedy);
  helper.child.stdin?.write(`${JSON.stringify({ cameras })}\n`);
  try {
    const ready = JSON.parse(await firstLine('camsim', helper)) as { cameras: readonly { uri: string }[] };
    return { ...helper, uris: ready.cameras.map((camera) => camera.uri) };
  } catch (error) {
    await helper[Symbol.asyncDispose]();
    throw error;
  }
}
