/** The log of supervisor and workers in one place: written out, and kept for a while for who asks. */
import { type LogLevel, LOG_LEVELS, readableLine } from '../worker/log.js';
import { News } from './news.js';
import { isObject } from './state/json.js';
import type { LogLine } from './views.js';

const KEPT = 2000;
/** What those who wait for a line wait for, whatever is in it. */
const ANY_LINE = '';

export interface LogFilter {
  readonly after?: number;
  readonly lines: number;
  readonly pipeline?: string;
  readonly stream?: string;
  readonly level?: string;
}

export interface LogPage {
  readonly lines: readonly LogLine[];
  /** Of the last line there is: to be asked for as `after`. */
  readonly next: number;
}

export class LogHub {
  readonly #write: (line: string) => void;
  readonly #readable: boolean;
  readonly #lines: LogLine[] = [];
  readonly #news = new News();
  #seq = 0;

  constructor(write: (line: string) => void, readable: boolean) {
    this.#write = write;
    this.#readable = readable;
  }

  /** A line as JSON, without credentials; of a worker's log with its pipeline. */
  add(json: string, pipeline?: string): void {
    const text = json.trimEnd();
    const fields = fieldsOf(text);
    const owned = pipeline === undefined ? fields : { ...fields, pipeline };
    const line = JSON.stringify(owned);
    this.#write(`${this.#readable ? readableLine(line) : line}\n`);
    this.#lines.push(parsed(++this.#seq, owned));
    if (this.#lines.length > KEPT) this.#lines.shift();
    this.#news.tell(ANY_LINE);
  }

  page(filter: LogFilter): LogPage {
    const { after = 0, lines } = filter;
    const matching = this.#lines.filter((line) => line.seq > after && matches(line, filter));
    // Who reads on gets the oldest first; who only looks, the latest.
    const part = filter.after === undefined ? matching.slice(-lines) : matching.slice(0, lines);
    const complete = part.length === matching.length || filter.after === undefined;
    return { lines: part, next: complete ? this.#seq : (part.at(-1)?.seq ?? after) };
  }

  /** The same, once there is a line or the time is up. */
  async wait(filter: LogFilter, ms: number): Promise<LogPage> {
    const look = (): LogPage | undefined => {
      const page = this.page(filter);
      return page.lines.length > 0 ? page : undefined;
    };
    return (await this.#news.wait(ANY_LINE, ms, look)) ?? this.page(filter);
  }
}

/** What a worker sends must not end the supervisor, whatever it is. */
function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const fields: unknown = JSON.parse(text);
    if (isObject(fields)) return fields;
  } catch {
    // Told as it is.
  }
  return { level: 'warn', time: new Date().toISOString(), msg: text };
}

function parsed(seq: number, fields: Readonly<Record<string, unknown>>): LogLine {
  const { time, level, msg, stream, pipeline, ...details } = fields;
  return {
    seq,
    time: String(time),
    level: String(level),
    message: String(msg ?? ''),
    ...(typeof pipeline === 'string' && { pipeline }),
    ...(typeof stream === 'string' && { stream }),
    ...(Object.keys(details).length > 0 && { details }),
  };
}

function matches(line: LogLine, { pipeline, stream, level }: LogFilter): boolean {
  return (
    (pipeline === undefined || line.pipeline === pipeline) &&
    (stream === undefined || line.stream === stream) &&
    (level === undefined || rank(line.level) >= rank(level))
  );
}

function rank(level: string): number {
  return LOG_LEVELS.indexOf(level as LogLevel);
}
