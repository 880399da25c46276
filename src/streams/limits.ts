/** How long a connection may stay as it is, and what is said when it may not. */
import { stallLimit } from './frame-interval.js';
import type { Cause } from './retry.js';
import type { StreamRules } from './rules.js';
import type { Next, Phase, StreamState } from './stream-types.js';
import { recent } from './watch.js';
import { percent, seconds } from './words.js';

export interface Loss {
  readonly cause: Cause;
  readonly message: string;
}

interface PhaseLimit {
  ms(rules: StreamRules): number;
  readonly cause: Cause;
  /** `lasted`: as text. */
  say(lasted: string): string;
}

const PHASE_LIMITS: Partial<Record<Phase, PhaseLimit>> = {
  resolving: {
    ms: (rules) => rules.resolveMs,
    cause: 'dns',
    say: (lasted) => `the address was not found out within ${lasted}`,
  },
  handshake: {
    ms: (rules) => rules.handshakeMs,
    cause: 'timeout',
    say: (lasted) => `no answer for ${lasted}`,
  },
  'no-frame': {
    ms: (rules) => rules.noFrameMs,
    cause: 'no-frame',
    say: (lasted) => `connected, but no data for ${lasted}`,
  },
  'waiting-for-key-frame': {
    ms: (rules) => rules.keyFrameMs,
    cause: 'no-key-frame',
    say: (lasted) => `no key frame for ${lasted}, though data arrives`,
  },
};

/** When the present phase ends at the latest. */
function phaseEnd(state: StreamState, rules: StreamRules): number | undefined {
  const limit = state.phase && PHASE_LIMITS[state.phase];
  return limit && state.phaseSince + limit.ms(rules);
}

function overduePhase(state: StreamState, now: number, rules: StreamRules): Loss | undefined {
  const limit = state.phase && PHASE_LIMITS[state.phase];
  const lasted = now - state.phaseSince;
  if (!limit || lasted < limit.ms(rules)) return undefined;
  return { cause: limit.cause, message: limit.say(seconds(lasted)) };
}

/** Data came, no frame was made of it, and now there is no data either. */
function driedUp({ phase, watch }: StreamState, now: number, rules: StreamRules): Loss | undefined {
  if (phase !== 'waiting-for-key-frame' || watch.dataAt === undefined) return undefined;
  const silent = now - watch.dataAt;
  if (silent < rules.noFrameMs) return undefined;
  return { cause: 'no-frame', message: `no data for ${seconds(silent)}, and no key frame before` };
}

function stalledTooLong(state: StreamState, now: number, rules: StreamRules): Loss | undefined {
  if (state.kind !== 'stalled' || now - state.since < rules.reconnectMs) return undefined;
  return { cause: 'stalled', message: silence(state, now, rules) };
}

function broken({ watch }: StreamState, now: number, rules: StreamRules): Loss | undefined {
  const lasted = now - (watch.brokenSince ?? now);
  if (watch.brokenSince === undefined || lasted < rules.decodeLostMs) return undefined;
  const share = percent(recent(watch, rules).errors);
  return { cause: 'decode-errors', message: `${share} of access units not decodable for ${seconds(lasted)}` };
}

function frozen(state: StreamState, rules: StreamRules): Loss | undefined {
  const trouble = rules.frozenRestart && state.troubles.find(({ kind }) => kind === 'frozen');
  return trouble ? { cause: 'frozen', message: trouble.message } : undefined;
}

/** Why the connection is to be given up now. */
export function overdue(state: StreamState, now: number, rules: StreamRules): Loss | undefined {
  return (
    broken(state, now, rules) ??
    overduePhase(state, now, rules) ??
    driedUp(state, now, rules) ??
    stalledTooLong(state, now, rules) ??
    frozen(state, rules)
  );
}

/** Frames have been missing for so long that the stream is stalled. */
export function isSilent({ watch, interval }: StreamState, now: number, rules: StreamRules): boolean {
  return watch.frameAt !== undefined && now - watch.frameAt >= stallLimit(interval, rules.stallMs);
}

/** `no RTP for 2.0 s, TCP still open`. */
export function silence({ watch }: StreamState, now: number, { transport, stallMs }: StreamRules): string {
  const noFrame = now - (watch.frameAt ?? now);
  const noData = now - (watch.dataAt ?? watch.frameAt ?? now);
  if (noData < Math.min(noFrame, stallMs) / 2)
    return `no picture for ${seconds(noFrame)}, though data arrives`;
  if (transport === undefined) return `no data for ${seconds(noData)}`;
  return `no RTP for ${seconds(noData)}, ${transport === 'tcp' ? 'TCP still open' : 'the session is still open'}`;
}

/** What happens next unless the camera does something before. */
export function upcoming(state: StreamState, rules: StreamRules): Next | undefined {
  const { kind, phase, phaseSince, since, retryAt, troubles, watch } = state;
  if (retryAt !== undefined) return { action: 'connect', at: retryAt };
  if (kind === 'stalled') return { action: 'reconnect', at: since + rules.reconnectMs };
  if (phase === 'settling') return { action: 'live', at: phaseSince + rules.settleMs };
  if (phase === 'waiting-for-key-frame' && !troubles.some((trouble) => trouble.kind === 'no-key-frame')) {
    return { action: 'warn', at: phaseSince + rules.keyFrameWarnMs };
  }
  const broken = watch.brokenSince === undefined ? undefined : watch.brokenSince + rules.decodeLostMs;
  const at = phaseEnd(state, rules) ?? broken;
  return at === undefined ? undefined : { action: 'reconnect', at };
}
