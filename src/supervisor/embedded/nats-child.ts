/** nats-server as a child: one life, which ends with this process, however that ends. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { WeirError } from '../../spec/error.js';
import { withinMs } from '../../sinks/pause.js';
import { versionOf } from './server-config.js';

const READY_MS = 10_000;
const STOP_MS = 3_000;
const VERSION_MS = 5_000;
const MAX_LINES = 5;
/** Should this process be killed, the kernel ends the server. */
const WITH_US = ['--pdeathsig', 'TERM', '--', 'nats-server'];

/** Throws NATS_UNAVAILABLE where there is none. */
export async function serverVersion(env: NodeJS.ProcessEnv): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('nats-server', ['--version'], { env, timeout: VERSION_MS });
    return versionOf(stdout);
  } catch (cause) {
    throw new WeirError(
      'NATS_UNAVAILABLE',
      'nats: embedded: nats-server is not on the PATH, or does not run',
      {
        remedy: 'install the package nats-server, or name a server of yours with nats.url',
        cause,
      },
    );
  }
}

export class NatsChild {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  /** In words. */
  readonly ended: Promise<string>;
  /** Port of its clients. Rejects with NATS_UNAVAILABLE where it ends before, or takes too long. */
  readonly ready: Promise<number>;

  constructor(configFile: string, env: NodeJS.ProcessEnv, onLine: (line: string) => void) {
    this.#child = spawn('setpriv', [...WITH_US, '-c', configFile], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // Ctrl-C must not end it before the workers have delivered their last.
      detached: true,
      env,
    });
    this.ended = once(this.#child, 'exit').then(
      ([code, signal]) => `${signal ?? `exit code ${code}`}`,
      (error: Error) => error.message,
    );
    this.ready = this.#ready(onLine);
    this.ready.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** SIGTERM, and SIGKILL where that is not enough. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await withinMs(STOP_MS, this.ended);
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  async #ready(onLine: (line: string) => void): Promise<number> {
    let port = 0;
    const listening = new Promise<number>((resolve) => {
      createInterface({ input: this.#child.stderr as NonNullable<ChildProcess['stderr']> }).on(
        'line',
        (line) => {
          this.#lines.push(line);
          if (this.#lines.length > MAX_LINES) this.#lines.shift();
          port = Number(/Listening for client connections on .*:(\d+)$/.exec(line)?.[1] ?? port);
          if (line.includes('Server is ready')) resolve(port);
          onLine(line);
        },
      );
    });
    const late = AbortSignal.timeout(READY_MS);
    const timeout = once(late, 'abort').then(() => `it was not ready within ${READY_MS / 1000} s`);
    const outcome = await Promise.race([listening, this.ended, timeout]);
    if (typeof outcome === 'number') return outcome;
    const said = this.#lines.map((line) => line.replace(/^\[\d+\] \S+ \S+ /, '')).join('; ');
    throw new WeirError(
      'NATS_UNAVAILABLE',
      `nats: embedded: nats-server does not start: ${outcome}: ${said}`,
      {
        remedy: 'look at nats.embedded: the port may be in use, or storeDir not writable',
      },
    );
  }
}
