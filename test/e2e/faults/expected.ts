/** Whether a status shows what a row expects. */
import type { StatusMessage, StreamRow } from '../../../src/worker/status.js';
import type { Expected } from './types.js';

const oneOf = (allowed: readonly string[] | undefined, value: string | undefined): boolean =>
  allowed === undefined || (value !== undefined && allowed.includes(value));

export function sum(counts: Readonly<Record<string, number>>, names: readonly string[]): number {
  return names.reduce((total, name) => total + (counts[name] ?? 0), 0);
}

export function shows(status: StatusMessage, expected: Expected, before: Pick<StreamRow, 'losses'>): boolean {
  const { state, cause, phase, losses, message } = expected;
  if (losses && sum(status.losses, losses) <= sum(before.losses, losses)) return false;
  const trouble = status.troubles.find(({ kind }) => expected.trouble?.includes(kind));
  if (expected.trouble !== undefined && !trouble) return false;
  const said = trouble?.message ?? status.message;
  return (
    oneOf(state, status.state) &&
    oneOf(cause, status.cause) &&
    oneOf(phase, status.phase) &&
    (message === undefined || message.test(said ?? ''))
  );
}
