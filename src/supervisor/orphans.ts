/**
 * Workers and folders of a supervisor that was killed. Its workers end when they see its channel close; one that hangs
 * does not, and would hold the cameras of the worker that follows it.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { isRuntimePath } from '../worker/runtime-dir.js';

/** Strict, for what is in it is killed: 0 and numbers below mean many processes. */
const recorded = z.object({
  dir: z.string(),
  workers: z.array(z.object({ pid: z.int().min(2), started: z.string().regex(/^\d+$/) })),
});
type Recorded = z.infer<typeof recorded>;

const GRACE_MS = 3_000;
/** Until one that is killed is gone. */
const DEATH_MS = 1_000;
const LOOK_MS = 50;

/** To be called before the folder is made, so that none is left that nobody knows of, and whenever a worker comes or goes. */
export function recordWorkers(file: string, dir: string, pids: readonly number[]): void {
  const workers = pids.flatMap((pid) => {
    const started = startOf(pid);
    return started === undefined ? [] : [{ pid, started }];
  });
  try {
    // Not in place: one that is killed meanwhile must leave a whole file.
    writeFileSync(`${file}.tmp`, JSON.stringify({ dir, workers } satisfies Recorded), { mode: 0o600 });
    renameSync(`${file}.tmp`, file);
  } catch {
    // A disk that is full must not stop a pipeline; systemd ends what is left of a service all the same.
  }
}

export function forgetWorkers(file: string): void {
  rmSync(file, { force: true });
}

/**
 * Resolves when none of them is left; how many had to be killed. `ask`: a signal for those that would not end by
 * themselves.
 */
export async function endOrphans(file: string, ask?: NodeJS.Signals): Promise<number> {
  const found = read(file);
  if (!found) return 0;
  const alive = () => found.workers.filter(({ pid, started }) => startOf(pid) === started);
  const gone = async (ms: number): Promise<void> => {
    const deadline = performance.now() + ms;
    while (alive().length > 0 && performance.now() < deadline) await sleep(LOOK_MS);
  };
  if (ask) for (const { pid } of alive()) kill(pid, ask);
  await gone(GRACE_MS);
  const left = alive();
  for (const { pid } of left) kill(pid);
  await gone(DEATH_MS);
  if (isRuntimePath(found.dir)) rmSync(found.dir, { recursive: true, force: true });
  return left.length;
}

function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended.
  }
}

function read(file: string): Recorded | undefined {
  try {
    const parsed = recorded.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return parsed.data;
  } catch {
    return undefined;
  }
}

/** When it was started, in ticks since boot: a number that is used again belongs to another process. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : rest[18];
  } catch {
    return undefined;
  }
}
