/** CPU time and memory of a process with all that it has started; Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

interface Stat {
  readonly pid: number;
  readonly parent: number;
  /** Of all threads, and of children that have ended and were waited for. */
  readonly cpuSeconds: number;
}

/** Fields of /proc/<pid>/stat, counted from the one after the name. */
const PARENT = 1;
/** User and system time of its own, then of ended children. */
const TIMES = [11, 12, 13, 14] as const;
const TICKS_PER_SECOND = 100; // USER_HZ on every Linux that Node runs on

/** Undefined when there is no such process any more. */
function statOf(pid: number): Stat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = TIMES.reduce((sum, field) => sum + Number(fields[field]), 0);
    return { pid, parent: Number(fields[PARENT]), cpuSeconds: ticks / TICKS_PER_SECOND };
  } catch {
    return undefined;
  }
}

/** The process and its descendants that live. */
function tree(root: number): Stat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)) ?? []);
  const family = new Set([root]);
  for (let before = 0; before < family.size;) {
    before = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  return all.filter(({ pid }) => family.has(pid));
}

/** CPU seconds that a process and all its descendants have used since they began, those that have ended included. */
export function cpuOfTree(root: number): number {
  return tree(root).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}

/** Resident memory of a process and its descendants; pages that several share count for each. */
export function rssOfTree(root: number): number {
  return tree(root).reduce((sum, { pid }) => sum + rssMiB(pid), 0);
}

function rssMiB(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
