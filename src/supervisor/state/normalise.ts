/** Takes out of a saved state what says nothing any more, after the spec under it has changed. */
import { isDeepStrictEqual } from 'node:util';
import {
  type Base,
  baseOf,
  findPipeline,
  findStream,
  namedSlots,
  pipelinesOf,
  type SpecFile,
  streamsOf,
} from './base.js';
import { desiredSpec, desiredStream, sameEntry } from './desired.js';
import { type JsonObject, without } from './json.js';
import type { SavedState, StreamEntry } from './saved-state.js';

export interface Normalised {
  /** The very same where nothing was to be taken out. */
  readonly state: SavedState;
  readonly base: Base;
  /** Sentences on what was lost by it. */
  readonly notes: readonly string[];
}

/** Why a stream cannot be in the spec as it is now; undefined where it can. */
export type Refuse = (stream: JsonObject) => string | undefined;

/** What is desired stays the same, unless `refuse` objects or a pipeline has too few slots for what was added. */
export function normalise(file: SpecFile, saved: SavedState, refuse: Refuse = () => undefined): Normalised {
  const base = baseOf(file, saved);
  const sweep = new Sweep(base.spec, saved, refuse);
  if (saved.applied && base.from === 'file') sweep.dropApplied();
  sweep.run();
  return { state: sweep.state, base, notes: sweep.notes };
}

class Sweep {
  readonly notes: string[] = [];

  constructor(
    private readonly base: JsonObject,
    public state: SavedState,
    private readonly refuse: Refuse,
  ) {}

  dropApplied(): void {
    const { applied: _, ...rest } = this.state;
    this.state = rest;
    this.notes.push('the spec file was edited after another spec was applied: the file counts');
  }

  run(): void {
    for (const [id, entry] of Object.entries(this.state.streams)) {
      const reason = entry && this.#misfit(entry);
      if (reason) this.#drop(id, reason);
      else if (sameEntry(findStream(this.base, id), entry)) this.#drop(id);
    }
    for (let id = this.#homeless(); id !== undefined; id = this.#homeless())
      this.#drop(id, 'its pipeline has no slot for it');
    this.#endQuarantines();
  }

  #misfit({ pipeline, stream }: StreamEntry): string | undefined {
    if (!findPipeline(this.base, pipeline)) return `there is no pipeline "${pipeline}" any more`;
    return this.refuse(stream);
  }

  #drop(id: string, reason?: string): void {
    this.state = { ...this.state, streams: without(this.state.streams, (key) => key === id) };
    if (reason !== undefined)
      this.notes.push(`stream "${id}": what was set at run time is dropped: ${reason}`);
  }

  /** The last of the streams added to a pipeline that has fewer slots than streams. */
  #homeless(): string | undefined {
    for (const pipeline of pipelinesOf(desiredSpec(this.base, this.state))) {
      const streams = streamsOf(pipeline).map(({ id }) => String(id));
      if (streams.length <= (namedSlots(pipeline) ?? Infinity)) continue;
      const last = streams.findLast((id) => findStream(this.base, id)?.pipeline !== pipeline.id);
      if (last !== undefined) return last;
    }
    return undefined;
  }

  #endQuarantines(): void {
    const gone = (id: string) => !desiredStream(this.base, this.state, id);
    if (!Object.keys(this.state.quarantine).some(gone)) return;
    this.state = { ...this.state, quarantine: without(this.state.quarantine, gone) };
  }
}

export interface ApplyOverlay {
  /** Keep what was added, changed and removed at run time. */
  readonly keep?: boolean;
  readonly refuse?: Refuse;
}

/** Makes `spec` the base. A spec that says what the file says needs no remembering. */
export function withApplied(
  file: SpecFile,
  saved: SavedState,
  spec: JsonObject,
  { keep = false, refuse }: ApplyOverlay = {},
): Normalised {
  const { applied: _, ...rest } = saved;
  const applied = isDeepStrictEqual(spec, file.spec) ? {} : { applied: { spec, fileHash: file.hash } };
  const told = normalise(file, { ...rest, ...applied, ...(!keep && { streams: {} }) }, refuse);
  if (isDeepStrictEqual(told.state, saved)) return { ...told, state: saved };
  return { ...told, state: { ...told.state, generation: saved.generation + 1 } };
}
