/** One camera's life as a pure function: `(state, event, now, rules) → (state, effects)`. */
import { assumed, UNMEASURED } from './frame-interval.js';
import { upcoming } from './limits.js';
import { RETRY } from './retry.js';
import type { StreamRules } from './rules.js';
import {
  clean,
  connect,
  connected,
  disconnect,
  enter,
  gotFrame,
  inPhase,
  lose,
  queue,
  release,
} from './steps.js';
import type { Step, StreamEvent, StreamState } from './stream-types.js';
import { tick } from './tick.js';
import { UNSEEN } from './watch.js';

export { stallMs } from './frame-interval.js';
export { DEFAULT_RULES, type StreamRules } from './rules.js';
export * from './stream-types.js';
export type { SlotSample } from './watch.js';

export function initialState(now: number): StreamState {
  return {
    kind: 'stopped',
    since: now,
    phaseSince: now,
    source: 'none',
    turn: 'none',
    epoch: 0,
    attempt: 0,
    flapped: false,
    troubles: [],
    interval: UNMEASURED,
    watch: UNSEEN,
  };
}

type Handler<E> = (state: StreamState, event: E, now: number, rules: StreamRules) => Step;
type Handlers = { readonly [T in StreamEvent['type']]: Handler<Extract<StreamEvent, { type: T }>> };

const ON: Handlers = {
  start: (state, _, now) =>
    state.kind === 'stopped' ? queue({ ...clean(state), attempt: 0 }, now) : same(state),
  stop: (state, _, now) => (state.kind === 'stopped' ? same(state) : stop(state, now)),
  restart: (state, event, now) => (state.kind === 'stopped' ? same(state) : restart(state, event.cause, now)),
  nudge: (state, _, now) => nudge(state, now),
  retryDue: (state, _, now) => retry(state, now),
  granted: (state, _, now) => (state.turn === 'asked' ? connect(state, now) : same(state)),
  resolved: (state, { epoch }, now) =>
    state.phase === 'resolving'
      ? [{ ...inPhase(state, 'handshake', now), source: 'adding' }, [{ type: 'add', epoch }]]
      : same(state),
  added: (state) => (state.source === 'adding' ? [{ ...state, source: 'present' }, []] : same(state)),
  removed: (state, _, now) => (state.source === 'removing' ? removed(state, now) : same(state)),
  connected: (state, _, now) =>
    state.phase === 'handshake' ? release(inPhase(state, 'no-frame', now)) : same(state),
  firstFrame: (state, _, now) =>
    connected(state) && state.watch.firstFrameAt === undefined ? gotFrame(state, now) : same(state),
  format: (state, { text }) => (connected(state) ? format(state, text) : same(state)),
  lost: (state, event, now, rules) =>
    connected(state) || state.phase === 'resolving' ? lose(state, event, now, rules) : same(state),
  paced: (state, { stallMs }) => [
    { ...state, interval: stallMs === undefined ? UNMEASURED : assumed(stallMs) },
    [],
  ],
  tick: (state, { sample }, now, rules) => tick(state, sample, now, rules),
};

export function next(state: StreamState, event: StreamEvent, now: number, rules: StreamRules): Step {
  if ('epoch' in event && event.epoch !== state.epoch) return same(state);
  const handle = ON[event.type] as Handler<StreamEvent>;
  const [after, effects] = handle(state, event, now, rules);
  return after === state ? [after, effects] : [foreseen(after, rules), effects];
}

function same(state: StreamState): Step {
  return [state, []];
}

function foreseen(state: StreamState, rules: StreamRules): StreamState {
  const coming = upcoming(state, rules);
  const before = state.next;
  if (coming?.at === before?.at && coming?.action === before?.action) return state;
  const { next: _, ...rest } = state;
  return coming ? { ...rest, next: coming } : rest;
}

function stop(state: StreamState, now: number): Step {
  const [gone, effects] = disconnect(state);
  const stopped = clean(enter(gone, 'stopped', now));
  return [stopped, state.retryAt === undefined ? effects : [{ type: 'unschedule' }, ...effects]];
}

const WISHES = { restart: 'a restart was asked for', changed: 'the declaration changed' } as const;

function restart(state: StreamState, cause: keyof typeof WISHES, now: number): Step {
  const fresh = cause === 'changed' ? forgetful(state) : state;
  const wanted: StreamState = { ...fresh, attempt: 0, flapped: false, cause, message: WISHES[cause] };
  // What it connects to is found out at its turn: the place in the queue is kept.
  if (state.turn === 'asked') return [wanted, []];
  if (state.phase === 'resolving') {
    const [again, effects] = connect(wanted, now);
    return [again, [{ type: 'loss', cause }, ...effects]];
  }
  const [gone, ending] = disconnect(wanted);
  const [queued, asking] = queue(gone, now);
  if (state.retryAt !== undefined) return [queued, [{ type: 'unschedule' }, ...ending, ...asking]];
  return [queued, connected(state) ? [{ type: 'loss', cause }, ...ending, ...asking] : asking];
}

/** A changed declaration may mean another camera. */
function forgetful(state: StreamState): StreamState {
  const { format: _, ...rest } = state;
  return { ...rest, interval: UNMEASURED };
}

function nudge(state: StreamState, now: number): Step {
  const { kind, cause, retryAt } = state;
  const forNetwork = kind === 'waiting' && cause !== undefined && RETRY[cause].pace === 'network';
  if (!forNetwork || retryAt === undefined) return same(state);
  const [queued, effects] = queue(state, now);
  return [queued, [{ type: 'unschedule' }, ...effects]];
}

function retry(state: StreamState, now: number): Step {
  return state.retryAt === undefined || now < state.retryAt ? same(state) : queue(state, now);
}

function removed(state: StreamState, now: number): Step {
  const gone: StreamState = { ...state, source: 'none' };
  return state.kind === 'connecting' ? queue(gone, now) : [gone, []];
}

function format(state: StreamState, text: string): Step {
  const known: StreamState = { ...state, format: text };
  if (state.format === undefined || state.format === text) return [known, []];
  const message = `${state.format} became ${text}`;
  return [known, [{ type: 'incident', incident: 'format-changed', message }]];
}
