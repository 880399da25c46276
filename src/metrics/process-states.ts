/** Of a pipeline as its supervisor sees it: of the process rather than of its streams. */

/**
 * `starting`: its process is being started; `playing`; `waiting`: it ended and is started anew soon; `failed`: it ended
 * again and again, or needs a change, and is started anew rarely; `stopping`.
 */
export const PIPELINE_STATES = ['starting', 'playing', 'waiting', 'failed', 'stopping'] as const;
export type PipelineState = (typeof PIPELINE_STATES)[number];

/** Why a worker had to be replaced. */
export const WORKER_ENDS = [
  'crash', // ended by a signal or with a code nobody expected
  'start-failed', // said so itself, with a code of the catalogue
  'pipeline-failed', // said so itself: a GPU error, a source that cannot be removed, ...
  'hang', // no heartbeat
  'stuck', // its event loop turns, but no picture gets through
  'memory', // passed its limit
  'restart', // somebody asked for it
] as const;
export type WorkerEnd = (typeof WORKER_ENDS)[number];
