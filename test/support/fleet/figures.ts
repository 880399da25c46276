/** What the system says of a process; Linux only. */
import { readdir, readFile } from 'node:fs/promises';

export interface Figures {
  readonly threads: number;
  readonly fds: number;
  readonly rssMiB: number;
  /** All threads, since it began. */
  readonly cpuSeconds: number;
}

/** Fields of /proc/<pid>/stat, counted from the one after the name. */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;
const TICKS_PER_SECOND = 100;

export async function figures(pid: number): Promise<Figures> {
  // One after the other: of this process, what is being read is open too.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const fds = await readdir(`/proc/${pid}/fd`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS]);
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return {
    threads: field('Threads'),
    fds: fds.length,
    rssMiB: field('VmRSS') / 1024,
    cpuSeconds: ticks / TICKS_PER_SECOND,
  };
}

/** Share of one core between two looks, `seconds` apart. */
export function cpuShare(before: Figures, after: Figures, seconds: number): number {
  return (after.cpuSeconds - before.cpuSeconds) / seconds;
}
