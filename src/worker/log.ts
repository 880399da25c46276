/** Logging: JSON lines on stderr, or one readable line each where a person watches. No line holds a credential. */
import { type Logger, pino } from 'pino';
import { Redactor } from './redact.js';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  readonly level?: LogLevel;
  /** Default: where stderr is a terminal. */
  readonly readable?: boolean;
  /** Knows the secrets; what they are may become known later. */
  readonly redactor?: Redactor;
  /** Takes a line with its end. Default: stderr. */
  write?(line: string): void;
}

/** What stands under these names is hidden whatever it is. */
const HIDDEN = ['password', 'pass', 'user', 'token', 'creds', 'authorization', 'params', 'env'];
const HIDDEN_PATHS = [...HIDDEN, 'user-id', 'user-pw'].flatMap((key) => {
  const path = key.includes('-') ? `["${key}"]` : key;
  return [path, path === key ? `*.${key}` : `*${path}`];
});
/** Ours, and never secret: a user called as a stream is must not make its lines nameless. */
const OWN = new Set(['level', 'time', 'stream', 'pipeline']);

export function createLogger(options: LogOptions = {}): Logger {
  const { level = 'info', readable = process.stderr.isTTY === true, redactor = new Redactor() } = options;
  const write = options.write ?? stderr();
  const settings = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: HIDDEN_PATHS,
    formatters: { level: levelName },
  };
  return pino(settings, {
    write(line: string) {
      const clean = cleanLine(line, redactor);
      write(`${readable ? readableLine(clean) : clean}\n`);
    },
  });
}

export function stderr(): (line: string) => void {
  const destination = pino.destination({ dest: 2, sync: true });
  return (line) => void destination.write(line);
}

function levelName(label: string): { level: string } {
  return { level: label };
}

/** The second net: whoever wrote the line, its texts pass the redactor here. */
function cleanLine(json: string, redactor: Redactor): string {
  return JSON.stringify(JSON.parse(json), (key, value: unknown) =>
    typeof value === 'string' && !OWN.has(key) ? redactor.clean(value) : value,
  );
}

/** `19:00:01.250 warn  cam-1: waiting (refused)  retryInMs=800` */
export function readableLine(json: string): string {
  const { time, level, msg, stream, ...rest } = JSON.parse(json) as Record<string, unknown>;
  const details = Object.entries(rest).map(([key, value]) => `${key}=${text(value)}`);
  const subject = stream === undefined ? '' : `${String(stream)}: `;
  const head = `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${subject}${String(msg ?? '')}`;
  return visible([head, ...details].join('  '));
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What a camera says must not move the cursor of who reads it. */
function visible(line: string): string {
  return line.replace(/\p{Cc}/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
