import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** How a program ended, with all it wrote. */
export interface Outcome {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's environment; undefined removes. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Written to standard input, which is then closed. */
  readonly input?: string | Uint8Array;
  /** After this many milliseconds (default 60,000) the program gets `stopSignal`, and SIGKILL 5 s later. */
  readonly timeoutMs?: number;
  readonly stopSignal?: NodeJS.Signals;
}

const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/**
 * Starts a program that dies with this process, even if that is killed: its parent's death is a SIGKILL to it.
 */
function launch(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args], options);
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  child.once('error', () => alive.delete(child));
  return child;
}

function collect(stream: Readable | null): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

/** Runs a program to its end. A code other than 0 is an outcome; rejects only when it cannot be started. */
export async function run(
  command: string,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Outcome> {
  const child = launch(command, args, { cwd: options.cwd, env: { ...process.env, ...options.env } });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  child.stdin?.on('error', () => {}); // it may end without reading its input
  child.stdin?.end(options.input ?? '');
  const stop = setTimeout(() => void stopChild(child, options.stopSignal), options.timeoutMs ?? 60_000);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { code, signal, stdout: stdout(), stderr: stderr() };
  } finally {
    clearTimeout(stop);
  }
}

async function stopChild(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  child.kill('SIGCONT'); // a test may have stopped it
  const kill = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(kill);
}

/** A program that runs beside the test. Stop it, or declare it with `await using`. */
export class Running implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #lines: string[] = [];
  readonly #watchers = new Set<() => void>();
  #ended = false;

  /** Its pid is that of the program itself. */
  constructor(command: string, args: readonly string[], options: Pick<RunOptions, 'cwd' | 'env'> = {}) {
    this.#name = command;
    this.#child = launch(command, args, { cwd: options.cwd, env: { ...process.env, ...options.env } });
    this.#child.stdin?.on('error', () => {});
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#add(line));
    }
    this.#child.once('error', (error) => this.#add(String(error)));
    this.#child.once('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#name} was not started`);
    return this.#child.pid;
  }

  /** All lines so far, standard output and error as they came. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  closeInput(): void {
    this.#child.stdin?.end();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /**
   * The first line from number `from` on (default 0) that matches. Rejects with everything it wrote when it ends
   * or `timeoutMs` (default 20,000) pass without one.
   */
  async line(
    match: (line: string) => boolean,
    { from = 0, timeoutMs = 20_000 }: { from?: number; timeoutMs?: number } = {},
  ): Promise<string> {
    const deadline = Date.now() + timeoutMs;
    for (let next = from; ; next++) {
      while (next >= this.#lines.length) {
        if (this.#ended) throw this.#complaint('ended');
        if (!(await this.#change(deadline - Date.now()))) throw this.#complaint(`${timeoutMs} ms passed`);
      }
      const line = this.#lines[next] as string;
      if (match(line)) return line;
    }
  }

  /** Resolves when it has ended by itself. */
  async ended(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    while (!this.#ended) await this.#change();
    return { code: this.#child.exitCode, signal: this.#child.signalCode };
  }

  /** SIGTERM, and SIGKILL if that does not end it within 5 s. Safe twice. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await stopChild(this.#child, signal);
    await this.ended();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #add(line: string): void {
    this.#lines.push(line);
    this.#wake();
  }

  #wake(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #change(timeoutMs?: number): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (changed: boolean): void => {
        clearTimeout(timer);
        this.#watchers.delete(watcher);
        resolve(changed);
      };
      const watcher = (): void => finish(true);
      const timer =
        timeoutMs === undefined ? undefined : setTimeout(() => finish(false), Math.max(0, timeoutMs));
      this.#watchers.add(watcher);
    });
  }

  #complaint(what: string): Error {
    return new Error(
      `${this.#name}: ${what} before the expected line came; it wrote:\n${this.#lines.join('\n')}`,
    );
  }
}
