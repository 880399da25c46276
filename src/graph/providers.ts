/** The only place where the providers differ: elements that have another name, and what their links must carry. */
import { type Locations, nvidiaTrackerLibrary, standinTrackerLibrary } from '../deepstream/index.js';
import type { DetectorSpec } from '../spec/index.js';
import type { Provider, Scalar } from './types.js';

export type Codec = 'H264' | 'H265';
type Props = Readonly<Record<string, Scalar>>;

interface ElementChoice {
  readonly element: string;
  readonly props: Props;
}

export interface ProviderTable {
  /** `held`: pictures that have left the decoder and are not in a batch yet, at most. */
  decoder(codec: Codec, gpu: number, held: number): ElementChoice;
  converter(gpu: number): ElementChoice;
  jpegEncoder(quality: number): ElementChoice;
  osd(gpu: number): ElementChoice;
  /** Format the drawing element takes. */
  readonly osdFormat: 'I420' | 'RGBA';
  /** Caps of a picture on its way to the encoder. */
  pictureCaps(format: 'I420' | 'RGBA'): string;
  trackerLibrary(at: Locations): string;
  /** Properties an element has beyond those both providers know. */
  /** `beside`: batches that are held for viewers, at most. */
  readonly mux: (gpu: number, beside: number) => Props;
  readonly detector: (detector: DetectorSpec) => Props;
  readonly tracker: (gpu: number) => Props;
}

/** For a turn in the detector: some frame intervals, and far from what a consumer would notice as late. */
const LONGEST_WAIT_MS = 100;

/** Each decoder stays on one thread: there are many of them, and the machine is shared. */
const standin: ProviderTable = {
  decoder: (codec) => ({
    element: codec === 'H264' ? 'avdec_h264' : 'avdec_h265',
    props: { 'max-threads': 1, 'output-corrupt': false, qos: false },
  }),
  converter: () => ({ element: 'videoconvert', props: { 'n-threads': 1, qos: false } }),
  jpegEncoder: (quality) => ({ element: 'jpegenc', props: { quality, qos: false } }),
  osd: () => ({ element: 'nvdsosd', props: { 'process-mode': 0 } }),
  osdFormat: 'I420',
  pictureCaps: (format) => `video/x-raw,format=${format}`,
  trackerLibrary: standinTrackerLibrary,
  mux: () => ({}),
  detector: (d) => (d.rate === undefined ? {} : { 'stream-rate': d.rate, 'longest-wait': LONGEST_WAIT_MS }),
  tracker: () => ({}),
};

/** What mux, detector and tracker need at once: NVIDIA's own default of `buffer-pool-size`. */
const CHAIN_BATCHES = 4;

/** The decoder knows `gpu-id` on discrete GPUs only, where there may be more than number 0. */
const nvidia: ProviderTable = {
  decoder: (_codec, gpu, held) => ({
    element: 'nvv4l2decoder',
    props: { 'num-extra-surfaces': held, ...(gpu > 0 ? { 'gpu-id': gpu } : {}) },
  }),
  converter: (gpu) => ({ element: 'nvvideoconvert', props: { 'gpu-id': gpu } }),
  jpegEncoder: (quality) => ({ element: 'nvjpegenc', props: { quality } }),
  osd: (gpu) => ({ element: 'nvdsosd', props: { 'process-mode': 1, 'gpu-id': gpu } }),
  osdFormat: 'RGBA',
  pictureCaps: (format) => `video/x-raw(memory:NVMM),format=${format}`,
  trackerLibrary: nvidiaTrackerLibrary,
  mux: (gpu, beside) => ({
    'gpu-id': gpu,
    'nvbuf-memory-type': 0,
    'buffer-pool-size': CHAIN_BATCHES + beside,
  }),
  detector: () => ({}),
  tracker: (gpu) => ({ 'gpu-id': gpu }),
};

export const PROVIDERS: Readonly<Record<Provider, ProviderTable>> = { standin, nvidia };
