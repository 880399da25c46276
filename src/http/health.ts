/** What health probes are told. Alive: a new process would not help. Ready: the appliance does its work. */
import type { PipelineState } from '../metrics/process-states.js';
import type { PipelineSnapshot } from '../metrics/snapshot.js';

export interface PipelineHealth {
  readonly pipeline: string;
  readonly state: PipelineState;
}

export interface Liveness {
  readonly alive: true;
  readonly pipelines: readonly PipelineHealth[];
}

export interface Readiness {
  readonly ready: boolean;
  readonly pipelines: readonly (PipelineHealth & { readonly nats?: string })[];
  readonly streams: { readonly live: number; readonly total: number };
}

/** That there is an answer at all shows that the event loop turns. Pipelines get new processes from the supervisor. */
export function liveness(pipelines: readonly PipelineHealth[]): Liveness {
  return { alive: true, pipelines };
}

/** Cameras and NATS may be away without the appliance being at fault: both are told, neither decides. */
export function readiness(
  pipelines: readonly PipelineHealth[],
  status: readonly PipelineSnapshot[],
): Readiness {
  const streams = status.flatMap((each) => each.streams);
  return {
    ready: pipelines.every(({ state }) => state === 'playing'),
    pipelines: pipelines.map((each) => {
      const nats = status.find(({ pipeline }) => pipeline === each.pipeline)?.nats.kind;
      return nats === undefined ? each : { ...each, nats };
    }),
    streams: { live: streams.filter(({ state }) => state === 'live').length, total: streams.length },
  };
}
