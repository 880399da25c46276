/** What was seen of a camera → what is told of it. */
import type { NativeFindings } from '../native/probe-types.js';
import type { NativeEvent } from '../native/types.js';
import type { StreamSpec } from '../spec/types.js';
import { redactUri } from '../spec/uri.js';
import { measure, readUnits } from './measure.js';
import type { ProbeFacts } from './report.js';

export type Format = Extract<NativeEvent, { type: 'source-format' }>;

export interface Seen {
  readonly stream: StreamSpec;
  /** With the address that was connected to. */
  readonly uri: string;
  /** On the clock of the access units. */
  readonly startedAt: number;
  readonly connectedAt: number;
  readonly format: Format;
  readonly findings: NativeFindings;
  readonly packets: ProbeFacts['packets'];
}

export function factsOf({
  stream,
  uri,
  startedAt,
  connectedAt,
  format,
  findings,
  packets,
}: Seen): ProbeFacts {
  const { media, authentication, profile, level } = findings;
  const { codec, width, height } = format;
  const units = readUnits(findings.units);
  const firstKeyAt = units.find(({ key }) => key)?.arrivedMs ?? startedAt;
  const { keyFrames, reordered, ...rates } = measure(units);
  const declaredFps = format.fps || media.find(({ kind, fps }) => kind === 'video' && fps > 0)?.fps;
  return {
    ...{ uri: redactUri(stream.uri.analyse), address: addressOf(uri), transport: stream.transport },
    authentication: authentication || 'none',
    connectMs: round(connectedAt - startedAt),
    firstKeyFrameMs: round(firstKeyAt - startedAt),
    ...{ codec, width, height },
    ...(profile !== '' && { profile }),
    ...(level !== '' && { level }),
    ...(declaredFps !== undefined && { declaredFps: round(declaredFps, 3) }),
    fps: round(rates.fps, 3),
    kbitPerSecond: round(rates.kbitPerSecond),
    keyFrames: { ...keyFrames, seconds: round(keyFrames.seconds, 3) },
    ...{ reordered, packets },
    media: media.map(({ kind, codec: name }) => ({ kind, codec: name })),
    seconds: round(rates.seconds, 3),
  };
}

function round(value: number, digits = 0): number {
  return Number(value.toFixed(digits));
}

/** Host and port, which is there even where it is the usual one. */
function addressOf(uri: string): string {
  const { host, port, protocol } = new URL(uri);
  return port === '' ? `${host}:${protocol === 'rtsps:' ? 322 : 554}` : host;
}
