/** For a process that forked the appliance with a channel: the operations, with the numbers of workers as they are. */
import { record } from '../../spec/fault.js';
import type { StreamChangeView } from '../../supervisor/views.js';
import { type Operations, processUsage, serveChannel, type Usage } from '../../worker/channel.js';
import type { StreamChange } from '../../worker/worker.js';
import type { Running } from './appliance.js';

const PARENT = { door: 'parent', name: 'parent process' } as const;

export function serveParent(running: Running): void {
  serveChannel(operations(running));
}

function operations({ supervisor, pipelines }: Running): Operations {
  const told = async (id: string, view: Promise<StreamChangeView>): Promise<StreamChange> => {
    const { changed } = await view;
    const row = pipelines.row(id) ?? pipelines.rowOfLeft(id);
    return { changed, ...(row && { stream: row }) };
  };
  return {
    add: (stream, pipeline) => told(idOf(stream), supervisor.add(PARENT, stream, pipeline)),
    update: (stream) => told(idOf(stream), supervisor.replace(PARENT, stream)),
    remove: (id) => told(id, supervisor.remove(PARENT, id)),
    restart: (id) => told(id, supervisor.restart(PARENT, id)),
    snapshot: (id, options) => supervisor.snapshot(id, options),
    status: () => supervisor.workers(),
    usage: async () => total(await pipelines.usage()),
  };
}

function idOf(stream: unknown): string {
  return String(record(stream).id);
}

/** Of the supervisor and its workers. */
function total(workers: readonly Usage[]): Usage {
  const own = processUsage();
  const cpuSeconds = workers.reduce((sum, usage) => sum + usage.cpuSeconds, own.cpuSeconds);
  return { ...own, cpuSeconds };
}
