/** The reducer against stories no pipeline would tell: any event at any time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CAUSES, RETRY } from '../../src/streams/retry.js';
import {
  DEFAULT_RULES,
  initialState,
  next,
  type SlotSample,
  type StreamEffect,
  type StreamEvent,
  type StreamRules,
  type StreamState,
} from '../../src/streams/stream-state.js';

const rules: StreamRules = { ...DEFAULT_RULES, random: () => 0.5, stallMs: 2_000, frozenRestart: true };

/** In generated events an epoch is an age: 0 is the present connection, 1 the one before, -1 one yet to come. */
const age = fc.constantFrom(0, 0, 0, 0, 1, 2, -1);
const growth = fc.constantFrom(0, 0, 1, 20);
const sample: fc.Arbitrary<SlotSample> = fc.record({
  received: growth,
  undecodable: growth,
  decoded: growth,
  decodeErrors: growth,
  frames: growth,
  shed: growth,
  packets: growth,
  packetsLost: growth,
  timestampJumps: growth,
  pictureAgeMs: fc.integer({ min: -1, max: 20_000 }),
});
const ofConnection = ['resolved', 'added', 'connected', 'firstFrame', 'removed'] as const;
const anyEvent: fc.Arbitrary<StreamEvent> = fc.oneof(
  fc.constantFrom<StreamEvent>(
    { type: 'start' },
    { type: 'stop' },
    { type: 'granted' },
    { type: 'retryDue' },
    { type: 'nudge' },
    { type: 'restart', cause: 'restart' },
    { type: 'restart', cause: 'changed' },
  ),
  fc.record({ type: fc.constant('tick' as const), sample }),
  fc.record({ type: fc.constantFrom(...ofConnection), epoch: age }),
  fc.record({ type: fc.constant('format' as const), epoch: age, text: fc.constantFrom('H264', 'H265') }),
  fc.record({
    type: fc.constant('lost' as const),
    epoch: age,
    cause: fc.constantFrom(...CAUSES.filter((cause) => RETRY[cause].pace !== 'none')),
    message: fc.constant('why'),
  }),
);
const anyStory = fc.array(fc.tuple(fc.constantFrom(0, 1, 250, 2_000, 20_000), anyEvent), { maxLength: 80 });

interface Moment {
  readonly now: number;
  readonly event: StreamEvent;
  readonly before: StreamState;
  readonly after: StreamState;
  readonly effects: readonly StreamEffect[];
}

/** `removed` is let through only for a removal that was asked for: the pipeline invents none. */
function tell(story: readonly (readonly [number, StreamEvent])[], check: (moment: Moment) => void): void {
  let state = initialState(0);
  let now = 0;
  let total: SlotSample | undefined;
  for (const [pause, told] of story) {
    now += pause;
    let event = 'epoch' in told ? { ...told, epoch: state.epoch - told.epoch } : told;
    if (event.type === 'removed' && state.source !== 'removing') continue;
    if (event.type === 'tick') event = { type: 'tick', sample: (total = sum(total, event.sample)) };
    const [after, effects] = next(state, event, now, rules);
    check({ now, event, before: state, after, effects });
    state = after;
  }
}

function sum(total: SlotSample | undefined, by: SlotSample): SlotSample {
  if (!total) return by;
  const names = Object.keys(by).filter((name) => name !== 'pictureAgeMs') as (keyof SlotSample)[];
  return { ...by, ...Object.fromEntries(names.map((name) => [name, (total[name] ?? 0) + (by[name] ?? 0)])) };
}

/** `observer()` is made anew for every story. */
function always(observer: () => (moment: Moment) => void): void {
  fc.assert(
    fc.property(anyStory, (story) => tell(story, observer())),
    { numRuns: 500 },
  );
}

const types = (effects: readonly StreamEffect[]) => effects.map(({ type }) => type);

