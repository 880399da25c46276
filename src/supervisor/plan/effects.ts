/** What it takes for a key to have its effect. A key that is new in the spec does not compile before it is here. */
import type { ApplianceSpec, PipelineSpec, StreamSpec } from '../../spec/types.js';

/** A new supervisor process, new processes of all pipelines, or only the steps of what is inside. */
type ApplianceEffect = 'appliance' | 'pipelines' | 'inside';
/** A new process of the pipeline, a word to the supervisor, or only the steps of what is inside. */
type PipelineEffect = 'restart' | 'update' | 'inside';

const APPLIANCE: Readonly<Record<keyof ApplianceSpec, ApplianceEffect>> = {
  appliance: 'appliance',
  metrics: 'appliance',
  control: 'appliance',
  stateDir: 'appliance',
  // The supervisor has a connection of its own.
  nats: 'appliance',
  cameraNetworks: 'pipelines',
  mediaRoot: 'pipelines',
  modelDir: 'pipelines',
  pipelines: 'inside',
};

const PIPELINE: Readonly<Record<keyof PipelineSpec, PipelineEffect>> = {
  id: 'inside',
  slots: 'restart',
  mux: 'restart',
  detector: 'restart',
  tracker: 'restart',
  metadata: 'restart',
  memoryLimitMb: 'update',
  streams: 'inside',
};

/** Whether one needs a new connection is said by `sameConnection`. */
const STREAM: Readonly<Record<keyof StreamSpec, 'inside' | 'change'>> = {
  id: 'inside',
  uri: 'change',
  user: 'change',
  password: 'change',
  transport: 'change',
  latencyMs: 'change',
  fps: 'change',
  decode: 'change',
  maxFps: 'change',
  frozenAfterSeconds: 'change',
  frozenRestart: 'change',
};

function having<K extends string, E>(table: Readonly<Record<K, E>>, effect: E): readonly K[] {
  return (Object.keys(table) as K[]).filter((key) => table[key] === effect);
}

export const APPLIANCE_KEYS = having(APPLIANCE, 'appliance');
export const SHARED_KEYS = having(APPLIANCE, 'pipelines');
export const WORKER_KEYS = having(PIPELINE, 'restart');
export const IN_PLACE_KEYS = having(PIPELINE, 'update');
export const STREAM_KEYS = having(STREAM, 'change');
