/** trtexec as a process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, createWriteStream } from 'node:fs';
import { delimiter, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { eachLine } from '../device/lines.js';
import { WeirError } from '../spec/error.js';
import type { Failure } from './failures.js';

/** Where NVIDIA's packages put it. */
const PLACE = '/usr/src/tensorrt/bin/trtexec';
const KILL_MS = 5_000;
const MAX_LINE = 8_192;
const MAX_LINES = 500;

/** `given` wins over WEIR_TRTEXEC. Throws ENGINE_BUILDER_MISSING naming every place. */
export function findTrtexec(given: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  const named = given ?? env.WEIR_TRTEXEC;
  const onPath = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const places = named ? [named] : [PLACE, ...onPath.map((folder) => join(folder, 'trtexec'))];
  const found = places.find(isProgram);
  if (found) return found;
  const where = named ?? `${PLACE} or on the PATH`;
  throw new WeirError('ENGINE_BUILDER_MISSING', `there is no trtexec at ${where}`, {
    remedy:
      "install NVIDIA's package libnvinfer-bin (on a Jetson: nvidia-jetpack), or name it with --trtexec or WEIR_TRTEXEC",
  });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface TrtexecRun {
  readonly command: string;
  readonly args: readonly string[];
  /** All it says goes there; what was there is gone. */
  readonly log: string;
  /** Ends it. */
  readonly stop: AbortSignal;
  readonly onLine: (line: string) => void;
}

/** Resolves when no process is left. Rejects with ENGINE_BUILDER_MISSING where it cannot be begun. */
export async function runTrtexec({ command, args, log, stop, onLine }: TrtexecRun): Promise<Failure> {
  const file = createWriteStream(log, { mode: 0o644 });
  // A full disk must not hide what trtexec says of it.
  const written = finished(file).catch(() => undefined);
  // trtexec that outlives a killed weir would go on for minutes with nobody to tell.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipe(file, { end: false });
    eachLine(stream, MAX_LINE, (line) => {
      lines.push(line.slice(0, MAX_LINE));
      if (lines.length > MAX_LINES) lines.shift();
      onLine(line);
    });
  }
  const end = () => stopChild(child);
  stop.addEventListener('abort', end, { once: true });
  if (stop.aborted) end();
  try {
    const [exitCode, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { exitCode, signal, lines };
  } catch (cause) {
    throw new WeirError('ENGINE_BUILDER_MISSING', `trtexec cannot be started: ${(cause as Error).message}`, {
      remedy: 'setpriv of the package util-linux starts it: install that',
      cause,
    });
  } finally {
    stop.removeEventListener('abort', end);
    file.end();
    await written;
  }
}

function stopChild(child: ReturnType<typeof spawn>): void {
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), KILL_MS);
  child.once('close', () => clearTimeout(kill));
}
