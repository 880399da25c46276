import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MIN_OVERLAP,
  overlap,
  planScene,
  type SceneObject,
  type SceneTruth,
  tooClose,
} from '../../scripts/footage/scene-plan.js';
import { BITS, OBJECT, OBJECT_KINDS, SCENE } from '../../scripts/model/synthetic-scene.js';

const options = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  frames: fc.integer({ min: 100, max: 400 }),
  fps: fc.constantFrom(10, 15, 30),
  objects: fc.integer({ min: 0, max: 8 }),
  seamFrames: fc.integer({ min: 0, max: 60 }),
});

function holds(check: (truth: SceneTruth, seam: number) => void): void {
  fc.assert(
    fc.property(options, (chosen) => check(planScene(chosen), chosen.seamFrames)),
    { numRuns: 60 },
  );
}

/** Per id: its boxes by frame. */
function lives({ frames }: SceneTruth): Map<number, { n: number; object: SceneObject }[]> {
  const byId = new Map<number, { n: number; object: SceneObject }[]>();
  for (const { n, objects } of frames) {
    for (const object of objects) byId.set(object.id, [...(byId.get(object.id) ?? []), { n, object }]);
  }
  return byId;
}

describe('a planned scene', () => {
  it('keeps its objects in the picture, below the strip, even and within the size limits', () => {
    holds(({ frames }) => {
      for (const object of frames.flatMap(({ objects }) => objects)) {
        const { left, top, width, height } = object;
        expect([left, top, width, height].map((value) => value % 2)).toEqual([0, 0, 0, 0]);
        expect(Math.min(width, height)).toBeGreaterThanOrEqual(OBJECT.minSize);
        expect(Math.max(width, height)).toBeLessThanOrEqual(OBJECT.maxSize);
        expect(left).toBeGreaterThanOrEqual(0);
        expect(top).toBeGreaterThanOrEqual(BITS.stripHeight);
        expect(left + width).toBeLessThanOrEqual(SCENE.width);
        expect(top + height).toBeLessThanOrEqual(SCENE.height);
        expect(OBJECT_KINDS[object.class]).toBeDefined();
      }
    });
  });

  it('keeps objects apart', () => {
    holds(({ frames }) => {
      for (const { objects } of frames) {
        const pairs = objects.flatMap((a, i) => objects.slice(i + 1).map((b) => [a, b] as const));
        expect(pairs.filter(([a, b]) => tooClose(a, b))).toEqual([]);
      }
    });
  });

  it('moves them so little that a box overlaps those one and two frames ago', () => {
    holds((truth) => {
      for (const life of lives(truth).values()) {
        life.forEach(({ object }, i) => {
          for (const before of life.slice(Math.max(0, i - 2), i)) {
            expect(overlap(object, before.object)).toBeGreaterThanOrEqual(MIN_OVERLAP);
          }
        });
      }
    });
  });

  it('gives each id one unbroken life of one class and size', () => {
    holds((truth) => {
      for (const life of lives(truth).values()) {
        const { n: born, object: first } = life[0] as { n: number; object: SceneObject };
        expect(life.map(({ n }) => n)).toEqual(life.map((_, i) => born + i));
        const { class: kind, width, height } = first;
        for (const { object } of life) expect(object).toMatchObject({ class: kind, width, height });
        expect(life.length).toBeGreaterThanOrEqual(30);
      }
    });
  });

  it('is empty at the seam', () => {
    holds(({ frames }, seam) => {
      const end = frames.slice(frames.length - seam);
      expect(end.flatMap(({ objects }) => objects)).toEqual([]);
    });
  });

  it('lets nobody into the place of an object that disappeared within the seam', () => {
    holds((truth, seam) => {
      for (const life of lives(truth).values()) {
        const { n: last, object: ghost } = life[life.length - 1] as { n: number; object: SceneObject };
        const after = truth.frames.slice(last + 1, last + 1 + seam).flatMap(({ objects }) => objects);
        expect(after.filter((object) => tooClose(object, ghost))).toEqual([]);
      }
    });
  });

  it('is the same for the same seed and another for another', () => {
    const truth = planScene({ seed: 5 });
    expect(planScene({ seed: 5 })).toEqual(truth);
    expect(planScene({ seed: 6 }).frames).not.toEqual(truth.frames);
  });

  it('has objects that come and go and move', () => {
    const all = [...lives(planScene({ seed: 1 })).values()];
    expect(all.length).toBeGreaterThan(8);
    const moved = all.filter((life) => {
      const [first, last] = [life[0]?.object, life[life.length - 1]?.object];
      return first?.left !== last?.left || first?.top !== last?.top;
    });
    expect(moved.length).toBeGreaterThan(all.length * 0.9);
  });

  it.each([
    [{ seed: 1.5 }, 'seed is 1.5; expected a whole number from 0 to 4294967295'],
    [{ seed: 1, frames: 0 }, 'frames is 0; expected a whole number from 1 to 65536'],
    [{ seed: 1, objects: 17 }, 'objects is 17; expected a whole number from 0 to 16'],
    [{ seed: 1, frames: 40, seamFrames: 41 }, 'seamFrames is 41; expected a whole number from 0 to 40'],
    [{ seed: 1, firstNumber: 65400 }, 'firstNumber is 65400; expected a whole number from 0 to 65236'],
    [{ seed: Number('x') }, 'seed is NaN; expected a whole number from 0 to 4294967295'],
  ])('refuses %o', (bad, message) => {
    expect(() => planScene(bad)).toThrow(new RangeError(message));
  });
});
