/** A camera that is there and away by turns, by a clock that skips what is only waiting. */
import { expect } from 'vitest';
import type { Camsim } from '../../support/camsim.js';
import type { ClockedWorker } from '../../support/local-worker.js';
import { pass } from '../../support/wait.js';

/** How often the clock is looked at. */
const LOOK_MS = 10;

export interface Flapping {
  readonly id: string;
  /** There for so long, then away for so long. */
  readonly halfMs: number;
  /** In all. */
  readonly lastsMs: number;
}

/** Resolves when the camera is there for good, with how long it flapped by the clock. */
export async function flap(
  { clock, row }: ClockedWorker,
  cameras: Camsim,
  { id, halfMs, lastsMs }: Flapping,
): Promise<number> {
  const start = clock.now();
  const passed = (): number => clock.now() - start;
  let there = true;
  /** There or away as the clock says, whatever it jumps over. */
  const follow = async (): Promise<void> => {
    const wanted = Math.floor(passed() / halfMs) % 2 === 1;
    if (wanted === there) return;
    there = wanted;
    await (there ? cameras.clear(id) : cameras.fault(id, { kind: 'refuse' }));
  };
  try {
    await follow();
    while (passed() < lastsMs) {
      const { state, next, attempt } = row(id);
      expect(state === 'live' && attempt > 0, 'live between two flaps').toBe(false);
      // What happens while a connection exists takes its time.
      if (state === 'waiting' && next) clock.advance(Math.max(0, Date.parse(next.at) - Date.now()));
      await follow();
      await pass(LOOK_MS);
    }
  } finally {
    await cameras.clear(id);
  }
  return passed();
}
