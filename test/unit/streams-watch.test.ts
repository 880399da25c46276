import { describe, expect, it } from 'vitest';
import { FLOWING, Story } from '../support/stream-story.js';

/** Data of which no picture can be made. */
const KEYLESS = { packets: 100, received: 10, undecodable: 10 };

describe('a connection that comes to nothing', () => {
  it.each([
    [
      'does not resolve',
      (s: Story) => s.started(),
      'resolving',
      15_000,
      'dns',
      'the address was not found out within 15 s',
    ],
    [
      'does not answer',
      (s: Story) => s.started().own('resolved').own('added'),
      'handshake',
      15_000,
      'timeout',
      'no answer for 15 s',
    ],
    [
      'brings no data',
      (s: Story) => s.connected(),
      'no-frame',
      10_000,
      'no-frame',
      'connected, but no data for 10 s',
    ],
  ] as const)('because it %s is given up', (_, begin, phase, after, cause, message) => {
    const story = begin(new Story());
    expect(story.state).toMatchObject({ phase, next: { action: 'reconnect', at: story.now + after } });
    expect(story.flow(after - 250, {}).state.phase).toBe(phase);
    expect(story.flow(250, {}).state).toMatchObject({ kind: 'waiting', cause, message, attempt: 1 });
  });

  it('waits for a key frame, warns after 15 s, and gives up after 120 s', () => {
    const story = new Story().connected().flow(250, KEYLESS);
    const begun = story.now;
    expect(story.state).toMatchObject({ kind: 'connecting', phase: 'waiting-for-key-frame', troubles: [] });
    expect(story.state.next).toEqual({ action: 'warn', at: begun + 15_000 });
    expect(story.flow(14_750, KEYLESS).troubles()).toEqual([]);
    expect(story.flow(250, KEYLESS).troubles()).toEqual([
      'no-key-frame: no key frame for 15 s, though data arrives; a shorter key frame interval helps',
    ]);
    expect(story.state.next).toEqual({ action: 'reconnect', at: begun + 120_000 });
    expect(story.flow(104_750, KEYLESS).state.kind).toBe('connecting');
    expect(story.flow(250, KEYLESS).state).toMatchObject({
      kind: 'waiting',
      cause: 'no-key-frame',
      message: 'no key frame for 120 s, though data arrives',
      troubles: [],
    });
    expect(story.incidents()).toHaveLength(1);
  });

  it('is live at a late key frame, and the warning is gone', () => {
    const story = new Story().connected().flow(60_000, KEYLESS).own('firstFrame');
    expect(story.state).toMatchObject({ kind: 'live', troubles: [] });
    expect(story.flow(5_000).state).toMatchObject({ kind: 'live', attempt: 0 });
  });

  it('is given up when the data dries up before a key frame', () => {
    const story = new Story().connected().flow(3_000, KEYLESS).flow(10_000, {});
    expect(story.state).toMatchObject({
      kind: 'waiting',
      cause: 'no-frame',
      message: 'no data for 10 s, and no key frame before',
    });
  });

  it('is not judged by what the slot counted before it', () => {
    const story = new Story().live().flow(5_000).lost('eos').own('removed');
    story.wait(10_000).event({ type: 'retryDue' }).event({ type: 'granted' }).own('resolved').own('added');
    expect(story.jump({ frames: 3, received: 3, packetsLost: 500 }).state.phase).toBe('handshake');
  });
});

