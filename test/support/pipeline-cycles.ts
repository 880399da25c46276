/**
 * Opens and stops a pipeline with two sources again and again in this one process, and prints one JSON line:
 * {"rss": bytes after each cycle and a forced collection, "live": types of live GStreamer objects or null}.
 * Usage: node --expose-gc --import tsx pipeline-cycles.ts CYCLES URI URI
 */
import { EventEmitter, once } from 'node:events';
import { loadBinding } from '../../src/native/loader.js';
import { Pipeline } from '../../src/native/pipeline.js';
import type { NativeEvent } from '../../src/native/types.js';
import { planPipeline, provider } from '../../src/worker/plan.js';
import { Redactor } from '../../src/worker/redact.js';
import { readSpec, specText } from './spec.js';
import { withTempDir } from './temp.js';

const [cycles = '1', ...uris] = process.argv.slice(2);
const streams = uris.map((uri, i) => ({ id: `cam-${i}`, uri }));
const spec = readSpec(specText('nats://127.0.0.1:1', { slots: 2, streams }));
const [pipelineSpec] = spec.pipelines;
if (!pipelineSpec) throw new Error('no pipeline');
const binding = loadBinding();

async function cycle(dir: string): Promise<void> {
  const events = new EventEmitter();
  let taken = 0;
  const plan = planPipeline({
    spec,
    pipeline: pipelineSpec as NonNullable<typeof pipelineSpec>,
    provider: provider(binding.info().provider),
    dir,
    env: process.env,
    redactor: new Redactor(),
  });
  const pipeline = Pipeline.open(
    plan.graph,
    {
      onEvent: (event: NativeEvent) => {
        if (event.type === 'first-frame') events.emit(`live-${event.slot}`);
        if (event.type === 'source-error' || event.type === 'pipeline-error') {
          throw new Error(`${event.type}: ${event.message}`);
        }
      },
      onBatch: () => {
        for (let batch = pipeline.takeBatch(); batch; batch = pipeline.takeBatch()) {
          pipeline.releaseBatch(batch.id);
          taken++;
        }
        if (taken > 1) events.emit('batches');
      },
    },
    binding,
  );
  await pipeline.start();
  const ready = Promise.all([
    ...uris.map((_, slot) => once(events, `live-${slot}`)),
    once(events, 'batches'),
  ]);
  for (const [slot, stream] of spec.pipelines[0]?.streams.entries() ?? []) {
    await pipeline.addSource(slot, await plan.source(stream, 1, slot + 1));
  }
  await ready;
  await pipeline.close();
}

// The addon's callbacks do not keep a process alive.
const awake = setInterval(() => undefined, 1_000);
const rss: number[] = [];
await withTempDir(cycle); // whatever GStreamer keeps for good is made here
binding.liveObjects?.();
await withTempDir(async (dir) => {
  for (let i = 0; i < Number(cycles); i++) {
    await cycle(dir);
    globalThis.gc?.();
    rss.push(process.memoryUsage.rss());
  }
});
clearInterval(awake);
console.log(JSON.stringify({ rss, live: binding.liveObjects?.() ?? null }));
