/** What the appliance is meant to be: the spec file, what was applied over it, and what operators changed since. */
import { Lanes } from '../streams/lanes.js';
import { type Described, keepDerived } from './plan/keep-derived.js';
import type { SpecSource } from './spec-source.js';
import { type Base, baseOf, pipelinesOf, type SpecFile, streamsOf } from './state/base.js';
import {
  desiredSpec,
  desiredStream,
  origin,
  withoutStream,
  withQuarantine,
  withStream,
} from './state/desired.js';
import type { JsonObject } from './state/json.js';
import { type ApplyOverlay, normalise, withApplied } from './state/normalise.js';
import type { Quarantine, SavedState, StreamEntry } from './state/saved-state.js';
import type { StateStore } from './state/store.js';
import type { StreamView } from './views.js';

/** From one desired spec to another; they are the same where nothing changed. */
export interface Transition {
  readonly before: Described;
  readonly after: Described;
}

interface Proposal {
  readonly file: SpecFile;
  readonly saved: SavedState;
  readonly desired: Described;
  /** What was lost on the way. */
  readonly notes: readonly string[];
}

export class DesiredState {
  readonly #source: SpecSource;
  readonly #store: StateStore;
  readonly #lanes = new Lanes();
  #file: SpecFile;
  /** As of the last change that is durable, without what the spec does not bear any more. */
  #saved: SavedState;
  #desired: Described;

  private constructor(source: SpecSource, store: StateStore, { file, saved, desired }: Proposal) {
    this.#source = source;
    this.#store = store;
    this.#file = file;
    this.#saved = saved;
    this.#desired = desired;
  }

  /** `note` is told what of the state could not be kept. Throws SPEC_INVALID. */
  static async open(
    source: SpecSource,
    store: StateStore,
    note: (text: string) => void,
  ): Promise<DesiredState> {
    const file = source.read();
    const base = source.resolve(baseOf(file, store.state).spec, source.file);
    const proposal = propose(source, file, store.state, base);
    proposal.notes.forEach(note);
    // A disk that refuses must not keep the appliance from starting: the next change writes it too.
    if (proposal.saved !== store.state)
      await store.write(proposal.saved).catch((error: Error) => note(error.message));
    return new DesiredState(source, store, proposal);
  }

  get desired(): Described {
    return this.#desired;
  }

  get generation(): number {
    return this.#saved.generation;
  }

  get quarantine(): Readonly<Record<string, Quarantine>> {
    return this.#saved.quarantine;
  }

  get file(): string {
    return this.#source.file;
  }

  /** Whether another spec than the file's was applied. */
  get applied(): boolean {
    return this.#base.from === 'applied';
  }

  find(id: string): StreamEntry | undefined {
    return desiredStream(this.#base.spec, this.#saved, id);
  }

  /** All that are desired, by pipeline, in order. */
  *streams(): Iterable<StreamEntry & { readonly id: string; readonly origin: StreamView['origin'] }> {
    for (const pipeline of pipelinesOf(this.#desired.written)) {
      for (const stream of streamsOf(pipeline)) {
        const id = String(stream.id);
        const from = origin(this.#base.spec, this.#saved, id);
        yield { id, pipeline: String(pipeline.id), stream, origin: from };
      }
    }
  }

  /** Resolves when it is durable. `decide` is asked in turn, of what is desired then; it may throw. */
  put(decide: () => StreamEntry): Promise<Transition> {
    return this.#change((saved) => {
      const entry = decide();
      const state = withQuarantine(withStream(this.#base.spec, saved, entry), String(entry.stream.id));
      return state === saved ? saved : { ...state, generation: saved.generation + 1 };
    });
  }

  drop(id: string): Promise<Transition> {
    return this.#change((saved) => withoutStream(this.#base.spec, saved, id));
  }

  /** Without `quarantine`: ends it. */
  async quarantineStream(id: string, quarantine?: Quarantine): Promise<void> {
    await this.#change((saved) => withQuarantine(saved, id, quarantine));
  }

  /** What applying a spec would come to. Throws SPEC_INVALID. */
  preview(spec: JsonObject, options: ApplyOverlay): Transition {
    return { before: this.#desired, after: this.#applying(spec, options).desired };
  }

  apply(spec: JsonObject, options: ApplyOverlay): Promise<Transition> {
    return this.#take(() => this.#applying(spec, options));
  }

  /** Reads the spec file anew. Throws SPEC_INVALID. */
  reread(note: (text: string) => void): Promise<Transition> {
    return this.#take(() => {
      const proposal = propose(this.#source, this.#source.read(), this.#saved, this.#desired);
      proposal.notes.forEach(note);
      return proposal;
    });
  }

  /** Back to where a transition began: it could not be carried out. */
  undo(saved: SavedState): Promise<Transition> {
    return this.#change((now) => ({ ...saved, generation: now.generation + 1 }));
  }

  get saved(): SavedState {
    return this.#saved;
  }

  get #base(): Base {
    return baseOf(this.#file, this.#saved);
  }

  #applying(spec: JsonObject, options: ApplyOverlay): Proposal {
    const refuse = this.#source.refusals(spec);
    const told = withApplied(this.#file, this.#saved, spec, { ...options, refuse });
    return { ...resolved(this.#source, this.#file, told.state, this.#desired), notes: told.notes };
  }

  #change(make: (saved: SavedState) => SavedState): Promise<Transition> {
    return this.#take(() => {
      const saved = make(this.#saved);
      if (saved === this.#saved) return { file: this.#file, saved, desired: this.#desired, notes: [] };
      return resolved(this.#source, this.#file, saved, this.#desired);
    });
  }

  #take(make: () => Proposal): Promise<Transition> {
    return this.#lanes.run('change', async () => {
      const before = this.#desired;
      const { file, saved, desired } = make();
      if (saved !== this.#saved) await this.#store.write(saved);
      this.#file = file;
      this.#saved = saved;
      this.#desired = desired;
      return { before, after: desired };
    });
  }
}

/** `before`: what runs, or when the appliance starts, the base. */
function propose(source: SpecSource, file: SpecFile, saved: SavedState, before: Described): Proposal {
  const { state, notes } = normalise(file, saved, source.refusals(baseOf(file, saved).spec));
  return { ...resolved(source, file, state, before), notes };
}

function resolved(source: SpecSource, file: SpecFile, saved: SavedState, before: Described): Proposal {
  const base = baseOf(file, saved);
  const after = source.resolve(desiredSpec(base.spec, saved), base.from === 'file' ? source.file : 'spec');
  return { file, saved, desired: { ...after, spec: keepDerived(before, after) }, notes: [] };
}
