/** What the appliance is meant to be: the spec file, what was applied over it, and what operators changed since. */
import { isDeepStrictEqual } from 'node:util';
import { Lanes } from '../streams/lanes.js';
import { type Described, keepDerived } from './plan/keep-derived.js';
import type { SpecSource } from './spec-source.js';
import { type Base, baseOf, pipelinesOf, streamsOf } from './state/base.js';
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
import { type Layers, reverted } from './state/revert.js';
import type { Quarantine, SavedState, StreamEntry } from './state/saved-state.js';
import type { StateStore } from './state/store.js';
import type { StreamView } from './views.js';

/** What is desired at some moment, and what that follows from. */
export interface Standing extends Layers {
  readonly desired: Described;
}

/** From one to another; they are the same where nothing changed. */
export interface Transition {
  readonly before: Standing;
  readonly after: Standing;
}

/** A stream that is desired. */
export interface DesiredStream extends StreamEntry {
  readonly id: string;
  readonly origin: StreamView['origin'];
}

interface Proposal extends Standing {
  /** What was lost on the way. */
  readonly notes: readonly string[];
}

export class DesiredState {
  readonly #source: SpecSource;
  readonly #store: StateStore;
  readonly #lanes = new Lanes();
  #now: Standing;
  /** Streams that operators said something of while a whole spec is being carried out. */
  #touched: Set<string> | undefined;

  private constructor(source: SpecSource, store: StateStore, now: Standing) {
    this.#source = source;
    this.#store = store;
    this.#now = now;
  }

  /** `note` is told what of the state could not be kept. Throws SPEC_INVALID. */
  static open(source: SpecSource, store: StateStore, note: (text: string) => void): DesiredState {
    const file = source.read();
    const base = source.resolve(baseOf(file, store.state).spec, source.file);
    const proposal = propose(source, { file, saved: store.state, desired: base });
    proposal.notes.forEach(note);
    return new DesiredState(source, store, proposal);
  }

  get desired(): Described {
    return this.#now.desired;
  }

  get generation(): number {
    return this.#now.saved.generation;
  }

  get quarantine(): Readonly<Record<string, Quarantine>> {
    return this.#now.saved.quarantine;
  }

  get file(): string {
    return this.#source.file;
  }

  /** Whether another spec than the file's was applied. */
  get applied(): boolean {
    return this.#base.from === 'applied';
  }

