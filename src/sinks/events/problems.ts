/** Why JetStream does not take events, in words, with what would mend it. */
import { RequestFailed } from '../nats-request.js';
import { ApiError } from './jetstream.js';

export const JETSTREAM_PROBLEMS = [
  'no-jetstream', // the server has none
  'no-account', // not for the account of these credentials
  'permission', // a subject of JetStream's API, or of events, may not be published to
  'overlap', // another stream takes our subjects
  'quota', // no room: of the server, the account or the stream
  'config', // the stream is not fit for events
  'no-answer', // in time
  'other',
] as const;
export type JetStreamProblem = (typeof JETSTREAM_PROBLEMS)[number];

export interface Refusal {
  readonly problem: JetStreamProblem;
  readonly message: string;
  readonly remedy: string;
}

const OVERLAP = 10065;

export function takenByAnother(stream: string, subject: string): ApiError {
  return new ApiError(OVERLAP, `the stream ${stream} takes ${subject}`);
}

/** Of JetStream's error codes those that a change of somebody mends. */
const BY_CODE: Readonly<Record<number, JetStreamProblem>> = {
  10002: 'quota', // resource limits exceeded for account
  10023: 'quota', // insufficient resources
  10026: 'quota', // maximum number of streams reached
  10028: 'quota', // resource limits exceeded for server
  10047: 'quota', // insufficient storage resources
  10122: 'quota', // the stream's maximum bytes exceed what the account allows
  10035: 'no-account', // not enabled in account
  10039: 'no-account', // not enabled for account
  10076: 'no-jetstream', // not enabled
  10008: 'no-answer', // temporarily unavailable
  10052: 'config',
  [OVERLAP]: 'overlap',
  10077: 'quota', // maximum bytes, messages: a stream that refuses what is new
};

export interface Names {
  readonly stream: string;
  readonly subjects: string;
  /** Makes the stream as it should be. */
  readonly add: string;
}

export function refusalOf(error: unknown, names: Names): Refusal {
  const problem = problemOf(error);
  const said = (error as Error).message;
  return { problem, ...WORDS[problem](said, names) };
}

function problemOf(error: unknown): JetStreamProblem {
  if (error instanceof ApiError) return BY_CODE[error.errCode] ?? byText(error.message);
  if (!(error instanceof RequestFailed)) return 'other';
  const faults = { 'no-responders': 'no-jetstream', permission: 'permission', timeout: 'no-answer' } as const;
  return faults[error.fault as keyof typeof faults] ?? 'other';
}

function byText(text: string): JetStreamProblem {
  return /maximum|exceeded|insufficient|resources/i.test(text) ? 'quota' : 'other';
}

type Words = (said: string, names: Names) => Pick<Refusal, 'message' | 'remedy'>;

const WORDS: Readonly<Record<JetStreamProblem, Words>> = {
  'no-jetstream': () => ({
    message: 'the NATS server has no JetStream',
    remedy: 'start nats-server with -js, or with "jetstream {}" in its configuration',
  }),
  'no-account': (said) => ({
    message: `JetStream is not enabled for the account of these credentials (${said})`,
    remedy: 'add "jetstream: enabled" to the account in the configuration of the NATS server',
  }),
  permission: (said, { add, subjects }) => ({
    message: `the NATS server does not let us: ${said}`,
    remedy:
      `allow publishing to "${subjects}" and to "$JS.API.STREAM.>", and subscribing to "_INBOX.>"; ` +
      `where only the first is to be allowed, make the stream: ${add}`,
  }),
  overlap: (said) => ({
    message: said,
    remedy:
      'take our subjects out of that stream (nats stream edit), or give one of the two another nats.prefix',
  }),
  quota: (said, { stream }) => ({
    message: `JetStream has no room for the stream ${stream}: ${said}`,
    remedy:
      'raise max_file_store of the server, or the limits of the account, to more than nats.events.maxMb, or lower that',
  }),
  config: (said, { stream, add }) => ({
    message: `the stream ${stream} is not fit for events: ${said}`,
    remedy: `nats stream edit ${stream}; or remove it, and it is made anew as by: ${add}`,
  }),
  'no-answer': (said) => ({
    message: `JetStream does not answer (${said})`,
    remedy:
      'look at the log of the NATS server: its disk may be full or slow, or its cluster without a leader',
  }),
  other: (said) => ({
    message: `JetStream: ${said}`,
    remedy: 'look at the log of the NATS server',
  }),
};
