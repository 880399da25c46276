/** Which of one stream's frames are analysed now, and why. */
import { decodeMode, type DecodeDecision, type DecodeFacts, type DecodeMode } from '../spec/decode.js';
import type { StreamSpec } from '../spec/types.js';
import type { Selection } from '../native/types.js';
import { KeyFrames, type UnitMeasure, type UnitSample } from '../streams/key-frames.js';

/** What the pipeline says of all its streams. */
export interface DecodeNeeds extends Pick<DecodeFacts, 'rate' | 'skipsBatches' | 'tracker'> {
  /** Pictures a second `auto` lets through at most; absent: the detector picks those it looks at itself. */
  readonly autoFps?: number;
}

type Wish = Pick<StreamSpec, 'decode' | 'maxFps'>;

/** Fewer are decoded only when that has been right for so long; more at once. */
const CALM_MS = 10_000;
const RANK: Readonly<Record<DecodeMode, number>> = { all: 2, reference: 1, keyframes: 0 };

export class Decoding {
  readonly #needs: DecodeNeeds;
  readonly #units = new KeyFrames();
  #measure: UnitMeasure = {};
  #auto: DecodeDecision;
  #fewerSince: number | undefined;

  constructor(needs: DecodeNeeds) {
    this.#needs = needs;
    this.#auto = decodeMode({ ...needs, watched: false });
  }

  /** As measured at the last look. */
  get measure(): UnitMeasure {
    return this.#measure;
  }

  selection({ decode, maxFps }: Wish): Selection {
    const most = [maxFps, decode === 'auto' ? this.#needs.autoFps : undefined].filter(
      (fps) => fps !== undefined,
    );
    return { decode: this.decision({ decode }).mode, maxFps: most.length === 0 ? 0 : Math.min(...most) };
  }

  decision({ decode }: Pick<Wish, 'decode'>): DecodeDecision {
    return decode === 'auto' ? this.#auto : { mode: decode, why: 'as the spec says' };
  }

  /** Counters of the present connection. */
  look(sample: UnitSample, watched: boolean, now: number): void {
    this.#units.look(sample, now);
    this.#measure = this.#units.measure(now);
    // A connection that was not measured yet says nothing against the mode of the one before.
    if (this.#measure.keyFrameSeconds === undefined && !watched) return;
    this.#settle(decodeMode({ ...this.#needs, watched, ...this.#measure }, this.#auto.mode), now);
  }

  /** There is no connection: what is decoded of the next one is known when it was measured. */
  disconnected(): void {
    this.#units.reset();
    this.#measure = {};
    this.#fewerSince = undefined;
  }

  /** It may be another camera. */
  forget(): void {
    this.disconnected();
    this.#auto = decodeMode({ ...this.#needs, watched: false });
  }

  #settle(decision: DecodeDecision, now: number): void {
    if (RANK[decision.mode] >= RANK[this.#auto.mode]) {
      this.#auto = decision;
      this.#fewerSince = undefined;
      return;
    }
    this.#fewerSince ??= now;
    if (now - this.#fewerSince < CALM_MS) return;
    this.#auto = decision;
    this.#fewerSince = undefined;
  }
}
