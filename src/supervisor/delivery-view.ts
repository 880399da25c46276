/** What is to be seen of a worker's way to NATS. */
import type { WorkerStatus } from '../worker/status.js';
import type { PipelineView } from './views.js';

type Delivery = Pick<PipelineView, 'nats' | 'events' | 'eventsWaiting' | 'deliveryProblems'>;

export function deliveryView({ nats, events }: Pick<WorkerStatus, 'nats' | 'events'>): Delivery {
  const problems = [...ofNats(nats), ...ofEvents(events)];
  return {
    nats: nats.kind,
    events: events.spoolProblem === undefined ? events.jetstream.kind : 'in memory',
    eventsWaiting: events.waiting,
    ...(problems.length > 0 && { deliveryProblems: problems }),
  };
}

function ofNats(nats: WorkerStatus['nats']): string[] {
  if (!('error' in nats) || nats.error === undefined) return [];
  return [`NATS ${nats.kind}: ${nats.error}`];
}

function ofEvents({ jetstream, spoolProblem, dropped }: WorkerStatus['events']): string[] {
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  return [
    ...(jetstream.kind === 'refused' ? [`events: ${jetstream.message}; ${jetstream.remedy}`] : []),
    ...(jetstream.kind === 'ready' ? (jetstream.notes ?? []).map((note) => `events: ${note}`) : []),
    ...(spoolProblem === undefined ? [] : [`events are not spooled on disk: ${spoolProblem}`]),
    ...(lost > 0 ? [`${lost} events lost since the worker started`] : []),
  ];
}
