/** Where the objects of a synthetic scene are in every frame: a pure function of its parameters. */
import { BITS, OBJECT, OBJECT_KINDS, SCENE } from '../model/synthetic-scene.js';

/** Pixels; all four are even. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface SceneObject extends Box {
  /** One id, one object, one unbroken life. Counts from 1. */
  readonly id: number;
  /** Class id: index of OBJECT_KINDS. */
  readonly class: number;
}

export interface SceneTruth {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** `n` is the frame's place in the file, from 0; the number drawn in the picture is `firstNumber + n`. */
  readonly firstNumber: number;
  readonly frames: readonly { readonly n: number; readonly objects: readonly SceneObject[] }[];
}

export interface SceneOptions {
  /** Any whole number: the same one gives the same scene. */
  readonly seed: number;
  /** Length of the scene; default 300. */
  readonly frames?: number;
  /** Pictures per second; default 10. */
  readonly fps?: number;
  /** Most objects at any time; default 4. They fit surely up to 8. */
  readonly objects?: number;
  /**
   * Frames without an object at the end, and for how many frames nobody enters the place where an object
   * disappeared: a tracker that remembers lost objects no longer than this can confuse no two. Default 45.
   */
  readonly seamFrames?: number;
  /** Drawn in frame 0; default 0. Different numbers tell scenes apart. */
  readonly firstNumber?: number;
}

/** Every other frame may be skipped by inference, and the boxes of one object still overlap by this much. */
export const MIN_OVERLAP = 0.62;
const LIFE = { shortest: 30, longest: 120 };
const ABSENCE = { shortest: 3, longest: 25 };

interface Mover {
  readonly id: number;
  readonly class: number;
  readonly width: number;
  readonly height: number;
  readonly dies: number;
  x: number;
  y: number;
  vx: number;
  vy: number;
  /** The last two places, newest first. */
  past: Box[];
}

/** Intersection over union, 0..1. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  const common = Math.max(0, width) * Math.max(0, height);
  return common / (a.width * a.height + b.width * b.height - common);
}

/** Whether less than the smallest gap lies between two boxes. */
export function tooClose(a: Box, b: Box, gap: number = OBJECT.minGap): boolean {
  return (
    a.left < b.left + b.width + gap &&
    b.left < a.left + a.width + gap &&
    a.top < b.top + b.height + gap &&
    b.top < a.top + a.height + gap
  );
}

/** Throws RangeError for a scene that cannot be. */
export function planScene(options: SceneOptions): SceneTruth {
  return new Planner(options).plan();
}

class Planner {
  readonly #frames: number;
  readonly #fps: number;
  readonly #objects: number;
  readonly #seam: number;
  readonly #firstNumber: number;
  readonly #random: () => number;
  #nextId = 1;
  #movers: Mover[] = [];
  #ghosts: { readonly box: Box; readonly until: number }[] = [];
  /** For each object that may still come, the frame from which on it may. */
  #waiting: number[];

  constructor(options: SceneOptions) {
    this.#frames = inRange('frames', options.frames ?? 300, 1, 2 ** BITS.count);
    this.#fps = inRange('fps', options.fps ?? 10, 1, 240);
    this.#objects = inRange('objects', options.objects ?? 4, 0, 16);
    this.#seam = inRange('seamFrames', options.seamFrames ?? 45, 0, this.#frames);
    this.#firstNumber = inRange('firstNumber', options.firstNumber ?? 0, 0, 2 ** BITS.count - this.#frames);
    this.#random = randomFrom(inRange('seed', options.seed, 0, 2 ** 32 - 1));
    this.#waiting = Array.from({ length: this.#objects }, () => this.#between(0, ABSENCE.longest));
  }

