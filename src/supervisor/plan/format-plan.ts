/** A plan as lines for people. */
import type { PlanStep } from '../views.js';

type Line = (step: PlanStep) => string;

const LINES: Readonly<Record<PlanStep['action'], Line>> = {
  add: (step) => `+ ${stream(step)}`,
  remove: (step) => `- ${stream(step)}${step.disturbs.length > 0 ? ': moves' : ''}`,
  update: (step) => `~ ${stream(step)}: ${step.keys.join(', ')}`,
  reconnect: (step) => `~ ${stream(step)} connects anew: ${step.keys.join(', ')}`,
  start: (step) => `! ${step.pipeline} starts`,
  stop: (step) => `! ${step.pipeline} stops`,
  restart: (step) => `! ${step.pipeline} restarts${why(step)}${disturbs(step)}`,
  'restart-appliance': (step) => `! the appliance must be restarted${why(step)}${disturbs(step)}`,
};

/** `+` comes, `-` goes, `~` changes, `!` is about a whole pipeline or more. */
export function formatPlan(steps: readonly PlanStep[]): string[] {
  return steps.length === 0 ? ['nothing to do'] : steps.map((step) => LINES[step.action](step));
}

function stream({ stream, pipeline }: PlanStep): string {
  return stream === undefined ? String(pipeline) : `${stream} (${pipeline})`;
}

function why({ keys }: PlanStep): string {
  return ` (${keys.join(', ')})`;
}

function disturbs({ disturbs: { length } }: PlanStep): string {
  if (length === 0) return '';
  return `: disturbs ${length} stream${length === 1 ? '' : 's'}`;
}
