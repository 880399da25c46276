/** Values that follow from a pipeline's streams stay as they are while it runs: one more camera restarts nothing. */
import { deepFreeze } from '../../spec/freeze.js';
import { valueAt } from '../../spec/issues.js';
import type { ApplianceSpec, PipelineSpec } from '../../spec/types.js';
import { findPipeline } from '../state/base.js';
import type { JsonObject } from '../state/json.js';
import { workerKeys } from './plan.js';

/** A resolved spec, and the JSON it was made of. */
export interface Described {
  readonly spec: ApplianceSpec;
  readonly written: JsonObject;
}

/**
 * `after`, where nobody wrote them down with the slots, batch size and batch timeout of `before`: of what runs, or when
 * the appliance starts, of the base, whose streams may be fewer by what was removed. Slots only grow; a pipeline that
 * restarts all the same takes the timeout of its streams.
 */
export function keepDerived(before: Described, after: Described): ApplianceSpec {
  const pipelines = after.spec.pipelines.map((is) => {
    const was = before.spec.pipelines.find(({ id }) => id === is.id);
    return was ? keep(was, is, derived(is.id, before, after)) : is;
  });
  return deepFreeze({ ...after.spec, pipelines });
}

type Derived = (...path: readonly string[]) => boolean;

/** Whether neither spec names the value. */
function derived(pipeline: string, ...specs: readonly Described[]): Derived {
  const written = specs.map((spec) => findPipeline(spec.written, pipeline));
  return (...path) => written.every((each) => valueAt(each, path) === undefined);
}

function keep(was: PipelineSpec, is: PipelineSpec, derived: Derived): PipelineSpec {
  const slots = derived('slots') ? Math.max(was.slots, is.slots) : is.slots;
  const batch = derived('detector', 'batch') ? slots : is.detector.batch;
  const large: PipelineSpec = { ...is, slots, detector: { ...is.detector, batch } };
  if (!derived('mux', 'batchTimeoutMs')) return large;
  const { batchTimeoutMs } = was.mux;
  const calm: PipelineSpec = { ...large, mux: { ...is.mux, batchTimeoutMs } };
  return workerKeys({ before: was, after: calm }).length === 0 ? calm : large;
}
