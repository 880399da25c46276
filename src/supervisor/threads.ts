/** What the threads of a process that hangs are doing, as far as the kernel tells: the last look at it. */
import { readdirSync, readFileSync } from 'node:fs';

const MAX_THREADS = 256;

/** `name state` of each, the same ones counted: `rtspsrc S x8`. Empty where nothing can be read. */
export function threadsOf(pid: number | undefined): string[] {
  const counts = new Map<string, number>();
  for (const text of stats(pid)) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].map(([text, count]) => (count === 1 ? text : `${text} x${count}`));
}

function stats(pid: number | undefined): string[] {
  try {
    const folder = `/proc/${pid}/task`;
    return readdirSync(folder)
      .slice(0, MAX_THREADS)
      .map((id) => nameAndState(readFileSync(`${folder}/${id}/stat`, 'latin1')));
  } catch {
    // It is gone, or this is no Linux: nothing to see.
    return [];
  }
}

/** `123 (a name) S 1 ...`: the name may hold anything. */
function nameAndState(stat: string): string {
  const [open, close] = [stat.indexOf('('), stat.lastIndexOf(')')];
  return `${stat.slice(open + 1, close)} ${stat.charAt(close + 2)}`;
}
