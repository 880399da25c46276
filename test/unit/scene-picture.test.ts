import { describe, expect, it } from 'vitest';
import { bitSquares, drawScene, toYuv } from '../../scripts/footage/scene-picture.js';
import { planScene, type SceneTruth } from '../../scripts/footage/scene-plan.js';

const size = { width: 640, height: 360 };

function draw(truth: Partial<SceneTruth>): Uint8Array {
  const [picture] = drawScene({ ...size, fps: 10, firstNumber: 0, frames: [], ...truth });
  return picture as Uint8Array;
}

function pixel(picture: Uint8Array, x: number, y: number): number[] {
  const [luma, half] = [size.width * size.height, size.width / 2];
  const chroma = (y >> 1) * half + (x >> 1);
  return [y * size.width + x, luma + chroma, luma + luma / 4 + chroma].map((i) => picture[i] as number);
}

describe('toYuv', () => {
  it.each([
    ['black', [0, 0, 0], [16, 128, 128]],
    ['white', [255, 255, 255], [235, 128, 128]],
    ['red', [255, 0, 0], [81, 90, 240]],
    ['green', [0, 255, 0], [145, 54, 34]],
    ['blue', [0, 0, 255], [41, 240, 110]],
  ] as const)('maps %s as BT.601 does in limited range', (_, rgb, yuv) => {
    expect(toYuv(rgb)).toEqual(yuv);
  });
});

describe('a drawn scene', () => {
  it('fills an object to its edges and not beyond', () => {
    const box = { left: 100, top: 80, width: 40, height: 60 };
    const picture = draw({ frames: [{ n: 0, objects: [{ id: 1, class: 0, ...box }] }] });
    const red = [81, 90, 240];
    expect([pixel(picture, 100, 80), pixel(picture, 139, 139)]).toEqual([red, red]);
    const outside = [pixel(picture, 99, 80), pixel(picture, 140, 139), pixel(picture, 100, 79)];
    for (const [y, ...chroma] of outside) {
      expect(chroma).toEqual([128, 128]);
      expect(Math.abs((y as number) - 126)).toBeLessThanOrEqual(11);
    }
  });

  it('writes the frame number in white on black, least significant bit first', () => {
    const picture = draw({ firstNumber: 0b1000_0000_0000_0000, frames: [{ n: 5, objects: [] }] });
    const white = Array.from({ length: 16 }, (_, bit) => pixel(picture, 32 * (bit + 2), 16)[0] === 235);
    expect(white.map(Number).reverse().join('')).toBe('1000000000000101');
    expect([53, 74].map((x) => pixel(picture, x, 16)[0])).toEqual([16, 16]);
    expect([54, 73].map((x) => pixel(picture, x, 16)[0])).toEqual([235, 235]);
  });

  it('shows no square for number 0', () => {
    expect(bitSquares(0)).toEqual([]);
  });

  it('has one picture per frame, all alike but for objects and number', () => {
    const truth = planScene({ seed: 3, frames: 40, objects: 0, seamFrames: 0 });
    const pictures = [...drawScene(truth)];
    expect(pictures).toHaveLength(40);
    const below = (picture: Uint8Array | undefined): Uint8Array | undefined =>
      picture?.subarray(32 * size.width);
    expect(below(pictures[7])).toEqual(below(pictures[0]));
  });
});
