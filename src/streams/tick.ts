/** What the watchdog's look at the counters leads to. */
import { measured } from './frame-interval.js';
import { isSilent, overdue, silence } from './limits.js';
import type { StreamRules } from './rules.js';
import { clean, connected, enter, gotFrame, inPhase, lose, release } from './steps.js';
import type { Step, StreamState } from './stream-types.js';
import { incidents, judged } from './troubles.js';
import { observe, type SlotSample } from './watch.js';

export function tick(state: StreamState, sample: SlotSample, now: number, rules: StreamRules): Step {
  if (!connected(state) && state.phase !== 'resolving') return [state, []];
  const [moved, effects] = progress(connected(state) ? looked(state, sample, now, rules) : state, now, rules);
  const after = judged(moved, now, rules);
  const told = [...effects, ...incidents(state, after, now)];
  const loss = overdue(after, now, rules);
  if (!loss) return [after, told];
  const [lost, ending] = lose(after, loss, now, rules);
  return [lost, [...told, ...ending]];
}

function looked(state: StreamState, sample: SlotSample, now: number, rules: StreamRules): StreamState {
  const watch = observe(state.watch, sample, now, rules);
  const moved = sample.frames > (state.watch.last?.sample ?? sample).frames;
  return { ...state, watch, interval: moved ? measured(state.interval, now, sample.frames) : state.interval };
}

function progress(state: StreamState, now: number, rules: StreamRules): Step {
  const { kind, phase, watch } = state;
  const framesNow = watch.frameAt === now;
  if (kind === 'live') return [live(state, now, rules), []];
  if (kind === 'stalled') return framesNow ? gotFrame(state, now) : [state, []];
  if (phase === 'settling') return [settling(state, now, rules), []];
  if (framesNow) return gotFrame(state, now);
  const data = watch.dataAt !== undefined && (phase === 'handshake' || phase === 'no-frame');
  return data ? release(inPhase(state, 'waiting-for-key-frame', now)) : [state, []];
}

function live(state: StreamState, now: number, rules: StreamRules): StreamState {
  if (isSilent(state, now, rules)) return stalled(state, now, rules);
  const recovered = state.attempt > 0 && now - state.since >= rules.steadyMs;
  return recovered ? { ...state, attempt: 0 } : state;
}

function settling(state: StreamState, now: number, rules: StreamRules): StreamState {
  if (isSilent(state, now, rules)) return stalled(state, now, rules);
  if (now - state.phaseSince < rules.settleMs) return state;
  return { ...clean(enter(state, 'live', now)), flapped: false };
}

function stalled(state: StreamState, now: number, rules: StreamRules): StreamState {
  return { ...enter(state, 'stalled', now), cause: 'stalled', message: silence(state, now, rules) };
}
