/** Appliances go away and come back: what follows one goes on asking. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, WeirError } from '../spec/error.js';
import { untilStopped } from './io.js';

/** What is over when it is back. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['NOT_RUNNING', 'STOPPED', 'TIMEOUT', 'RATE_LIMITED']);

export function isAway(error: unknown): error is WeirError {
  return error instanceof WeirError && PASSING.has(error.code);
}

/** Resolves early when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

/** Aborts at SIGINT and SIGTERM. */
export function stopSignal(): AbortSignal {
  const stopped = new AbortController();
  void untilStopped().then(() => stopped.abort());
  return stopped.signal;
}