  plan(): SceneTruth {
    const frames = [];
    for (let n = 0; n < this.#frames; n++) {
      this.#bury(n);
      for (const mover of this.#movers) this.#move(mover);
      this.#bear(n);
      frames.push({ n, objects: this.#movers.map(asObject) });
    }
    return { ...SCENE, fps: this.#fps, firstNumber: this.#firstNumber, frames };
  }

  #bury(n: number): void {
    this.#ghosts = this.#ghosts.filter(({ until }) => until > n);
    for (const dead of this.#movers.filter(({ dies }) => dies <= n)) {
      this.#ghosts.push({ box: asObject(dead), until: n + this.#seam });
      this.#waiting.push(n + this.#between(ABSENCE.shortest, ABSENCE.longest));
    }
    this.#movers = this.#movers.filter(({ dies }) => dies > n);
  }

  #bear(n: number): void {
    const end = this.#frames - this.#seam;
    const stillWaiting: number[] = [];
    for (const due of this.#waiting) {
      const born = due <= n && n + LIFE.shortest <= end ? this.#place(n, end) : undefined;
      if (born) this.#movers.push(born);
      else stillWaiting.push(due);
    }
    this.#waiting = stillWaiting;
  }

  /** A new object where there is room; undefined when no place was found this time. */
  #place(n: number, end: number): Mover | undefined {
    const [width, height] = [this.#size(), this.#size()];
    for (let attempt = 0; attempt < 50; attempt++) {
      const left = 2 * this.#between(0, (SCENE.width - width) / 2);
      const top = 2 * this.#between(BITS.stripHeight / 2, (SCENE.height - height) / 2);
      if (!this.#isFree({ left, top, width, height })) continue;
      const dies = Math.min(end, n + this.#between(LIFE.shortest, LIFE.longest));
      const kind = this.#between(0, OBJECT_KINDS.length - 1);
      const place = { x: left, y: top, width, height };
      return { id: this.#nextId++, class: kind, ...place, ...this.#velocity(width, height), dies, past: [] };
    }
    return undefined;
  }

  /** One step on; past whatever is in the way; or no step at all, which is always possible. */
  #move(mover: Mover): void {
    mover.past = [boxOf(mover), ...mover.past.slice(0, 1)];
    const { vx, vy } = mover;
    const other = this.#velocity(mover.width, mover.height);
    const ways = [{ vx, vy }, { vx: -vx, vy }, { vx, vy: -vy }, { vx: -vx, vy: -vy }, other];
    for (const way of ways) {
      const next = { ...mover, ...way, x: mover.x + way.vx, y: mover.y + way.vy };
      if (this.#isFree(boxOf(next), mover) && keepsOverlap(next)) {
        Object.assign(mover, next);
        return;
      }
    }
    Object.assign(mover, other);
  }

  #isFree(box: Box, except?: Mover): boolean {
    return (
      box.left >= 0 &&
      box.top >= BITS.stripHeight &&
      box.left + box.width <= SCENE.width &&
      box.top + box.height <= SCENE.height &&
      !this.#movers.some((other) => other !== except && tooClose(box, boxOf(other))) &&
      !this.#ghosts.some((ghost) => tooClose(box, ghost.box))
    );
  }

  /** Half of the objects are small: those are the hard ones. */
  #size(): number {
    const largest = this.#random() < 0.5 ? OBJECT.minSize * 2 : OBJECT.maxSize;
    return 2 * this.#between(OBJECT.minSize / 2, largest / 2);
  }

  /** Pixels per frame, up to a twentieth of the object's size each way. */
  #velocity(width: number, height: number): { vx: number; vy: number } {
    return { vx: ((this.#random() - 0.5) * width) / 10, vy: ((this.#random() - 0.5) * height) / 10 };
  }

  /** A whole number, both ends included. */
  #between(from: number, to: number): number {
    return from + Math.floor(this.#random() * (to - from + 1));
  }
}

function keepsOverlap(mover: Mover): boolean {
  return mover.past.every((box) => overlap(boxOf(mover), box) >= MIN_OVERLAP);
}

function boxOf({ x, y, width, height }: Mover): Box {
  // Plus 0, because a little below 0 rounds to -0, which JSON does not know.
  return { left: 2 * Math.round(x / 2) + 0, top: 2 * Math.round(y / 2) + 0, width, height };
}

function asObject(mover: Mover): SceneObject {
  return { id: mover.id, class: mover.class, ...boxOf(mover) };
}

function inRange(name: string, value: number, from: number, to: number): number {
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw new RangeError(`${name} is ${value}; expected a whole number from ${from} to ${to}`);
}

/** A small generator of even enough numbers in [0, 1): a 32-bit counter, hashed. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
  };
}
