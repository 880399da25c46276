/** A pipeline of the addon in this process, without a worker: for what only its events tell. */
import { loadBinding } from '../../src/native/loader.js';
import { Pipeline } from '../../src/native/pipeline.js';
import type { NativeEvent, SlotCounter } from '../../src/native/types.js';
import { planPipeline, provider } from '../../src/worker/plan.js';
import { Redactor } from '../../src/worker/redact.js';
import { ALL_FRAMES } from './all-frames.js';
import { readSpec, specText } from './spec.js';
import { tempDir } from './temp.js';
import { until } from './wait.js';

type SourceError = Extract<NativeEvent, { type: 'source-error' }>;

/** More for the holes of the template: `user`, `password`, `protocols`. */
type Params = Readonly<Record<string, string>>;

export interface OpenPipeline extends AsyncDisposable {
  readonly events: NativeEvent[];
  /** Connects a slot to an address; resolves with the failure that ends it. */
  failure(slot: number, uri: string, params?: Params): Promise<SourceError>;
  connect(slot: number, uri: string, params?: Params): Promise<void>;
  counter(slot: number, name: SlotCounter): number;
}

export interface OpenPipelineOptions {
  /** A manifest's name, or its path; default: `synthetic`. */
  readonly model?: string;
  readonly modelDir?: string;
  /** Inferences per second and stream; default: all frames. */
  readonly rate?: number;
  /** Default: 4. */
  readonly slots?: number;
}

export async function openPipeline(options: OpenPipelineOptions = {}): Promise<OpenPipeline> {
  const dir = await tempDir();
  const { model = 'synthetic', modelDir, rate, slots = 4 } = options;
  const spec = readSpec(specText('nats://127.0.0.1:1', { slots, detector: { model, rate } }, { modelDir }));
  const [pipelineSpec] = spec.pipelines;
  if (!pipelineSpec) throw new Error('no pipeline');
  const binding = loadBinding();
  const plan = planPipeline({
    spec,
    pipeline: pipelineSpec,
    provider: provider(binding.info().provider),
    dir: dir.path,
    env: process.env,
    redactor: new Redactor(),
  });
  const events: NativeEvent[] = [];
  const pipeline = Pipeline.open(
    plan.graph,
    {
      onEvent: (event) => void events.push(event),
      onBatch: () => {
        for (let b = pipeline.takeBatch(); b; b = pipeline.takeBatch()) pipeline.releaseBatch(b.id);
      },
    },
    binding,
  );
  const close = async (): Promise<void> => {
    await pipeline.close();
    await dir.remove();
  };
  try {
    await pipeline.start();
  } catch (error) {
    await close();
    throw error;
  }
  let token = 0;
  const connect = (slot: number, uri: string, more: Params = {}): Promise<void> => {
    const params = { protocols: 'tcp', latency: 200, ...more, uri };
    return pipeline.addSource(slot, {
      template: 'rtsp',
      ...ALL_FRAMES,
      stream: `cam-${slot}`,
      epoch: 1,
      token: ++token,
      params,
    });
  };
  return {
    events,
    connect,
    async failure(slot, uri, more) {
      await connect(slot, uri, more);
      const failed = (e: NativeEvent): e is SourceError => e.type === 'source-error' && e.slot === slot;
      return until(`slot ${slot} fails`, () => events.find(failed));
    },
    counter: (slot, name) => pipeline.counters().slot(slot, name),
    [Symbol.asyncDispose]: close,
  };
}
