/** Time and chance as the streams see them; tests pass their own. */
export interface Clock {
  /** Milliseconds since the epoch; never goes back, whatever happens to the system's clock. */
  now(): number;
  /** Calls back once, never before `at`; the returned function cancels. */
  schedule(at: number, callback: () => void): () => void;
  /** Uniform in [0, 1). */
  random(): number;
}

const now = (): number => performance.timeOrigin + performance.now();

export const systemClock: Clock = {
  now,
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
