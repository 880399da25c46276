/** What the planner knows of devices, what it is asked, and what it answers. */
import type { Precision, StreamSpec, TrackerAlgorithm } from '../spec/index.js';
import type { SourceId } from './data/sources.js';

export type { SourceId };

/** How far a figure can be trusted, the most first. `given`: by whoever asks. */
export const TRUST = ['given', 'datasheet', 'vendor', 'third_party', 'derived', 'unconfirmed'] as const;
export type Trust = (typeof TRUST)[number];

export type Codec = 'h264' | 'h265';

interface Origin {
  readonly source: SourceId;
  readonly trust: Trust;
}

/** What a decoder or an encoder does of one codec. null: not known. */
export interface CodecRate extends Origin {
  /** Most streams of 1920x1080 at 30 frames per second. */
  readonly streams1080p30: number | null;
  /** Luma megapixels per second. */
  readonly mpixPerSecond: number | null;
  /** Most megabits per second, all streams together. */
  readonly maxMbps: number | null;
}

/** Dense operations per second of the GPU alone. null: not known; `none`: it has no fast path for that. */
export interface Compute extends Origin {
  /** As in brochures: sparse, with the DLAs. */
  readonly marketing?: string;
  readonly int8DenseTops: number | 'none' | null;
  readonly fp16DenseTflops: number | null;
  readonly fp8DenseTflops?: number;
}

/** In a Super power mode. */
export interface SuperMode extends Origin {
  readonly marketing: string;
  readonly int8DenseTops: number | null;
  readonly gbPerSecond: number;
}

export interface Memory extends Origin {
  readonly gib: number;
  /** 10^9 bytes per second, the theoretical peak. */
  readonly gbPerSecond: number;
  /** CPU and GPU share it. */
  readonly unified: boolean;
}

export type Family = 'Nano' | 'TX2' | 'Xavier' | 'Orin' | 'Thor' | 'GPU';

export interface Device {
  readonly kind: 'jetson' | 'dgpu';
  readonly id: string;
  readonly name: string;
  readonly family: Family;
  readonly gpu: { readonly arch: string; readonly computeCapability: string; readonly sm: number };
  readonly ai: Compute;
  readonly super?: SuperMode;
  readonly memory: Memory;
  readonly dla: number;
  readonly decode: Readonly<Record<Codec, CodecRate>> & {
    readonly engines: number;
    readonly av1: CodecRate | 'none' | null;
  };
  /** Streams of H.265 by the data sheet, in the 70 W mode. */
  readonly h265At70W?: Origin & { readonly streams1080p30: number };
  /** Video clock at which its codec rates hold. */
  readonly videoClockMhz?: number;
  readonly encode:
    | 'none'
    | {
        readonly h264: CodecRate | null;
        readonly h265: CodecRate | null;
        /** Streams of H.265 as listed, fast and in high quality. */
        readonly listed?: string;
      };
  readonly jpeg:
    (Origin & { readonly engines: number; readonly mpixPerSecondPerEngine: number | null }) | null;
  /** Watts of its power modes. */
  readonly power?: string;
  /** The last release of DeepStream for it. */
  readonly lastDeepstream: string;
}

export interface PublishedRate extends Origin {
  readonly device: string;
  readonly model: string;
  readonly precision: 'fp16' | 'int8';
  readonly width: number;
  readonly height: number;
  /** Frames per second. */
  readonly fps: number;
  /** Of the bare engine, or of a pipeline with sixteen streams of 1080p. */
  readonly of: 'engine' | 'pipeline';
  /** null: not told. */
  readonly batch: number | null;
  readonly superMode: boolean;
}

export interface Format {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly codec: Codec;
  /** Megabits per second. */
  readonly mbps: number;
}

export interface PlannedStream extends Format {
  readonly id: string;
  /** As in the spec; default: all. */
  readonly decode?: StreamSpec['decode'];
  /** Key frames only are decoded, which come so many seconds apart. */
  readonly keyFramesEvery?: number;
  /** Pictures per second that go on from the decoder at most. */
  readonly maxFps?: number;
}

export interface PlannedDetector {
  readonly model: string;
  /** Of the network. */
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly rate?: number;
  readonly interval?: number;
  readonly batch: number;
  readonly precision: Precision;
  /** null: not known. */
  readonly engineBytes: number | null;
}

