import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEVICES,
  type Plan,
  plan,
  type PlanInput,
  type PlannedStream,
  STEPS,
} from '../../src/planner/index.js';
import { pipeline } from '../support/planned.js';

const format = fc.record({
  id: fc.constant('cam'),
  width: fc.integer({ min: 160, max: 4096 }),
  height: fc.integer({ min: 120, max: 2304 }),
  fps: fc.integer({ min: 1, max: 60 }),
  codec: fc.constantFrom('h264' as const, 'h265' as const),
  mbps: fc.double({ min: 0.1, max: 20, noNaN: true }),
});
const detector = fc.record({
  model: fc.constantFrom('peoplenet', 'trafficcamnet', 'own'),
  precision: fc.constantFrom('fp16' as const, 'int8' as const),
  engineBytes: fc.constantFrom(null, 5e6),
  interval: fc.integer({ min: 0, max: 10 }),
});
const device = fc.constantFrom(...DEVICES);
const options = fc.record(
  {
    videoClock: fc.double({ min: 0.3, max: 1, noNaN: true }),
    snapshotsPerSecond: fc.integer({ min: 0, max: 100 }),
    encodedViews: fc.integer({ min: 0, max: 8 }),
    modelFps: fc.constantFrom(new Map([['*', 300]]), new Map<string, number>()),
  },
  { requiredKeys: [] },
);
const input = fc
  .tuple(fc.array(format, { minLength: 1, maxLength: 30 }), detector)
  .map(([streams, of]): PlanInput => ({ pipelines: [pipeline(streams, of, { slots: 64 })] }));

const resources = ({ bounds }: Plan) => new Map(bounds.map((bound) => [bound.resource, bound]));

function withMore({ pipelines }: PlanInput, more: readonly PlannedStream[]): PlanInput {
  return { pipelines: pipelines.map((each) => ({ ...each, streams: [...each.streams, ...more] })) };
}

describe('whatever the streams, the device and the options', () => {
  it('more streams never lower a load', () => {
    fc.assert(
      fc.property(input, fc.array(format, { maxLength: 20 }), device, options, (few, more, on, with_) => {
        const before = resources(plan(few, on, with_));
        for (const { resource, load, missing } of plan(withMore(few, more), on, with_).bounds) {
          const earlier = before.get(resource);
          // A load that was known in full may be joined by what is not known, but stays what it was at least.
          if (earlier?.load != null) expect(load).toBeGreaterThanOrEqual(earlier.load - 1e-9);
          expect(missing).toEqual(expect.arrayContaining([...(earlier?.missing ?? [])]));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('a change that is suggested fits when it is planned', () => {
    let suggested = 0;
    fc.assert(
      fc.property(input, device, options, (of, on, with_) => {
        for (const { steps, load, maxStreams, verdict } of plan(of, on, with_).changes) {
          suggested += 1;
          const changed = steps.reduce(
            (now, id) => STEPS.find((s) => s.id === id)?.apply(now) as PlanInput,
            of,
          );
          expect(plan(changed, on, with_)).toMatchObject({ verdict, load, maxStreams, changes: [] });
        }
      }),
      { numRuns: 80 },
    );
    expect(suggested).toBeGreaterThan(50);
  });

  it('changes come only where it does not fit, and a pair only where neither step alone is enough', () => {
    fc.assert(
      fc.property(input, device, options, (of, on, with_) => {
        const { verdict, changes } = plan(of, on, with_);
        if (verdict !== 'too-large') expect(changes).toEqual([]);
        const single = new Set(
          changes.filter(({ steps }) => steps.length === 1).map(({ steps }) => steps[0]),
        );
        for (const { steps } of changes.filter(({ steps: s }) => s.length > 1))
          expect(steps.some((id) => single.has(id))).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  it('nothing that is not known is shown as known', () => {
    fc.assert(
      fc.property(input, device, options, (of, on, with_) => {
        const { bounds, verdict } = plan(of, on, with_);
        for (const { load, limit, fits, figures, missing, demand } of bounds) {
          if (figures.length === 0 && demand > 0) expect([load, fits === true]).toEqual([null, false]);
          if (missing.length > 0)
            expect([fits === true, limit === null || limit === 0]).toEqual([false, true]);
          if (load === 0) expect(demand).toBe(0);
          for (const { value } of figures) expect(value).toBeGreaterThan(0);
        }
        if (verdict === 'fits') expect(bounds.every(({ fits }) => fits === true)).toBe(true);
        expect(JSON.parse(JSON.stringify(bounds))).toEqual(bounds);
      }),
      { numRuns: 100 },
    );
  });

  it('the most streams of a mix fit, and one more does not', () => {
    fc.assert(
      fc.property(format, detector, device, options, (stream, of, on, with_) => {
        const many = (count: number) => {
          const streams = Array.from({ length: count }, () => stream);
          return plan({ pipelines: [pipeline(streams, of, { slots: 8 })] }, on, with_);
        };
        for (const { resource, maxStreams } of many(8).bounds) {
          if (maxStreams === null || maxStreams === 0 || maxStreams > 100 || resource === 'memory-size')
            continue;
          expect(resources(many(maxStreams)).get(resource)?.fits).not.toBe(false);
          expect(resources(many(maxStreams + 1)).get(resource)?.fits).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });
});
