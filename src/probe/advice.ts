/** What follows from what a camera turned out to be: a row for each thing that was looked at. */
import { percent } from '../streams/words.js';
import type { ProbeFacts } from './report.js';

export interface Assessment {
  readonly about: string;
  readonly seen: string;
  /** What is good for a stream that is analysed. */
  readonly good: string;
  /** Absent where nothing needs to be done. */
  readonly advice?: string;
}

/** Analysis gains nothing beyond these; the machine and the network pay for it. */
export const GOOD = {
  width: 1280,
  height: 720,
  fps: 15,
  kbitPerSecond: 4096,
  keyFrameSeconds: 4,
  packetLoss: 0.001,
  /** Measured of declared. */
  fpsShare: 0.8,
} as const;

/** Eight bits, 4:2:0: what every decoder takes. Profiles as GStreamer calls them. */
const COMMON_PROFILE =
  /^(?:constrained-baseline|baseline|main|constrained-high|progressive-high|high|main-still-picture)$/;

interface Row {
  readonly about: string;
  readonly good: string;
  seen(facts: ProbeFacts): string;
  advice(facts: ProbeFacts): string | undefined;
}

const ROWS: readonly Row[] = [
  {
    about: 'codec',
    good: 'H264 or H265, 8 bits',
    seen: ({ codec, profile, level }) => [codec, profile, level].filter(Boolean).join(' '),
    advice: ({ codec, profile }) => {
      if (profile !== undefined && !COMMON_PROFILE.test(profile))
        return 'choose profile Main or High with 8 bits: hardware decoders may refuse this one';
      return codec === 'H265'
        ? 'good for analysis; most browsers cannot show it: choose H.264 for the stream people watch live'
        : undefined;
    },
  },
  {
    about: 'resolution',
    good: `up to ${GOOD.width}x${GOOD.height}`,
    seen: ({ width, height }) => `${width}x${height}`,
    advice: ({ width, height }) =>
      width * height > GOOD.width * GOOD.height
        ? `analyse the sub-stream of ${GOOD.width}x${GOOD.height} or less (uri.analyse), keep this one for uri.live and uri.record`
        : undefined,
  },
  {
    about: 'frame rate',
    good: `up to ${GOOD.fps} per second`,
    seen: ({ fps, declaredFps }) =>
      declaredFps === undefined
        ? fps.toFixed(1)
        : `${fps.toFixed(1)}, says ${Number(declaredFps.toFixed(1))}`,
    advice: ({ fps, declaredFps }) => {
      if (declaredFps !== undefined && fps < declaredFps * GOOD.fpsShare)
        return 'fewer frames come than the camera says: long exposure in the dark, its load, or the network';
      return fps > GOOD.fps + 0.5
        ? `set ${GOOD.fps} or less in the camera: detection gains nothing by more`
        : undefined;
    },
  },
  {
    about: 'bitrate',
    good: `up to ${GOOD.kbitPerSecond} kbit/s`,
    seen: ({ kbitPerSecond }) => `${Math.round(kbitPerSecond)} kbit/s`,
    advice: ({ kbitPerSecond }) =>
      kbitPerSecond > GOOD.kbitPerSecond
        ? 'lower it, or analyse the sub-stream: 20 such cameras fill 100 Mbit/s'
        : undefined,
  },
  {
    about: 'key frames',
    good: `${GOOD.keyFrameSeconds} s apart or less`,
    seen: ({ keyFrames: { frames, seconds, atLeast } }) =>
      `${atLeast ? 'more than ' : ''}${frames} frames, ${seconds.toFixed(1)} s apart`,
    advice: ({ keyFrames: { seconds }, fps }) =>
      seconds > GOOD.keyFrameSeconds
        ? `set the I-frame interval (GOP) to ${Math.max(1, Math.round(fps))}, one second: each loss costs all up to the next key frame`
        : undefined,
  },
  {
    about: 'frame order',
    good: 'as shown',
    seen: ({ reordered }) => (reordered ? 'reordered: B-frames' : 'as shown'),
    advice: ({ reordered }) =>
      reordered ? 'turn B-frames off, or choose profile Baseline: they only add delay' : undefined,
  },
  {
    about: 'packet loss',
    good: 'none',
    seen: ({ packets, transport }) => `${percent(lossOf(packets))} by ${transport.toUpperCase()}`,
    advice: ({ packets, transport }) => {
      if (lossOf(packets) <= GOOD.packetLoss) return undefined;
      return transport === 'udp'
        ? 'use --transport tcp, which loses nothing on the way'
        : 'the camera itself drops packets: lower its bitrate, or the number of its clients';
    },
  },
  {
    about: 'login',
    good: 'digest, or any over rtsps:',
    seen: ({ authentication, uri }) => `${authentication}${isEncrypted(uri) ? ' over TLS' : ''}`,
    advice: ({ authentication, uri }) => {
      if (authentication === 'none') return 'anybody on its network can watch: set a password in the camera';
      return authentication === 'basic' && !isEncrypted(uri)
        ? 'the password crosses the network nearly in the clear: set Digest in the camera, or use rtsps:'
        : undefined;
    },
  },
  {
    about: 'offered',
    good: 'anything',
    seen: ({ media }) => media.map(({ kind, codec }) => [kind, codec].filter(Boolean).join(' ')).join(', '),
    advice: ({ media }) =>
      media.some(({ kind }) => kind === 'audio')
        ? 'audio is not taken: turn it off to save bandwidth'
        : undefined,
  },
];

export function assess(facts: ProbeFacts): Assessment[] {
  return ROWS.map(({ about, good, seen, advice }) => {
    const text = advice(facts);
    return { about, good, seen: seen(facts), ...(text !== undefined && { advice: text }) };
  });
}

function lossOf({ received, lost }: ProbeFacts['packets']): number {
  return received + lost > 0 ? lost / (received + lost) : 0;
}

function isEncrypted(uri: string): boolean {
  return /^rtsps:/i.test(uri);
}
