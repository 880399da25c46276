/** Looks at what all streams have counted, every few seconds, and gives account of it. */
import { audit, type AuditView } from '../audit/audit.js';
import { EVERY_MS, History } from '../audit/history.js';
import type { StreamRow, WorkerStatus } from '../worker/status.js';

export interface AuditQuery {
  /** Only this one. */
  readonly stream?: string;
  /** The window's length; default: since each stream was added. */
  readonly lastMs?: number;
  /** When the window begins, RFC 3339; goes before `lastMs`. */
  readonly since?: string;
}

export class Auditor {
  readonly #history = new History();
  readonly #workers: () => Promise<WorkerStatus[]>;

  constructor(workers: () => Promise<WorkerStatus[]>) {
    this.#workers = workers;
  }

  async look(mark = false): Promise<void> {
    // What is told is what was so when it was asked for: later looks are never of an earlier time.
    const statuses = await this.#workers();
    this.#history.record(statuses, Date.now(), mark);
  }

  /** The last word on a stream of which nothing is left. */
  left(row: StreamRow): void {
    this.#history.left(row, Date.now());
  }

  async audit({ stream, lastMs, since }: AuditQuery): Promise<AuditView> {
    await this.look(true);
    const to = Date.now();
    const from = since === undefined ? lastMs && to - lastMs : Date.parse(since);
    const stays = [...this.#history.stays()].filter(([id]) => stream === undefined || id === stream);
    return audit(new Map(stays), { from, to });
  }

  /** Looks now and then, until it is disposed of. */
  start(): Disposable {
    const timer = setInterval(() => void this.look().catch(() => undefined), EVERY_MS);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }
}
