/** Listens on a Unix socket: nobody else's is taken away, and nobody gets at it who may not. */
import { accessSync, chmodSync, chownSync, constants, lstatSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { dirname } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { WeirError } from '../../spec/error.js';

/** Of the kernel's 108 one ends the text. */
const MAX_PATH_BYTES = 107;
const MODE = 0o660;
const PROBE_MS = 2_000;

export interface SocketPlace {
  readonly path: string;
  /** Its owner's group otherwise. */
  readonly groupId?: number | undefined;
}

/** Throws LISTEN_FAILED, and ALREADY_RUNNING where somebody answers there. */
export async function listenOnSocket(app: FastifyInstance, place: SocketPlace): Promise<void> {
  const { path } = place;
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_PATH_BYTES)
    throw failed(path, `the path has ${bytes} bytes, and at most ${MAX_PATH_BYTES} are possible`, SHORTER);
  requireFolder(path);
  await removeStale(path);
  await bind(app, place);
}

/** Listening would tell all of it as a lack of rights. */
function requireFolder(path: string): void {
  try {
    accessSync(`${dirname(path)}/.`, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw bindFailed(path, cause as NodeJS.ErrnoException);
  }
}

/** A socket nobody answers on was left behind. Anything else stays where it is. */
async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket())
    throw failed(path, 'there is something there that is no socket', `move it away, or ${ELSEWHERE}`);
  if (await answers(path))
    throw new WeirError('ALREADY_RUNNING', `control.socket: somebody answers on ${path} already`, {
      remedy: 'use that appliance (weir status), stop it, or name another socket in control.socket',
    });
  rmSync(path, { force: true });
}

/** Only a refusal says that nobody is there: whoever is too busy to answer is. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PROBE_MS, () => settle(true));
    socket.once('connect', () => settle(true));
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      settle(code !== 'ECONNREFUSED' && code !== 'ENOENT'),
    );
  });
}

async function bind(app: FastifyInstance, { path, groupId }: SocketPlace): Promise<void> {
  try {
    await app.ready();
    await listening(app, path);
    if (groupId !== undefined) chownSync(path, -1, groupId);
    chmodSync(path, MODE);
  } catch (cause) {
    await app.close();
    throw bindFailed(path, cause as NodeJS.ErrnoException);
  }
}

/** From the first moment nobody else gets at it: its place is taken and its mode is set while nothing else runs. */
function listening({ server }: FastifyInstance, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    const before = process.umask(0o077);
    server.listen(path);
    process.umask(before);
  });
}

const ELSEWHERE = 'name another place in control.socket';
const SHORTER = 'name a shorter one in control.socket';

/** FOLDER is that of the socket. */
const REASONS: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  EACCES: ['this user may not write into FOLDER', `correct its permissions, or ${ELSEWHERE}`],
  EROFS: ['FOLDER cannot be written to', ELSEWHERE],
  ENOENT: ['there is no folder FOLDER', `create it, or ${ELSEWHERE}`],
  ENOTDIR: ['FOLDER is no folder', ELSEWHERE],
  EPERM: ['it cannot be given to control.group', 'make the user of the appliance a member of that group'],
  EADDRINUSE: ['another process was faster', 'use that appliance, or stop it'],
};

function bindFailed(path: string, cause: NodeJS.ErrnoException): WeirError {
  const [reason, remedy = ELSEWHERE] = REASONS[cause.code ?? ''] ?? [cause.message];
  return failed(path, reason.replace('FOLDER', dirname(path)), remedy, cause);
}

function failed(path: string, reason: string, remedy: string, cause?: unknown): WeirError {
  const message = `control.socket: cannot listen on ${path}: ${reason}`;
  return new WeirError('LISTEN_FAILED', message, { remedy, cause });
}
