/** A stream's own numbers: what its slot has counted since the stream took it. */
import type { Counters } from '../native/counters.js';
import { SLOT_COUNTERS, type SlotCounter } from '../native/types.js';

const GAUGES = [
  'lastFrameAgeMs',
  'latencyUs',
  'pictureAgeMs',
  'keyFrameUs',
  'clockOffsetUs',
  'clockState',
] as const satisfies readonly SlotCounter[];
type Gauge = (typeof GAUGES)[number];
export type Total = Exclude<SlotCounter, Gauge>;
export type Totals = Readonly<Record<Total, number>>;

const TOTALS = SLOT_COUNTERS.filter((name): name is Total => !(GAUGES as readonly string[]).includes(name));

export class Ledger {
  readonly #counters: Counters;
  readonly #slot: number;
  readonly #before: Totals;
  #final: Totals | undefined;

  /** The view is refreshed by whoever looks. */
  constructor(counters: Counters, slot: number) {
    this.#counters = counters;
    this.#slot = slot;
    this.#before = fill((name) => counters.slot(slot, name));
  }

  totals(): Totals {
    return this.#final ?? fill((name) => this.#grown(name));
  }

  /** Milliseconds; -1 before the first frame: until then the gauge speaks of whoever had the slot before. */
  gauge(name: Gauge): number {
    if (this.#final || this.#grown('frames') === 0) return -1;
    return this.#counters.slot(this.#slot, name);
  }

  /** The slot goes to somebody else: from now on the numbers stand still. */
  close(): void {
    this.#final ??= this.totals();
  }

  #grown(name: Total): number {
    return this.#counters.slot(this.#slot, name) - this.#before[name];
  }
}

function fill(value: (name: Total) => number): Totals {
  return Object.fromEntries(TOTALS.map((name) => [name, value(name)])) as Record<Total, number>;
}
