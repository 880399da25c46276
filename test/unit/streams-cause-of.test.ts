import { describe, expect, it } from 'vitest';
import type { NativeCause } from '../../src/native/types.js';
import { causeOf, streamEvent } from '../../src/streams/cause-of.js';

describe('what the native side reports', () => {
  it.each([
    ['pipeline', undefined, 'source'],
    ['unavailable', undefined, 'unreachable'],
    ['unavailable', 503, 'unavailable'],
    ['unavailable', 454, 'session'],
    ['unauthorized', 401, 'unauthorized'],
    ['eos', undefined, 'eos'],
  ] as const)('as "%s" with status %s is the cause "%s"', (cause: NativeCause, status, expected) => {
    expect(causeOf({ cause, ...(status !== undefined && { status }) })).toBe(expected);
  });

  it.each([
    [401, 'unauthorized', 'Unauthorized (401)', 'unauthorized', '401 unauthorized'],
    [403, 'unauthorized', 'Forbidden', 'unauthorized', '403 forbidden'],
    [404, 'not-found', 'Not Found (404)', 'not-found', '404 not found'],
    [454, 'unavailable', 'Session', 'session', '454 session not found'],
    [503, 'unavailable', 'Busy', 'unavailable', '503 service unavailable'],
    [551, 'unavailable', 'Option not supported', 'unavailable', '551: Option not supported'],
    [551, 'unavailable', 'Not supported (551)', 'unavailable', 'Not supported (551)'],
  ] as const)('as status %d is told in the words of the field', (status, native, said, cause, message) => {
    const event = { type: 'source-error', slot: 3, epoch: 7, cause: native, status, message: said } as const;
    expect(streamEvent(event)).toEqual({ type: 'lost', epoch: 7, cause, message });
  });

  it('becomes the event of the reducer, if it concerns a stream', () => {
    const of = { slot: 3, epoch: 7 };
    expect(streamEvent({ type: 'connected', ...of })).toEqual({ type: 'connected', epoch: 7 });
    expect(streamEvent({ type: 'first-frame', ...of })).toEqual({ type: 'firstFrame', epoch: 7 });
    const format = { type: 'source-format', ...of, codec: 'H264', width: 640, height: 360, fps: 10 } as const;
    expect(streamEvent(format)).toEqual({ type: 'format', epoch: 7, text: 'H264 640x360' });
    expect(streamEvent({ type: 'warning', ...of, message: 'x' })).toBeUndefined();
  });

  it('keeps its own words where there is no status', () => {
    const event = {
      type: 'source-error',
      slot: 0,
      epoch: 1,
      cause: 'codec',
      message: 'offers MJPEG',
    } as const;
    expect(streamEvent(event)).toMatchObject({ cause: 'codec', message: 'offers MJPEG' });
  });
});
