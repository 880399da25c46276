/** Pipelines and their processes as a table. */
import type { PipelineState, PipelineView } from '../../supervisor/views.js';
import { type Column, formatTable } from '../table.js';
import { age, type Colour, due, mebibytes, paint, visible } from '../text.js';
import { byId, since } from './stream-words.js';

const COLOURS: Readonly<Record<PipelineState, Colour>> = {
  playing: 'green',
  starting: 'yellow',
  waiting: 'yellow',
  stopping: 'yellow',
  failed: 'red',
};

const COLUMNS: readonly Column<PipelineView>[] = [
  { head: 'pipeline', text: ({ id }) => id },
  { head: 'state', text: ({ state }) => paint(COLOURS[state], state) },
  { head: 'since', right: true, text: since },
  { head: 'live', right: true, text: ({ live, streams }) => `${live}/${streams}` },
  { head: 'slots', right: true, text: ({ slots }) => String(slots) },
  { head: 'restarts', right: true, text: ({ restarts }) => String(sum(Object.values(restarts))) },
  { head: 'MiB', right: true, text: memory },
  { head: 'p99 ms', right: true, text: latency },
  { head: 'pid', right: true, text: ({ pid }) => String(pid ?? '-') },
  { head: 'nats', text: ({ nats }) => visible(nats ?? '-') },
  { head: 'events', text: events },
];

/** Below it a line for each of which there is more to say. */
export function pipelineTable(pipelines: readonly PipelineView[]): string {
  const all = byId(pipelines);
  return [formatTable(COLUMNS, all), ...all.flatMap(remark)].join('\n');
}

function latency({ latencyMs: ms }: PipelineView): string {
  return String(ms?.p99 ?? '-');
}

function memory({ rssBytes, memoryLimitBytes }: PipelineView): string {
  if (rssBytes === undefined) return '-';
  return [rssBytes, ...(memoryLimitBytes === undefined ? [] : [memoryLimitBytes])].map(mebibytes).join('/');
}

/** Whether JetStream takes them, and how many wait for that. */
function events({ events: state, eventsWaiting = 0 }: PipelineView): string {
  return visible(`${state ?? '-'}${eventsWaiting > 0 ? ` (${eventsWaiting} wait)` : ''}`);
}

/** How its process ended last, when it is started anew, and what keeps its messages. */
function remark({ id, lastEnd, nextStartAt, deliveryProblems = [] }: PipelineView): string[] {
  const again = nextStartAt === undefined ? [] : [`starts ${due(nextStartAt)}`];
  const ended = lastEnd ? [`${lastEnd.why} ${age(lastEnd.at)} ago: ${lastEnd.message}`] : [];
  const all = [...again, ...ended];
  const lines = all.length > 0 ? [all.join('; ')] : [];
  return [...lines, ...deliveryProblems].map((line) => visible(`${id}: ${line}`));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
