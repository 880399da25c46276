/** How the Jetson below is doing, for whoever asks: from its kernel's files, and from tegrastats where that runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Machine, thisMachine } from './machine.js';
import { isJetson } from './read-platform.js';
import { combine, type DeviceReading } from './reading.js';
import { readSysfs } from './sysfs.js';
import { Tegrastats, type TegrastatsOptions } from './tegrastats-child.js';

export interface DeviceWatchOptions extends TegrastatsOptions {
  readonly machine?: Machine;
  /** How long the kernel's files may take to be read. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 1_000;

export class DeviceWatch implements AsyncDisposable {
  readonly #machine: Machine;
  readonly #timeoutMs: number;
  /** None on other machines. */
  readonly #tegrastats: Tegrastats | undefined;
  #asking: Promise<DeviceReading> | undefined;

  private constructor(machine: Machine, timeoutMs: number, tegrastats?: Tegrastats) {
    this.#machine = machine;
    this.#timeoutMs = timeoutMs;
    this.#tegrastats = tegrastats;
  }

  /** Starts nothing where there is no Jetson. */
  static async open(options: DeviceWatchOptions = {}): Promise<DeviceWatch> {
    const { machine = thisMachine, timeoutMs = TIMEOUT_MS } = options;
    const tegrastats = (await isJetson(machine)) ? new Tegrastats(options) : undefined;
    return new DeviceWatch(machine, timeoutMs, tegrastats);
  }

  /** Undefined on other machines, and where a sensor keeps the kernel waiting. Never rejects. */
  reading(): Promise<DeviceReading | undefined> {
    if (!this.#tegrastats) return Promise.resolve(undefined);
    // Whoever asks meanwhile gets the same answer: a stuck sensor holds one thread, not one per scrape.
    this.#asking ??= this.#read(this.#tegrastats).finally(() => (this.#asking = undefined));
    return Promise.race([this.#asking, sleep(this.#timeoutMs, undefined, { ref: false })]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tegrastats?.[Symbol.asyncDispose]();
  }

  async #read(tegrastats: Tegrastats): Promise<DeviceReading> {
    const files = await readSysfs(this.#machine);
    return tegrastats.latest ? combine(files, tegrastats.latest) : files;
  }
}
