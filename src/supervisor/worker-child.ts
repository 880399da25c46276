/** A worker process as its supervisor sees it: started, listened to, watched, and ended by force if need be. */
import { type ChildProcess, fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ErrorCode } from '../spec/error.js';
import { ChannelClient, type Fault } from '../worker/channel.js';
import { BEAT_MS, type Beat, type FromWorker, type StartMessage, type ToWorker } from '../worker/protocol.js';
import type { StreamRow } from '../worker/status.js';
import { threadsOf } from './threads.js';
import type { WorkerEnd } from './views.js';

export interface WorkerChildOptions {
  readonly start: StartMessage;
  readonly env?: NodeJS.ProcessEnv;
  /** A line of its log, as JSON. */
  onLog(line: string): void;
  onStream(row: StreamRow): void;
  /** Turns of the handshake budget; all of a worker's end with it. */
  onTurn(turn: number, want: boolean, grant: () => void): void;
  /** It is not to be relied on any more, and will end. */
  onCondemned(): void;
  /** What the supervisor itself does to it, in words. */
  onNotice(message: string, details?: object): void;
}

/** How a worker ended. */
export interface WorkerExit {
  readonly why: WorkerEnd;
  readonly message: string;
  /** What it said itself. */
  readonly code?: ErrorCode;
  readonly remedy?: string;
  readonly signal?: NodeJS.Signals;
  /** How long it had played. */
  readonly playedMs: number;
}

/** Beats that may be missed: of a worker that plays, and of one that loads its libraries. */
const SILENT_BEATS = 8;
const SILENT_BEATS_AT_START = 120;
const OOM_SCORE = '500';
/** Between SIGABRT and SIGKILL. */
const ABORT_MS = 2_000;
/** For what a worker that is gone has left in the channel. */
const LAST_WORDS_MS = 500;
/** For an orderly end. */
export const STOP_MS = 4_000;

type Reason = Omit<WorkerExit, 'playedMs' | 'signal'>;

export class WorkerChild {
  /** Resolves when the pipeline plays; never, where it ends before. */
  readonly playing: Promise<void>;
  readonly ended: Promise<WorkerExit>;
  readonly channel: ChannelClient;
  readonly #child: ChildProcess;
  readonly #options: WorkerChildOptions;
  readonly #watch: NodeJS.Timeout;
  #missed = 0;
  #playingSince: number | undefined;
  #beat: Beat | undefined;
  /** Why it has to end, or says it does. */
  #reason: Reason | undefined;
  #kill: NodeJS.Timeout | undefined;

  constructor(options: WorkerChildOptions, start: (env: NodeJS.ProcessEnv) => ChildProcess = spawn) {
    this.#options = options;
    this.#child = start(options.env ?? process.env);
    takeFirst(this.#child.pid);
    this.channel = new ChannelClient(this.#child);
    this.#child.on('message', (message: FromWorker) => this.#receive(message));
    this.playing = this.channel.ready.then(
      () => void (this.#playingSince = performance.now()),
      () => new Promise<never>(() => undefined),
    );
    this.#watch = setInterval(() => this.#look(), BEAT_MS);
    this.ended = gone(this.#child).then((how) => this.#exit(how));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get beat(): Beat | undefined {
    return this.#beat;
  }

  /** Orderly, and by force after a while. `ended` tells when. */
  stop(why: WorkerEnd, message: string): void {
    this.#condemn({ why, message });
    this.#send({ type: 'stop' });
    this.#killLater(STOP_MS);
  }

  /** At once. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #receive(message: FromWorker): void {
    this.#missed = 0;
    const { onLog, onStream, onTurn, start } = this.#options;
    if (message.type === 'up') this.#send(start);
    if (message.type === 'beat') this.#beat = message;
    if (message.type === 'log') onLog(message.line);
    if (message.type === 'stream') onStream(message.row);
    if (message.type === 'failed') this.#failed(message.fault);
    if (message.type === 'turn')
      onTurn(message.turn, message.want, () => this.#send({ type: 'granted', turn: message.turn }));
  }

  #failed({ code, ...said }: Fault): void {
    const why = this.#playingSince === undefined ? 'start-failed' : (WHY[code] ?? 'pipeline-failed');
    this.#condemn({ why, code, ...said });
    this.#killLater(ABORT_MS);
  }

  /** Counts beats, not time: after a pause of the supervisor itself no worker is to blame. */
  #look(): void {
    this.#send({ type: 'supervisor-beat' });
    const most = this.#playingSince === undefined ? SILENT_BEATS_AT_START : SILENT_BEATS;
    if (++this.#missed !== most) return;
    const seconds = (most * BEAT_MS) / 1000;
    this.#condemn({ why: 'hang', message: `no sign of life for ${seconds} s` });
    this.#options.onNotice(`no sign of life for ${seconds} s: SIGABRT`, { threads: threadsOf(this.pid) });
    this.#child.kill('SIGABRT');
    this.#killLater(ABORT_MS);
  }

  #condemn(reason: Reason): void {
    this.#reason ??= reason;
    this.#options.onCondemned();
  }

  #killLater(ms: number): void {
    this.#kill ??= setTimeout(() => this.kill(), ms);
  }

  #send(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #exit({ words, signal }: End): WorkerExit {
    clearInterval(this.#watch);
    clearTimeout(this.#kill);
    const reason = this.#reason ?? { why: 'crash', message: `its process ended (${words})` };
    const playedMs = this.#playingSince === undefined ? 0 : performance.now() - this.#playingSince;
    return { ...reason, ...(signal && { signal }), playedMs };
  }
}

interface End {
  readonly words: string;
  readonly signal?: NodeJS.Signals;
}

/** How it ended, once its last words have been read too: they may come after its end. */
async function gone(child: ChildProcess): Promise<End> {
  const silent = new Promise<void>((resolve) => void child.once('disconnect', resolve));
  const how = await new Promise<End>((resolve) => {
    // Also told of one that cannot be killed; that is no end.
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ words: `cannot be started: ${error.message}` });
    });
    child.once('exit', (code, signal) =>
      resolve(signal ? { words: signal, signal } : { words: `exit code ${code}` }),
    );
  });
  await Promise.race([silent, sleep(LAST_WORDS_MS, undefined, { ref: false })]);
  return how;
}

const WHY: Partial<Readonly<Record<ErrorCode, WorkerEnd>>> = { PIPELINE_STUCK: 'stuck' };

/** When memory runs out the kernel takes a worker, which is replaced, before the supervisor and others. */
function takeFirst(pid: number | undefined): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, OOM_SCORE);
  } catch {
    // No Linux, or it is gone already: nothing is lost by it.
  }
}

/** Only the supervisor speaks for the service. */
const SERVICE_VARIABLES = { NOTIFY_SOCKET: undefined, WATCHDOG_USEC: undefined, WATCHDOG_PID: undefined };

function spawn(env: NodeJS.ProcessEnv): ChildProcess {
  const here = fileURLToPath(import.meta.url);
  const main = fileURLToPath(new URL(`../worker/main${extname(here)}`, import.meta.url));
  return fork(main, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Read once, when Node starts: a name lookup holds a thread for as long as the name server is silent.
    env: { UV_THREADPOOL_SIZE: '16', ...env, ...SERVICE_VARIABLES },
  });
}
