/** One camera's life as a pure function: `(state, event, now) → (state, effects)`. */
import { type Cause, RETRY, retryDelay } from './retry.js';

export type StreamKind = 'connecting' | 'live' | 'stalled' | 'waiting' | 'failed' | 'stopped';

/** What occupies the stream's slot in the pipeline. `queued`: waits for its turn to connect. */
export type SourcePhase = 'none' | 'queued' | 'adding' | 'present' | 'removing';

export interface StreamState {
  readonly kind: StreamKind;
  /** When `kind` was entered. All times are milliseconds of the injected clock. */
  readonly since: number;
  readonly source: SourcePhase;
  /** Counts connections; events of another epoch are stale. */
  readonly epoch: number;
  /** Failures in a row. */
  readonly attempt: number;
  /** Why the last connection ended; absent while all is well. */
  readonly cause?: Cause;
  readonly message?: string;
  /** When the next attempt is due, in `waiting` and `failed`. */
  readonly retryAt?: number;
  /** Frames counted so far, and when the count last moved. */
  readonly frames: number;
  readonly frameAt: number;
}

export type StreamEvent =
  | { readonly type: 'start' }
  | { readonly type: 'stop' }
  /** The handshake budget lets this stream connect. */
  | { readonly type: 'granted' }
  | { readonly type: 'added'; readonly epoch: number }
  | { readonly type: 'removed'; readonly epoch: number }
  | { readonly type: 'firstFrame'; readonly epoch: number }
  | { readonly type: 'lost'; readonly epoch: number; readonly cause: Cause; readonly message: string }
  | { readonly type: 'retryDue' }
  /** The watchdog's look at the slot's frame counter. */
  | { readonly type: 'tick'; readonly frames: number };

export type StreamEffect =
  /** Ask the handshake budget for a turn; `release` gives it back, or withdraws the request. */
  | { readonly type: 'acquire' }
  | { readonly type: 'release' }
  | { readonly type: 'add'; readonly epoch: number }
  | { readonly type: 'remove'; readonly epoch: number }
  | { readonly type: 'schedule'; readonly at: number }
  | { readonly type: 'unschedule' };

export interface StreamRules {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Without a frame for this long a live stream is stalled. */
  readonly stallMs: number;
  /** A stream that stays stalled this long is connected anew. */
  readonly reconnectMs: number;
  /** From the start of a connection to its first frame. */
  readonly connectMs: number;
  /** A stream that was live this long has recovered: the next failure is a first one. */
  readonly steadyMs: number;
}

export const DEFAULT_RULES: Omit<StreamRules, 'random' | 'stallMs'> = {
  reconnectMs: 10_000,
  connectMs: 15_000,
  steadyMs: 10_000,
};

/** The larger of 2 s and ten frame intervals. */
export function stallMs(fps: number): number {
  return fps > 0 ? Math.max(2_000, 10_000 / fps) : 2_000;
}

export type Step = readonly [state: StreamState, effects: readonly StreamEffect[]];

export function initialState(now: number): StreamState {
  return { kind: 'stopped', since: now, source: 'none', epoch: 0, attempt: 0, frames: 0, frameAt: now };
}

export function next(state: StreamState, event: StreamEvent, now: number, rules: StreamRules): Step {
  if ('epoch' in event && event.epoch !== state.epoch) return [state, []];
  switch (event.type) {
    case 'start':
      return state.kind === 'stopped' ? start(state, now) : [state, []];
    case 'stop':
      return state.kind === 'stopped' ? [state, []] : stop(state, now);
    case 'granted':
      return granted(state, now);
    case 'added':
      return state.source === 'adding' ? [{ ...state, source: 'present' }, []] : [state, []];
    case 'removed':
      return removed(state, now);
    case 'firstFrame':
      return firstFrame(state, now);
    case 'lost':
      return connected(state) ? lost(state, event.cause, event.message, now, rules) : [state, []];
    case 'retryDue':
      return retry(state, now);
    case 'tick':
      return tick(state, event.frames, now, rules);
  }
}

function connected(state: StreamState): boolean {
  return state.source === 'adding' || state.source === 'present';
}

/** The turn is asked for before a connection is made and given back at its first frame, or when it is given up. */
function holdsTurn(state: StreamState): boolean {
  return state.kind === 'connecting' && (state.source === 'queued' || connected(state));
}

