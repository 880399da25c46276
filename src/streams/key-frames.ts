/** How a stream's access units hang together, measured from its slot's counters: key frames, and what others need. */

export interface UnitSample {
  readonly received: number;
  readonly keyFrames: number;
  readonly unreferenced: number;
  /** Between the last two key frames by their own times; -1 before the second. */
  readonly keyFrameUs: number;
}

export interface UnitMeasure {
  /** Between key frames, the longest of the last few; one that is late counts with the time it has not come for. */
  readonly keyFrameSeconds?: number;
  /** Absent where all access units are needed by others, or not enough came yet. */
  readonly referenceFps?: number;
}

interface Look extends Pick<UnitSample, 'received' | 'unreferenced'> {
  readonly at: number;
}

const DISTANCES = 4;
const WINDOW_MS = 5_000;
/** A key frame is late when it has not come for so many distances. */
const LATE = 1.5;
/** Fewer of all are no reason to call it so: streams end and begin somewhere. */
const LEAST_SHARE = 0.05;

/** Of one connection. */
export class KeyFrames {
  #distances: number[] = [];
  #keyFrames: number | undefined;
  #keyAt = 0;
  #looks: Look[] = [];

  look({ received, keyFrames, unreferenced, keyFrameUs }: UnitSample, now: number): void {
    this.#looks.push({ at: now, received, unreferenced });
    while ((this.#looks[1]?.at ?? now) <= now - WINDOW_MS) this.#looks.shift();
    const moved = keyFrames !== this.#keyFrames;
    // What the gauge says before a key frame of this connection came may be an earlier one's.
    const first = this.#keyFrames === undefined;
    this.#keyFrames = keyFrames;
    if (!moved) return;
    this.#keyAt = now;
    if (!first && keyFrameUs > 0) this.#distances = [...this.#distances, keyFrameUs / 1e6].slice(-DISTANCES);
  }

  reset(): void {
    this.#distances = [];
    this.#keyFrames = undefined;
    this.#looks = [];
  }

  measure(now: number): UnitMeasure {
    const keyFrameSeconds = this.#distance(now);
    const referenceFps = this.#referenceFps();
    return {
      ...(keyFrameSeconds !== undefined && { keyFrameSeconds }),
      ...(referenceFps !== undefined && { referenceFps }),
    };
  }

  #distance(now: number): number | undefined {
    if (this.#distances.length === 0) return undefined;
    const longest = Math.max(...this.#distances);
    const waited = (now - this.#keyAt) / 1000;
    return waited > LATE * longest + 1 ? waited : longest;
  }

  #referenceFps(): number | undefined {
    const [first, last] = [this.#looks[0], this.#looks.at(-1)];
    if (!first || !last || last.at - first.at < WINDOW_MS / 2) return undefined;
    const received = last.received - first.received;
    const needed = received - (last.unreferenced - first.unreferenced);
    if (received === 0 || needed > received * (1 - LEAST_SHARE)) return undefined;
    return (needed * 1000) / (last.at - first.at);
  }
}
