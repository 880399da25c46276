import { describe, expect, it } from 'vitest';
import { CAUSES, RETRY } from '../../src/streams/retry.js';
import { Story } from '../support/stream-story.js';

describe('a stream', () => {
  it('asks for a turn, finds out what to connect to, and connects', () => {
    const story = new Story().event({ type: 'start' });
    expect(story.state).toMatchObject({ kind: 'connecting', phase: 'queued', turn: 'asked', source: 'none' });
    expect(story.effects).toEqual([{ type: 'acquire' }]);
    story.event({ type: 'granted' });
    expect(story.state).toMatchObject({ phase: 'resolving', turn: 'held', source: 'none', epoch: 1 });
    expect(story.effects).toEqual([{ type: 'resolve', epoch: 1 }]);
    story.own('resolved');
    expect(story.state).toMatchObject({ phase: 'handshake', turn: 'held', source: 'adding' });
    expect(story.effects).toEqual([{ type: 'add', epoch: 1 }]);
    story.own('added');
    expect(story.state).toMatchObject({ phase: 'handshake', source: 'present' });
  });

  it('gives its turn back when the camera has answered', () => {
    const story = new Story().connected();
    expect(story.state).toMatchObject({ kind: 'connecting', phase: 'no-frame', turn: 'none' });
    expect(story.effects).toEqual([{ type: 'release' }]);
    expect(story.own('firstFrame').effects).toEqual([]);
  });

  it.each([
    ['a first frame', (story: Story) => story.own('firstFrame')],
    ['data', (story: Story) => story.jump({ received: 1 })],
    ['a failure', (story: Story) => story.lost('refused')],
    ['a stop', (story: Story) => story.event({ type: 'stop' })],
    ['a restart', (story: Story) => story.event({ type: 'restart', cause: 'restart' })],
  ])('gives its turn back at %s, too', (_, happens) => {
    const story = happens(new Story().started().own('resolved').own('added').jump({}));
    expect(story.state.turn).toBe('none');
    expect(story.effects.filter(({ type }) => type === 'release')).toHaveLength(1);
  });

  it('is live at the first frame, without a cause', () => {
    const story = new Story().connected().lost('eos').again().wait(40).own('firstFrame');
    expect(story.state).toMatchObject({ kind: 'live', since: story.now, source: 'present', turn: 'none' });
    expect(story.state.cause).toBeUndefined();
    expect(story.state.phase).toBeUndefined();
    expect(story.state.next).toBeUndefined();
  });

  it('is live by its counter when the event of the first frame got lost', () => {
    expect(new Story().connected().wait(250).jump({ received: 3, frames: 2 }).state.kind).toBe('live');
  });

  it('is live even before the pipeline says that the source was added', () => {
    const story = new Story().started().own('resolved').own('firstFrame');
    expect(story.state).toMatchObject({ kind: 'live', source: 'adding' });
    expect(story.own('added').state).toMatchObject({ kind: 'live', source: 'present' });
  });

  it('needs no source to be removed when it fails before there is one', () => {
    const story = new Story().started().lost('dns', 'no such host cam.invalid');
    expect(story.state).toMatchObject({ kind: 'waiting', cause: 'dns', source: 'none', turn: 'none' });
    expect(story.effects.map(({ type }) => type)).toEqual(['release', 'loss', 'schedule']);
    const at = story.state.retryAt ?? 0;
    expect(story.state.next).toEqual({ action: 'connect', at });
    story.wait(at).event({ type: 'retryDue' });
    expect(story.state).toMatchObject({ kind: 'connecting', phase: 'queued', cause: 'dns' });
  });

  it('connects again when the retry is due and the old source is gone, in either order', () => {
    const early = new Story().live().lost('eos').own('removed');
    expect(early.state).toMatchObject({ kind: 'waiting', source: 'none' });
    early.wait(10_000).event({ type: 'retryDue' });
    expect(early.state).toMatchObject({ kind: 'connecting', phase: 'queued', cause: 'eos' });
    expect(early.effects).toEqual([{ type: 'acquire' }]);
    const late = new Story().live().lost('eos').wait(10_000).event({ type: 'retryDue' });
    expect(late.state).toMatchObject({
      kind: 'connecting',
      phase: 'queued',
      source: 'removing',
      turn: 'none',
    });
    expect(late.effects).toEqual([]);
    expect(late.own('removed').effects).toEqual([{ type: 'acquire' }]);
  });

  it('does not connect again before its time', () => {
    const story = new Story().live().lost('eos').own('removed');
    story.now = (story.state.retryAt ?? 0) - 1;
    expect(story.event({ type: 'retryDue' })).toMatchObject({ state: { kind: 'waiting' }, effects: [] });
  });

  it('says a change is needed where trying again does not help', () => {
    const failed = CAUSES.filter((cause) => new Story().live().lost(cause).state.kind === 'failed');
    expect(failed.sort()).toEqual(['codec', 'config', 'forbidden', 'not-found', 'tls', 'unauthorized']);
    expect(failed.every((cause) => RETRY[cause].needsChange)).toBe(true);
  });

  it('counts a loss by its cause, and the failures in a row', () => {
    const story = new Story().live().lost('eos').again().lost('refused', 'connection refused').again();
    expect(story.told.filter(({ type }) => type === 'loss')).toEqual([
      { type: 'loss', cause: 'eos' },
      { type: 'loss', cause: 'refused' },
    ]);
    expect(story.state).toMatchObject({
      attempt: 2,
      epoch: 3,
      cause: 'refused',
      message: 'connection refused',
    });
  });

  it('forgets earlier failures once it has been live for 10 s', () => {
    const story = new Story().connected().lost('refused').again().own('firstFrame');
    expect(story.flow(9_750).state.attempt).toBe(1);
    expect(story.flow(250).state.attempt).toBe(0);
  });

  it('removes its source when stopped, and waits for that when started again', () => {
    const story = new Story().live().event({ type: 'stop' });
    expect(story.state).toMatchObject({ kind: 'stopped', source: 'removing' });
    expect(story.effects).toEqual([{ type: 'remove', epoch: 1 }]);
    story.event({ type: 'start' });
    expect(story.state).toMatchObject({
      kind: 'connecting',
      phase: 'queued',
      source: 'removing',
      turn: 'none',
    });
    expect(story.effects).toEqual([]);
    expect(story.own('removed').effects).toEqual([{ type: 'acquire' }]);
  });

  it('forgets its retry when stopped', () => {
    const story = new Story().live().lost('unauthorized').own('removed').event({ type: 'stop' });
    expect(story.effects).toEqual([{ type: 'unschedule' }]);
    expect(story.state.retryAt).toBeUndefined();
    expect(story.state.next).toBeUndefined();
  });

  it('takes nothing from an older connection', () => {
    const story = new Story().live().lost('eos').again();
    const before = story.state;
    for (const type of ['resolved', 'added', 'connected', 'firstFrame', 'removed'] as const)
      expect(story.event({ type, epoch: 1 }).state).toBe(before);
    expect(story.event({ type: 'lost', epoch: 1, cause: 'eos', message: '' }).state).toBe(before);
    expect(story.event({ type: 'format', epoch: 1, text: 'H265' }).state).toBe(before);
  });
});

