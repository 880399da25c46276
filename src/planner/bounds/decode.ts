/** The decoder: pixels, and the bitrate of all streams together. Streams of all codecs and sizes share one budget. */
import { CONSTANTS, SMALL_FRAME_PIXELS } from '../data/constants.js';
import { CODEC_NAMES, pixelRate } from '../devices.js';
import { bound, decodedFps, distinct, streamsOf, sum } from '../load.js';
import type { Bound, Codec, Device, Figure, PlanInput, PlannedStream, PlanOptions } from '../types.js';
import { formatGroups } from '../mix.js';

/** Σ w·h·f / (rate · 0.9 · clock). */
export function decodePixels(input: PlanInput, device: Device, options: PlanOptions): Bound {
  const streams = streamsOf(input);
  const used = codecsOf(streams);
  const known = streams.filter(({ codec }) => pixelRate(device.decode[codec]) !== null);
  return bound({
    resource: 'decode-pixels',
    demand: sum(streams, pixelsPerSecond) / 1e6,
    unit: 'MPix/s',
    load: known.length === 0 && streams.length > 0 ? null : sum(known, (s) => share(s, device, options)),
    streams: streams.length,
    how: sumText(streams, (s) => `${pixelText(s)} / ${rateText(s, device, options)}`),
    figures: distinct(used.flatMap((codec) => pixelFigure(device, codec))),
    missing: used.filter((codec) => pixelRate(device.decode[codec]) === null).map(missingRate('rate')),
  });
}

export function isSmall({ width, height }: { readonly width: number; readonly height: number }): boolean {
  return width * height < SMALL_FRAME_PIXELS;
}

function share(stream: PlannedStream, device: Device, { videoClock = 1 }: PlanOptions): number {
  const rate = (pixelRate(device.decode[stream.codec]) ?? 0) * CONSTANTS.codecMargin.value * videoClock;
  return pixelsPerSecond(stream) / (isSmall(stream) ? rate * CONSTANTS.smallFrame.value : rate);
}

function pixelsPerSecond(stream: PlannedStream): number {
  return stream.width * stream.height * decodedFps(stream);
}

function pixelFigure(device: Device, codec: Codec): Figure[] {
  const { mpixPerSecond, streams1080p30, source, trust } = device.decode[codec];
  const name = `decoder, ${CODEC_NAMES[codec]}`;
  if (mpixPerSecond !== null) return [{ name, value: mpixPerSecond, unit: 'MPix/s', source, trust }];
  return streams1080p30 === null
    ? []
    : [{ name, value: streams1080p30, unit: 'streams of 1080p30', source, trust }];
}

/** Σ bitrate / the most the decoder takes. */
export function decodeBitrate(input: PlanInput, device: Device): Bound {
  const streams = streamsOf(input);
  const used = codecsOf(streams);
  const known = streams.filter(({ codec }) => device.decode[codec].maxMbps !== null);
  return bound({
    resource: 'decode-bitrate',
    demand: sum(streams, ({ mbps }) => mbps),
    unit: 'Mbit/s',
    load:
      known.length === 0 && streams.length > 0
        ? null
        : sum(known, ({ codec, mbps }) => mbps / (device.decode[codec].maxMbps ?? 1)),
    streams: streams.length,
    how: sumText(streams, ({ mbps, codec }) => `${mbps} / ${device.decode[codec].maxMbps ?? '?'} Mbit/s`),
    figures: used.flatMap((codec) => bitrateFigure(device, codec)),
    missing: used.filter((codec) => device.decode[codec].maxMbps === null).map(missingRate('bitrate')),
  });
}

function bitrateFigure(device: Device, codec: Codec): Figure[] {
  const { maxMbps, source, trust } = device.decode[codec];
  if (maxMbps === null) return [];
  return [{ name: `bitrate, ${CODEC_NAMES[codec]}`, value: maxMbps, unit: 'Mbit/s', source, trust }];
}

function missingRate(what: string): (codec: Codec) => string {
  return (codec) => `no ${what} of the decoder is known for ${CODEC_NAMES[codec]}`;
}

function codecsOf(streams: readonly PlannedStream[]): Codec[] {
  return [...new Set(streams.map(({ codec }) => codec))];
}

function pixelText(stream: PlannedStream): string {
  return `${stream.width}·${stream.height}·${Number(decodedFps(stream).toFixed(2))}`;
}

function rateText(stream: PlannedStream, device: Device, { videoClock = 1 }: PlanOptions): string {
  const pixels = pixelRate(device.decode[stream.codec]);
  if (pixels === null) return '?';
  const factors = [CONSTANTS.codecMargin.value, ...(isSmall(stream) ? [CONSTANTS.smallFrame.value] : [])];
  const clock = videoClock === 1 ? [] : [videoClock];
  return `(${[`${Number((pixels / 1e6).toFixed(1))} MPix/s`, ...factors, ...clock].join(' · ')})`;
}

function sumText(streams: readonly PlannedStream[], text: (stream: PlannedStream) => string): string {
  return formatGroups(streams)
    .map(({ count, first }) => `${count} · ${text(first)}`)
    .join(' + ');
}
