/** Whether pictures get through the pipeline. A streaming thread that hangs shows nowhere else: cameras go on. */

export interface ProgressSample {
  /** Pictures out of all decoders. */
  readonly decoded: number;
  /** Batches out of the whole pipeline. */
  readonly batches: number;
}

/** Looks in which cameras delivered and no batch came out, until the pipeline counts as stuck. */
const STUCK_LOOKS = 40;
/** Before the first batch: a network may be made ready by its first inference. */
const FIRST_LOOKS = 240;

export class Progress {
  #last: ProgressSample = { decoded: 0, batches: 0 };
  #looks = 0;

  /** To be called at even intervals. Counts looks, not time: a process that was suspended is not stuck. */
  stuck(now: ProgressSample): boolean {
    if (now.batches !== this.#last.batches) this.#looks = 0;
    else if (now.decoded !== this.#last.decoded) this.#looks++;
    this.#last = now;
    return this.#looks >= (now.batches === 0 ? FIRST_LOOKS : STUCK_LOOKS);
  }
}
