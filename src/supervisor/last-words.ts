/** What a worker that crashed was at: its breadcrumb, and whose slot it was. */
import { createBreadcrumb, readBreadcrumb } from '../native/breadcrumb.js';

export interface Words {
  /** E.g. `SIGSEGV in thread mux-3 while decoding "yard-2"`. */
  readonly text: string;
  readonly stream?: string;
  /** The signal came from another process, and says nothing of what this one was at. */
  readonly sent: boolean;
  readonly details: Readonly<Record<string, unknown>>;
}

export class LastWords {
  /** The worker writes it; its place must outlive the worker. */
  readonly file: string;
  readonly #owners = new Map<number, string>();

  constructor(file: string) {
    this.file = file;
  }

  /** For the next worker. */
  async prepare(): Promise<void> {
    this.#owners.clear();
    createBreadcrumb(this.file);
  }

  /** The stream has the slot from now on. */
  moved(slot: number, stream: string): void {
    this.#owners.set(slot, stream);
  }

  async read(): Promise<Words | undefined> {
    const found = readBreadcrumb(this.file);
    if (!found) return undefined;
    const { signal, slot, stage, thread } = found;
    const stream = found.token === 0 ? undefined : this.#owners.get(slot);
    const sent = stage === 'sent';
    const at = stream === undefined ? `at ${stage}` : `at ${stage} of stream "${stream}"`;
    const details = { signal, thread, stage, ...(stream !== undefined && { stream }) };
    const text = sent ? 'sent by another process' : `${signal} in thread ${thread} ${at}`;
    return { text, sent, details, ...(stream !== undefined && { stream }) };
  }
}
