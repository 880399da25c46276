/** What is wrong with a connection that goes on, and how that is said. */
import { skewWords } from './camera-clock.js';
import type { StreamRules } from './rules.js';
import {
  type StreamEffect,
  type StreamState,
  type Trouble,
  type TroubleKind,
  TROUBLES,
} from './stream-types.js';
import { recent } from './watch.js';
import { percent, seconds } from './words.js';

const DETECTOR_REMEDY = 'a lower detector.rate, fewer streams or a smaller model helps';

/** The trouble in words, or undefined where there is none. */
type Check = (state: StreamState, now: number, rules: StreamRules) => string | undefined;

const REMEDY = {
  udp: 'over UDP; transport: tcp would repair that',
  tcp: 'over TCP; the camera or the link does not keep up',
} as const;

const CHECKS: Readonly<Record<TroubleKind, Check>> = {
  frozen({ kind, watch }, now, { frozenMs }) {
    if (frozenMs === 0 || kind !== 'live' || watch.firstFrameAt === undefined) return undefined;
    // The gauge may be that of an earlier connection.
    const age = Math.min(watch.last?.sample.pictureAgeMs ?? -1, now - watch.firstFrameAt);
    if (age < frozenMs) return undefined;
    return `the picture has not changed for ${seconds(age)}, though frames arrive`;
  },
  'decode-errors'({ watch }, now, rules) {
    const lasted = now - (watch.faultySince ?? now);
    if (lasted < rules.windowMs) return undefined;
    return `${percent(recent(watch, rules).errors)} of access units not decodable for ${whole(lasted)}`;
  },
  'packet-loss'({ watch }, now, rules) {
    const { windowMs, transport } = rules;
    const lasted = now - (watch.lossySince ?? now);
    if (lasted < windowMs) return undefined;
    const share = percent(recent(watch, rules).losses);
    return `${share} of RTP packets lost for ${whole(lasted)}${transport ? ` ${REMEDY[transport]}` : ''}`;
  },
  timestamps({ watch }, now, { timestampsMs }) {
    if (watch.jumpedAt === undefined || now - watch.jumpedAt >= timestampsMs) return undefined;
    return 'the timestamps jumped; media times before and after do not compare';
  },
  'clock-skew'({ watch }, _now, { clockSkewMs, clockAbsurdMs }) {
    const skew = watch.last?.sample.clockSkewMs;
    if (skew === undefined || Math.abs(skew) < clockSkewMs) return undefined;
    const absurd = Math.abs(skew) >= clockAbsurdMs;
    const consequence = absurd
      ? "messages tell this machine's time"
      : "messages tell the camera's time as it is";
    return `the camera's clock is ${skewWords(skew / 1000)}: ${consequence}; set it, by NTP`;
  },
  'no-key-frame'({ phase, phaseSince }, now, { keyFrameWarnMs }) {
    const waited = now - phaseSince;
    if (phase !== 'waiting-for-key-frame' || waited < keyFrameWarnMs) return undefined;
    return `no key frame for ${seconds(waited)}, though data arrives; a shorter key frame interval helps`;
  },
  'detector-slow'({ watch }, now, rules) {
    const lasted = now - (watch.shedSince ?? now);
    if (lasted < rules.windowMs) return undefined;
    const share = percent(recent(watch, rules).shed);
    return `${share} of frames were due for the detector and passed it for ${whole(lasted)}; ${DETECTOR_REMEDY}`;
  },
};

function whole(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

function found(state: StreamState, kind: TroubleKind, now: number, rules: StreamRules): Trouble[] {
  const since = state.troubles.find((trouble) => trouble.kind === kind)?.since ?? now;
  const message = CHECKS[kind](state, now, rules);
  return message === undefined ? [] : [{ kind, since, message }];
}

export function judged(state: StreamState, now: number, rules: StreamRules): StreamState {
  const troubles = TROUBLES.flatMap((kind) => found(state, kind, now, rules));
  return troubles.length + state.troubles.length === 0 ? state : { ...state, troubles };
}

/** A trouble counts when it begins; timestamps each time they jump. */
export function incidents(before: StreamState, after: StreamState, now: number): StreamEffect[] {
  const known = new Set(before.troubles.map(({ kind }) => kind));
  return after.troubles
    .filter(({ kind }) => (kind === 'timestamps' ? after.watch.jumpedAt === now : !known.has(kind)))
    .map(({ kind, message }) => ({ type: 'incident', incident: kind, message }));
}