describe('a stall', () => {
  it.each([
    ['tcp', 'no RTP for 2.0 s, TCP still open'],
    ['udp', 'no RTP for 2.0 s, the session is still open'],
  ] as const)('over %s is told after 2 s and ends with the next frame', (transport, message) => {
    const story = new Story({ transport }).live().flow(5_000);
    expect(story.flow(1_750, {}).state.kind).toBe('live');
    expect(story.flow(250, {}).state).toMatchObject({ kind: 'stalled', cause: 'stalled', message });
    expect(story.state.next).toEqual({ action: 'reconnect', at: story.now + 5_000 });
    expect(story.flow(250).state).toMatchObject({ kind: 'live', since: story.now });
    expect(story.state.cause).toBeUndefined();
  });

  it('of a source without RTP speaks of data', () => {
    const file = new Story();
    const { transport: _, ...rules } = file.rules;
    Object.assign(file, { rules });
    expect(file.live().flow(5_000).flow(2_000, {}).state.message).toBe('no data for 2.0 s');
  });

  it('says when data arrives and no picture comes of it', () => {
    const story = new Story()
      .live()
      .flow(5_000)
      .flow(2_000, { packets: 100, received: 10, decodeErrors: 10 });
    expect(story.state).toMatchObject({
      kind: 'stalled',
      message: 'no picture for 2.0 s, though data arrives',
    });
  });

  it('of 5 s is the end of the connection', () => {
    const story = new Story().live().flow(15_000).flow(6_750, {});
    expect(story.state.kind).toBe('stalled');
    expect(story.flow(250, {}).state).toMatchObject({
      kind: 'waiting',
      cause: 'stalled',
      message: 'no RTP for 7.0 s, TCP still open',
      source: 'removing',
    });
    expect(story.effects.map(({ type }) => type)).toEqual(['remove', 'loss', 'schedule']);
  });

  it('is judged by the interval that was measured, whatever was declared', () => {
    const slow = { packets: 1, received: 1, decoded: 1, frames: 1 };
    const story = new Story({ stallMs: 2_000 }).live().flow(15_000, slow);
    expect(story.flow(9_500, {}).state.kind).toBe('live');
    expect(story.flow(500, {}).state.kind).toBe('stalled');
    const fast = new Story({ stallMs: 60_000 }).live().flow(5_000).flow(2_000, {});
    expect(fast.state.kind).toBe('stalled');
  });

  it('is not seen in frames that only come at longer intervals', () => {
    const story = new Story().live().flow(10_000);
    // From ten frames a second to one in 1.5 s.
    for (let frame = 0; frame < 20; frame++) {
      story.flow(1_250, {}).jump({ frames: 1, received: 1, packets: 1 }).wait(250);
      expect(story.state.kind).toBe('live');
    }
  });
});

describe('a detector that does not keep up', () => {
  const waiting = { ...FLOWING, shed: 6 };

  it('is told of after 5 s, with the share of frames that passed it, while it lasts', () => {
    const story = new Story().live();
    expect(story.flow(4_750, waiting).troubles()).toEqual([]);
    expect(story.flow(250, waiting).troubles()).toEqual([
      'detector-slow: 60 % of frames were due for the detector and passed it for 5 s; ' +
        'a lower detector.rate, fewer streams or a smaller model helps',
    ]);
    expect(story.flow(5_000).troubles()).toEqual([]);
    expect(story.state.kind).toBe('live');
  });

  it('is not, where frames wait for a quarter of the time', () => {
    expect(
      new Story()
        .live()
        .flow(20_000, { ...FLOWING, shed: 2.5 })
        .troubles(),
    ).toEqual([]);
  });
});

describe('packet loss', () => {
  const half = { ...FLOWING, packets: 52, packetsLost: 48 };

  it('above 2 % over 5 s is told with what would help, while it lasts', () => {
    const story = new Story({ transport: 'udp' }).live().flow(10_000);
    const told = 'packet-loss: 48 % of RTP packets lost for 5 s over UDP; transport: tcp would repair that';
    expect(story.flow(4_750, half).troubles()).toEqual([]);
    expect(story.flow(250, half).troubles()).toEqual([told]);
    expect(story.flow(55_000, half).troubles()).toEqual([told.replace('5 s', '60 s')]);
    expect(story.flow(5_000).troubles()).toEqual([]);
    expect(story.state.kind).toBe('live');
    expect(story.incidents()).toEqual([told]);
  });

  it('is told after 5 s, not earlier, of a connection that has it from the start', () => {
    const story = new Story({ transport: 'udp' }).live();
    expect(story.flow(4_750, half).troubles()).toEqual([]);
    expect(story.flow(250, half).troubles()).toEqual([
      'packet-loss: 48 % of RTP packets lost for 5 s over UDP; transport: tcp would repair that',
    ]);
  });

  it('over TCP is the fault of the camera or the link', () => {
    const story = new Story().live().flow(6_000, { ...FLOWING, packets: 95, packetsLost: 5 });
    expect(story.troubles()).toEqual([
      'packet-loss: 5.0 % of RTP packets lost for 6 s over TCP; the camera or the link does not keep up',
    ]);
  });

  it('of 2 % is none', () => {
    expect(
      new Story()
        .live()
        .flow(20_000, { ...FLOWING, packets: 98, packetsLost: 2 })
        .troubles(),
    ).toEqual([]);
  });
});

