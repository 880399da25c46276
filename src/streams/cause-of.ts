/** What the native side reports, in the words of the reducer. */
import type { NativeEvent } from '../native/types.js';
import type { Cause } from './retry.js';
import type { StreamEvent } from './stream-types.js';

/** An event that says which source it is about. */
export type SourceEvent = Extract<NativeEvent, { slot: number }>;
type SourceError = Extract<NativeEvent, { type: 'source-error' }>;

const SESSION_NOT_FOUND = 454;

export function causeOf({ cause, status }: Pick<SourceError, 'cause' | 'status'>): Cause {
  if (cause === 'pipeline') return 'source';
  if (cause !== 'unavailable') return cause;
  if (status === SESSION_NOT_FOUND) return 'session';
  // Without a status no camera has answered: that is the network's failure and soon tried again.
  return status === undefined ? 'unreachable' : cause;
}

const STATUS_WORDS: Readonly<Record<number, string>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not found',
  407: 'proxy authentication required',
  454: 'session not found',
  503: 'service unavailable',
};

/** `401 unauthorized` where the camera gave a status we have words for; otherwise what the source said. */
function messageOf({ status, message }: Pick<SourceError, 'status' | 'message'>): string {
  if (status === undefined) return message;
  const words = STATUS_WORDS[status];
  if (words !== undefined) return `${status} ${words}`;
  return message.includes(String(status)) ? message : `${status}: ${message}`;
}

/** Undefined for events that do not concern a stream's life. */
export function streamEvent(event: SourceEvent): StreamEvent | undefined {
  const { type, epoch } = event;
  if (type === 'connected') return { type, epoch };
  if (type === 'first-frame') return { type: 'firstFrame', epoch };
  if (type === 'source-error')
    return { type: 'lost', epoch, cause: causeOf(event), message: messageOf(event) };
  if (type !== 'source-format') return undefined;
  return { type: 'format', epoch, text: `${event.codec} ${event.width}x${event.height}` };
}
