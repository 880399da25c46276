/** Steps of a stream's life that several events lead to. */
import { interrupted } from './frame-interval.js';
import type { Loss } from './limits.js';
import { RETRY, retryDelay } from './retry.js';
import type { StreamRules } from './rules.js';
import type { Phase, Step, StreamEffect, StreamKind, StreamState } from './stream-types.js';
import { UNSEEN, withFrame } from './watch.js';

/** The slot is taken by a source that is wanted. */
export function connected({ source }: StreamState): boolean {
  return source === 'adding' || source === 'present';
}

/** Enters `kind`; what belonged to the one before is dropped. */
export function enter(state: StreamState, kind: StreamKind, now: number): StreamState {
  const { retryAt: _retryAt, phase: _phase, ...rest } = state;
  return { ...rest, kind, since: state.kind === kind ? state.since : now };
}

export function inPhase(state: StreamState, phase: Phase, now: number): StreamState {
  return { ...enter(state, 'connecting', now), phase, phaseSince: now };
}

/** All is well: there is no cause any more. */
export function clean(state: StreamState): StreamState {
  const { cause: _cause, message: _message, ...rest } = state;
  return rest;
}

/** Gives the turn back, or the place in the queue. */
export function release(state: StreamState): Step {
  if (state.turn === 'none') return [state, []];
  return [{ ...state, turn: 'none' }, [{ type: 'release' }]];
}

/** The connection and what was seen of it are over; the source, if there is one, goes away. */
export function disconnect(state: StreamState): Step {
  const [free, released] = release(state);
  const gone: StreamState = {
    ...free,
    troubles: [],
    watch: UNSEEN,
    interval: interrupted(state.interval),
  };
  if (!connected(state)) return [gone, released];
  return [{ ...gone, source: 'removing' }, [...released, { type: 'remove', epoch: state.epoch }]];
}

/** Waits for its turn; while the old source is going away, for that first. */
export function queue(state: StreamState, now: number): Step {
  const queued = inPhase(state, 'queued', now);
  if (state.source !== 'none') return [queued, []];
  return [{ ...queued, turn: 'asked' }, [{ type: 'acquire' }]];
}

/** A new connection. The turn is held. */
export function connect(state: StreamState, now: number): Step {
  const epoch = state.epoch + 1;
  return [{ ...inPhase(state, 'resolving', now), turn: 'held', epoch }, [{ type: 'resolve', epoch }]];
}

export function gotFrame(state: StreamState, now: number): Step {
  const troubles = state.troubles.filter(({ kind }) => kind !== 'no-key-frame');
  const seen: StreamState = { ...state, troubles, watch: withFrame(state.watch, now) };
  const [free, effects] = release(seen);
  if (state.flapped) return [inPhase(free, 'settling', now), effects];
  return [clean(enter(free, 'live', now)), effects];
}

/** A connection without frames proves nothing either way. */
function flapped({ flapped, watch }: StreamState, now: number, { flapMs }: StreamRules): boolean {
  return watch.firstFrameAt === undefined ? flapped : now - watch.firstFrameAt < flapMs;
}

export function lose(state: StreamState, { cause, message }: Loss, now: number, rules: StreamRules): Step {
  const attempt = state.attempt + 1;
  const retryAt = now + retryDelay(cause, attempt, rules.random);
  const [gone, effects] = disconnect({ ...state, flapped: flapped(state, now, rules) });
  const lost = enter(gone, RETRY[cause].needsChange ? 'failed' : 'waiting', now);
  const told: StreamEffect[] = [
    { type: 'loss', cause },
    { type: 'schedule', at: retryAt },
  ];
  return [{ ...lost, attempt, cause, message, retryAt }, [...effects, ...told]];
}
