import { describe, expect, it } from 'vitest';
import type { ApplianceSpec, PipelineSpec } from '../../src/spec/types.js';
import { type Described, keepDerived } from '../../src/supervisor/plan/keep-derived.js';
import { planSteps } from '../../src/supervisor/plan/plan.js';
import type { JsonObject } from '../../src/supervisor/state/json.js';
import { readSpec } from '../support/spec.js';

const streams = (count: number, more: JsonObject = {}): JsonObject[] =>
  Array.from({ length: count }, (_, n) => ({ id: `cam-${n}`, uri: 'rtsp://192.0.2.1/a', ...more }));

function described(streams: readonly JsonObject[], more: JsonObject = {}): Described {
  const main = { id: 'main', detector: { model: 'synthetic' }, ...more, streams };
  const written = { appliance: 'gate', pipelines: [main] };
  return { written, spec: readSpec(JSON.stringify(written)) };
}

function main({ pipelines: [only] }: ApplianceSpec): PipelineSpec {
  return only as PipelineSpec;
}

function numbers(spec: ApplianceSpec) {
  const { slots, mux, detector } = main(spec);
  return { slots, batch: detector.batch, batchTimeoutMs: mux.batchTimeoutMs };
}

describe('values that follow from the streams', () => {
  const before = described(streams(9));

  it('stay as they are when streams come and go: nothing restarts', () => {
    expect(numbers(before.spec)).toEqual({ slots: 16, batch: 16, batchTimeoutMs: 66 });
    for (const after of [described(streams(2)), described(streams(16, { fps: 30 }))]) {
      const spec = keepDerived(before, after);
      expect(numbers(spec)).toEqual(numbers(before.spec));
      expect(planSteps(before.spec, spec).every(({ action }) => action !== 'restart')).toBe(true);
      expect(main(spec).streams).toEqual(main(after.spec).streams);
    }
  });

  it('grow where slots are too few', () => {
    const spec = keepDerived(before, described(streams(17)));
    expect(numbers(spec)).toEqual({ slots: 24, batch: 24, batchTimeoutMs: 66 });
    expect(planSteps(before.spec, spec)[0]).toMatchObject({
      action: 'restart',
      keys: ['slots', 'detector.batch'],
    });
  });

  it('are what is written where they are written, and what follows where they were', () => {
    const named = { slots: 4, mux: { batchTimeoutMs: 10 }, detector: { model: 'synthetic', batch: 2 } };
    const spec = keepDerived(before, described(streams(2), named));
    expect(numbers(spec)).toEqual({ slots: 4, batch: 2, batchTimeoutMs: 10 });
    const back = keepDerived({ ...described(streams(2), named), spec }, described(streams(2)));
    expect(numbers(back)).toEqual({ slots: 8, batch: 8, batchTimeoutMs: 66 });
  });

  it('take the timeout of their streams where the pipeline restarts all the same', () => {
    const after = described(streams(2, { fps: 30 }), { detector: { model: 'synthetic', threshold: 0.9 } });
    expect(numbers(keepDerived(before, after))).toEqual({ slots: 16, batch: 16, batchTimeoutMs: 33 });
  });

  it('of a pipeline that is new are its own', () => {
    const after = described(streams(2), { id: 'side' });
    expect(keepDerived(before, after)).toEqual(after.spec);
  });
});
