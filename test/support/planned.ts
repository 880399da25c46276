/** Inputs of the planner. */
import type { PlanInput, PlannedDetector, PlannedPipeline, PlannedStream } from '../../src/planner/index.js';

export const GRAPH = {
  elements: ['nvv4l2decoder', 'nvstreammux', 'nvinfer', 'nvtracker'],
  extraSurfaces: 2,
  muxPool: 4,
} as const;

export function streams(count: number, format: Partial<PlannedStream> = {}): PlannedStream[] {
  return Array.from({ length: count }, (_, i) => ({
    ...{ id: `cam-${i}`, width: 1920, height: 1080, fps: 15, codec: 'h264' as const, mbps: 3 },
    ...format,
  }));
}

/** PeopleNet in INT8 on every third frame; a mux of 1080p. */
export function pipeline(
  of: readonly PlannedStream[],
  detector: Partial<PlannedDetector> = {},
  rest: Partial<PlannedPipeline> = {},
): PlannedPipeline {
  const peopleNet = { model: 'peoplenet', width: 960, height: 544, channels: 3, interval: 2 };
  return {
    ...{ id: 'main', slots: Math.max(1, of.length), mux: { width: 1920, height: 1080 } },
    detector: { ...peopleNet, batch: 8, precision: 'int8', engineBytes: 10e6, ...detector },
    tracker: { algorithm: 'iou', width: 960, height: 544 },
    graph: GRAPH,
    streams: of,
    ...rest,
  };
}

/** Thirty cameras of H.264 1080p15 at 3 Mbit/s. */
export function thirtyCameras(format: Partial<PlannedStream> = {}): PlanInput {
  return { pipelines: [pipeline(streams(30, format))] };
}
