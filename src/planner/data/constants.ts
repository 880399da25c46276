/** Constants of the first-order bound. Ranges and where they come from: docs/planning.md. */
import type { SourceId, Trust } from '../types.js';

interface Constant {
  readonly value: number;
  readonly source: SourceId;
  readonly trust: Trust;
  readonly meaning: string;
}

export const CONSTANTS = {
  /** A margin: it makes an answer more careful, not less trusted. */
  codecMargin: {
    value: 0.9,
    source: 'video_benchmark',
    trust: 'vendor',
    meaning: 'of the listed rate of a decoder or encoder is planned with',
  },
  smallFrame: {
    value: 0.8,
    source: 'none',
    trust: 'unconfirmed',
    meaning: 'of the rate is left for pictures of less than 0.3 MPix, for the fixed cost of a frame',
  },
  memoryShare: {
    value: 0.6,
    source: 'calc',
    trust: 'derived',
    meaning: "of the memory's peak bandwidth is planned with",
  },
  pipelineEfficiency: {
    value: 0.6,
    source: 'ds_yolo',
    trust: 'derived',
    meaning: "of a bare engine's frames per second is what a pipeline keeps",
  },
  systemBytes: {
    value: 1.5e9,
    source: 'calc',
    trust: 'derived',
    meaning: 'bytes of shared memory are for the system and Node',
  },
} as const satisfies Record<string, Constant>;

/** Pictures of less than so many pixels count as small. */
export const SMALL_FRAME_PIXELS = 300_000;
/** The best and the worst of `pipelineEfficiency`. */
export const EFFICIENCY_RANGE = [0.95, 0.45] as const;
export const NV12_BYTES = 1.5;

/**
 * Share of a GPU's dense operations that a detector reaches, by the size of its batch: the lowest of 0.3 to 0.5, and
 * what YOLO11s reaches at batch 1 on Orin Nano.
 */
export const UTILISATION = [
  { fromBatch: 8, share: 0.3 },
  { fromBatch: 1, share: 0.18 },
] as const;

/**
 * How often an element reads or writes a whole picture: in the stream's size, and in that of the mux. Derived, not
 * measured; compression by the hardware lowers it.
 */
export const PASSES: Readonly<Record<string, { readonly stream: number; readonly mux: number }>> = {
  // One write; references are read about twice.
  nvv4l2decoder: { stream: 3, mux: 0 },
  // Reads, scales, writes.
  nvstreammux: { stream: 1, mux: 1 },
  nvinfer: { stream: 0, mux: 1 },
  nvtracker: { stream: 0, mux: 1 },
  nvdsosd: { stream: 0, mux: 2 },
};
