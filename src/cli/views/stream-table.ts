/** Streams as tables: what is declared, and how they do. */
import type { StreamView } from '../../supervisor/views.js';
import { type Column, formatTable } from '../table.js';
import { clip } from '../text.js';
import { byId, resolution, since, stateWord, why } from './stream-words.js';

type StreamColumn = Column<StreamView>;

/** A table of usual names then fits a terminal; `weir streams show` tells all of it. */
const WHY_WIDTH = 40;

const ID: StreamColumn = { head: 'stream', text: ({ id }) => id };
const PIPELINE: StreamColumn = { head: 'pipeline', text: ({ pipeline }) => pipeline };
const STATE: StreamColumn = { head: 'state', text: stateWord };
const FPS: StreamColumn = { head: 'fps', right: true, text: ({ fps }) => fps.toFixed(1) };
const WHY: StreamColumn = { head: 'why', text: (stream) => clip(why(stream), WHY_WIDTH) };

const LIST: readonly StreamColumn[] = [
  ID,
  PIPELINE,
  STATE,
  FPS,
  { head: 'picture', text: resolution },
  { head: 'codec', text: ({ format }) => format?.codec ?? '' },
  { head: 'origin', text: ({ origin }) => origin },
  WHY,
];

const RATES: readonly StreamColumn[] = [
  STATE,
  FPS,
  { head: 'inf/s', right: true, text: ({ inferencesPerSecond }) => inferencesPerSecond.toFixed(1) },
  { head: 'latency', right: true, text: ({ latencyMs }) => `${Math.round(latencyMs)} ms` },
  { head: 'since', right: true, text: since },
  WHY,
];

export function streamList(streams: readonly StreamView[]): string {
  return formatTable(LIST, byId(streams));
}

/** The pipeline is told where there are several. */
export function streamRates(streams: readonly StreamView[]): string {
  const several = new Set(streams.map(({ pipeline }) => pipeline)).size > 1;
  return formatTable([ID, ...(several ? [PIPELINE] : []), ...RATES], byId(streams));
}
