/** NVIDIA's tegrastats as a child process, started anew when it ends. Its last word is kept, and nothing else. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { eachLine } from './lines.js';
import type { DeviceReading } from './reading.js';
import { MAX_LINE, parseTegrastats } from './tegrastats.js';

const INTERVAL_MS = 5_000;
/** A reading that is older says nothing of now. */
const FRESH_MS = 3 * INTERVAL_MS;
const MISSING: ReadonlySet<string> = new Set(['ENOENT', 'EACCES']);
const PAUSES_MS = [1_000, 5_000, 60_000] as const;

export interface TegrastatsOptions {
  /** Default: tegrastats, every 5 s. */
  readonly command?: readonly [program: string, ...args: string[]];
  /** Milliseconds before the next start; `failures`: how often it ended in a row without a reading. */
  pause?(failures: number): number;
}

export class Tegrastats implements AsyncDisposable {
  readonly #command: readonly [string, ...string[]];
  readonly #pause: (failures: number) => number;
  readonly #end = new AbortController();
  readonly #kept: Promise<void>;
  #latest: { readonly reading: DeviceReading; readonly at: number } | undefined;

  constructor({
    command = ['tegrastats', '--interval', String(INTERVAL_MS)],
    pause = backOff,
  }: TegrastatsOptions = {}) {
    this.#command = command;
    this.#pause = pause;
    this.#kept = this.#keep();
  }

  /** Undefined before the first, and where it has fallen silent. */
  get latest(): DeviceReading | undefined {
    const { reading, at } = this.#latest ?? {};
    return at !== undefined && performance.now() - at < FRESH_MS ? reading : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#kept;
  }

  async #keep(): Promise<void> {
    const { signal } = this.#end;
    for (let failures = 0; !signal.aborted;) {
      const ended = await this.#run().catch(() => ({ readings: 0 }));
      if (ended === 'missing') return;
      failures = ended.readings > 0 ? 0 : failures + 1;
      await sleep(this.#pause(failures), undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Until it ends. Other reasons it cannot be started for may pass, as too many processes do. */
  #run(): Promise<'missing' | { readonly readings: number }> {
    const [program, ...args] = this.#command;
    let readings = 0;
    return new Promise((resolve) => {
      const child = spawn(program, args, {
        ...{ stdio: ['ignore', 'pipe', 'ignore'], signal: this.#end.signal, killSignal: 'SIGKILL' },
        env: { PATH: process.env.PATH, LC_ALL: 'C' },
      });
      // One that runs ends with `close`, whatever is said before.
      child.once('error', ({ code }: NodeJS.ErrnoException) => {
        if (child.pid === undefined) resolve(MISSING.has(code ?? '') ? 'missing' : { readings });
      });
      child.once('close', () => resolve({ readings }));
      if (child.stdout) eachLine(child.stdout, MAX_LINE, (line) => (readings += this.#take(line)));
    });
  }

  #take(line: string): number {
    const reading = parseTegrastats(line);
    if (!reading) return 0;
    this.#latest = { reading, at: performance.now() };
    return 1;
  }
}

function backOff(failures: number): number {
  return PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)] ?? 0;
}
