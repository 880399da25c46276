/** The built `weir up` as a process, and what it publishes. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'nats';
import { ChannelClient } from '../../src/worker/channel.js';
import type { StatusMessage, StreamRow } from '../../src/worker/status.js';
import { root } from './paths.js';
import { tempDir } from './temp.js';
import { until } from './wait.js';

export const CLI = join(root, 'dist/cli/main.cjs');

/** A message on `*.detections`, as docs/wire.md has it. */
export interface Detections {
  readonly schema: string;
  readonly stream: string;
  readonly epoch: number;
  /** Counts the stream's messages from 1; a gap is a message that was lost. */
  readonly sequence: number;
  readonly frame: number;
  readonly pts: number;
  readonly time: string;
  readonly clock: string;
  readonly width: number;
  readonly height: number;
  readonly inferred: boolean;
  readonly objects: readonly {
    readonly id?: string;
    readonly class: number;
    readonly label?: string;
    readonly confidence: number;
    readonly box: { left: number; top: number; width: number; height: number };
  }[];
}

export interface Appliance extends AsyncDisposable {
  readonly channel: ChannelClient;
  /** Of the supervisor. */
  readonly pid: number;
  /** Of the workers, one per pipeline. */
  workers(): Promise<number[]>;
  /** All of stderr so far. */
  log(): string;
  /** Every stream of every pipeline, as it is now. */
  rows(): Promise<StreamRow[]>;
  row(stream: string): Promise<StreamRow>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Starts an appliance from the text of a spec; resolves when its pipelines play. */
export async function startAppliance(
  spec: string,
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Promise<Appliance> {
  if (!existsSync(CLI)) throw new Error(`${CLI} is missing; run scripts/setup`);
  const dir = await tempDir();
  const file = join(dir.path, 'weir.yaml');
  await writeFile(file, spec);
  const child = fork(CLI, ['up', file, ...args], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, ...env },
  });
  const chunks: Buffer[] = [];
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const log = (): string => Buffer.concat(chunks).toString();
  const stop = async (): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    }
    await dir.remove();
    return child.exitCode;
  };
  const channel = new ChannelClient(child);
  try {
    await channel.ready;
  } catch (cause) {
    await stop();
    throw new Error(`weir up ended early:\n${log()}`, { cause });
  }
  const rows = async () => (await channel.status()).flatMap((worker) => worker.streams);
  const row = async (stream: string): Promise<StreamRow> => {
    const found = (await rows()).find((each) => each.id === stream);
    if (!found) throw new Error(`no stream ${stream}`);
    return found;
  };
  return {
    channel,
    pid: child.pid ?? -1,
    workers: async () => (await channel.status()).map(({ pid }) => pid),
    log,
    rows,
    row,
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}

/** Where it serves metrics and health, as its log tells. */
export const metricsUrl = ({ log }: Appliance): Promise<string> =>
  until('metrics are served', () => /"url":"([^"]+)"/.exec(log())?.[1]);

export interface Recording extends AsyncDisposable {
  readonly detections: Detections[];
  readonly statuses: StatusMessage[];
  /** Every message as it came, with its subject. */
  readonly raw: { readonly subject: string; readonly text: string }[];
  /** The stream's latest status that has a cause. */
  cause(stream: string): StatusMessage | undefined;
}

export interface Listener {
  detections(message: Detections): void;
  status(message: StatusMessage): void;
  /** Either, as it came. */
  raw?(subject: string, text: string): void;
}

/** Calls back for every message below `weir.` from now on, events only as they came. */
export async function listen(url: string, on: Listener): Promise<AsyncDisposable> {
  const nc = await connect({ servers: url });
  nc.subscribe('weir.>', {
    callback: (error, message) => {
      if (error) throw error;
      on.raw?.(message.subject, message.string());
      if (message.subject.endsWith('.detections')) on.detections(message.json<Detections>());
      if (message.subject.endsWith('.status')) on.status(message.json<StatusMessage>());
    },
  });
  await nc.flush();
  return { [Symbol.asyncDispose]: () => nc.close() };
}

/** Records every message from now on. */
export async function record(url: string): Promise<Recording> {
  const [detections, statuses, raw] = [[] as Detections[], [] as StatusMessage[], [] as Recording['raw']];
  const listening = await listen(url, {
    detections: (message) => detections.push(message),
    status: (message) => statuses.push(message),
    raw: (subject, text) => raw.push({ subject, text }),
  });
  return {
    ...{ detections, statuses, raw },
    cause: (stream) => statuses.findLast((status) => status.stream === stream && status.cause),
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}
