/** What systemd is told, where it started this process (`Type=notify`, `WatchdogSec`). */
import { WeirError } from '../spec/error.js';
import type { Sys } from '../native/sys.js';

type Env = Readonly<Record<string, string | undefined>>;

export class Service implements Disposable {
  readonly #notify: (text: string) => void;
  #watchdog: NodeJS.Timeout | undefined;

  /** `sys`: undefined where it could not be loaded, which is only a fault where systemd waits for word. */
  constructor(sys: Pick<Sys, 'notify'> | undefined, env: Env = process.env) {
    if (env.NOTIFY_SOCKET && !sys)
      throw new WeirError(
        'NATIVE_MISSING',
        'systemd waits to be notified, but weir_sys.node cannot be loaded',
        {
          remedy: 'run scripts/setup to build it, or set Type=exec and no WatchdogSec in the unit',
        },
      );
    this.#notify = (text) => void sys?.notify(text);
    const watchdogMs = Number(env.WATCHDOG_USEC ?? 0) / 1000;
    const ours = env.WATCHDOG_PID === undefined || Number(env.WATCHDOG_PID) === process.pid;
    if (watchdogMs > 0 && ours)
      this.#watchdog = setInterval(() => this.#notify('WATCHDOG=1'), watchdogMs / 3);
  }

  ready(status: string): void {
    this.#notify(`READY=1\nSTATUS=${status}`);
  }

  status(text: string): void {
    this.#notify(`STATUS=${text}`);
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
