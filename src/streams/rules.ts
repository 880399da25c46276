/** The numbers a stream is judged by. */

export interface StreamRules {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Without a frame for this long a live stream is stalled; counts until its frame interval is measured. */
  readonly stallMs: number;
  /** How RTP is carried; undefined for what does not come by RTP. */
  readonly transport?: 'tcp' | 'udp';
  /** An unchanging picture is trouble after this long; 0: never. */
  readonly frozenMs: number;
  /** Connect anew when the picture is frozen. */
  readonly frozenRestart: boolean;
  /** A stream that stays stalled this long is connected anew. */
  readonly reconnectMs: number;
  /** To find out what to connect to. */
  readonly resolveMs: number;
  /** From the start of a handshake to its end. */
  readonly handshakeMs: number;
  /** Without any data, from the end of the handshake or from the last data before a first frame. */
  readonly noFrameMs: number;
  /** Data without a frame: first a warning, at last the connection is given up. */
  readonly keyFrameWarnMs: number;
  readonly keyFrameMs: number;
  /** A connection that gave frames and was lost before this flaps; the next is live after `settleMs` of frames. */
  readonly flapMs: number;
  readonly settleMs: number;
  /** A stream that was live this long has recovered: the next failure is a first one. */
  readonly steadyMs: number;
  /** Rates are taken over this long. */
  readonly windowMs: number;
  /** Share of RTP packets. */
  readonly packetLoss: number;
  /** Share of access units, of at least `decodeUnits` of them. */
  readonly decodeErrors: number;
  readonly decodeUnits: number;
  /** Above this share for `decodeLostMs` the connection is given up. */
  readonly decodeLost: number;
  readonly decodeLostMs: number;
  /** Share of frames that are due for the detector and pass it for want of time. */
  readonly shed: number;
  /** A camera's clock that is further off is trouble; from `clockAbsurdMs` on it is not believed. */
  readonly clockSkewMs: number;
  readonly clockAbsurdMs: number;
  /** How long a jump of the timestamps is shown. */
  readonly timestampsMs: number;
}

export const DEFAULT_RULES: Omit<StreamRules, 'random' | 'stallMs'> = {
  frozenMs: 10_000,
  frozenRestart: false,
  reconnectMs: 5_000,
  resolveMs: 15_000,
  handshakeMs: 15_000,
  noFrameMs: 10_000,
  keyFrameWarnMs: 15_000,
  keyFrameMs: 120_000,
  flapMs: 10_000,
  settleMs: 5_000,
  steadyMs: 10_000,
  windowMs: 5_000,
  packetLoss: 0.02,
  decodeErrors: 0.1,
  decodeUnits: 10,
  decodeLost: 0.5,
  decodeLostMs: 30_000,
  shed: 0.25,
  timestampsMs: 10_000,
  clockSkewMs: 1_000,
  clockAbsurdMs: 3_600_000,
};
