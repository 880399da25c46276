/** What `decode: auto` comes to in a plan, by the rule the workers follow, with key frames taken to come once a second. */
import { autoFps, interval } from '../deepstream/index.js';
import { decodeMode } from '../spec/decode.js';
import { KEY_FRAME_SECONDS } from './input.js';
import type { PlanInput, PlannedPipeline, PlannedStream } from './types.js';

export function decided(input: PlanInput): PlanInput {
  return { pipelines: input.pipelines.map(decidedPipeline) };
}

export function decidedPipeline(pipeline: PlannedPipeline): PlannedPipeline {
  const { detector, streams } = pipeline;
  const paced = streams.map(({ fps, maxFps, decode = 'all' }) => ({
    ...{ fps, decode },
    ...(maxFps !== undefined && { maxFps }),
  }));
  const most = autoFps({ detector, streams: paced }, 'nvidia');
  const { mode } = decodeMode({
    ...(detector.rate !== undefined && { rate: detector.rate }),
    skipsBatches: interval({ pipeline: { streams: paced }, detector, provider: 'nvidia' }) > 0,
    tracker: pipeline.tracker.algorithm,
    watched: false,
    keyFrameSeconds: KEY_FRAME_SECONDS,
  });
  const own = (stream: PlannedStream): PlannedStream => ({
    ...stream,
    ...(mode === 'keyframes' && { keyFramesEvery: KEY_FRAME_SECONDS }),
    ...(most !== undefined && { maxFps: Math.min(stream.maxFps ?? Infinity, most) }),
  });
  return { ...pipeline, streams: streams.map((each) => (each.decode === 'auto' ? own(each) : each)) };
}
