/** Whether a status shows what a row expects. */
import type { StatusMessage } from '../../../src/worker/status.js';
import type { Expected } from './types.js';

const oneOf = (allowed: readonly string[] | undefined, value: string | undefined): boolean =>
  allowed === undefined || (value !== undefined && allowed.includes(value));

export function shows(status: StatusMessage, expected: Expected): boolean {
  const { state, cause, phase, message } = expected;
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
