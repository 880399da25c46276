/** Logging: JSON lines on stderr, or one readable line each where a person watches. */
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const REDACT = ['password', 'pass', 'token', 'creds', 'user', 'params', 'env'].flatMap((key) => [
  key,
  `*.${key}`,
]);

export function createLogger(level: LogLevel = 'info', readable = process.stderr.isTTY === true): Logger {
  const destination = pino.destination({ dest: 2, sync: true });
  const write = (line: string) => destination.write(readable ? `${readableLine(line)}\n` : line);
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: REDACT,
      formatters: { level: levelName },
    },
    { write },
  );
}

function levelName(label: string): { level: string } {
  return { level: label };
}

/** `19:00:01.250 warn  cam-1: waiting (refused)  retryInMs=800` */
export function readableLine(json: string): string {
  const { time, level, msg, stream, ...rest } = JSON.parse(json) as Record<string, unknown>;
  const details = Object.entries(rest).map(([key, value]) => `${key}=${text(value)}`);
  const subject = stream === undefined ? '' : `${String(stream)}: `;
  const head = `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${subject}${String(msg ?? '')}`;
  return [head, ...details].join('  ');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
