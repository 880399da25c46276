/** Tries a camera in a process that is thrown away: whatever the camera sends, this process lives. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { WeirError } from '../spec/error.js';
import { parseSecretRef } from '../spec/secret.js';
import { redactUri } from '../spec/uri.js';
import { ConnectFailure } from '../streams/connect-failure.js';
import type { Cause } from '../streams/retry.js';
import { seconds } from '../streams/words.js';
import { type ProbeAnswer, type ProbeMessage, probeMessage, type ProbeRequest } from './protocol.js';
import { remedyOf } from './remedies.js';

export interface ThrowAwayOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Default: the real one. */
  readonly entry?: string;
  /** For loading all that is loaded before the camera is. */
  readonly loadMs?: number;
  /** Beyond what the request allows for the camera. */
  readonly graceMs?: number;
}

const NOT_BEGUN = 'the process to probe with ended before it began';
const CRASHED = 'what the camera sends crashed the process that tried it';
const REPORT_IT =
  'do not add this camera; update GStreamer, and report it with the model and firmware of the camera';

/** Everything else of the environment, other secrets above all, is no business of the process. */
const ENV =
  /^(?:PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|XDG_\w+|LD_\w+|GST_\w+|GIO_\w+|SSL_\w+|[ALTU]+SAN_OPTIONS|DEEPSTREAM_ROOT|WEIR_ADDON|WEIR_DUMPABLE)$/;

/** Rejects with PROBE_FAILED, whose `cause` is a ConnectFailure, or with what went wrong on this machine. */
export async function throwAway(request: ProbeRequest, options: ThrowAwayOptions = {}): Promise<ProbeAnswer> {
  const child = start(request, options);
  try {
    return await new Conversation(child, request, options).answer;
  } finally {
    await end(child);
  }
}

function start(request: ProbeRequest, { entry = ENTRY, env = process.env }: ThrowAwayOptions): ChildProcess {
  const debug = env.GST_DEBUG !== undefined;
  const child = fork(entry, [], {
    env: childEnv(request, env),
    execArgv: [],
    stdio: ['ignore', 'ignore', debug ? 'pipe' : 'ignore', 'ipc'],
  });
  // Not handed down: a file on the other end could not be written by a process that writes none.
  child.stderr?.pipe(process.stderr, { end: false });
  return child;
}

const ENTRY = fileURLToPath(new URL('child.js', import.meta.url));

function childEnv({ target }: ProbeRequest, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const refs = [target.user, target.password].map((text) => parseSecretRef(text ?? ''));
  const secrets = refs.flatMap((ref) => (ref?.from === 'env' ? [ref.name] : []));
  const kept = Object.entries(env).filter(([name]) => ENV.test(name) || secrets.includes(name));
  return Object.fromEntries(kept);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

class Conversation {
  readonly answer: Promise<ProbeAnswer>;
  readonly #request: ProbeRequest;
  readonly #cameraMs: number;
  #resolve!: (answer: ProbeAnswer) => void;
  #reject!: (error: WeirError) => void;
  #timer: NodeJS.Timeout | undefined;
  #ready = false;

  constructor(child: ChildProcess, request: ProbeRequest, options: ThrowAwayOptions) {
    const { loadMs = 20_000, graceMs = 4_000 } = options;
    this.#request = request;
    this.#cameraMs = request.timeoutMs + request.seconds * 1000 + graceMs;
    this.answer = new Promise<ProbeAnswer>((resolve, reject) => {
      [this.#resolve, this.#reject] = [resolve, reject];
    }).finally(() => clearTimeout(this.#timer));
    this.#allow(loadMs);
    child.on('message', (raw) => this.#hear(raw));
    child.once('error', (error) => this.#crashed(error.message));
    child.once('exit', (code, signal) => {
      const crashed = (): void => this.#crashed(signal ?? `exit code ${code}`);
      // Its last words may still be in the channel.
      if (child.connected) child.once('disconnect', crashed);
      else crashed();
    });
    child.send(request, (error) => error && this.#crashed(error.message));
  }

  #allow(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#reject(this.#late(ms)), ms);
  }

  #hear(raw: unknown): void {
    const message = understood(raw);
    if (message?.type === 'facts') return this.#resolve(message);
    if (message?.type !== 'ready') return this.#reject(this.#refusal(message));
    this.#ready = true;
    this.#allow(this.#cameraMs);
  }

  #late(ms: number): WeirError {
    if (this.#ready)
      return this.#failed('timeout', `the camera kept the probe busy for ${seconds(ms)}: it was killed`);
    return new WeirError('TIMEOUT', `the process to probe with was not ready within ${seconds(ms)}`, {
      remedy: 'try again: GStreamer may have been looking for its plugins; then weir doctor',
    });
  }

  /** Before it was ready nothing of the camera's had reached it. */
  #crashed(how: string): void {
    this.#reject(
      this.#ready
        ? this.#failed('source', `${CRASHED} (${how})`, REPORT_IT)
        : new WeirError('INTERNAL', `${NOT_BEGUN} (${how})`, { remedy: 'weir doctor: does the addon load?' }),
    );
  }

  #refusal(message: ProbeMessage | undefined): WeirError {
    if (message?.type === 'failure') return this.#failed(message.cause, message.message);
    if (message?.type !== 'fault')
      return this.#failed('source', 'the process that tried the camera talks nonsense');
    const { code, message: text, remedy } = message;
    return new WeirError(code, text, remedy === undefined ? {} : { remedy });
  }

  #failed(cause: Cause, message: string, remedy?: string): WeirError {
    const { uri, user } = this.#request.target;
    return new WeirError('PROBE_FAILED', `${redactUri(uri)}: ${cause}: ${message}`, {
      remedy: remedy ?? remedyOf(cause, user !== undefined),
      cause: new ConnectFailure(cause, message),
    });
  }
}

function understood(raw: unknown): ProbeMessage | undefined {
  const parsed = probeMessage.safeParse(raw);
  return parsed.success ? parsed.data : undefined;
}
