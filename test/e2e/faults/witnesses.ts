/** Streams that no fault is done to: frames they lose, and how late their messages are. */
import { numberIn } from '../../support/fleet/number-model.js';
import { nameOf, SCENE_FRAMES } from '../../support/fleet/scenes.js';
import type { Detections } from '../../support/appliance.js';
import { quantile } from '../../support/times.js';
import type { Timeline } from '../../support/timeline.js';

export interface Seen {
  readonly frames: number;
  readonly lost: number;
  /** From the frame's arrival in Weir to the message's here; 99 of 100 are faster. */
  readonly latencyP99Ms: number;
}

/** Counts their frames by the numbers in the pictures. */
export class Witnesses {
  /** Pictures that are not of the camera that the message says. */
  readonly mistaken: string[] = [];
  /** The scene of each. */
  readonly #cameras: ReadonlyMap<string, number>;
  readonly #last = new Map<string, number>();
  #frames = 0;
  #lost = 0;
  #delays: number[] = [];

  constructor(cameras: ReadonlyMap<string, number>) {
    this.#cameras = cameras;
  }

  watch(timeline: Timeline): void {
    timeline.onDetections(({ message }) => this.#add(message));
  }

  /** What was seen since the last call. */
  take(): Seen {
    const seen = {
      frames: this.#frames,
      lost: this.#lost,
      latencyP99Ms: Math.round(quantile(this.#delays, 0.99)),
    };
    [this.#frames, this.#lost, this.#delays] = [0, 0, []];
    return seen;
  }

  #add(message: Detections): void {
    const camera = this.#cameras.get(message.stream);
    if (camera === undefined) return;
    this.#delays.push(Date.now() - Date.parse(message.time));
    const name = nameOf(numberIn(message));
    if (name?.camera === camera) this.#count(message.stream, name.place);
    else
      this.mistaken.push(`${message.stream} frame ${message.frame} shows camera ${name?.camera ?? 'none'}`);
  }

  #count(stream: string, place: number): void {
    const last = this.#last.get(stream);
    this.#last.set(stream, place);
    this.#frames++;
    if (last !== undefined) this.#lost += (place - last - 1 + SCENE_FRAMES) % SCENE_FRAMES;
  }
}
