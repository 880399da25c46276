/** Metrics of what leaves a pipeline: its connection to NATS, and its events. Totals begin when its worker starts. */
import { countedBy, type Definition, oneOf, perPipeline, type Reading } from './definition.js';
import { EVENT_DROPS, JETSTREAM_PROBLEMS, JETSTREAM_STATES, NATS_STATES } from './labels.js';
import type { EventsSnapshot } from './snapshot.js';

const gauge = (name: string, help: string, read: (events: EventsSnapshot) => Reading): Definition =>
  perPipeline({ name: `weir_events_${name}`, type: 'gauge', help }, ({ events }) => read(events));

const total = (name: string, help: string, read: (events: EventsSnapshot) => number): Definition =>
  perPipeline({ name: `weir_events_${name}_total`, type: 'counter', help }, ({ events }) => read(events));

export const DELIVERY_METRICS: readonly Definition[] = [
  perPipeline(
    {
      name: 'weir_nats_state',
      type: 'gauge',
      labels: ['state'],
      help: "1 for the state the pipeline's connection to NATS is in, 0 for the others.",
    },
    ({ nats }) => oneOf('state', NATS_STATES, (state) => state === nats.kind),
  ),
  perPipeline(
    {
      name: 'weir_jetstream_state',
      type: 'gauge',
      labels: ['state'],
      help: '1 for how it stands with JetStream, which takes events, 0 for the others.',
    },
    ({ events }) => oneOf('state', JETSTREAM_STATES, (state) => state === events.jetstream.kind),
  ),
  perPipeline(
    {
      name: 'weir_jetstream_problem',
      type: 'gauge',
      labels: ['problem'],
      help: '1 for why JetStream refuses events; all are 0 while it takes them.',
    },
    ({ events }) => oneOf('problem', JETSTREAM_PROBLEMS, (problem) => problem === events.jetstream.problem),
  ),
  gauge('spool_failing', '1 while events cannot be written to disk and wait in memory.', (e) =>
    e.spoolProblem === undefined ? 0 : 1,
  ),
  gauge('waiting', 'Events that JetStream has not taken yet.', (e) => e.waiting),
  gauge('spool_bytes', 'Size of the spool on disk.', (e) => e.spoolBytes),
  gauge(
    'consumers',
    'Durable consumers of the stream of events; no series where JetStream does not tell us.',
    (e) => e.consumers?.count,
  ),
  gauge(
    'consumer_pending',
    'Events that the durable consumer furthest behind has still to be given or to acknowledge.',
    (e) => e.consumers?.pending,
  ),
  total('emitted', 'Events handed to the spool.', (e) => e.emitted),
  total(
    'acknowledged',
    'Events taken by JetStream, those that an earlier worker left included.',
    (e) => e.acknowledged,
  ),
  total('repeated', 'Events of those acknowledged that JetStream had already.', (e) => e.repeated),
  total('suppressed', 'Events of a flood that another one stands for.', (e) => e.suppressed),
  perPipeline(
    {
      name: 'weir_events_dropped_total',
      type: 'counter',
      labels: ['cause'],
      help: 'Events that are lost: the spool was full, memory was while the disk was away, a file was damaged, or JetStream refuses the event as too large.',
    },
    ({ events }) => countedBy('cause', EVENT_DROPS, events.dropped),
  ),
];
