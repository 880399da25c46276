/** Who of a pipeline's streams may not run for now, and who is found to end its worker. */
import { afterCrash, afterTrial, type Crash, heldBack, NOBODY, type Suspicion } from './suspects.js';

export interface InvestigationOptions {
  /** To be put into quarantine; settles when that is written, or could not be. */
  onGuilty(stream: string): Promise<void>;
  /** Others may run than before; with a stream: only of that one. */
  onChange(stream?: string): void;
  log(message: string, details?: object): void;
}

export class Investigation {
  readonly #options: InvestigationOptions;
  #suspicion: Suspicion = NOBODY;
  /** Until their quarantine is written. */
  readonly #convicted = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: InvestigationOptions) {
    this.#options = options;
  }

  get held(): ReadonlySet<string> {
    return new Set([...heldBack(this.#suspicion), ...this.#convicted]);
  }

  /** Whether somebody is on trial: its outcome is wanted soon. */
  get underWay(): boolean {
    return this.#suspicion.trial !== undefined;
  }

  /** The worker plays: a trial begins to count. */
  begin(): void {
    this.pause();
    const ms = this.#suspicion.trial?.ms;
    if (ms !== undefined) this.#timer = setTimeout(() => this.#passed(), ms);
  }

  /** The worker has ended. */
  pause(): void {
    clearTimeout(this.#timer);
  }

  /** `streams`: those that ran. */
  crashed(crash: Crash, streams: readonly string[]): void {
    this.#found(afterCrash(this.#suspicion, crash, streams));
  }

  #passed(): void {
    this.#found(afterTrial(this.#suspicion));
    this.begin();
    this.#options.onChange();
  }

  #found({ next, guilty }: ReturnType<typeof afterTrial>): void {
    this.#suspicion = next;
    if (guilty !== undefined) void this.#convict(guilty);
  }

  async #convict(stream: string): Promise<void> {
    const { onGuilty, onChange, log } = this.#options;
    this.#convicted.add(stream);
    try {
      await onGuilty(stream);
      log(`stream "${stream}" is quarantined until somebody restarts it`, { stream });
    } catch (error) {
      log(`the quarantine of stream "${stream}" is not written down: ${(error as Error).message}`, {
        stream,
      });
    }
    this.#convicted.delete(stream);
    onChange(stream);
  }
}