/** Enters `kind`; what belonged to the one before is dropped. */
function enter(state: StreamState, kind: StreamKind, now: number): StreamState {
  const { retryAt: _, ...rest } = state;
  return { ...rest, kind, since: now };
}

function clean(state: StreamState): StreamState {
  const { cause: _cause, message: _message, ...rest } = state;
  return rest;
}

function start(state: StreamState, now: number): Step {
  const fresh = clean({ ...enter(state, 'connecting', now), attempt: 0 });
  // A source still going away is waited for: `removed` queues the stream then.
  if (state.source !== 'none') return [fresh, []];
  return [{ ...fresh, source: 'queued' }, [{ type: 'acquire' }]];
}

function stop(state: StreamState, now: number): Step {
  const stopped = clean(enter(state, 'stopped', now));
  const effects: StreamEffect[] = [];
  if (state.retryAt !== undefined) effects.push({ type: 'unschedule' });
  if (holdsTurn(state)) effects.push({ type: 'release' });
  if (!connected(state))
    return [{ ...stopped, source: state.source === 'removing' ? 'removing' : 'none' }, effects];
  return [{ ...stopped, source: 'removing' }, [...effects, { type: 'remove', epoch: state.epoch }]];
}

function granted(state: StreamState, now: number): Step {
  if (state.source !== 'queued') return [state, []];
  const epoch = state.epoch + 1;
  return [{ ...state, source: 'adding', epoch, since: now, frameAt: now }, [{ type: 'add', epoch }]];
}

function removed(state: StreamState, now: number): Step {
  if (state.source !== 'removing') return [state, []];
  const gone: StreamState = { ...state, source: 'none' };
  if (state.kind === 'connecting') return [{ ...gone, source: 'queued' }, [{ type: 'acquire' }]];
  const overdue = state.retryAt !== undefined && now >= state.retryAt;
  return overdue ? retry(gone, now) : [gone, []];
}

function firstFrame(state: StreamState, now: number): Step {
  if (state.kind !== 'connecting' || !connected(state)) return [state, []];
  const live = clean({ ...enter(state, 'live', now), source: 'present', frameAt: now });
  return [live, [{ type: 'release' }]];
}

function lost(state: StreamState, cause: Cause, message: string, now: number, rules: StreamRules): Step {
  const attempt = state.attempt + 1;
  const retryAt = now + retryDelay(cause, attempt, rules.random);
  const kind = RETRY[cause].needsChange ? 'failed' : 'waiting';
  const effects: StreamEffect[] = holdsTurn(state) ? [{ type: 'release' }] : [];
  return [
    { ...enter(state, kind, now), source: 'removing', attempt, cause, message, retryAt },
    [...effects, { type: 'remove', epoch: state.epoch }, { type: 'schedule', at: retryAt }],
  ];
}

/** The old source may still be going away: then `removed` takes this step again. */
function retry(state: StreamState, now: number): Step {
  if (state.retryAt === undefined || now < state.retryAt || state.source !== 'none') return [state, []];
  return [{ ...enter(state, 'connecting', now), source: 'queued' }, [{ type: 'acquire' }]];
}

function tick(state: StreamState, frames: number, now: number, rules: StreamRules): Step {
  const moved = frames !== state.frames;
  const seen = moved ? { ...state, frames, frameAt: now } : state;
  const silent = now - seen.frameAt;
  if (seen.kind === 'live' && seen.attempt > 0 && now - seen.since >= rules.steadyMs) {
    return tick({ ...seen, attempt: 0 }, frames, now, rules);
  }
  if (seen.kind === 'stalled' && moved) return [clean(enter(seen, 'live', now)), []];
  if (seen.kind === 'live' && silent >= rules.stallMs) {
    return [{ ...enter(seen, 'stalled', now), cause: 'stalled', message: noFrame(silent) }, []];
  }
  if (seen.kind === 'stalled' && now - seen.since >= rules.reconnectMs) {
    return lost(seen, 'stalled', noFrame(silent), now, rules);
  }
  if (seen.kind === 'connecting' && connected(seen) && now - seen.since >= rules.connectMs) {
    return lost(seen, 'timeout', `no picture ${seconds(now - seen.since)} after connecting`, now, rules);
  }
  return [seen, []];
}

function noFrame(ms: number): string {
  return `no frame for ${seconds(ms)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
