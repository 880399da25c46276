/**
 * Surfaces a spec makes NVIDIA's elements allocate, by what the graph sets and by the defaults of its elements.
 * Derived, not measured: what the closed decoder really allocates is not known. docs/planning.md has the derivation.
 */
import { NV12_BYTES } from './data/constants.js';
import { sum } from './load.js';
import { formatGroups } from './mix.js';
import type { Codec, PlanInput, PlannedPipeline, PlannedStream, SurfaceCount } from './types.js';

/** nvinfer converts into three buffers of a whole batch. */
const DETECTOR_BUFFERS = 3;
const RGBA_BYTES = 4;
/** nvtracker converts into four, in what its library asks for; RGBA is the largest. */
const TRACKER_BUFFERS = 4;
/** The picture being decoded. */
const IN_WORK = 1;

const DECODER = 'decoder';

type Row = Pick<SurfaceCount, 'what' | 'count' | 'width' | 'height' | 'bytesPerPixel' | 'why'>;

export function surfaces({ pipelines }: PlanInput): SurfaceCount[] {
  return pipelines.flatMap((pipeline) =>
    rowsOf(pipeline).map((row) => ({
      pipeline: pipeline.id,
      ...row,
      bytes: row.count * row.width * row.height * row.bytesPerPixel,
    })),
  );
}

/** Bytes that one more stream of this mix takes: its decoder, and a slot in the pools behind the mux. */
export function bytesPerStream(input: PlanInput): number {
  const total = sum(input.pipelines, ({ streams }) => streams.length);
  const slotsOf = new Map(input.pipelines.map(({ id, slots, streams }) => [id, slots / streams.length]));
  const share = ({ pipeline, what, bytes }: SurfaceCount) =>
    what === DECODER ? bytes : bytes / (slotsOf.get(pipeline) ?? 1);
  return sum(surfaces(input), share) / total;
}

function rowsOf(pipeline: PlannedPipeline): Row[] {
  const { elements } = pipeline.graph;
  const behindMux: Readonly<Record<string, () => Row>> = {
    nvstreammux: () => muxPool(pipeline),
    nvinfer: () => detectorPool(pipeline),
    nvtracker: () => trackerPool(pipeline),
  };
  const decoders = formatGroups(pipeline.streams).map(({ count, first }) => decoder(pipeline, count, first));
  return [...decoders, ...elements.flatMap((element) => behindMux[element]?.() ?? [])];
}

function decoder({ graph: { extraSurfaces } }: PlannedPipeline, count: number, stream: PlannedStream): Row {
  const held = heldPictures(stream);
  return {
    what: DECODER,
    count: count * (held + IN_WORK + extraSurfaces),
    ...{ width: stream.width, height: stream.height, bytesPerPixel: NV12_BYTES },
    why: `${count} · (${held} pictures held + ${IN_WORK} in work + num-extra-surfaces ${extraSurfaces})`,
  };
}

function muxPool({ slots, mux: { width, height }, graph: { muxPool: batches } }: PlannedPipeline): Row {
  const why = `buffer-pool-size ${batches} · ${slots} slots`;
  return { what: 'mux', count: batches * slots, width, height, bytesPerPixel: NV12_BYTES, why };
}

function detectorPool({ detector: { width, height, batch } }: PlannedPipeline): Row {
  const why = `${DETECTOR_BUFFERS} buffers · batch ${batch}`;
  return { what: 'detector', count: DETECTOR_BUFFERS * batch, width, height, bytesPerPixel: RGBA_BYTES, why };
}

function trackerPool({ slots, tracker: { width, height } }: PlannedPipeline): Row {
  const why = `${TRACKER_BUFFERS} buffers · ${slots} slots`;
  return { what: 'tracker', count: TRACKER_BUFFERS * slots, width, height, bytesPerPixel: RGBA_BYTES, why };
}

const MACROBLOCK = 256;
/** Level 4.1, which cameras of up to 1080p declare, and 5.1 beyond: macroblocks a decoder holds (H.264, table A-1). */
const H264_LEVELS = [
  { upTo: 8192, held: 32_768 },
  { upTo: 36_864, held: 184_320 },
] as const;
/** Luma samples of a picture at levels 4.1 and 5.1 (H.265, table A.8). */
const H265_LEVELS = [2_228_224, 8_912_896] as const;
/** Pictures held, by the share of the level's largest picture (H.265, A.4.2). */
const H265_HELD = [
  { upTo: 1 / 4, held: 16 },
  { upTo: 1 / 2, held: 12 },
  { upTo: 3 / 4, held: 8 },
] as const;
const H265_LEAST = 6;
const MOST_HELD = 16;

const HELD: Readonly<Record<Codec, (pixels: number) => number>> = {
  h264: (pixels) => {
    const blocks = Math.ceil(pixels / MACROBLOCK);
    const { held } = H264_LEVELS.find(({ upTo }) => blocks <= upTo) ?? H264_LEVELS[1];
    return Math.max(1, Math.min(MOST_HELD, Math.floor(held / blocks)));
  },
  h265: (pixels) => {
    const level = H265_LEVELS.find((most) => pixels <= most) ?? H265_LEVELS[1];
    return H265_HELD.find(({ upTo }) => pixels <= level * upTo)?.held ?? H265_LEAST;
  },
};

/** Decoded pictures that the standard lets a stream refer to, at most. */
export function heldPictures({
  codec,
  width,
  height,
}: Pick<PlannedStream, 'codec' | 'width' | 'height'>): number {
  return HELD[codec](width * height);
}
