/** The processes of a plant, as the kernel lists them: also those that nobody remembers. */
import { readdirSync, readFileSync } from 'node:fs';
import { pass } from '../wait.js';

export interface PlantProcess {
  readonly pid: number;
  /** When it was started, in ticks since boot. */
  readonly started: string;
  /** Its command line. */
  readonly command: string;
}

const EVERY_MS = 20;

/** Those that have the folder for run-time files in their environment; no zombies. */
export function processesOf(runDir: string): PlantProcess[] {
  return readdirSync('/proc').flatMap((name) => {
    const environ = /^\d+$/.test(name) && read(`/proc/${name}/environ`);
    if (!environ || !environ.split('\0').includes(`XDG_RUNTIME_DIR=${runDir}`)) return [];
    const command = read(`/proc/${name}/cmdline`).split('\0').join(' ').trim();
    return [{ pid: Number(name), started: startOf(name), command }];
  });
}

export function workersOf(runDir: string): PlantProcess[] {
  return processesOf(runDir).filter(({ command }) => /worker\/main\.c?js$/.test(command));
}

export interface WorkerWatch extends AsyncDisposable {
  /** The most workers there were at once, by pipeline; under `all`, together. */
  readonly most: ReadonlyMap<string, number>;
}

/** Looks at the workers again and again. */
export function watchWorkers(runDir: string, pipelines: readonly string[]): WorkerWatch {
  const most = new Map<string, number>();
  const homes = new Map<string, string>();
  const count = (key: string, number: number) => most.set(key, Math.max(number, most.get(key) ?? 0));
  const look = (): void => {
    const workers = workersOf(runDir);
    count('all', workers.length);
    const found = workers.map((worker) => homeOf(worker, pipelines, homes));
    for (const id of pipelines) count(id, found.filter((home) => home === id).length);
  };
  let over = false;
  const watching = (async () => {
    for (; !over; await pass(EVERY_MS)) look();
  })();
  const end = async () => {
    over = true;
    await watching;
  };
  return { most, [Symbol.asyncDispose]: end };
}

/** Which pipeline it is for: a worker maps the file for its last words. Undefined until it has. */
function homeOf(
  { pid, started }: PlantProcess,
  pipelines: readonly string[],
  known: Map<string, string>,
): string | undefined {
  const key = `${pid} ${started}`;
  const maps = known.has(key) ? '' : read(`/proc/${pid}/maps`);
  const home = known.get(key) ?? pipelines.find((id) => maps.includes(`/${id}.crumb`));
  if (home !== undefined) known.set(key, home);
  return home;
}

/** Empty where it is gone, or is not ours to read. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function startOf(pid: string): string {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
