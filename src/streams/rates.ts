/** Shares between two looks at a slot's counters; undefined: too little to judge by. */
import type { StreamRules } from './rules.js';
import type { SlotSample } from './watch.js';

/** Of the RTP packets sent, how many did not arrive. */
export function packetLoss(from: SlotSample, to: SlotSample): number | undefined {
  const lost = to.packetsLost - from.packetsLost;
  const sent = to.packets - from.packets + lost;
  return sent > 0 ? lost / sent : undefined;
}

/** Of the access units a decoder has dealt with, how many made no picture. */
export function decodeErrors(
  from: SlotSample,
  to: SlotSample,
  { decodeUnits }: StreamRules,
): number | undefined {
  const failed = to.decodeErrors - from.decodeErrors;
  const units = to.decoded - from.decoded + failed;
  return units >= decodeUnits ? failed / units : undefined;
}

/** Of the frames that passed, how many were due for the detector and not looked at. */
export function shed(from: SlotSample, to: SlotSample): number | undefined {
  const frames = to.frames - from.frames;
  return frames > 0 ? (to.shed - from.shed) / frames : undefined;
}
