/** Why a stream lost its connection, and how long it then waits. */
import type { NativeCause } from '../native/types.js';

/**
 * `unreachable`: no connection, for a reason nobody names; `unavailable`: the camera itself says so.
 * `stalled`: connected, but no frames. `config`: what the stream needs from this machine is not there.
 */
export type Cause = Exclude<NativeCause, 'pipeline'> | 'unreachable' | 'stalled' | 'config';

interface RetryRule {
  /** `network`: exponential, 0.5-10 s. `refusal`: 60 s. `auth`: 300 s, because cameras lock accounts. */
  readonly pace: 'network' | 'refusal' | 'auth';
  /** Somebody has to change something before it can work. */
  readonly needsChange: boolean;
}

const NETWORK: RetryRule = { pace: 'network', needsChange: false };

export const RETRY: Readonly<Record<Cause, RetryRule>> = {
  refused: NETWORK,
  unreachable: NETWORK,
  dns: NETWORK,
  timeout: NETWORK,
  eos: NETWORK,
  decode: NETWORK,
  source: NETWORK,
  stalled: NETWORK,
  unavailable: { pace: 'refusal', needsChange: false },
  tls: { pace: 'refusal', needsChange: true },
  'not-found': { pace: 'refusal', needsChange: true },
  codec: { pace: 'refusal', needsChange: true },
  config: { pace: 'refusal', needsChange: true },
  unauthorized: { pace: 'auth', needsChange: true },
};

const FIRST_MS = 500;
const LONGEST_MS = 10_000;
const SLOW_MS = { refusal: 60_000, auth: 300_000 } as const;
const SPREAD = 0.1;

/**
 * Milliseconds to wait after the `attempt`-th failure in a row (from 1).
 * Network failures: uniform between 0.5 s and the doubling ceiling, so that cameras behind one switch do not
 * come back in step.
 */
export function retryDelay(cause: Cause, attempt: number, random: () => number): number {
  const { pace } = RETRY[cause];
  if (pace !== 'network') return SLOW_MS[pace] * (1 - SPREAD + 2 * SPREAD * random());
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return FIRST_MS + (ceiling - FIRST_MS) * random();
}
