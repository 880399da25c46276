/** Metrics of the pipelines' processes. Restarts are counted since the supervisor started. */
import { countedBy, type Definition, oneOf, perProcess } from './definition.js';
import { PIPELINE_STATES, WORKER_ENDS } from './labels.js';

export const PROCESS_METRICS: readonly Definition[] = [
  perProcess(
    {
      name: 'weir_pipeline_state',
      type: 'gauge',
      labels: ['state'],
      help: '1 for the state the pipeline is in, 0 for the others.',
    },
    ({ state }) => oneOf('state', PIPELINE_STATES, (each) => each === state),
  ),
  perProcess(
    {
      name: 'weir_pipeline_restarts_total',
      type: 'counter',
      labels: ['reason'],
      help: "Ends of the pipeline's process, by reason; it is started anew after each.",
    },
    ({ restarts }) => countedBy('reason', WORKER_ENDS, restarts),
  ),
  perProcess(
    {
      name: 'weir_pipeline_quarantined_streams',
      type: 'gauge',
      help: 'Streams that do not run because they ended the process again and again.',
    },
    ({ quarantined }) => quarantined,
  ),
  perProcess(
    {
      name: 'weir_pipeline_resident_memory_bytes',
      type: 'gauge',
      help: "Memory of the pipeline's process, native code included.",
    },
    ({ rssBytes }) => rssBytes,
  ),
  perProcess(
    {
      name: 'weir_pipeline_cpu_seconds_total',
      type: 'counter',
      help: "CPU time of the pipeline's process, all threads, those of GStreamer and of inference included.",
    },
    ({ cpuSeconds }) => cpuSeconds,
  ),
  perProcess(
    {
      name: 'weir_pipeline_eventloop_lag_seconds',
      type: 'gauge',
      help: "How long JavaScript of the pipeline's process was kept waiting at most, within the last half second. Messages wait for it, frames do not.",
    },
    ({ loopLagMs }) => (loopLagMs === undefined ? undefined : loopLagMs / 1000),
  ),
];