describe('whatever happens', () => {
  it('additions and removals alternate, of the same epoch', () =>
    always(() => {
      let source: number | undefined;
      let leaving = false;
      return ({ event, effects }) => {
        if (event.type === 'removed') [source, leaving] = [undefined, false];
        for (const effect of effects) {
          if (effect.type === 'add') {
            expect(source).toBeUndefined();
            source = effect.epoch;
          }
          if (effect.type !== 'remove') continue;
          expect([source, leaving]).toEqual([effect.epoch, false]);
          leaving = true;
        }
      };
    }));

  it('a turn is asked for, held and given back, and held only for a handshake', () =>
    always(() => {
      let turns = 0;
      return ({ after, effects }) => {
        for (const type of types(effects)) {
          if (type === 'acquire') turns++;
          if (type === 'release') turns--;
          expect([0, 1]).toContain(turns);
        }
        expect(turns).toBe(after.turn === 'none' ? 0 : 1);
        if (after.turn === 'held') expect(['resolving', 'handshake']).toContain(after.phase);
        if (after.turn === 'asked') expect(after.phase).toBe('queued');
      };
    }));

  it('a timer is set when and only when the stream pauses, in the bounds of its cause', () =>
    always(() => {
      let timer: number | undefined;
      return ({ now, event, before, after, effects }) => {
        if (event.type === 'retryDue' && timer !== undefined && now >= timer) timer = undefined;
        for (const effect of effects) {
          if (effect.type === 'unschedule') timer = undefined;
          if (effect.type !== 'schedule') continue;
          expect(timer).toBeUndefined();
          timer = effect.at;
          expect(effect.at - now).toBeGreaterThanOrEqual(500);
          expect(effect.at - now).toBeLessThanOrEqual(330_000);
        }
        const pauses = after.kind === 'waiting' || after.kind === 'failed';
        expect(after.retryAt !== undefined).toBe(pauses);
        expect(timer).toBe(after.retryAt);
        if (pauses) expect(after.next).toEqual({ action: 'connect', at: after.retryAt });
        if (pauses && before.kind !== after.kind) expect(after.retryAt).toBeGreaterThan(now);
      };
    }));

  it('a stopped stream does nothing but leave', () =>
    always(() => ({ event, before, after, effects }) => {
      if (before.kind === 'stopped' && event.type !== 'start') {
        expect(effects).toEqual([]);
        expect(after.kind).toBe('stopped');
      }
      if (after.kind === 'stopped') {
        expect(after).toMatchObject({ turn: 'none', troubles: [] });
        expect([after.retryAt, after.next, after.phase, after.cause]).toEqual([
          undefined,
          undefined,
          undefined,
          undefined,
        ]);
        expect(['none', 'removing']).toContain(after.source);
      }
    }));

  it('a refused login is not tried again for 270 s, unless somebody here wants it', () =>
    always(() => {
      let refusedAt = Number.NEGATIVE_INFINITY;
      return ({ now, event, before, after, effects }) => {
        if (event.type === 'stop' || event.type === 'restart') refusedAt = Number.NEGATIVE_INFINITY;
        if (types(effects).includes('resolve')) expect(now - refusedAt).toBeGreaterThanOrEqual(270_000);
        if (before.kind !== 'failed' && after.kind === 'failed' && after.cause === 'unauthorized')
          refusedAt = now;
      };
    }));

  it('a stream is live only after a frame of its connection, and then without a cause', () =>
    always(() => ({ after }) => {
      if (after.kind !== 'live') return;
      expect(after.watch.firstFrameAt).toBeDefined();
      expect([after.cause, after.message, after.phase]).toEqual([undefined, undefined, undefined]);
    }));

  it('epochs grow by one with every connection', () =>
    always(() => ({ before, after, effects }) => {
      const begun = effects.flatMap((effect) => (effect.type === 'resolve' ? [effect.epoch] : []));
      expect(begun).toEqual(after.epoch === before.epoch ? [] : [before.epoch + 1]);
      expect(after.epoch - before.epoch).toBe(begun.length);
    }));

  it('events of another connection change nothing', () =>
    always(() => ({ event, before, after, effects }) => {
      if (!('epoch' in event) || event.epoch === before.epoch) return;
      expect(after).toBe(before);
      expect(effects).toEqual([]);
    }));

  it('what comes next is still to come when it is foretold, and the causes are told in words', () =>
    always(() => ({ now, before, after }) => {
      if (after.next && after.next !== before.next && after.kind !== before.kind)
        expect(after.next.at).toBeGreaterThanOrEqual(now);
      expect(after.message !== undefined).toBe(after.cause !== undefined);
      expect((after.phase !== undefined) === (after.kind === 'connecting')).toBe(true);
    }));
});
