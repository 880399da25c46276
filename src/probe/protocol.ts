/** What passes between a probe and the process it throws away. JSON: what that process says is a stranger's word. */
import { z } from 'zod';
import { printable } from '../net/printable.js';
import { type ErrorCode, ERRORS } from '../spec/error.js';
import { type Cause, CAUSES } from '../streams/retry.js';
import { probeFacts } from './report.js';
import type { ProbeTarget } from './target.js';

export interface ProbeRequest {
  readonly target: ProbeTarget;
  /** Watch it so long, from the first key frame on. */
  readonly seconds: number;
  /** Wait so long for that key frame. */
  readonly timeoutMs: number;
  /** The spec's `cameraNetworks`. */
  readonly networks?: readonly string[];
  /** Take a picture, too. */
  readonly picture: boolean;
}

const MAX_PICTURE = 16 * 1024 * 1024;
const text = z
  .string()
  .max(4000)
  .transform((line) => printable(line, 500));
const isCause = (word: string): word is Cause => (CAUSES as readonly string[]).includes(word);
const isCode = (word: string): word is ErrorCode => Object.hasOwn(ERRORS, word);

export const probeMessage = z.discriminatedUnion('type', [
  /** Everything is loaded, nothing has been connected to. */
  z.object({ type: z.literal('ready') }),
  z.object({
    type: z.literal('facts'),
    facts: probeFacts,
    /** A JPEG. */
    picture: z.base64().max(MAX_PICTURE).exactOptional(),
  }),
  /** The camera is to blame, or the way to it. */
  z.object({ type: z.literal('failure'), cause: z.string().refine(isCause), message: text }),
  /** Something of ours is. */
  z.object({
    type: z.literal('fault'),
    code: z.string().refine(isCode),
    message: text,
    remedy: text.exactOptional(),
  }),
]);
export type ProbeMessage = z.infer<typeof probeMessage>;
export type ProbeAnswer = Extract<ProbeMessage, { type: 'facts' }>;
