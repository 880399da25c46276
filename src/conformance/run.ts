/** Tries a pipeline in a process of its own: whatever it does there, this process lives. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seconds } from '../streams/words.js';
import type { Row } from './report.js';

export interface RunRequest {
  /** The spec; without one the smallest there is. */
  readonly file?: string;
  /** Absolute, for config files. */
  readonly dir: string;
}

export type RunMessage = { readonly row: Row } | { readonly done: true } | { readonly failed: string };

export interface RunOptions {
  readonly file?: string;
  /** Default: the real one. */
  readonly entry?: string;
  /** For everything, the building of an engine too. */
  readonly timeoutMs?: number;
}

const ENTRY = fileURLToPath(new URL('run-child.js', import.meta.url));
const TIMEOUT_MS = 15 * 60_000;

/** What was answered, and a row that differs where the process did not come to its end. */
export async function runRows({ file, entry = ENTRY, timeoutMs = TIMEOUT_MS }: RunOptions): Promise<Row[]> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-conformance-'));
  // What libraries print there is for nobody; with GST_DEBUG somebody wants to see it.
  const stderr = process.env.GST_DEBUG === undefined ? 'ignore' : 'inherit';
  const child = fork(entry, [], { execArgv: [], stdio: ['ignore', 'ignore', stderr, 'ipc'] });
  try {
    return await conversation(child, { dir, ...(file !== undefined && { file }) }, timeoutMs);
  } finally {
    await end(child);
    await rm(dir, { recursive: true, force: true });
  }
}

function conversation(child: ChildProcess, request: RunRequest, timeoutMs: number): Promise<Row[]> {
  const rows: Row[] = [];
  return new Promise((resolve) => {
    const finish = (fault?: string): void => {
      clearTimeout(timer);
      resolve(fault === undefined ? rows : [...rows, broken(fault)]);
    };
    const timer = setTimeout(() => finish(`it was killed after ${seconds(timeoutMs)}`), timeoutMs);
    child.on('message', (message: RunMessage) => {
      if ('row' in message) rows.push(message.row);
      else finish('failed' in message ? message.failed : undefined);
    });
    child.once('error', (error) => finish(error.message));
    child.once('exit', (code, signal) => {
      const ended = (): void => finish(`the process ended: ${signal ?? `exit code ${code}`}`);
      // Its last words may still be in the channel.
      if (child.connected) child.once('disconnect', ended);
      else ended();
    });
    child.send(request, (error) => error && finish(error.message));
  });
}

function broken(answer: string): Row {
  const question = 'comes to the end of its questions';
  return { group: 'run', question, expected: 'yes', answer, verdict: 'differs', source: 'Weir' };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
