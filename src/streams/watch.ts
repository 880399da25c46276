/** What is seen of one connection by looking at its slot's counters again and again. */
import { decodeErrors, packetLoss, shed } from './rates.js';
import type { StreamRules } from './rules.js';

/** Counters of a slot; all monotonic but the last. */
export interface SlotSample {
  readonly received: number;
  readonly undecodable: number;
  readonly decoded: number;
  readonly decodeErrors: number;
  readonly frames: number;
  readonly shed: number;
  readonly packets: number;
  readonly packetsLost: number;
  readonly timestampJumps: number;
  /** -1 where unknown. */
  readonly pictureAgeMs: number;
  /** How far the camera's clock is behind ours; absent where it has not told. */
  readonly clockSkewMs?: number;
}

export interface Look {
  readonly at: number;
  readonly sample: SlotSample;
}

export interface Watch {
  /** Some of the looks within the last window, the oldest first. */
  readonly looks: readonly Look[];
  /** The last look. The first of a connection is what the others are compared with. */
  readonly last: Look | undefined;
  /** When data, and a frame, last arrived. */
  readonly dataAt: number | undefined;
  readonly frameAt: number | undefined;
  readonly firstFrameAt: number | undefined;
  readonly jumpedAt: number | undefined;
  /**
   * Since when a share has been above its bound without a break: of packets lost, of access units not decoded, of
   * frames that passed the detector though they were due.
   */
  readonly lossySince: number | undefined;
  readonly faultySince: number | undefined;
  readonly shedSince: number | undefined;
  /** The same, for the bound above which a connection is of no use. */
  readonly brokenSince: number | undefined;
}

export const UNSEEN: Watch = {
  looks: [],
  last: undefined,
  dataAt: undefined,
  frameAt: undefined,
  firstFrameAt: undefined,
  jumpedAt: undefined,
  lossySince: undefined,
  faultySince: undefined,
  shedSince: undefined,
  brokenSince: undefined,
};

/** Looks kept per window: rates need no more. */
const GRAINS = 10;

function kept(looks: readonly Look[], look: Look, windowMs: number): readonly Look[] {
  const last = looks.at(-1);
  const within = (looks[0]?.at ?? look.at) >= look.at - windowMs;
  const fresh = within ? looks : looks.filter(({ at }) => at >= look.at - windowMs);
  return last && look.at - last.at < windowMs / GRAINS ? fresh : [...fresh, look];
}

export function observe(watch: Watch, sample: SlotSample, now: number, rules: StreamRules): Watch {
  const last = { at: now, sample };
  const before = watch.last ?? last;
  const looks = kept(watch.looks, last, rules.windowMs);
  const from = looks[0] ?? last;
  const errors = decodeErrors(from.sample, sample, rules) ?? 0;
  const losses = packetLoss(from.sample, sample) ?? 0;
  const moved = (name: Exclude<keyof SlotSample, 'clockSkewMs'>) => sample[name] > before.sample[name];
  // What is bad now has been so since the look before at the earliest.
  const since = (bad: boolean, known: number | undefined) => (bad ? (known ?? before.at) : undefined);
  const frames = moved('frames');
  return {
    looks,
    last,
    dataAt: moved('packets') || moved('received') ? now : watch.dataAt,
    frameAt: frames ? now : watch.frameAt,
    firstFrameAt: watch.firstFrameAt ?? (frames ? now : undefined),
    jumpedAt: moved('timestampJumps') ? now : watch.jumpedAt,
    lossySince: since(losses > rules.packetLoss, watch.lossySince),
    faultySince: since(errors > rules.decodeErrors, watch.faultySince),
    shedSince: since((shed(from.sample, sample) ?? 0) > rules.shed, watch.shedSince),
    brokenSince: since(errors > rules.decodeLost, watch.brokenSince),
  };
}

export function withFrame(watch: Watch, now: number): Watch {
  return { ...watch, frameAt: now, firstFrameAt: watch.firstFrameAt ?? now };
}

/** Shares over the last window, or as much of it as there is. */
export function recent(
  { looks, last }: Watch,
  rules: StreamRules,
): { errors: number; losses: number; shed: number } {
  const [from, to] = [looks[0]?.sample, last?.sample];
  if (!from || !to) return { errors: 0, losses: 0, shed: 0 };
  return {
    errors: decodeErrors(from, to, rules) ?? 0,
    losses: packetLoss(from, to) ?? 0,
    shed: shed(from, to) ?? 0,
  };
}