describe('decode errors', () => {
  const bad = (share: number) => ({
    packets: 100,
    received: 20,
    decodeErrors: 20 * share,
    decoded: 20 * (1 - share),
    frames: 20 * (1 - share),
  });

  it('above 10 % for 5 s are trouble', () => {
    const story = new Story().live();
    expect(story.flow(5_000, bad(0.2)).troubles()).toEqual([]);
    const told = 'decode-errors: 20 % of access units not decodable for 5 s';
    expect(story.flow(250, bad(0.2)).troubles()).toEqual([told]);
    expect(story.flow(120_000, bad(0.2)).state.kind).toBe('live');
    expect(story.troubles()).toEqual([told.replace('5 s', '125 s')]);
    expect(story.flow(5_000, bad(0.1)).troubles()).toEqual([]);
    expect(story.incidents()).toEqual([told]);
  });

  it('of a moment are none', () => {
    const story = new Story().live().flow(10_000, bad(0)).flow(500, bad(1)).flow(10_000, bad(0));
    expect(story.incidents()).toEqual([]);
  });

  it('are not judged by fewer than ten access units', () => {
    const story = new Story({ stallMs: 60_000 }).live();
    expect(story.flow(30_000, { received: 1, decodeErrors: 1, packets: 1 }).troubles()).toEqual([]);
  });

  it('above 50 % for 30 s end the connection', () => {
    const story = new Story().live().flow(15_000, bad(0));
    const begun = story.flow(3_500, bad(1 - 0.01)).now;
    expect(story.state.next?.action).toBe('reconnect');
    const at = story.state.next?.at ?? 0;
    expect(at - begun).toBeLessThanOrEqual(30_000);
    expect(story.flow(at - begun - 250, bad(0.6)).state.kind).toBe('live');
    expect(story.flow(250, bad(0.6)).state).toMatchObject({
      kind: 'waiting',
      cause: 'decode-errors',
      message: '60 % of access units not decodable for 30 s',
    });
  });

  it('above 50 % with better times between do not', () => {
    const story = new Story().live();
    for (let i = 0; i < 10; i++) story.flow(20_000, bad(0.6)).flow(10_000, bad(0));
    expect(story.state.kind).toBe('live');
  });
});

describe('a frozen picture', () => {
  /** The picture stays what it was while frames arrive. */
  function freeze(story: Story, ms: number): Story {
    for (let age = 0; age < ms; age += 250) story.flow(250, FLOWING, age + 250);
    return story;
  }

  it('is told after 10 s and no reason to reconnect', () => {
    const story = freeze(new Story().live().flow(20_000), 9_750);
    expect(story.troubles()).toEqual([]);
    story.flow(250, FLOWING, 10_000);
    expect(story.troubles()).toEqual(['frozen: the picture has not changed for 10 s, though frames arrive']);
    expect(story.flow(60_000, FLOWING, 70_000).state.kind).toBe('live');
    expect(story.troubles()).toEqual(['frozen: the picture has not changed for 70 s, though frames arrive']);
    expect(story.flow(250, FLOWING, 100).troubles()).toEqual([]);
    expect(story.incidents()).toHaveLength(1);
  });

  it('ends the connection where the spec asks for it', () => {
    const story = freeze(new Story({ frozenRestart: true }).live().flow(20_000), 10_000);
    expect(story.state).toMatchObject({
      kind: 'waiting',
      cause: 'frozen',
      message: 'the picture has not changed for 10 s, though frames arrive',
    });
    expect(story.incidents()).toHaveLength(1);
  });

  it('is not told where the spec says 0', () => {
    expect(freeze(new Story({ frozenMs: 0 }).live(), 60_000).troubles()).toEqual([]);
  });

  it('is not that of the connection before', () => {
    const story = new Story({ frozenRestart: true }).live().flow(9_750, FLOWING, 500_000);
    expect(story.state).toMatchObject({ kind: 'live', troubles: [] });
  });

  it('is not told of a stream without frames: that is stalled', () => {
    const story = new Story().live().flow(10_000).flow(4_000, {}, 14_000);
    expect(story.state).toMatchObject({ kind: 'stalled', troubles: [] });
  });
});

describe('timestamps', () => {
  it('that jump are an incident each time and trouble for 10 s', () => {
    const story = new Story().live().flow(5_000).jump({ timestampJumps: 1 });
    expect(story.troubles()).toEqual([
      'timestamps: the timestamps jumped; media times before and after do not compare',
    ]);
    story.flow(4_000).jump({ timestampJumps: 2 }).flow(9_750);
    expect(story.troubles()).toHaveLength(1);
    expect(story.flow(250).troubles()).toEqual([]);
    expect(story.incidents()).toHaveLength(2);
    expect(story.state.kind).toBe('live');
  });
});
