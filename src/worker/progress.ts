/** Whether pictures get through the pipeline. A streaming thread that hangs shows nowhere else: cameras go on. */

export interface ProgressSample {
  /** Pictures out of all decoders. */
  readonly decoded: number;
  /** Batches out of the whole pipeline. */
  readonly batches: number;
}

/**
 * Looks since pictures have come without a batch, until the pipeline counts as stuck. It must come before its streams,
 * which see no frames either, are connected anew: nothing is decoded then, and nothing can be taken out.
 */
const STUCK_LOOKS = 17;
/** Before the first batch: a network may be made ready by its first inference. */
const FIRST_LOOKS = 240;
/** Looks that found new pictures: the last one before its camera was removed may never come out. */
const LEAST_ARRIVALS = 4;

export class Progress {
  #last: ProgressSample = { decoded: 0, batches: 0 };
  #arrivals = 0;
  #looks = 0;

  /** To be called at even intervals. Counts looks, not time: a process that was suspended is not stuck. */
  stuck(now: ProgressSample): boolean {
    if (now.batches !== this.#last.batches) this.#arrivals = this.#looks = 0;
    else if (now.decoded !== this.#last.decoded) this.#arrivals++;
    if (this.#arrivals > 0) this.#looks++;
    this.#last = now;
    const most = now.batches === 0 ? FIRST_LOOKS : STUCK_LOOKS;
    return this.#arrivals >= LEAST_ARRIVALS && this.#looks >= most;
  }
}
