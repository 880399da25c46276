/** Everything that may end early on the way from the camera to NATS, in the order a frame passes the places. */
import type { Sample } from './definition.js';
import type { StreamSnapshot } from './snapshot.js';

export interface Drop {
  readonly place: string;
  readonly cause: string;
  /** What is counted, and why it was lost. */
  readonly meaning: string;
  read(stream: StreamSnapshot): number;
}

export const DROPS: readonly Drop[] = [
  {
    place: 'jitter-buffer',
    cause: 'lost',
    meaning: 'RTP packets that never came, or came too late.',
    read: (s) => s.packetsLost,
  },
  {
    place: 'encoded',
    cause: 'no-key-frame',
    meaning:
      'Access units before the first key frame of a connection, or shown before the one they follow: nothing to decode them with.',
    read: (s) => s.undecodable,
  },
  {
    place: 'encoded',
    cause: 'full',
    meaning: 'Access units dropped because the decoder fell behind.',
    read: (s) => s.dropped.encoded,
  },
  {
    place: 'decoder',
    cause: 'error',
    meaning: 'Access units of which no picture came.',
    read: (s) => s.decodeErrors,
  },
  {
    place: 'decoded',
    cause: 'full',
    meaning: 'Pictures dropped because inference fell behind: the freshest wins.',
    read: (s) => s.dropped.decoded,
  },
  {
    place: 'source',
    cause: 'disconnected',
    meaning: 'Access units and pictures on their way when a connection ended.',
    read: (s) => s.dropped.discarded,
  },
  {
    place: 'ring',
    cause: 'full',
    meaning: 'Messages dropped because the process fell behind.',
    read: (s) => s.dropped.ring,
  },
  {
    place: 'nats',
    cause: 'disconnected',
    meaning: 'Messages without a connection to NATS.',
    read: (s) => s.dropped.disconnected,
  },
  {
    place: 'nats',
    cause: 'slow',
    meaning: 'Messages NATS was too slow to take.',
    read: (s) => s.dropped.slow,
  },
  {
    place: 'nats',
    cause: 'refused',
    meaning: 'Messages the client would not send.',
    read: (s) => s.dropped.refused,
  },
  {
    place: 'nats',
    cause: 'unconfirmed',
    meaning: 'Messages sent on a connection that went before NATS said that it has them; they may have come.',
    read: (s) => s.dropped.unconfirmed,
  },
];

export function dropSamples(stream: StreamSnapshot): Sample[] {
  return DROPS.map(({ place, cause, read }) => ({ labels: { place, cause }, value: read(stream) }));
}
