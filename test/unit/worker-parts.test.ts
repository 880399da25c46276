import { describe, expect, it } from 'vitest';
import { Counters } from '../../src/native/counters.js';
import { PIPELINE_COUNTERS, SLOT_COUNTERS, type SlotCounter } from '../../src/native/types.js';
import { Ledger } from '../../src/worker/ledger.js';
import { readableLine } from '../../src/worker/log.js';
import { Meter } from '../../src/worker/meter.js';
import { Redactor } from '../../src/worker/redact.js';

const SLOTS = 2;

function counters() {
  const array = new Float64Array(SLOTS * SLOT_COUNTERS.length + PIPELINE_COUNTERS.length);
  const set = (slot: number, values: Partial<Record<SlotCounter, number>>) => {
    for (const [name, value] of Object.entries(values))
      array[slot * SLOT_COUNTERS.length + SLOT_COUNTERS.indexOf(name as SlotCounter)] = value;
  };
  return { view: new Counters(array, SLOTS), set };
}

describe('rates', () => {
  it('cover the last five seconds', () => {
    const meter = new Meter();
    expect(meter.rates()).toEqual({ fps: 0, inferencesPerSecond: 0, objects: 0, tracks: 0 });
    for (let second = 0; second <= 20; second++) {
      const n = Math.max(0, second - 10);
      const totals = { frames: 10 * n, inferred: 5 * n, messages: 5 * n, objects: 15 * n, tracked: 10 * n };
      meter.sample(totals, second * 1000);
    }
    expect(meter.rates()).toEqual({ fps: 10, inferencesPerSecond: 5, objects: 3, tracks: 2 });
  });
});

describe('the ledger of a stream', () => {
  it('begins at 0 in a slot that was used before', () => {
    const { view, set } = counters();
    set(1, { frames: 500, received: 600, lastFrameAgeMs: 7, latencyUs: 9 });
    const ledger = new Ledger(view, 1);
    expect(ledger.totals()).toMatchObject({ frames: 0, received: 0 });
    expect([ledger.gauge('lastFrameAgeMs'), ledger.gauge('latencyUs')]).toEqual([-1, -1]);
    set(1, { frames: 503, received: 610, lastFrameAgeMs: 20 });
    expect(ledger.totals()).toMatchObject({ frames: 3, received: 10, decodeErrors: 0 });
    expect(ledger.gauge('lastFrameAgeMs')).toBe(20);
  });

  it('stands still once the slot is given to another', () => {
    const { view, set } = counters();
    const ledger = new Ledger(view, 0);
    set(0, { frames: 3 });
    ledger.close();
    set(0, { frames: 9, lastFrameAgeMs: 1 });
    expect([ledger.totals().frames, ledger.gauge('lastFrameAgeMs')]).toEqual([3, -1]);
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
