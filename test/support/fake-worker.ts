/** A worker or an appliance on a fake binding and a fake connection: the test plays cameras and pipeline. */
import { pino } from 'pino';
import type { ApplianceSpec, PipelineSpec } from '../../src/spec/types.js';
import { Worker, type WorkerOptions } from '../../src/worker/worker.js';
import { type FakeBinding, fakeBinding, type FakePipeline } from './fake-binding.js';
import { type FakeLink, fakeLink } from './fake-link.js';
import { readSpec } from './spec.js';
import { type TempDir, tempDir } from './temp.js';

export const camera = (id: string, more: object = {}) => ({ id, uri: `rtsp://192.0.2.1/${id}`, ...more });

/** `pipelines`: ids of the cameras of each. */
export function fakeSpec(pipelines: Readonly<Record<string, readonly string[]>>, slots = 4): ApplianceSpec {
  const described = Object.entries(pipelines).map(([id, cameras]) => ({
    ...{ id, slots, detector: { model: 'synthetic' } },
    streams: cameras.map((name) => camera(name)),
  }));
  return readSpec(JSON.stringify({ appliance: 'test', pipelines: described }));
}

export interface FakeWorker extends AsyncDisposable {
  readonly worker: Worker;
  readonly binding: FakeBinding;
  readonly pipeline: FakePipeline;
  readonly link: FakeLink;
  /** Lines of the log. */
  readonly log: Record<string, unknown>[];
  /** Folder for files of the worker's. */
  readonly dir: TempDir;
}

/** Everything is connected to at once; resolves when the sources are in the pipeline. */
export async function startFakeWorker(
  cameras: readonly string[],
  { slots = 4, ...more }: Partial<WorkerOptions> & { readonly slots?: number } = {},
): Promise<FakeWorker> {
  const dir = await tempDir();
  const spec = fakeSpec({ main: cameras }, slots);
  const [binding, link, log] = [fakeBinding(), fakeLink(), [] as Record<string, unknown>[]];
  const write = (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>);
  const worker = await Worker.start({
    ...{ spec, binding },
    pipeline: spec.pipelines[0] as PipelineSpec,
    log: pino({ base: null, level: 'debug', formatters: { level: (level) => ({ level }) } }, { write }),
    env: { XDG_RUNTIME_DIR: dir.path },
    openLink: () => link,
    ...more,
  });
  const pipeline = binding.pipelines[0] as FakePipeline;
  await pipeline.until(() => pipeline.sources.size === cameras.length);
  const stop = async () => {
    await worker.stop();
    await dir.remove();
  };
  return { ...{ worker, binding, pipeline, link, log, dir }, [Symbol.asyncDispose]: stop };
}
