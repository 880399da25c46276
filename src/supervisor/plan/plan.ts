/** The way from one resolved spec to another: pure, and in the order it is to be gone. */
import { sameConnection } from '../../spec/stream.js';
import type { ApplianceSpec, PipelineSpec, StreamSpec } from '../../spec/types.js';
import type { PlanStep } from '../views.js';
import { differences } from './differences.js';
import { APPLIANCE_KEYS, IN_PLACE_KEYS, SHARED_KEYS, STREAM_KEYS, WORKER_KEYS } from './effects.js';

/** A stream and where it is. */
interface Placed {
  readonly pipeline: string;
  readonly stream: StreamSpec;
}

/** A pipeline in both specs. */
interface Pair {
  readonly before: PipelineSpec;
  readonly after: PipelineSpec;
}

/**
 * Streams leave before others come, so that slots are free and no id is in two pipelines; pipelines are started anew
 * in between. Who restarts or starts a pipeline with all its streams of `after` at once finds the steps on those streams
 * carried out already.
 */
export function planSteps(before: ApplianceSpec, after: ApplianceSpec): PlanStep[] {
  const [were, are] = [placed(before), placed(after)];
  return [
    ...leaving(were, are),
    ...stops(before, after),
    ...pipelineChanges(before, after, were),
    ...starts(before, after),
    ...streamChanges(were, are),
    ...coming(were, are),
    ...applianceChange(before, after, are),
  ];
}

type Places = ReadonlyMap<string, Placed>;

function placed({ pipelines }: ApplianceSpec): Places {
  const places = pipelines.flatMap(({ id: pipeline, streams }) =>
    streams.map((stream) => [stream.id, { pipeline, stream }] as const),
  );
  return new Map(places);
}

function leaving(were: Places, are: Places): PlanStep[] {
  return [...were].flatMap(([id, { pipeline }]) => {
    if (are.get(id)?.pipeline === pipeline) return [];
    // One that moves is disturbed; one that is removed has nothing left to lose.
    return [step('remove', { pipeline, stream: id, disturbs: are.has(id) ? [id] : [] })];
  });
}

function coming(were: Places, are: Places): PlanStep[] {
  return [...are].flatMap(([id, { pipeline }]) =>
    were.get(id)?.pipeline === pipeline ? [] : [step('add', { pipeline, stream: id })],
  );
}

function streamChanges(were: Places, are: Places): PlanStep[] {
  return [...are].flatMap(([id, { pipeline, stream }]) => {
    const was = were.get(id);
    if (was?.pipeline !== pipeline) return [];
    const keys = differences(was.stream, stream, STREAM_KEYS);
    if (keys.length === 0) return [];
    return sameConnection(was.stream, stream)
      ? [step('update', { pipeline, stream: id, keys })]
      : [step('reconnect', { pipeline, stream: id, keys, disturbs: [id] })];
  });
}

function stops(before: ApplianceSpec, after: ApplianceSpec): PlanStep[] {
  const gone = before.pipelines.filter(({ id }) => !find(after, id));
  return gone.map(({ id }) => step('stop', { pipeline: id }));
}

function starts(before: ApplianceSpec, after: ApplianceSpec): PlanStep[] {
  const fresh = after.pipelines.filter(({ id }) => !find(before, id));
  return fresh.map(({ id }) => step('start', { pipeline: id }));
}

function pipelineChanges(before: ApplianceSpec, after: ApplianceSpec, were: Places): PlanStep[] {
  const shared = differences(before, after, SHARED_KEYS);
  return pairs(before, after).flatMap((pair) => {
    const { id, streams } = pair.after;
    const keys = [...shared, ...workerKeys(pair)];
    const inPlace = differences(pair.before, pair.after, IN_PLACE_KEYS);
    const stay = streams.map((stream) => stream.id).filter((each) => were.get(each)?.pipeline === id);
    return [
      ...(inPlace.length > 0 ? [step('update', { pipeline: id, keys: inPlace })] : []),
      ...(keys.length > 0 ? [step('restart', { pipeline: id, keys, disturbs: stay })] : []),
    ];
  });
}

/** What only a new process of the pipeline can take. */
export function workerKeys({ before, after }: Pair): string[] {
  return differences(before, after, WORKER_KEYS);
}

function applianceChange(before: ApplianceSpec, after: ApplianceSpec, are: Places): PlanStep[] {
  const keys = differences(before, after, APPLIANCE_KEYS);
  return keys.length > 0 ? [step('restart-appliance', { keys, disturbs: [...are.keys()] })] : [];
}

function pairs(before: ApplianceSpec, after: ApplianceSpec): Pair[] {
  return after.pipelines.flatMap((pipeline) => {
    const was = find(before, pipeline.id);
    return was ? [{ before: was, after: pipeline }] : [];
  });
}

function find({ pipelines }: ApplianceSpec, id: string): PipelineSpec | undefined {
  return pipelines.find((pipeline) => pipeline.id === id);
}

function step(action: PlanStep['action'], more: Partial<PlanStep>): PlanStep {
  return { action, keys: [], disturbs: [], ...more };
}
