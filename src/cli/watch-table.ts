/** Rates and states of streams, from their messages. */
import type { StatusMessage } from '../worker/status.js';
import { type Column, formatTable } from './table.js';

/** What is read of a `weir.detections.v1` message. */
interface DetectionsHead {
  readonly stream: string;
  readonly inferred: boolean;
  readonly objects: readonly { readonly id?: string }[];
}

interface Arrival {
  readonly at: number;
  readonly inferred: boolean;
  readonly objects: number;
  readonly tracks: number;
}

interface Row {
  readonly stream: string;
  readonly arrivals: Arrival[];
  status?: StatusMessage;
}

const WINDOW_MS = 5_000;

const COLUMNS: readonly Column<Row>[] = [
  { head: 'stream', text: (row) => row.stream },
  { head: 'state', text: (row) => row.status?.state ?? '?' },
  { head: 'messages/s', right: true, text: (row) => perSecond(row, () => true) },
  { head: 'inferences/s', right: true, text: (row) => perSecond(row, (arrival) => arrival.inferred) },
  { head: 'objects', right: true, text: (row) => String(row.arrivals.at(-1)?.objects ?? '-') },
  { head: 'tracks', right: true, text: (row) => String(row.arrivals.at(-1)?.tracks ?? '-') },
  { head: 'cause', text: ({ status }) => (status?.cause ? `${status.cause}: ${status.message ?? ''}` : '') },
];

export class WatchTable {
  readonly #rows = new Map<string, Row>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Messages that are not ours are passed over. */
  add(kind: string, text: string): void {
    const message = parse(text);
    if (typeof message?.stream !== 'string') return;
    const row = this.#row(message.stream);
    if (kind === 'status') row.status = message as unknown as StatusMessage;
    if (kind !== 'detections') return;
    const { inferred, objects } = message as unknown as DetectionsHead;
    const tracks = objects.filter((object) => object.id !== undefined).length;
    row.arrivals.push({ at: this.#now(), inferred, objects: objects.length, tracks });
  }

  render(): string {
    const since = this.#now() - WINDOW_MS;
    const rows = [...this.#rows.values()].sort((a, b) =>
      a.stream.localeCompare(b.stream, 'en', { numeric: true }),
    );
    for (const { arrivals } of rows) while (arrivals[0] && arrivals[0].at < since) arrivals.shift();
    return formatTable(COLUMNS, rows);
  }

  #row(stream: string): Row {
    const row = this.#rows.get(stream) ?? { stream, arrivals: [] };
    this.#rows.set(stream, row);
    return row;
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function perSecond(row: Row, counts: (arrival: Arrival) => boolean): string {
  const counted = row.arrivals.filter(counts).length;
  return ((counted * 1000) / WINDOW_MS).toFixed(1);
}
