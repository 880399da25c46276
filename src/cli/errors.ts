/** The one place where errors become text and an exit code. */
import { CommanderError } from 'commander';
import { ERRORS, WeirError } from '../spec/error.js';
import { say } from './io.js';

/** Says what went wrong on stderr; the result is the exit code. */
export function reportError(error: unknown): number {
  // Commander has already said it.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : ERRORS.USAGE.exitCode;
  if (!(error instanceof WeirError)) {
    say(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return ERRORS.INTERNAL.exitCode;
  }
  say(`error ${error.code}: ${error.message}`);
  if (error.remedy) say(`  ${error.remedy}`);
  return error.exitCode;
}
