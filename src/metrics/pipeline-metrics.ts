/** Metrics of a pipeline. Totals begin when it starts. */
import { LATENCY_BUCKETS_MS, LATENCY_STAGES } from '../native/latencies.js';
import { type Definition, perPipeline, type Sample } from './definition.js';
import type { PipelineSnapshot } from './snapshot.js';

type Counters = PipelineSnapshot['pipelineCounters'];

const gauge = (name: string, help: string, read: (counters: Counters) => number): Definition =>
  perPipeline({ name: `weir_pipeline_${name}`, type: 'gauge', help }, (p) => read(p.pipelineCounters));

const total = (name: string, help: string, read: (counters: Counters) => number): Definition =>
  perPipeline({ name: `weir_pipeline_${name}_total`, type: 'counter', help }, (p) =>
    read(p.pipelineCounters),
  );

const LATENCY = 'weir_pipeline_latency_seconds';

function histogram(
  name: string,
  labels: Sample['labels'],
  reading: PipelineSnapshot['latencies'][string] | undefined,
): Sample[] {
  if (!reading) return [];
  let count = 0;
  const buckets = reading.counts.map((each, i) => {
    count += each;
    const bound = LATENCY_BUCKETS_MS[i];
    const le = bound === undefined ? '+Inf' : String(bound / 1000);
    return { name: `${name}_bucket`, labels: { ...labels, le }, value: count };
  });
  const sum = { name: `${name}_sum`, labels, value: reading.sumMs / 1000 };
  return [...buckets, sum, { name: `${name}_count`, labels, value: count }];
}

export const PIPELINE_METRICS: readonly Definition[] = [
  perPipeline(
    {
      name: 'weir_pipeline_slots',
      type: 'gauge',
      labels: ['state'],
      help: 'Places for streams, used and free. Their sum is the size of a full batch.',
    },
    ({ streams, pipelineCounters: { slots } }) => [
      { labels: { state: 'used' }, value: streams.length },
      { labels: { state: 'free' }, value: Math.max(0, slots - streams.length) },
    ],
  ),
  total('batches', 'Batches that passed the whole pipeline.', (c) => c.batches),
  total('batch_frames', 'Frames in the batches that passed.', (c) => c.batchFrames),
  total(
    'dropped_batches',
    'Batches of messages dropped because the ring was in use.',
    (c) => c.droppedBatches,
  ),
  gauge('ring_batches', 'Batches of messages that wait to be published.', (c) => c.ringDepth),
  total('inference_batches', 'Batches that left the detector.', (c) => c.detectorBatches),
  total(
    'inference_seconds',
    'Time from entering to leaving the detector, summed over batches.',
    (c) => c.detectorMs / 1000,
  ),
  perPipeline(
    {
      name: LATENCY,
      type: 'histogram',
      labels: ['stage', 'le'],
      help: 'How long frames with a message took, by stage; total: from the time of the message until it was finished.',
    },
    ({ latencies }) => LATENCY_STAGES.flatMap((stage) => histogram(LATENCY, { stage }, latencies[stage])),
  ),
];
