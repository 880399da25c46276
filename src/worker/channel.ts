/** The channel between an appliance process and the process that started it (Node IPC, `advanced` serialisation). */
import type { ChildProcess } from 'node:child_process';
import type { SnapshotOptions } from '../native/pipeline.js';
import { ERRORS, type ErrorCode, WeirError } from '../spec/error.js';
import type { WorkerStatus } from './status.js';
import type { StreamChange } from './worker.js';

/** CPU of the whole process, all threads, since it began. */
export interface Usage {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

/** What the parent may ask. Streams are plain objects as in weir.yaml. */
export interface Operations {
  add(stream: unknown, pipeline?: string): Promise<StreamChange>;
  update(stream: unknown): Promise<StreamChange>;
  remove(id: string): Promise<StreamChange>;
  restart(id: string): Promise<StreamChange>;
  snapshot(id: string, options?: SnapshotOptions): Promise<Uint8Array>;
  status(): Promise<WorkerStatus[]>;
  usage(): Promise<Usage>;
}

type Operation = keyof Operations;
type Result<O extends Operation> = Awaited<ReturnType<Operations[O]>>;

interface Request {
  readonly id: number;
  readonly operation: Operation;
  readonly args: readonly unknown[];
}
export interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy?: string;
}
type Message =
  | { readonly type: 'ready' }
  | { readonly type: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly type: 'fault'; readonly id: number; readonly fault: Fault };

/** Operations whose first argument is the id of a stream. */
const BY_ID: readonly Operation[] = ['remove', 'restart', 'snapshot'];

export function processUsage(): Usage {
  const { user, system } = process.cpuUsage();
  return { wallSeconds: process.uptime(), cpuSeconds: (user + system) / 1e6 };
}

/** In the child: answers requests and says it is ready. Does nothing in a process without a channel. */
export function serveChannel(operations: Operations): void {
  if (!process.send) return;
  const send = (message: Message) => process.send?.(message, undefined, undefined, () => undefined);
  const answer = async (request: Request): Promise<void> => {
    const { id } = request;
    try {
      send({ type: 'reply', id, value: await perform(operations, request) });
    } catch (error) {
      send({ type: 'fault', id, fault: faultOf(error) });
    }
  };
  process.on('message', (message: object) => {
    if ('operation' in message) void answer(message as Request);
  });
  send({ type: 'ready' });
}

/** What came over the channel is what its types say only if both ends are of one version. */
async function perform(operations: Operations, { operation, args }: Request): Promise<unknown> {
  if (!Object.hasOwn(operations, operation)) throw new WeirError('USAGE', `no operation "${operation}"`);
  if (BY_ID.includes(operation) && typeof args[0] !== 'string')
    throw new WeirError('USAGE', `${operation}: expected the id of a stream`);
  const run = operations[operation] as (...args: readonly unknown[]) => Promise<unknown>;
  return run(...args);
}

export function faultOf(error: unknown): Fault {
  if (!(error instanceof WeirError)) return { code: 'INTERNAL', message: String(error) };
  const { code, message, remedy } = error;
  return { code, message, ...(remedy !== undefined && { remedy }) };
}

export function errorOf({ code, message, remedy }: Fault): WeirError {
  const known = Object.hasOwn(ERRORS, code) ? code : 'INTERNAL';
  return new WeirError(known, message, remedy === undefined ? {} : { remedy });
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** In the parent. Everything pending is rejected when the child ends. */
export class ChannelClient implements Operations {
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

  add(stream: unknown, pipeline?: string): Promise<StreamChange> {
    return this.#ask('add', stream, pipeline);
  }

  update(stream: unknown): Promise<StreamChange> {
    return this.#ask('update', stream);
  }

  remove(id: string): Promise<StreamChange> {
    return this.#ask('remove', id);
  }

  restart(id: string): Promise<StreamChange> {
    return this.#ask('restart', id);
  }

  snapshot(id: string, options?: SnapshotOptions): Promise<Uint8Array> {
    return this.#ask('snapshot', id, options);
  }

  status(): Promise<WorkerStatus[]> {
    return this.#ask('status');
  }

  usage(): Promise<Usage> {
    return this.#ask('usage');
  }

  #ask<O extends Operation>(operation: O, ...args: Parameters<Operations[O]>): Promise<Result<O>> {
    const request: Request = { id: this.#nextId++, operation, args };
    return new Promise<unknown>((resolve, reject) => {
      this.#pending.set(request.id, { resolve, reject });
      // A child that is gone rejects what is pending by its exit.
      if (this.#ended) this.#settle(request.id)?.reject(this.#ended);
      else this.#send(request);
    }) as Promise<Result<O>>;
  }

  /** What cannot be serialised is the caller's mistake, told by its own promise. */
  #send(request: Request): void {
    try {
      this.#child.send(request, () => undefined);
    } catch (cause) {
      const error = new WeirError('USAGE', `${request.operation}: ${(cause as Error).message}`, { cause });
      this.#settle(request.id)?.reject(error);
    }
  }

  #receive(message: Message): void {
    if (message.type === 'ready') this.#settle(0)?.resolve(undefined);
    if (message.type === 'reply') this.#settle(message.id)?.resolve(message.value);
    if (message.type === 'fault') this.#settle(message.id)?.reject(errorOf(message.fault));
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