describe('a restart', () => {
  const RESTART = { type: 'restart', cause: 'restart' } as const;
  const CHANGED = { type: 'restart', cause: 'changed' } as const;

  it('ends a live connection and makes another at once', () => {
    const story = new Story().live().flow(1_000).event(RESTART);
    expect(story.state).toMatchObject({
      kind: 'connecting',
      phase: 'queued',
      source: 'removing',
      cause: 'restart',
      message: 'a restart was asked for',
      attempt: 0,
    });
    expect(story.effects).toEqual([
      { type: 'loss', cause: 'restart' },
      { type: 'remove', epoch: 1 },
    ]);
    expect(story.own('removed').effects).toEqual([{ type: 'acquire' }]);
    story.event({ type: 'granted' }).own('resolved').own('added').own('firstFrame');
    expect(story.state.kind).toBe('live');
  });

  it('does not wait for a refused login to be tried again', () => {
    const story = new Story().connected().lost('unauthorized').own('removed').event(CHANGED);
    expect(story.state).toMatchObject({ kind: 'connecting', phase: 'queued', attempt: 0, cause: 'changed' });
    expect(story.state.message).toBe('the declaration changed');
    expect(story.effects).toEqual([{ type: 'unschedule' }, { type: 'acquire' }]);
  });

  it('waits for a removal under way', () => {
    const story = new Story().connected().lost('unauthorized').event(CHANGED);
    expect(story.state).toMatchObject({ kind: 'connecting', source: 'removing', turn: 'none' });
    expect(story.effects).toEqual([{ type: 'unschedule' }]);
    expect(story.own('removed').effects).toEqual([{ type: 'acquire' }]);
  });

  it('keeps the place of a stream that waits for its turn', () => {
    const story = new Story().event({ type: 'start' }).event(CHANGED);
    expect(story.effects).toEqual([]);
    expect(story.state).toMatchObject({ phase: 'queued', turn: 'asked' });
  });

  it('keeps the turn of a stream that has not begun to connect, under a new epoch', () => {
    const story = new Story().started().event(CHANGED);
    expect(story.state).toMatchObject({ phase: 'resolving', turn: 'held', epoch: 2 });
    expect(story.effects).toEqual([
      { type: 'loss', cause: 'changed' },
      { type: 'resolve', epoch: 2 },
    ]);
    const before = story.state;
    expect(story.event({ type: 'resolved', epoch: 1 }).state).toBe(before);
  });

  it('means nothing to a stream that is stopped', () => {
    expect(new Story().event(RESTART).state.kind).toBe('stopped');
  });
});

