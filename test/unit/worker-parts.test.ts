import { describe, expect, it } from 'vitest';
import { Counters } from '../../src/native/counters.js';
import { PIPELINE_COUNTERS, SLOT_COUNTERS, type SlotCounter } from '../../src/native/types.js';
import { readableLine } from '../../src/worker/log.js';
import { Meter } from '../../src/worker/meter.js';
import { Redactor } from '../../src/worker/redact.js';

function counters(values: Partial<Record<SlotCounter, number>>): Counters {
  const array = new Float64Array(SLOT_COUNTERS.length + PIPELINE_COUNTERS.length);
  for (const [name, value] of Object.entries(values))
    array[SLOT_COUNTERS.indexOf(name as SlotCounter)] = value;
  return new Counters(array, 1);
}

describe('rates', () => {
  it('cover the last five seconds', () => {
    const meter = new Meter();
    expect(meter.rates()).toEqual({ fps: 0, inferencesPerSecond: 0, objects: 0, tracks: 0 });
    for (let second = 0; second <= 20; second++) {
      const n = Math.max(0, second - 10);
      meter.sample(
        counters({ frames: 10 * n, inferred: 5 * n, messages: 5 * n, objects: 15 * n, tracked: 10 * n }),
        0,
        second * 1000,
      );
    }
    expect(meter.rates()).toEqual({ fps: 10, inferencesPerSecond: 5, objects: 3, tracks: 2 });
  });
});

describe('redaction', () => {
  it('takes known secrets and user information out of text', () => {
    const redactor = new Redactor();
    redactor.add('p@ss word');
    expect(redactor.clean('open rtsp://me:p%40ss%20word@host/x: p@ss word refused')).toBe(
      'open rtsp://***@host/x: *** refused',
    );
    expect(redactor.clean('nats://a:b@h:1 and rtsps://u@h')).toBe('nats://***@h:1 and rtsps://***@h');
  });

  it('leaves words alone that merely contain a very short secret', () => {
    const redactor = new Redactor();
    redactor.add('cam');
    expect(redactor.clean('camera')).toBe('camera');
  });
});

describe('a log line on a terminal', () => {
  it('is one readable line', () => {
    const line = JSON.stringify({
      level: 'warn',
      time: '2026-11-22T19:00:01.250Z',
      stream: 'cam-1',
      cause: 'refused',
      retryInMs: 800,
      msg: 'waiting',
    });
    expect(readableLine(line)).toBe('19:00:01.250 warn  cam-1: waiting  cause=refused  retryInMs=800');
  });
});
