/** A spool's files on the disk in memory: recorded, failing, hanging, or lost with the power. */
import type { SpoolFiles } from '../../src/sinks/spool/files.js';
import { Spool, type Entry, type SpoolOptions } from '../../src/sinks/spool/spool.js';
import type { FaultyFiles } from './faulty-files.js';

export const SPOOL_FOLDER = '/spool';

export function spoolFiles(disk: FaultyFiles): SpoolFiles {
  return {
    makeFolder: async () => undefined,
    list: async (folder) =>
      [...disk.image.names.keys()].flatMap((path) =>
        path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : [],
      ),
    async read(path) {
      await disk.read(path);
      const { names, contents } = disk.image;
      return contents.get(names.get(path) ?? -1) ?? Buffer.alloc(0);
    },
    async create(path) {
      const file = await disk.create(path);
      return { ...file, append: (bytes) => file.write(bytes as unknown as string) };
    },
    unlink: (path) => disk.unlink(path),
    syncFolder: (path) => disk.syncFolder(path),
  };
}

export interface OpenSpool {
  readonly spool: Spool;
  readonly problems: (string | undefined)[];
}

export function openSpool(disk: FaultyFiles, more: Partial<SpoolOptions> = {}): OpenSpool {
  const problems: (string | undefined)[] = [];
  const spool = new Spool({
    ...{ folder: SPOOL_FOLDER, maxBytes: 1024 * 1024, files: spoolFiles(disk) },
    ...{ onProblem: (problem) => void problems.push(problem), onNews: () => undefined },
    ...{ retryMs: 1, syncMs: 1, patienceMs: 20 },
    ...more,
  });
  return { spool, problems };
}

export function event(n: number, size = 20) {
  return { id: `run.${n}`, subject: 'weir.gate.cam-1.events.live', data: 'x'.repeat(size) };
}

/** All that wait, in order. */
export async function drained(spool: Spool): Promise<Entry[]> {
  await spool.opened;
  spool.rewind();
  const all: Entry[] = [];
  for (let some = await spool.next(3); some.length > 0; some = await spool.next(3)) all.push(...some);
  return all;
}

export const ids = (entries: readonly Entry[]): number[] => entries.map(({ id }) => Number(id.slice(4)));
