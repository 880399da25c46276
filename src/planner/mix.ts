/** Streams of the same format, counted. */
import { CODEC_NAMES } from './devices.js';
import type { Format, MixPart, PlannedStream } from './types.js';

interface Group {
  readonly count: number;
  readonly first: PlannedStream;
}

/** In the order in which the formats first appear. */
export function formatGroups(streams: readonly PlannedStream[]): Group[] {
  const groups = new Map<string, Group>();
  for (const stream of streams) {
    const { width, height, fps, codec, mbps, keyFramesEvery, maxFps } = stream;
    const key = [width, height, fps, codec, mbps, keyFramesEvery, maxFps].join(' ');
    const group = groups.get(key);
    groups.set(key, { count: (group?.count ?? 0) + 1, first: group?.first ?? stream });
  }
  return [...groups.values()];
}

export function mixOf(streams: readonly PlannedStream[]): MixPart[] {
  return formatGroups(streams).map(({ count, first: { width, height, fps, codec, mbps } }) => ({
    ...{ count, width, height, fps, codec, mbps },
  }));
}

export function formatText({ width, height, fps, codec }: Omit<Format, 'mbps'>): string {
  return `${width}x${height} at ${fps} fps in ${CODEC_NAMES[codec]}`;
}