describe('a nudge', () => {
  it('makes a stream that waits for the network try at once, and once', () => {
    const story = new Story().connected().lost('unreachable').own('removed').event({ type: 'nudge' });
    expect(story.state).toMatchObject({ kind: 'connecting', phase: 'queued', attempt: 1 });
    expect(story.effects).toEqual([{ type: 'unschedule' }, { type: 'acquire' }]);
    expect(story.event({ type: 'nudge' }).effects).toEqual([]);
  });

  it('waits for the old source to be gone', () => {
    const story = new Story().connected().lost('timeout').wait(10).event({ type: 'nudge' });
    expect(story.effects).toEqual([{ type: 'unschedule' }]);
    expect(story.own('removed').effects).toEqual([{ type: 'acquire' }]);
  });

  it.each(['unauthorized', 'not-found', 'unavailable'] as const)('means nothing after "%s"', (cause) => {
    expect(new Story().connected().lost(cause).own('removed').event({ type: 'nudge' }).effects).toEqual([]);
  });
});

describe('a flapping stream', () => {
  it('is live again only after 5 s of frames, and its back-off grows meanwhile', () => {
    const story = new Story({ random: () => 1 }).live();
    const delays: number[] = [];
    for (let flap = 0; flap < 6; flap++) {
      story.flow(2_000).lost('eos');
      delays.push((story.state.retryAt ?? 0) - story.now);
      story.again().own('firstFrame');
      expect(story.state).toMatchObject({ kind: 'connecting', phase: 'settling', cause: 'eos' });
      expect(story.state.next).toEqual({ action: 'live', at: story.now + 5_000 });
    }
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    expect(story.flow(4_750).state.phase).toBe('settling');
    expect(story.flow(250).state).toMatchObject({ kind: 'live', flapped: false, attempt: 6 });
    expect(story.flow(10_000).state.attempt).toBe(0);
  });

  it('does not prove itself by connections without a frame', () => {
    const story = new Story()
      .live()
      .flow(2_000)
      .lost('eos')
      .again()
      .lost('refused')
      .again()
      .own('firstFrame');
    expect(story.state.phase).toBe('settling');
  });

  it('has to prove itself anew after a gap', () => {
    const story = new Story().live().flow(2_000).lost('eos').again().own('firstFrame');
    story.flow(3_000).flow(2_500, {});
    expect(story.state.kind).toBe('stalled');
    expect(story.flow(250).state).toMatchObject({ kind: 'connecting', phase: 'settling' });
    expect(story.flow(4_750).state.kind).toBe('connecting');
    expect(story.flow(250).state.kind).toBe('live');
  });

  it('is one that was lost within 10 s; an operator makes none', () => {
    const steady = new Story().live().flow(10_000).lost('eos').again().own('firstFrame');
    expect(steady.state.kind).toBe('live');
    const restarted = new Story().live().flow(2_000).event({ type: 'restart', cause: 'restart' });
    restarted.own('removed').event({ type: 'granted' }).own('resolved').own('firstFrame');
    expect(restarted.state.kind).toBe('live');
  });
});

describe('the format', () => {
  const format = (story: Story, text: string) =>
    story.event({ type: 'format', epoch: story.state.epoch, text });

  it('is no incident when it is the same, in a connection or the next', () => {
    const story = format(new Story().live(), 'H264 640x360');
    format(format(story, 'H264 640x360').lost('eos').again(), 'H264 640x360');
    expect(story.incidents()).toEqual([]);
  });

  it('is an incident when it changes, not a reason to reconnect', () => {
    const story = format(format(new Story().live(), 'H264 640x360'), 'H264 1280x720');
    expect(story.state.kind).toBe('live');
    format(story.lost('eos').again(), 'H265 1280x720');
    expect(story.incidents()).toEqual([
      'format-changed: H264 640x360 became H264 1280x720',
      'format-changed: H264 1280x720 became H265 1280x720',
    ]);
  });

  it('may be another one after the declaration changed', () => {
    const story = format(new Story().live(), 'H264 640x360').event({ type: 'restart', cause: 'changed' });
    story.own('removed').event({ type: 'granted' }).own('resolved').own('added');
    expect(format(story, 'H265 640x360').incidents()).toEqual([]);
  });
});
