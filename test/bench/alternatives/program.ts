/**
 * What the alternatives in Node.js have in common. Configuration: one line of JSON on standard input. Every further
 * line is answered by a line of JSON: totals per camera, and the detections since the last one.
 */
import { createInterface } from 'node:readline';
import type { BenchModel } from '../lib/scene.js';
import { Detector, type Picture } from './detector.js';

export interface Config {
  /** URIs. */
  readonly cameras: readonly string[];
  readonly picture: Picture;
  readonly fps: number;
  readonly model: BenchModel;
  readonly rate: number;
  /** How ffmpeg thins pictures to `rate` a second: after decoding, or by decoding key frames alone. */
  readonly thinned?: 'decoded' | 'keys';
}

/** The answer to each line; per stream: frames, dropped, inferred, objects; per detection: camera, frame, Unix ms. */
export interface Report {
  readonly streams: readonly (readonly [number, number, number, number])[];
  readonly arrivals: readonly (readonly [number, number, number])[];
}

/** One camera's pictures: so many a second are looked at. One that is due while another still waits is lost. */
export class Feed {
  frames = 0;
  dropped = 0;
  inferred = 0;
  objects = 0;
  #due: number;
  #waiting = false;
  readonly #interval: number;
  readonly #queue: DetectorQueue;
  readonly #index: number;

  constructor(index: number, config: Config, queue: DetectorQueue) {
    this.#interval = 1000 / config.rate;
    this.#due = Date.now() + (this.#interval * index) / config.cameras.length; // not all at once
    this.#queue = queue;
    this.#index = index;
  }

  /** `pixels` may be used again by the caller. */
  add(pixels: Uint8Array): void {
    const frame = this.frames++;
    const now = Date.now();
    if (now < this.#due) return;
    this.#due = Math.max(this.#due + this.#interval, now - this.#interval);
    if (this.#waiting) {
      this.dropped++;
      return;
    }
    this.#waiting = true;
    this.#queue.look(Uint8Array.from(pixels), (objects) => {
      this.#waiting = false;
      this.inferred++;
      this.objects += objects;
      this.#queue.arrivals.push([this.#index, frame, Date.now()]);
    });
  }
}

export class DetectorQueue {
  arrivals: [number, number, number][] = [];
  #last: Promise<void> = Promise.resolve();
  readonly #detector: Detector;

  constructor(detector: Detector) {
    this.#detector = detector;
  }

  look(pixels: Uint8Array, done: (objects: number) => void): void {
    this.#last = this.#last.then(async () => done(await this.#detector.look(pixels)));
  }
}

/** `open` begins to feed; what it returns is called before each report. */
export async function runProgram(
  open: (config: Config, feeds: readonly Feed[]) => () => void,
): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  let refresh: (() => void) | undefined;
  let feeds: Feed[] = [];
  let queue: DetectorQueue | undefined;
  for await (const line of lines) {
    if (!queue) {
      const config = JSON.parse(line) as Config;
      const made = new DetectorQueue(await Detector.load(config.model, config.picture));
      queue = made;
      feeds = config.cameras.map((_, index) => new Feed(index, config, made));
      refresh = open(config, feeds);
      continue;
    }
    refresh?.();
    const streams = feeds.map(
      (feed) => [feed.frames, feed.dropped, feed.inferred, feed.objects] as [number, number, number, number],
    );
    console.log(JSON.stringify({ streams, arrivals: queue.arrivals } satisfies Report));
    queue.arrivals = [];
  }
  process.exit(0);
}
