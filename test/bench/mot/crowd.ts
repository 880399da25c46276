/** People who walk through each other's way, and what a detector that errs would make of them: both by a seed. */
import { type Box, overlap, randomFrom } from '../../../scripts/footage/scene-plan.js';
import type { Identified } from './score.js';

export const CROWD = { width: 960, height: 544, fps: 15 };

export interface Detection extends Box {
  readonly class: number;
  readonly confidence: number;
}

export interface CrowdOptions {
  readonly seed: number;
  readonly frames: number;
  /** People in view at a time, more or less. */
  readonly people: number;
  /** How fast they are, at least and at most, in their own heights per second; a walk is about 0.8. */
  readonly pace: readonly [number, number];
}

export interface DetectorErrors {
  /** Share of visible people that a frame misses. */
  readonly miss: number;
  /** Standard deviation of each side of a box, in shares of the box's size. */
  readonly jitter: number;
  /** Boxes at nothing, on average in a frame. */
  readonly falseAlarms: number;
  /** A person covered by a nearer one by more than this is not seen. */
  readonly hidden: number;
}

export const USUAL_ERRORS: DetectorErrors = { miss: 0.1, jitter: 0.03, falseAlarms: 0.2, hidden: 0.6 };

interface Walker {
  readonly id: number;
  readonly width: number;
  readonly height: number;
  x: number;
  y: number;
  vx: number;
  vy: number;
}

/** Where everybody is in each frame. Boxes may reach out of the picture; their centres are in it. */
export function planCrowd({ seed, frames, people, pace }: CrowdOptions): Identified[][] {
  const random = randomFrom(seed);
  const between = (from: number, to: number): number => from + random() * (to - from);
  let nextId = 1;
  const enter = (anywhere: boolean): Walker => {
    // Who is lower in the picture is nearer, so taller and faster.
    const y = between(0.2, 0.9) * CROWD.height;
    const height = 40 + (y / CROWD.height) * 100;
    const speed = (between(...pace) * height) / CROWD.fps;
    const toRight = random() < 0.5;
    const x = anywhere ? between(0, CROWD.width) : toRight ? 0 : CROWD.width;
    const width = height * between(0.35, 0.45);
    return {
      id: nextId++,
      width,
      height,
      x,
      y,
      vx: toRight ? speed : -speed,
      vy: between(-0.15, 0.15) * speed,
    };
  };
  let walkers = Array.from({ length: people }, () => enter(true));
  const film: Identified[][] = [];
  for (let n = 0; n < frames; n++) {
    film.push(
      walkers.map(({ id, x, y, width, height }) => ({
        id,
        left: x - width / 2,
        top: y - height / 2,
        width,
        height,
      })),
    );
    for (const walker of walkers) {
      // People sway a little, and turn now and then.
      walker.vx *= 1 + between(-0.02, 0.02);
      if (random() < 0.5 / (CROWD.fps * 10)) walker.vx = -walker.vx;
      walker.x += walker.vx;
      walker.y += walker.vy;
    }
    walkers = walkers.filter(({ x, y }) => x >= 0 && x <= CROWD.width && y >= 0 && y <= CROWD.height);
    while (walkers.length < people) walkers.push(enter(false));
  }
  return film;
}

/** What a detector makes of the truth. */
export function detect(
  truth: readonly (readonly Identified[])[],
  seed: number,
  errors = USUAL_ERRORS,
): Detection[][] {
  const random = randomFrom(seed);
  // Box and Muller.
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const shaken = ({ left, top, width, height }: Box): Box => {
    const side = (at: number, size: number): number => at + normal() * errors.jitter * size;
    const [x1, x2] = [side(left, width), side(left + width, width)];
    const [y1, y2] = [side(top, height), side(top + height, height)];
    return { left: x1, top: y1, width: Math.max(2, x2 - x1), height: Math.max(2, y2 - y1) };
  };
  const anywhere = (): Box => {
    const height = 50 + random() * 80;
    const [left, top] = [random() * CROWD.width, random() * (CROWD.height - height)];
    return { left, top, width: height * 0.4, height };
  };
  return truth.map((objects) => {
    const seen = objects.filter(
      (object) => !isHidden(object, objects, errors.hidden) && random() >= errors.miss,
    );
    const right = seen.map((object) => ({ ...shaken(object), class: 0, confidence: 0.5 + random() / 2 }));
    const alarms = Math.floor(errors.falseAlarms + random());
    const wrong = Array.from({ length: alarms }, () => ({
      ...anywhere(),
      class: 0,
      confidence: 0.35 + random() / 4,
    }));
    return [...right, ...wrong];
  });
}

/** Who stands lower is nearer. */
function isHidden(object: Identified, all: readonly Identified[], most: number): boolean {
  return all.some((other) => {
    if (other.id === object.id || other.top + other.height <= object.top + object.height) return false;
    const iou = overlap(object, other);
    const [area, otherArea] = [object.width * object.height, other.width * other.height];
    return (iou * (area + otherArea)) / (1 + iou) / area > most;
  });
}
