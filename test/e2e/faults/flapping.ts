/** A camera that is there and away by turns, by a clock that skips what is only waiting. */
import { expect } from 'vitest';
import type { Camsim } from '../../support/camsim.js';
import type { ClockedAppliance } from '../../support/clocked-appliance.js';
import type { OffsetClock } from '../../support/offset-clock.js';
import { pass } from './episode.js';

/** How often the camera looks at the clock. */
const LOOK_MS = 20;

export interface Flapping {
  readonly id: string;
  /** There for so long, then away for so long. */
  readonly halfMs: number;
  /** In all. */
  readonly lastsMs: number;
}

/** The camera's part: there or away as the clock says, whatever it jumps over. */
class Flaps {
  readonly #cameras: Camsim;
  readonly #clock: OffsetClock;
  readonly #flapping: Flapping;
  readonly #start: number;
  readonly #timer: NodeJS.Timeout;
  #there = true;
  #commands: Promise<void> = Promise.resolve();

  constructor(cameras: Camsim, clock: OffsetClock, flapping: Flapping) {
    this.#cameras = cameras;
    this.#clock = clock;
    this.#flapping = flapping;
    this.#start = clock.now();
    this.#timer = setInterval(() => void this.follow(), LOOK_MS);
  }

  get passed(): number {
    return this.#clock.now() - this.#start;
  }

  follow(): Promise<void> {
    const there = Math.floor(this.passed / this.#flapping.halfMs) % 2 === 1;
    if (there !== this.#there) {
      this.#there = there;
      this.#commands = this.#commands.then(() => this.#turn(there));
    }
    return this.#commands;
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#commands;
    await this.#cameras.clear(this.#flapping.id);
  }

  #turn(there: boolean): Promise<void> {
    const { id } = this.#flapping;
    return there ? this.#cameras.clear(id) : this.#cameras.fault(id, { kind: 'refuse' });
  }
}

/** Resolves when the camera is there for good, with how long it flapped by the clock. */
export async function flap(
  { clock, row }: ClockedAppliance,
  cameras: Camsim,
  flapping: Flapping,
): Promise<number> {
  const flaps = new Flaps(cameras, clock, flapping);
  try {
    await flaps.follow();
    while (flaps.passed < flapping.lastsMs) {
      const { state, next, attempt } = row(flapping.id);
      expect(state === 'live' && attempt > 0, 'live between two flaps').toBe(false);
      // What happens while a connection exists takes its time.
      if (state === 'waiting' && next) clock.advance(Math.max(0, Date.parse(next.at) - Date.now()));
      await flaps.follow();
      await pass(LOOK_MS / 2);
    }
  } finally {
    await flaps.end();
  }
  return flaps.passed;
}
