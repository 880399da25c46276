/** Pipelines run by the test program `metadump`, and what it prints, typed. */
import { program } from '../support/paths.js';
import { run } from '../support/process.js';
import { providerUnderTest } from './provider.js';

/** left, top, width, height in canvas pixels. */
export type BoxTuple = [number, number, number, number];

export interface DumpedObject {
  class: number;
  component: number;
  confidence: number;
  /** 64-bit, decimal. */
  id: string;
  label: string;
  text: string;
  box: BoxTuple;
  detector: BoxTuple;
  tracker: BoxTuple;
  border: number;
  trackerConfidence: number;
}

/** Where something was seen: `element.pad`, or undefined when no pad was named. */
interface Seen {
  at?: string;
}

export interface DumpedBatch extends Seen {
  batch: number;
  /** max_frames_in_batch. */
  max: number;
  /** PTS of the buffer. */
  time: number;
  /** Of the NvBufSurface, where there is one: batchSize, and the size of each surface filled. */
  room?: number;
  surfaces?: [number, number][];
}

export interface DumpedFrame extends Seen {
  frame: number;
  pad: number;
  slot: number;
  pts: number;
  ntp: number;
  inferred: boolean;
  source: [number, number];
  canvas: [number, number];
  address: string;
  /** Frame and objects refer to the batch they are in. */
  owned: boolean;
  count: number;
  objects: DumpedObject[];
}

export interface DumpedEvent extends Seen {
  event: string;
  type: number;
  pad?: number;
  /** GstStructure as text. */
  structure?: string;
}

export interface DumpedError {
  error: number;
  domain: string;
  message: string;
  debug: string;
  from: string;
}

export type DumpedLine =
  DumpedBatch | DumpedFrame | DumpedEvent | DumpedError | { element: string; pad?: number };

export interface Dump {
  /** Everything, in the order it was seen. */
  lines: DumpedLine[];
  frames: DumpedFrame[];
  batches: DumpedBatch[];
  events: DumpedEvent[];
  /** ELEMENT messages. */
  elements: { element: string; pad?: number }[];
  errors: DumpedError[];
  signals: { signal: string; status: number; path: string }[];
  stateFailed: boolean;
  stderr: string;
}

export interface MetadumpOptions {
  /** `element.pad`; without any, the src pad of the element `last`. */
  readonly pads?: readonly string[];
  /** Commands of native/test/metadump_script.h. */
  readonly script?: readonly string[];
  /** Default 60,000. */
  readonly timeoutMs?: number;
}

/** Runs `pipeline` (gst-launch text) to its end, first error or the script's `quit`. */
export async function metadump(
  pipeline: string,
  { pads = [], script = [], timeoutMs }: MetadumpOptions = {},
): Promise<Dump> {
  const outcome = await run(program('metadump'), [pipeline, ...pads], {
    env: providerUnderTest().env,
    input: script.map((line) => `${line}\n`).join(''),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  if (outcome.code !== 0) throw new Error(`metadump ended with ${outcome.code}: ${outcome.stderr}`);
  // Some elements of NVIDIA's print on stdout too.
  const text = outcome.stdout.split('\n').filter((line) => line.startsWith('{'));
  const lines = text.map((line) => JSON.parse(line) as DumpedLine);
  const having = <T>(key: string): T[] => lines.filter((line) => key in line) as T[];
  const errors = having<DumpedError>('error');
  const [failed] = having<{ script: string }>('script');
  if (failed && errors.length === 0) throw new Error(`metadump: ${failed.script}; seen:\n${text.join('\n')}`);
  return {
    lines,
    frames: having('frame'),
    batches: having('batch'),
    events: having('event'),
    elements: having('element'),
    errors,
    signals: having('signal'),
    stateFailed: having('state').length > 0,
    stderr: outcome.stderr,
  };
}

const nvidia = (): boolean => providerUnderTest().name === 'nvidia';

/** From system memory into what the mux takes. */
const upload = (): string =>
  nvidia() ? '! nvvideoconvert ! capsfilter caps="video/x-raw(memory:NVMM),format=NV12" ' : '';

/** Raw I420 frames as an input of the mux. */
export function rawSource(file: string, width: number, height: number, fps: number, format = 'I420'): string {
  const convert = format === 'I420' ? '' : `! videoconvert ! video/x-raw,format=${format} `;
  return `filesrc location=${file} ! rawvideoparse format=i420 width=${width} height=${height} framerate=${fps}/1 ${convert}${upload()}`;
}

/** Caps of raw video at 10 frames per second. */
export function rawCaps(width: number, height: number, format = 'I420'): string {
  return `video/x-raw,format=${format},width=${width},height=${height},framerate=10/1`;
}

/** Grey pictures that a script pushes, as an input of the mux. */
export function pushedSource(name: string, caps = rawCaps(320, 240)): string {
  return `appsrc name=${name} format=time caps="${caps}" ${upload()}`;
}

/** From what the demux hands out to a file of I420 pictures; `elements` (ending in `!`) see it first. */
export function rawSink(file: string, elements = ''): string {
  const [toRgba, toI420] = nvidia()
    ? ['nvvideoconvert ! video/x-raw(memory:NVMM),format=RGBA !', 'nvvideoconvert !']
    : ['videoconvert !', 'videoconvert !'];
  return `${elements && toRgba} ${elements} ${toI420} video/x-raw,format=I420 ! filesink location=${file}`;
}

/** One picture of a file of I420 pictures. Values of a pixel by its place. */
export class RawPicture {
  constructor(
    readonly file: Uint8Array,
    readonly index: number,
    readonly width: number,
    readonly height: number,
  ) {}

  luma(x: number, y: number): number {
    return this.#at(y * this.width + x);
  }

  /** U and V. */
  chroma(x: number, y: number): [number, number] {
    const place = Math.floor(y / 2) * (this.width / 2) + Math.floor(x / 2);
    const luma = this.width * this.height;
    return [this.#at(luma + place), this.#at(luma + luma / 4 + place)];
  }

  get bytes(): Uint8Array {
    return this.file.subarray(this.index * this.#size, (this.index + 1) * this.#size);
  }

  get #size(): number {
    return (this.width * this.height * 3) / 2;
  }

  #at(offset: number): number {
    const value = this.bytes[offset];
    if (value === undefined) throw new RangeError(`picture ${this.index} is not in the file`);
    return value;
  }
}
