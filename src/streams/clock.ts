/** Time and chance as the streams see them; tests pass their own. */
export interface Clock {
  /** Milliseconds since some moment; grows evenly, whatever happens to the system's clock. */
  now(): number;
  /**
   * The wall-clock time of a moment of `now()`, as the system's clock shows it at present: once that clock is set
   * right, earlier moments are too. Milliseconds since 1970.
   */
  wall(at: number): number;
  /** Calls back once, never before `at`; the returned function cancels. */
  schedule(at: number, callback: () => void): () => void;
  /** Uniform in [0, 1). */
  random(): number;
}

const now = (): number => performance.now();

export const systemClock: Clock = {
  now,
  wall: (at) => Date.now() + (at - now()),
  random: Math.random,
  schedule(at, callback) {
    let timer: NodeJS.Timeout;
    // Timers count whole milliseconds and may be early by one.
    const wait = (): void => {
      const left = at - now();
      if (left <= 0) return callback();
      timer = setTimeout(wait, Math.ceil(left));
    };
    timer = setTimeout(wait, Math.max(0, Math.ceil(at - now())));
    return () => clearTimeout(timer);
  },
};
