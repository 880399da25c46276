/** The saved state, in memory and on the disk: what `state` says is durable. */
import { DurableFile } from './durable-file.js';
import type { FileOps } from './file-ops.js';
import { EMPTY_STATE, type SavedState, savedStateSchema } from './saved-state.js';

export interface StateStoreOptions {
  /** Of the state file, in a folder that is there. Its last good copy and temporary files lie beside it. */
  readonly path: string;
  readonly files?: FileOps;
  /** Of each write and of opening; default 5,000. */
  readonly deadlineMs?: number;
}

export class StateStore implements AsyncDisposable {
  readonly #file: DurableFile<SavedState>;

  private constructor(file: DurableFile<SavedState>) {
    this.#file = file;
  }

  /** Without a file: the empty state. Rejects with STATE_CORRUPT, and IO where the file may not or cannot be read. */
  static async open(options: StateStoreOptions): Promise<StateStore> {
    const kind = { kind: 'state', format: 1, initial: EMPTY_STATE };
    const parse = (value: unknown): SavedState => savedStateSchema.parse(value);
    return new StateStore(await DurableFile.open({ ...options, ...kind, parse }));
  }

  /** Frozen; as of the last write that has resolved. */
  get state(): SavedState {
    return this.#file.content;
  }

  /** Told at opening where the last good copy had to be used. */
  get problem(): string | undefined {
    return this.#file.problem;
  }

  /** Resolves when it is durable. Rejects with STATE_UNWRITABLE, and then nothing has changed. */
  async write(next: SavedState): Promise<void> {
    await this.#file.update(() => next);
  }

  /**
   * The next state made of the present one, once all changes before have been written or refused: no two changes
   * are made of the same state. Writes nothing where `make` returns what it was given; rejects with what it throws.
   */
  async change(make: (now: SavedState) => SavedState): Promise<SavedState> {
    return this.#file.update(make);
  }

  /** Safe twice. What was asked for before is carried out or refused; a write that hangs is not waited for. */
  async close(): Promise<void> {
    await this.#file.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
