/** A spec, and what it does not say → what is planned. */
import type { ApplianceSpec, DetectorSpec, PipelineSpec, StreamSpec } from '../spec/index.js';
import { graphFacts } from './graph-facts.js';
import type { Format, PlanInput, PlannedDetector, PlannedPipeline, PlannedStream } from './types.js';

/** Where neither the spec nor an assumption says otherwise: what most cameras' main streams are set to. */
export const DEFAULT_FORMAT = {
  width: 1920,
  height: 1080,
  codec: 'h264',
  mbps: 4,
} as const satisfies Partial<Format>;

/** The spacing of key frames where it is not known. */
export const KEY_FRAME_SECONDS = 1;

export interface InputOptions {
  /** What is known or assumed of a stream's format. */
  format(stream: StreamSpec): Partial<Format>;
  /** Bytes of a detector's engine; null where they cannot be told. */
  engineBytes(detector: DetectorSpec): number | null;
}

export function planInput(spec: ApplianceSpec, options: InputOptions): PlanInput {
  return { pipelines: spec.pipelines.map((pipeline) => planned(spec, pipeline, options)) };
}

function planned(spec: ApplianceSpec, pipeline: PipelineSpec, options: InputOptions): PlannedPipeline {
  const { id, slots, mux, tracker, detector, streams } = pipeline;
  return {
    ...{ id, slots },
    mux: { width: mux.width, height: mux.height },
    detector: plannedDetector(detector, options.engineBytes(detector)),
    tracker: { algorithm: tracker.algorithm, width: tracker.width, height: tracker.height },
    graph: graphFacts(spec, id),
    streams: streams.map((stream) => plannedStream(stream, options.format(stream))),
  };
}

function plannedStream({ id, fps, decode, maxFps }: StreamSpec, format: Partial<Format>): PlannedStream {
  const fewer = {
    ...(decode !== 'all' && { decode }),
    ...(decode === 'keyframes' && { keyFramesEvery: KEY_FRAME_SECONDS }),
    ...(maxFps !== undefined && { maxFps }),
  };
  return { id, ...DEFAULT_FORMAT, fps, ...fewer, ...format };
}

function plannedDetector(
  { model, rate, interval, batch, precision }: DetectorSpec,
  engineBytes: number | null,
): PlannedDetector {
  const { width, height, channels } = model.input;
  return {
    ...{ model: model.name, width, height, channels, batch, precision, engineBytes },
    ...(rate !== undefined && { rate }),
    ...(interval !== undefined && { interval }),
  };
}
