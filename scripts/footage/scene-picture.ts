/** Draws the frames of a synthetic scene: I420, BT.601, limited range. */
import { BACKGROUND, BITS, OBJECT_KINDS } from '../model/synthetic-scene.js';
import type { Box, SceneTruth } from './scene-plan.js';

type Colour = readonly [y: number, u: number, v: number];

const TEXTURE_CELL = 8;
const BLACK = toYuv([0, 0, 0]);
const WHITE = toYuv([255, 255, 255]);
const KIND_COLOURS = OBJECT_KINDS.map(({ rgb }) => toYuv(rgb));

/** R, G, B in 0..255, full range. */
export function toYuv([r, g, b]: readonly [number, number, number]): Colour {
  const luma = 0.299 * r + 0.587 * g + 0.114 * b;
  return [
    Math.round(16 + (219 / 255) * luma),
    Math.round(128 + (112 / 255) * ((b - luma) / 0.886)),
    Math.round(128 + (112 / 255) * ((r - luma) / 0.701)),
  ];
}

/** All frames in order. Each is a buffer of its own: planes Y, U, V without padding. */
export function* drawScene(truth: SceneTruth): Generator<Uint8Array, void, undefined> {
  const background = new Picture(truth.width, truth.height);
  background.texture();
  background.fill({ left: 0, top: 0, width: truth.width, height: BITS.stripHeight }, BLACK);
  for (const { n, objects } of truth.frames) {
    const picture = background.copy();
    for (const object of objects) picture.fill(object, KIND_COLOURS[object.class] as Colour);
    for (const square of bitSquares(truth.firstNumber + n)) picture.fill(square, WHITE);
    yield picture.bytes;
  }
}

/** The white squares that say `number`. */
export function bitSquares(number: number): Box[] {
  const set = Array.from({ length: BITS.count }, (_, bit) => bit).filter((bit) => (number >> bit) & 1);
  const { size } = BITS;
  const top = BITS.centreY - size / 2;
  return set.map((bit) => ({ left: BITS.centreX(bit) - size / 2, top, width: size, height: size }));
}

class Picture {
  constructor(
    readonly width: number,
    readonly height: number,
    readonly bytes: Uint8Array = new Uint8Array((width * height * 3) / 2),
  ) {}

  copy(): Picture {
    return new Picture(this.width, this.height, this.bytes.slice());
  }

  /** Grey cells, brighter and darker by turns that do not look regular; the same in every picture. */
  texture(): void {
    this.bytes.fill(128);
    for (let y = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++) {
        const cell = Math.imul(
          Math.floor(x / TEXTURE_CELL) * 73 + Math.floor(y / TEXTURE_CELL) * 151,
          0x9e3779b1,
        );
        const shade = (((cell >>> 16) % 2001) / 1000 - 1) * BACKGROUND.texture;
        const grey = BACKGROUND.grey + shade;
        this.bytes[y * this.width + x] = toYuv([grey, grey, grey])[0];
      }
    }
  }

  /** All of `box` is even, so it covers whole chroma samples. */
  fill({ left, top, width, height }: Box, [y, u, v]: Colour): void {
    const luma = this.width * this.height;
    this.#plane(0, this.width, [left, top, width, height], y);
    const half = [left / 2, top / 2, width / 2, height / 2] as const;
    this.#plane(luma, this.width / 2, half, u);
    this.#plane(luma + luma / 4, this.width / 2, half, v);
  }

  #plane(
    offset: number,
    stride: number,
    [left, top, width, height]: readonly [number, number, number, number],
    value: number,
  ): void {
    for (let row = top; row < top + height; row++) {
      const start = offset + row * stride + left;
      this.bytes.fill(value, start, start + width);
    }
  }
}
