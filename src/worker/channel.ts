/** The channel between an appliance process and the process that started it (Node IPC, `advanced` serialisation). */
import type { ChildProcess } from 'node:child_process';
import { type ErrorCode, WeirError } from '../spec/error.js';
import type { WorkerStatus } from './status.js';

/** CPU of the whole process, all threads, since it began. */
export interface Usage {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

/** What the parent may ask. */
export interface Operations {
  status(): Promise<WorkerStatus[]>;
  snapshot(stream: string): Promise<Uint8Array>;
  usage(): Promise<Usage>;
}

type Operation = keyof Operations;
interface Request {
  readonly id: number;
  readonly operation: Operation;
  readonly argument?: string;
}
type Message =
  | { readonly type: 'ready' }
  | { readonly type: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly type: 'fault'; readonly id: number; readonly code: ErrorCode; readonly message: string };

export function processUsage(): Usage {
  const { user, system } = process.cpuUsage();
  return { wallSeconds: process.uptime(), cpuSeconds: (user + system) / 1e6 };
}

/** In the child: answers requests and says it is ready. Does nothing in a process without a channel. */
export function serveChannel(operations: Operations): void {
  if (!process.send) return;
  const send = (message: Message) => process.send?.(message, undefined, undefined, () => undefined);
  const answer = async ({ id, operation, argument = '' }: Request): Promise<void> => {
    try {
      send({ type: 'reply', id, value: await operations[operation](argument) });
    } catch (error) {
      const { code, message } = error instanceof WeirError ? error : new WeirError('INTERNAL', String(error));
      send({ type: 'fault', id, code, message });
    }
  };
  process.on('message', (request: Request) => void answer(request));
  send({ type: 'ready' });
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** In the parent. Everything pending is rejected when the child ends. */
export class ChannelClient {
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #ended: WeirError | undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.ready = new Promise((resolve, reject) => this.#pending.set(0, { resolve: () => resolve(), reject }));
    this.ready.catch(() => undefined);
    child.on('message', (message: Message) => this.#receive(message));
    child.once('exit', (code, signal) =>
      this.#abandon(`the appliance ended (${signal ?? `exit code ${code}`})`),
    );
  }

  status(): Promise<WorkerStatus[]> {
    return this.#ask('status') as Promise<WorkerStatus[]>;
  }

  snapshot(stream: string): Promise<Uint8Array> {
    return this.#ask('snapshot', stream) as Promise<Uint8Array>;
  }

  usage(): Promise<Usage> {
    return this.#ask('usage') as Promise<Usage>;
  }

  #ask(operation: Operation, argument?: string): Promise<unknown> {
    const id = this.#nextId++;
    const request: Request = { id, operation, ...(argument !== undefined && { argument }) };
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      // A child that is gone rejects what is pending by its exit.
      if (this.#ended) this.#settle(id)?.reject(this.#ended);
      else this.#child.send(request, () => undefined);
    });
  }

  #receive(message: Message): void {
    if (message.type === 'ready') this.#settle(0)?.resolve(undefined);
    if (message.type === 'reply') this.#settle(message.id)?.resolve(message.value);
    if (message.type === 'fault')
      this.#settle(message.id)?.reject(new WeirError(message.code, message.message));
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #abandon(reason: string): void {
    this.#ended = new WeirError('PIPELINE_FAILED', reason);
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(this.#ended);
  }
}
