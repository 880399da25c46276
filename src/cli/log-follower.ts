/** Follows the log of an appliance: each line once, over restarts of the appliance. */
import type { LogQuery } from '../control/appliance.js';
import type { ControlClient } from '../control/client.js';
import type { LogPage } from '../supervisor/log-hub.js';
import type { LogLine } from '../supervisor/views.js';
import { isAway, pause } from './away.js';

export type LogFilter = Pick<LogQuery, 'pipeline' | 'stream' | 'level'>;

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Between two looks for one that is away; default a second. */
  readonly retryMs?: number;
  line(line: LogLine): void;
  /** Once each time it goes away, and when it is back. */
  say(text: string): void;
}

const LONG_POLL_MS = 20_000;
const RETRY_MS = 1_000;
const MOST = 1_000;

export class LogFollower {
  readonly #client: ControlClient;
  readonly #filter: LogFilter;
  readonly #options: FollowOptions;
  /** When the appliance started: another one counts its lines anew. */
  #origin = '';
  #after = 0;
  #away = false;

  constructor(client: ControlClient, filter: LogFilter, options: FollowOptions) {
    this.#client = client;
    this.#filter = filter;
    this.#options = options;
  }

  /** The last lines first; then until the signal aborts. */
  async follow(lines: number): Promise<void> {
    const { signal } = this.#options;
    this.#origin = (await this.#client.status({ signal })).startedAt;
    this.#take(await this.#client.logs({ ...this.#filter, lines }, { signal }));
    while (!signal.aborted) await this.#step();
  }

  async #step(): Promise<void> {
    const { signal } = this.#options;
    try {
      if (this.#away) await this.#returned();
      const query = { ...this.#filter, after: this.#after, lines: MOST, waitMs: LONG_POLL_MS };
      this.#take(await this.#client.logs(query, { signal }));
    } catch (error) {
      if (signal.aborted) return;
      if (!isAway(error)) throw error;
      if (!this.#away) this.#options.say(`${error.message}; waiting for it`);
      this.#away = true;
      await pause(this.#options.retryMs ?? RETRY_MS, signal);
    }
  }

  /** Rejects while it is away. */
  async #returned(): Promise<void> {
    const { startedAt } = await this.#client.status({ signal: this.#options.signal });
    if (startedAt !== this.#origin) this.#after = 0;
    this.#origin = startedAt;
    this.#away = false;
    this.#options.say('the appliance is back');
  }

  #take({ lines, next }: LogPage): void {
    for (const line of lines) this.#options.line(line);
    // Smaller than what was asked for: another process counts, and it was not noticed.
    this.#after = next < this.#after ? 0 : next;
  }
}
