/** Events that pipelines have left behind which are no more: they are delivered, and their spools taken away. */
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventSink } from '../sinks/events/event-sink.js';

type Sink = Pick<EventSink, 'status' | 'delivered' | 'close'>;

export interface LeftEventsOptions {
  /** Of all spools. */
  readonly folder: string;
  open(spool: string): Sink;
  log(message: string, details: object): void;
}

/** What begins with it belongs to the supervisor: no pipeline has such a name. */
const OURS = '_';
const LEFT = '_left-';

export class LeftEvents implements AsyncDisposable {
  readonly #options: LeftEventsOptions;
  readonly #open = new Map<string, Sink>();
  #closed = false;

  constructor(options: LeftEventsOptions) {
    this.#options = options;
  }

  /** Takes over the spools of all pipelines but these; nobody else may use them any more. Never rejects. */
  async adopt(pipelines: ReadonlySet<string>): Promise<void> {
    try {
      for (const name of await this.#names())
        if (name.startsWith(LEFT)) this.#take(name);
        else if (!name.startsWith(OURS) && !pipelines.has(name)) this.#take(await this.#renamed(name));
    } catch (error) {
      this.#failed('events of removed pipelines are left where they are', error);
    }
  }

  /** What has not been delivered stays on disk. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#open.values()].map((sink) => sink.close()));
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#options.folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  /** Under a name of its own: a pipeline may be called so again. */
  async #renamed(name: string): Promise<string> {
    const left = `${LEFT}${name}-${Date.now().toString(36)}`;
    await rename(join(this.#options.folder, name), join(this.#options.folder, left));
    return left;
  }

  #take(name: string): void {
    if (this.#closed || this.#open.has(name)) return;
    const folder = join(this.#options.folder, name);
    const sink = this.#options.open(folder);
    this.#open.set(name, sink);
    void sink.delivered().then(() => this.#takeAway(name, folder, sink));
  }

  /** Never rejects: a folder that stays is taken over again at the next start. */
  async #takeAway(name: string, folder: string, sink: Sink): Promise<void> {
    const { acknowledged: events } = sink.status();
    await sink.close();
    this.#open.delete(name);
    try {
      await rm(folder, { recursive: true, force: true });
    } catch (error) {
      this.#failed('the spool of a removed pipeline is left where it is', error);
    }
    if (events > 0) this.#options.log('events of a removed pipeline were delivered', { spool: name, events });
  }

  #failed(message: string, error: unknown): void {
    this.#options.log(message, { reason: (error as Error).message });
  }
}