  find(id: string): DesiredStream | undefined {
    const { saved } = this.#now;
    const entry = desiredStream(this.#base.spec, saved, id);
    return entry && { ...entry, id, origin: origin(this.#base.spec, saved, id) };
  }

  /** All that are desired, by pipeline, in order. */
  *streams(): Iterable<DesiredStream> {
    for (const pipeline of pipelinesOf(this.desired.written)) {
      for (const stream of streamsOf(pipeline)) {
        const id = String(stream.id);
        const from = origin(this.#base.spec, this.#now.saved, id);
        yield { id, pipeline: String(pipeline.id), stream, origin: from };
      }
    }
  }

  /**
   * Resolves when it is durable. `decide` is asked in turn, of what is desired then; it may throw. Another description
   * ends a quarantine.
   */
  put(id: string, decide: () => StreamEntry): Promise<Transition> {
    return this.#change(id, (saved) => {
      const { pipeline, stream } = decide();
      const next = withStream(this.#base.spec, saved, { pipeline, stream });
      if (next === saved) return saved;
      return { ...withQuarantine(next, id), generation: next.generation };
    });
  }

  /** With what the stream was. */
  async drop(id: string): Promise<Transition & { readonly dropped: DesiredStream | undefined }> {
    let dropped: DesiredStream | undefined;
    const transition = await this.#change(id, (saved) => {
      dropped = this.find(id);
      return withoutStream(this.#base.spec, saved, id);
    });
    return { ...transition, dropped };
  }

  /**
   * Does nothing to a stream that is not desired. Where the disk refuses it, it holds all the same, and is written with
   * the next change: what a stream does to its pipeline is so whether it is written or not.
   */
  async quarantineStream(id: string, quarantine: Quarantine): Promise<void> {
    const quarantined = (saved: SavedState) =>
      this.find(id) ? withQuarantine(saved, id, quarantine) : saved;
    await this.#change(id, quarantined, { unwritten: 'keep' });
  }

  /** Ends its quarantine. */
  async releaseStream(id: string): Promise<void> {
    await this.#change(id, (saved) => withQuarantine(saved, id));
  }

  /** What applying a spec would come to. Throws SPEC_INVALID. */
  preview(spec: JsonObject, options: ApplyOverlay): Transition {
    return { before: this.#now, after: this.#applying(this.#now, spec, options) };
  }

  apply(spec: JsonObject, options: ApplyOverlay): Promise<Transition> {
    return this.#take(
      (now) => this.#applying(now, spec, options),
      () => (this.#touched = new Set()),
    );
  }

  /** Reads the spec file anew. Throws SPEC_INVALID. */
  reread(note: (text: string) => void): Promise<Transition> {
    const read = (now: Standing): Proposal => {
      const proposal = propose(this.#source, { ...now, file: this.#source.read() });
      proposal.notes.forEach(note);
      return isDeepStrictEqual(proposal.desired.spec, now.desired.spec) ? proposal : counted(proposal);
    };
    return this.#take(read, () => (this.#touched = new Set()));
  }

  /** The last whole spec has been carried out: nobody takes it back any more. */
  accept(): void {
    this.#touched = undefined;
  }

  /** Back to where the last whole spec began: it could not be carried out. What operators did since stays. */
  undo({ before, after }: Transition): Promise<Transition> {
    const back = ({ saved }: Standing) =>
      propose(this.#source, { ...before, saved: reverted(before, after, saved, this.#touched ?? new Set()) });
    return this.#take(back, () => this.accept());
  }

  get #base(): Base {
    return baseOf(this.#now.file, this.#now.saved);
  }

  #applying(now: Standing, spec: JsonObject, options: ApplyOverlay): Proposal {
    const refuse = this.#source.refusals(spec);
    const told = withApplied(now.file, now.saved, spec, { ...options, refuse });
    return { ...resolved(this.#source, { ...now, saved: told.state }), notes: told.notes };
  }

  #change(
    id: string,
    make: (saved: SavedState) => SavedState,
    options?: { readonly unwritten: 'keep' },
  ): Promise<Transition> {
    const change = (now: Standing): Standing => {
      const saved = make(now.saved);
      return saved === now.saved ? now : resolved(this.#source, { ...now, saved });
    };
    return this.#take(change, () => this.#touched?.add(id), options);
  }

  /** `then` is called in the same turn, once it is durable. */
  #take(
    make: (now: Standing) => Standing,
    then: () => unknown,
    { unwritten = 'refuse' }: { readonly unwritten?: 'refuse' | 'keep' } = {},
  ): Promise<Transition> {
    return this.#lanes.run('change', async () => {
      const before = this.#now;
      const next = make(before);
      const written = next.saved !== before.saved;
      try {
        if (written) await this.#store.write(next.saved);
      } catch (error) {
        if (unwritten === 'keep') this.#now = next;
        throw error;
      }
      if (next !== before) this.#now = written ? { ...next, saved: this.#store.state } : next;
      then();
      return { before, after: this.#now };
    });
  }
}

/** The next standing of a file and a state that may not fit each other; `desired`: what was desired before. */
function propose(source: SpecSource, { file, saved, desired }: Standing): Proposal {
  const { state, notes } = normalise(file, saved, source.refusals(baseOf(file, saved).spec));
  return { ...resolved(source, { file, saved: state, desired }), notes };
}

function resolved(source: SpecSource, { file, saved, desired: before }: Standing): Proposal {
  const base = baseOf(file, saved);
  const after = source.resolve(desiredSpec(base.spec, saved), base.from === 'file' ? source.file : 'spec');
  return { file, saved, desired: { ...after, spec: keepDerived(before, after) }, notes: [] };
}

function counted(proposal: Proposal): Proposal {
  const { saved } = proposal;
  return { ...proposal, saved: { ...saved, generation: saved.generation + 1 } };
}
