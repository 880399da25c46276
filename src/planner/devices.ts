/** Which devices there are, and what their decoders take by their listed figures alone. */
import { moduleOf } from '../device/modules.js';
import { nearest } from '../spec/nearest.js';
import { WeirError } from '../spec/index.js';
import { DEVICES } from './data/devices.js';
import type { Codec, CodecRate, Device, Format } from './types.js';

const FULL_HD = { width: 1920, height: 1080 } as const;
const FULL_HD_30_PIXELS = 1920 * 1080 * 30;
/** The first release of DeepStream whose modules are still sold. */
const CURRENT_DEEPSTREAM = 7.1;

export const LIST_DEVICES = 'weir plan --devices lists them';

/** By id, by a beginning that only one id has, or by the part number of its module. Throws DEVICE_UNKNOWN. */
export function findDevice(word: string): Device {
  const exact = deviceOfPart(word) ?? DEVICES.find(({ id }) => id === word);
  if (exact) return exact;
  const begun = word === '' ? [] : DEVICES.filter(({ id }) => id.startsWith(word));
  if (begun[0] && begun.length === 1) return begun[0];
  const message = begun.length > 1 ? `several devices begin with "${word}"` : `there is no device "${word}"`;
  throw new WeirError('DEVICE_UNKNOWN', message, { remedy: suggestion(word, begun) });
}

/** By the part number of its module, as `p3767-0000`; undefined for any other. */
export function deviceOfPart(part: string | undefined): Device | undefined {
  const module = moduleOf(part);
  return module && DEVICES.find(({ id }) => id === module.id);
}

function suggestion(word: string, begun: readonly Device[]): string {
  if (begun.length > 1) return `name one of ${ids(begun)}`;
  const near = nearest(
    word,
    DEVICES.map(({ id }) => id),
  );
  return `${near ? `did you mean "${near}"? ` : ''}known: ${ids(DEVICES)}`;
}

function ids(devices: readonly Device[]): string {
  return devices.map(({ id }) => id).join(', ');
}

/** Pixels per second by the listed figures, without a margin; null where there are none. */
export function pixelRate({ mpixPerSecond, streams1080p30 }: CodecRate): number | null {
  if (mpixPerSecond !== null) return mpixPerSecond * 1e6;
  return streams1080p30 === null ? null : streams1080p30 * FULL_HD_30_PIXELS;
}

/**
 * Most streams of one format by the decoder's listed figures, without a margin: 1080p by the listed number of streams,
 * others by area, which leaves out the fixed cost of a frame.
 */
export function listedStreams(
  rate: CodecRate,
  { width, height, fps }: Omit<Format, 'codec' | 'mbps'>,
): number | null {
  const isFullHd = width === FULL_HD.width && height === FULL_HD.height;
  const { streams1080p30 } = rate;
  const pixels = isFullHd && streams1080p30 !== null ? streams1080p30 * FULL_HD_30_PIXELS : pixelRate(rate);
  return pixels === null ? null : Math.floor(pixels / (width * height * fps));
}

/** Today's DeepStream knows it. */
export function isCurrent({ lastDeepstream }: Device): boolean {
  return Number.parseFloat(lastDeepstream) >= CURRENT_DEEPSTREAM;
}

/** `paper`: by figures that are not confirmed, or on modules that today's DeepStream does not know. */
export type Decodes = 'yes' | 'paper' | 'no';

/** Whether the decoder takes so many streams, by its listed figures and without a margin. */
export function decodes(device: Device, count: number, format: Omit<Format, 'mbps'>): Decodes {
  const rate = device.decode[format.codec];
  const most = listedStreams(rate, format);
  if (most === null || most < count) return 'no';
  return rate.trust !== 'unconfirmed' && isCurrent(device) ? 'yes' : 'paper';
}

export const CODEC_NAMES: Readonly<Record<Codec, string>> = { h264: 'H.264', h265: 'H.265' };
