/** What a camera turned out to be: plain data, JSON as it stands. */
import { z } from 'zod';
import { printable } from '../net/printable.js';

/** Whoever says so has met a camera nobody knows, and may have been taken over by it. */
const word = z
  .string()
  .max(200)
  .transform((text) => printable(text, 64));
const amount = z.number().min(0).max(1e12);
const count = z.int().min(0).max(1e9);

export const probeFacts = z.object({
  /** Scheme, host and port: paths and queries may hold credentials. */
  uri: word,
  /** `192.0.2.10:554`: what was connected to. */
  address: word,
  transport: z.enum(['tcp', 'udp']),
  /** Scheme of the login the camera asked for. */
  authentication: z.string().regex(/^[a-z0-9-]{1,32}$/),
  /** From the first packet sent to the camera's agreeing to play. */
  connectMs: amount,
  /** From the first packet sent. */
  firstKeyFrameMs: amount,
  codec: word,
  /** As GStreamer calls them. */
  profile: word.exactOptional(),
  level: word.exactOptional(),
  width: count,
  height: count,
  /** What the stream says of itself. */
  declaredFps: amount.exactOptional(),
  /** Measured, from here on. */
  fps: amount,
  kbitPerSecond: amount,
  /** The longest from one key frame to the next. */
  keyFrames: z.object({
    frames: count,
    seconds: amount,
    /** No second one came while it was watched. */
    atLeast: z.boolean(),
  }),
  /** Pictures come in another order than they are shown: there are B-frames. */
  reordered: z.boolean(),
  packets: z.object({ received: count, lost: count }),
  /** All the camera offers; one is the stream that was tried. */
  media: z
    .array(z.object({ kind: word, codec: word }))
    .max(16)
    .readonly(),
  /** How long it was watched, from the first key frame on. */
  seconds: amount,
});
export type ProbeFacts = z.infer<typeof probeFacts>;

export const probeReport = probeFacts
  .extend({
    advice: z.array(z.object({ about: z.string(), text: z.string() })).readonly(),
  })
  .meta({ id: 'ProbeReport' });
export type ProbeReport = z.infer<typeof probeReport>;
