/** Keeps the pipeline to what is to be analysed of each stream: asks for a change where one is due. */
import type { Pipeline } from '../native/pipeline.js';
import type { Selection } from '../native/types.js';
import type { StreamSpec } from '../spec/types.js';
import type { Resident, Tenant } from '../streams/tenant.js';

/** What is asked of whoever lives in a slot. */
export interface Selected extends Resident {
  /** By the last look at its counters. */
  selection(spec: StreamSpec): Selection;
}

export class Selector {
  readonly #pipeline: Pick<Pipeline, 'select'>;
  /** What the source in a slot has been told. */
  readonly #told = new Map<
    number,
    { readonly token: number; readonly epoch: number; readonly selection: Selection }
  >();

  constructor(pipeline: Pick<Pipeline, 'select'>) {
    this.#pipeline = pipeline;
  }

  /** Resolves when the pipeline has been told. A source that is not there is told when it connects. */
  async apply({ slot, token, spec, resident, stream }: Tenant<Selected>): Promise<void> {
    const selection = resident.selection(spec);
    const { epoch, source } = stream.state;
    if (source !== 'present') return;
    const told = this.#told.get(slot);
    if (told?.token === token && told.epoch === epoch && same(told.selection, selection)) return;
    const entry = { token, epoch, selection };
    this.#told.set(slot, entry);
    try {
      await this.#pipeline.select(slot, selection);
    } catch {
      // Its source is gone, or the pipeline is: the next look tells whoever is there then.
      if (this.#told.get(slot) === entry) this.#told.delete(slot);
    }
  }
}

function same(a: Selection, b: Selection): boolean {
  return a.decode === b.decode && a.maxFps === b.maxFps;
}
