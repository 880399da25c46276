/** What a spec does not say of its cameras, as it is typed: `[STREAM=][WxH][@FPS][/CODEC][/BITRATE]`. */
import { WeirError } from '../../spec/error.js';
import type { Codec, Format } from '../../planner/index.js';

export const ASSUME_SYNTAX = '[STREAM=][WIDTHxHEIGHT][@FPS][/h264|/h265][/BITRATE]';

/** For the streams whose ids fit. */
export interface Assumption {
  /** As it was typed. */
  readonly text: string;
  /** An id, or its beginning and `*`; absent: every stream. */
  readonly stream?: string;
  readonly format: Partial<Format>;
}

const SHAPE =
  /^(?:(?<stream>[a-z0-9][a-z0-9_-]{0,62}\*?)=)?(?:(?<width>\d{2,5})x(?<height>\d{2,5}))?(?:@(?<fps>\d{1,3}(?:\.\d{1,3})?))?(?:\/(?<codec>h26[45]))?(?:\/(?<bitrate>\d{1,6}(?:\.\d{1,3})?)(?<unit>[kM]))?$/;

const LIMITS = { size: [16, 16_384], fps: [0.1, 240], mbps: [0.001, 1000] } as const;

/** Throws USAGE. */
export function parseAssumption(text: string): Assumption {
  const parts = SHAPE.exec(text)?.groups;
  const { stream, width, height, fps, codec, bitrate, unit } = parts ?? {};
  const format: Partial<Format> = {
    ...(width !== undefined && { width: within(text, width, 'size'), height: within(text, height, 'size') }),
    ...(fps !== undefined && { fps: within(text, fps, 'fps') }),
    ...(codec !== undefined && { codec: codec as Codec }),
    ...(bitrate !== undefined && { mbps: within(text, bitrate, 'mbps', unit === 'k' ? 1 / 1000 : 1) }),
  };
  if (Object.keys(format).length === 0) throw bad(text, `expected ${ASSUME_SYNTAX}`);
  return { text, format, ...(stream !== undefined && { stream }) };
}

function within(text: string, number: string | undefined, what: keyof typeof LIMITS, factor = 1): number {
  const value = Number(number) * factor;
  const [least, most] = LIMITS[what];
  if (value >= least && value <= most) return value;
  throw bad(text, `expected ${NAMES[what]} from ${least} to ${most}`);
}

const NAMES = {
  size: 'pixels',
  fps: 'frames per second',
  mbps: 'Mbit/s',
} as const;

function bad(text: string, expected: string): WeirError {
  return new WeirError('USAGE', `--assume: got "${text.slice(0, 100)}", ${expected}`, {
    remedy: 'for example --assume 1280x720@15/h264/2M, or --assume yard-*=640x360',
  });
}

/** The format of a stream: what was given later, and what was given for fewer streams, counts more. */
export function assumedFormat(id: string, assumptions: readonly Assumption[]): Partial<Format> {
  const fitting = assumptions.filter(({ stream }) => fits(id, stream));
  const general = fitting.filter(({ stream }) => stream === undefined);
  const special = fitting.filter(({ stream }) => stream !== undefined);
  return Object.assign({}, ...[...general, ...special].map(({ format }) => format)) as Partial<Format>;
}

/** Throws USAGE for a stream that no spec has. */
export function checkStreams(ids: readonly string[], assumptions: readonly Assumption[]): void {
  for (const { stream, text } of assumptions) {
    if (stream === undefined || ids.some((id) => fits(id, stream))) continue;
    throw new WeirError('STREAM_UNKNOWN', `--assume ${text}: the spec has no stream "${stream}"`, {
      remedy: `its streams: ${ids.length > 0 ? ids.join(', ') : 'none'}`,
    });
  }
}

function fits(id: string, stream: string | undefined): boolean {
  if (stream === undefined) return true;
  return stream.endsWith('*') ? id.startsWith(stream.slice(0, -1)) : id === stream;
}
