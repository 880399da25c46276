import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StatusSink } from '../../src/sinks/status-sink.js';
import { parseSubject, subject } from '../../src/sinks/subjects.js';
import { type FakeLink, fakeLink } from '../support/fake-link.js';

beforeEach(() =>
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
  }),
);
afterEach(() => vi.useRealTimers());

/** All that was published, with its subject. */
const said = (link: FakeLink) => link.published.map(({ subject, text }) => `${subject} ${text}`);

describe('states', () => {
  it('go out at once, then at most once a second per stream, the last one winning', () => {
    const link = fakeLink();
    const sink = new StatusSink({ link, subject: (stream) => stream });
    sink.set('a', () => ({ n: 1 }));
    sink.set('b', () => ({ n: 1 }));
    sink.set('a', () => ({ n: 2 }));
    sink.set('a', () => ({ n: 3 }));
    expect(said(link)).toEqual(['a {"n":1}', 'b {"n":1}']);
    vi.advanceTimersByTime(999);
    expect(link.published).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(said(link).at(-1)).toBe('a {"n":3}');
    sink.close();
  });

  it('are said again now and then, and at every new connection', () => {
    const link = fakeLink();
    const sink = new StatusSink({ link, subject: (stream) => stream });
    sink.set('a', () => ({ n: 1 }));
    vi.advanceTimersByTime(10_000);
    expect(said(link)).toEqual(['a {"n":1}', 'a {"n":1}']);
    link.enter({ kind: 'disconnected' });
    sink.set('a', () => ({ n: 2 }));
    vi.advanceTimersByTime(5_000);
    expect(link.published).toHaveLength(2);
    link.enter({ kind: 'connected', server: 'fake' });
    expect(said(link).at(-1)).toBe('a {"n":2}');
    sink.close();
  });

  it('still waiting are sent when the sink closes, and none afterwards', () => {
    const link = fakeLink();
    const sink = new StatusSink({ link, subject: (stream) => stream });
    sink.set('a', () => ({ n: 1 }));
    sink.set('a', () => ({ n: 2 }));
    sink.close();
    expect(said(link)).toEqual(['a {"n":1}', 'a {"n":2}']);
    vi.advanceTimersByTime(60_000);
    expect(link.published).toHaveLength(2);
  });

  it('are made when they are sent', () => {
    const link = fakeLink();
    const sink = new StatusSink({ link, subject: (stream) => stream });
    let n = 1;
    sink.set('a', () => ({ n }));
    sink.set('a', () => ({ n }));
    n = 2;
    vi.advanceTimersByTime(1_000);
    n = 3;
    vi.advanceTimersByTime(10_000);
    expect(said(link)).toEqual(['a {"n":1}', 'a {"n":2}', 'a {"n":3}']);
    sink.close();
  });
});

describe('the last state of a stream', () => {
  it('is said once, in its turn, and never again', () => {
    const link = fakeLink();
    const sink = new StatusSink({ link, subject: (stream) => stream });
    sink.set('a', () => ({ n: 1 }));
    sink.end('a', () => ({ last: true }));
    expect(link.published).toHaveLength(1);
    vi.advanceTimersByTime(60_000);
    link.enter({ kind: 'connected', server: 'fake' });
    expect(said(link)).toEqual(['a {"n":1}', 'a {"last":true}']);
    expect(sink.size).toBe(0);
    sink.close();
  });

  it('waits for a server', () => {
    const link = fakeLink();
    const sink = new StatusSink({ link, subject: (stream) => stream });
    link.enter({ kind: 'disconnected' });
    sink.end('a', () => ({ last: true }));
    vi.advanceTimersByTime(60_000);
    expect(said(link)).toEqual([]);
    link.enter({ kind: 'connected', server: 'fake' });
    vi.advanceTimersByTime(60_000);
    expect(said(link)).toEqual(['a {"last":true}']);
    expect(sink.size).toBe(0);
    sink.close();
  });

  it('gives way to the first of a new stream of that name, still once a second', () => {
    const link = fakeLink();
    const sink = new StatusSink({ link, subject: (stream) => stream });
    sink.end('a', () => ({ last: true }));
    sink.set('a', () => ({ n: 1 }));
    expect(said(link)).toEqual(['a {"last":true}']);
    vi.advanceTimersByTime(1_000);
    expect(said(link)).toEqual(['a {"last":true}', 'a {"n":1}']);
    vi.advanceTimersByTime(10_000);
    expect(said(link).at(-1)).toBe('a {"n":1}');
    expect(sink.size).toBe(1);
    sink.close();
  });

  it('is kept for a bounded number of streams while there is no server', () => {
    const link = fakeLink();
    const sink = new StatusSink({ link, subject: (stream) => stream });
    link.enter({ kind: 'disconnected' });
    sink.set('stays', () => ({ n: 1 }));
    for (let i = 0; i < 1_100; i++) sink.end(`s${i}`, () => ({ i }));
    expect(sink.size).toBe(1_025);
    link.enter({ kind: 'connected', server: 'fake' });
    expect(link.published).toHaveLength(1_025);
    expect(said(link).at(-1)).toBe('s1099 {"i":1099}');
    sink.close();
  });
});

describe('a subject', () => {
  const scope = { prefix: 'site.weir', appliance: 'gate' };
  it('is made and taken apart again', () => {
    expect(subject(scope, 'cam-1', 'status')).toBe('site.weir.gate.cam-1.status');
    expect(parseSubject(scope, 'site.weir.gate.cam-1.status')).toEqual({ stream: 'cam-1', kind: 'status' });
    expect(parseSubject({ ...scope, appliance: '*' }, 'site.weir.gate.cam-1.status')).toEqual({
      stream: 'cam-1',
      kind: 'status',
    });
  });
  it('of an event has its kind', () => {
    const parsed = parseSubject(scope, 'site.weir.gate.cam-1.events.live');
    expect(parsed).toEqual({ stream: 'cam-1', kind: 'events.live' });
  });
  it.each([
    'site.weir.gate.cam-1.events.',
    'site.weir.gate.cam-1.events.a.b',
    'other.weir.gate.cam-1.status',
    'site.weir.gate.cam-1',
    'site.weir.gate.cam-1.status.more',
  ])('%s is not ours', (text) => expect(parseSubject(scope, text)).toBeUndefined());
});
