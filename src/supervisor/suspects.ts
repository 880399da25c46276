/**
 * Which stream kills its pipeline's worker? A crash that left a breadcrumb names one. Without, streams are let run group
 * by group: a group with which the worker crashes is halved, one with which it does not is cleared. Pure: events in,
 * who is held back and who is found out.
 */

const WINDOW_MS = 300_000;
/** Crashes within the window before somebody is quarantined or suspected. */
export const CRASHES = 3;
/** A trial lasts this many times as long as the crashes took, within these bounds. */
const PATIENCE = 3;
const SHORTEST_TRIAL_MS = 10_000;
const LONGEST_TRIAL_MS = 120_000;

export interface Crash {
  readonly at: number;
  /** How long the worker had played. */
  readonly playedMs: number;
  /** Whose bytes the thread that crashed was working on, where that is known. */
  readonly stream?: string;
}

/** The first of `groups` runs, and what has been cleared before. */
export interface Trial {
  readonly groups: readonly (readonly string[])[];
  readonly ms: number;
  /** Guilty if the worker comes through without any stream that is not cleared. */
  readonly accused?: string;
}

export interface Suspicion {
  readonly crashes: readonly Crash[];
  readonly trial?: Trial;
}

export interface Finding {
  readonly next: Suspicion;
  /** To be quarantined. */
  readonly guilty?: string;
}

export const NOBODY: Suspicion = { crashes: [] };

/** `streams`: those that ran. */
export function afterCrash(before: Suspicion, crash: Crash, streams: readonly string[]): Finding {
  const crashes = [...before.crashes.filter(({ at }) => crash.at - at < WINDOW_MS), crash];
  if (crash.stream !== undefined) return blame({ ...before, crashes }, crash.stream);
  if (before.trial) return convict(before.trial, crashes);
  const unexplained = crashes.filter(({ stream }) => stream === undefined);
  if (unexplained.length < CRASHES || streams.length === 0) return { next: { crashes } };
  const longest = Math.max(...unexplained.map(({ playedMs }) => playedMs));
  const ms = Math.min(LONGEST_TRIAL_MS, Math.max(SHORTEST_TRIAL_MS, PATIENCE * longest));
  return { next: { crashes, trial: { groups: halves(streams), ms } } };
}

/** The worker has played for as long as the trial lasts. */
export function afterTrial({ crashes, trial }: Suspicion): Finding {
  if (!trial) return { next: NOBODY };
  const { accused, groups, ms } = trial;
  const rest = groups.slice(1);
  const next = rest.length === 0 ? NOBODY : { crashes, trial: { groups: rest, ms } };
  return accused === undefined ? { next } : { next, guilty: accused };
}

/** Who may not run for now. */
export function heldBack({ trial }: Suspicion): readonly string[] {
  return [...(trial?.groups.slice(1).flat() ?? []), ...(trial?.accused === undefined ? [] : [trial.accused])];
}

function blame(before: Suspicion, stream: string): Finding {
  const count = before.crashes.filter((crash) => crash.stream === stream).length;
  if (count < CRASHES) return { next: before };
  const crashes = before.crashes.filter((crash) => crash.stream !== stream);
  return { next: { ...before, crashes }, guilty: stream };
}

function convict(trial: Trial, crashes: readonly Crash[]): Finding {
  const { groups, ms, accused } = trial;
  const [group = [], ...rest] = groups;
  const [first] = group;
  // It crashed with nobody but those that are cleared: it is no stream.
  if (first === undefined || accused !== undefined) return { next: NOBODY };
  if (group.length > 1) return { next: { crashes, trial: { groups: [...halves(group), ...rest], ms } } };
  // Whoever happens to run when it crashes is not blamed for that alone.
  return { next: { crashes, trial: { groups: [[], ...rest], ms, accused: first } } };
}

function halves(group: readonly string[]): string[][] {
  const half = Math.ceil(group.length / 2);
  return [group.slice(0, half), group.slice(half)].filter((part) => part.length > 0);
}
