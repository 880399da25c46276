/** A worker in this process, which keeps its log to itself. */
import type { PipelineSpec } from '../../src/spec/types.js';
import { createLogger } from '../../src/worker/log.js';
import type { StreamRow } from '../../src/worker/status.js';
import { Worker, type WorkerOptions } from '../../src/worker/worker.js';
import { OffsetClock } from './offset-clock.js';
import { readSpec } from './spec.js';

export interface LocalWorker extends AsyncDisposable {
  readonly worker: Worker;
  row(stream: string): StreamRow;
}

type Options = Partial<WorkerOptions>;

/** `text`: of a weir.yaml with one pipeline. */
export async function startLocal(text: string, options: Options = {}): Promise<LocalWorker> {
  const spec = readSpec(text);
  const log = createLogger({ level: 'silent' });
  const worker = await Worker.start({ spec, pipeline: spec.pipelines[0] as PipelineSpec, log, ...options });
  return {
    worker,
    row: (stream) => {
      const found = worker.status().streams.find(({ id }) => id === stream);
      if (!found) throw new Error(`no stream ${stream}`);
      return found;
    },
    [Symbol.asyncDispose]: () => worker.stop(),
  };
}

/** Its streams live by a clock that the test pushes forward. */
export interface ClockedWorker extends LocalWorker {
  readonly clock: OffsetClock;
}

export async function startClocked(text: string, options: Options = {}): Promise<ClockedWorker> {
  const clock = new OffsetClock();
  return { clock, ...(await startLocal(text, { clock, ...options })) };
}