/** What the graph for NVIDIA does with a frame. */
export interface GraphFacts {
  /** Elements a frame passes, from the decoder on. */
  readonly elements: readonly string[];
  /** `num-extra-surfaces` of the decoder. */
  readonly extraSurfaces: number;
  /** Batches in the pool of the mux. */
  readonly muxPool: number;
}

export interface PlannedPipeline {
  readonly id: string;
  readonly slots: number;
  readonly mux: { readonly width: number; readonly height: number };
  readonly detector: PlannedDetector;
  readonly tracker: { readonly algorithm: TrackerAlgorithm; readonly width: number; readonly height: number };
  readonly graph: GraphFacts;
  readonly streams: readonly PlannedStream[];
}

export interface PlanInput {
  readonly pipelines: readonly PlannedPipeline[];
}

export interface PlanOptions {
  /** Configured of highest video clock; default: 1, with a warning. */
  readonly videoClock?: number;
  /** The module runs in a Super power mode. */
  readonly superMode?: boolean;
  /** Frames per second of a model's bare engine, by model; `*`: of every other. */
  readonly modelFps?: ReadonlyMap<string, number>;
  /** Billions of operations per inference of a model, by model; `*`: of every other. */
  readonly modelGflops?: ReadonlyMap<string, number>;
  /** JPEG pictures per second, in the size of the mux; default 0. */
  readonly snapshotsPerSecond?: number;
  /** Views that are encoded as video at once, in the size of the mux; default 0. */
  readonly encodedViews?: number;
}

export const RESOURCES = [
  'decode-pixels',
  'decode-bitrate',
  'inference',
  'memory-bandwidth',
  'memory-size',
  'encode',
  'jpeg',
] as const;
export type Resource = (typeof RESOURCES)[number];

/** A number an answer rests on. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly source: SourceId;
  readonly trust: Trust;
}

export interface Bound {
  readonly resource: Resource;
  /** Share of the limit that is in use, of what is known. null: nothing is known. */
  readonly load: number | null;
  /** The load with the best and the worst of a constant that is a range. */
  readonly range?: readonly [low: number, high: number];
  readonly demand: number;
  /** What this mix could use of it. null: not known; 0: the device has none. */
  readonly limit: number | null;
  readonly unit: string;
  /** null: cannot be told. */
  readonly fits: boolean | null;
  /** Most streams of this mix. null: not known, or the number of streams does not count. */
  readonly maxStreams: number | null;
  /** The computation, with its numbers. */
  readonly how: string;
  readonly figures: readonly Figure[];
  /** That of the least trusted figure. null: there is none. */
  readonly trust: Trust | null;
  /** What is not counted, because it is not known. */
  readonly missing: readonly string[];
}

export type Verdict = 'fits' | 'fits-as-known' | 'too-large';

/** Surfaces of one kind that a pipeline allocates. */
export interface SurfaceCount {
  readonly pipeline: string;
  readonly what: string;
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly bytesPerPixel: number;
  readonly bytes: number;
  /** Where the count comes from. */
  readonly why: string;
}

export interface Change {
  /** What is changed, by the ids of the steps. */
  readonly steps: readonly string[];
  readonly words: string;
  /** What is to be set, one line a step. */
  readonly todo: readonly string[];
  readonly verdict: Exclude<Verdict, 'too-large'>;
  /** The largest known load with it. */
  readonly load: number;
  readonly limiting: Resource;
  readonly maxStreams: number | null;
}

/** Streams of one format. */
export interface MixPart extends Format {
  readonly count: number;
}

export interface Plan {
  readonly device: { readonly id: string; readonly name: string };
  readonly streams: number;
  readonly mix: readonly MixPart[];
  readonly verdict: Verdict;
  readonly limiting: Resource | null;
  /** The largest known load. */
  readonly load: number | null;
  /** Most streams of this mix, as far as is known. */
  readonly maxStreams: number | null;
  /** The limiting one first, those of which nothing is known last. */
  readonly bounds: readonly Bound[];
  /** Empty where it fits; else those that make it fit, the one that takes the least away first. */
  readonly changes: readonly Change[];
  /** Ids of Jetson modules that carry it as it is, as far as is known. Empty where it fits. */
  readonly carriers: readonly string[];
  readonly surfaces: readonly SurfaceCount[];
  readonly assumptions: readonly string[];
  readonly warnings: readonly string[];
}
