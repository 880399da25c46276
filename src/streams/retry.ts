/** Why a stream lost its connection, and how long it then waits. */

/** Everything that ends a connection, in the field's words. */
export type Cause =
  | 'refused' // TCP refused
  | 'unreachable' // no route, host down
  | 'dns' // the name does not resolve
  | 'timeout' // no answer
  | 'tls' // the certificate, or no TLS at all
  | 'unauthorized' // 401, 403, 407
  | 'not-found' // 404
  | 'session' // 454
  | 'unavailable' // 503 and other 5xx: the camera itself says so
  | 'forbidden' // our own address policy
  | 'codec'
  | 'eos' // the camera closed the connection, or died
  | 'decode' // the decoder gave up
  | 'source' // anything else the source says
  | 'no-frame' // connected, no data
  | 'no-key-frame' // data, but far too long no key frame
  | 'stalled'
  | 'frozen' // only where the spec asks for it
  | 'decode-errors' // too many for too long
  | 'config' // what the stream needs from this machine is not there
  | 'restart' // asked for by an operator
  | 'changed'; // the declaration changed

/**
 * `network`: exponential, 0.5-10 s. `refusal`: 60 s. `auth`: 300 s, because cameras lock accounts. `none`: at once,
 * because somebody here wants it.
 */
export type Pace = 'network' | 'refusal' | 'auth' | 'none';

interface RetryRule {
  readonly pace: Pace;
  /** Somebody has to change something before it can work. */
  readonly needsChange: boolean;
}

const NETWORK: RetryRule = { pace: 'network', needsChange: false };
const BUSY: RetryRule = { pace: 'refusal', needsChange: false };
const REFUSAL: RetryRule = { pace: 'refusal', needsChange: true };
const AUTH: RetryRule = { pace: 'auth', needsChange: true };
const WISH: RetryRule = { pace: 'none', needsChange: false };

export const RETRY: Readonly<Record<Cause, RetryRule>> = {
  refused: NETWORK,
  unreachable: NETWORK,
  dns: NETWORK,
  timeout: NETWORK,
  eos: NETWORK,
  decode: NETWORK,
  source: NETWORK,
  'no-frame': NETWORK,
  'no-key-frame': NETWORK,
  stalled: NETWORK,
  frozen: NETWORK,
  'decode-errors': NETWORK,
  session: BUSY,
  unavailable: BUSY,
  tls: REFUSAL,
  'not-found': REFUSAL,
  codec: REFUSAL,
  config: REFUSAL,
  unauthorized: AUTH,
  forbidden: AUTH,
  restart: WISH,
  changed: WISH,
};

export const CAUSES = Object.keys(RETRY) as readonly Cause[];

/** They say little while nothing has been received yet. */
export const VAGUE: ReadonlySet<Cause> = new Set(['unreachable', 'source', 'timeout']);

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
  if (pace === 'none') return 0;
  if (pace !== 'network') return SLOW_MS[pace] * (1 - SPREAD + 2 * SPREAD * random());
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return FIRST_MS + (ceiling - FIRST_MS) * random();
}
