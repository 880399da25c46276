/** Reads the addon's counter array by name. */
import { PIPELINE_COUNTERS, type PipelineCounter, SLOT_COUNTERS, type SlotCounter } from './types.js';

const SLOT_INDEX = Object.fromEntries(SLOT_COUNTERS.map((name, i) => [name, i])) as Record<
  SlotCounter,
  number
>;
const PIPELINE_INDEX = Object.fromEntries(PIPELINE_COUNTERS.map((name, i) => [name, i])) as Record<
  PipelineCounter,
  number
>;

/** A view: the numbers are those of the last `Pipeline.counters()`. */
export class Counters {
  constructor(
    readonly array: Float64Array,
    readonly slots: number,
  ) {}

  slot(slot: number, name: SlotCounter): number {
    return this.array[slot * SLOT_COUNTERS.length + SLOT_INDEX[name]] ?? 0;
  }

  pipeline(name: PipelineCounter): number {
    return this.array[this.slots * SLOT_COUNTERS.length + PIPELINE_INDEX[name]] ?? 0;
  }
}
