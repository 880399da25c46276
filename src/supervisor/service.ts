/** What systemd is told, where it started this process (`Type=notify`, `WatchdogSec`). */
import type { Sys } from '../native/sys.js';

type Env = Readonly<Record<string, string | undefined>>;

export class Service implements Disposable {
  readonly #notify: (text: string) => void;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(sys: Pick<Sys, 'notify'>, env: Env = process.env) {
    this.#notify = (text) => void sys.notify(text);
    const watchdogMs = Number(env.WATCHDOG_USEC ?? 0) / 1000;
    const ours = env.WATCHDOG_PID === undefined || Number(env.WATCHDOG_PID) === process.pid;
    if (watchdogMs > 0 && ours)
      this.#watchdog = setInterval(() => this.#notify('WATCHDOG=1'), watchdogMs / 3);
  }

  ready(status: string): void {
    this.#notify(`READY=1\nSTATUS=${status}`);
  }

  reloading(): void {
    this.#notify(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  stopping(): void {
    this.#notify('STOPPING=1');
  }

  [Symbol.dispose](): void {
    clearInterval(this.#watchdog);
    this.#watchdog = undefined;
  }
}
