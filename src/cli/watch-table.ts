/** Rates, states and last events of streams, from their messages. */
import { readDetections } from '../messages/detections.js';
import type { EventMessage } from '../sinks/events/event-sink.js';
import type { NextRow, StatusMessage } from '../worker/status.js';
import { type Column, formatTable } from './table.js';
import { age } from './text.js';

interface Arrival {
  readonly at: number;
  /** Undefined where the format does not say. */
  readonly inferred: boolean | undefined;
  readonly objects: number;
  readonly tracks: number;
}

/** Of a message, whose sender may be older or newer than this program. */
type Status = Pick<StatusMessage, 'stream' | 'state'> & Partial<StatusMessage>;

interface Row {
  readonly stream: string;
  readonly arrivals: Arrival[];
  status?: Status;
  statusAt: number;
  event?: Pick<EventMessage, 'kind' | 'time'>;
}

const WINDOW_MS = 5_000;
/** A stopped stream may have been removed: nobody will say more of it. */
const STOPPED_MS = 10_000;

const columns = (wall: () => number): readonly Column<Row>[] => [
  { head: 'stream', text: (row) => row.stream },
  { head: 'state', text: ({ status }) => [status?.state ?? '?', status?.phase].filter(Boolean).join(': ') },
  { head: 'messages/s', right: true, text: (row) => perSecond(row, () => true) },
  { head: 'inferences/s', right: true, text: inferences },
  { head: 'objects', right: true, text: (row) => String(row.arrivals.at(-1)?.objects ?? '-') },
  { head: 'tracks', right: true, text: (row) => String(row.arrivals.at(-1)?.tracks ?? '-') },
  { head: 'next', text: ({ status }) => (status?.next ? upcoming(status.next, wall()) : '') },
  { head: 'last event', text: ({ event }) => (event ? `${event.kind} ${age(event.time, wall())} ago` : '') },
  { head: 'why', text: ({ status }) => (status ? reasons(status).join('; ') : '') },
];

/** `reconnect in 3 s`. */
function upcoming({ action, at }: NextRow, now: number): string {
  const seconds = Math.ceil((Date.parse(at) - now) / 1000);
  return seconds > 0 ? `${action} in ${seconds} s` : `${action} now`;
}

/** Why it is not live, and what is wrong if it is. */
function reasons({ cause, message = '', troubles = [] }: Status): string[] {
  return [
    ...(cause === undefined ? [] : [`${cause}: ${message}`]),
    ...troubles.map((trouble) => `${trouble.kind}: ${trouble.message}`),
  ];
}

export class WatchTable {
  readonly #rows = new Map<string, Row>();
  readonly #now: () => number;
  readonly #columns: readonly Column<Row>[];

  /** `wall`: what the times in messages are compared with. */
  constructor(now: () => number = () => performance.now(), wall: () => number = Date.now) {
    this.#now = now;
    this.#columns = columns(wall);
  }

  /** Messages that are not ours are passed over. */
  add(kind: string, data: Uint8Array): void {
    if (kind === 'detections') this.#detections(data);
    if (kind === 'status') this.#status(data);
    if (kind.startsWith('events.')) this.#event(data);
  }

  #detections(data: Uint8Array): void {
    const message = readDetections(data);
    if (!message) return;
    const { stream, inferred, objects } = message;
    const tracks = objects.filter((object) => object.id !== undefined).length;
    this.#row(stream).arrivals.push({ at: this.#now(), inferred, objects: objects.length, tracks });
  }

  #status(data: Uint8Array): void {
    const message = parse(Buffer.from(data).toString('utf8'));
    if (typeof message?.stream !== 'string') return;
    const status = message as unknown as Status;
    Object.assign(this.#row(message.stream), { status, statusAt: this.#now() });
  }

  /** Of streams that are known: what waited may be of one that is no more. */
  #event(data: Uint8Array): void {
    const { stream, kind, time } = parse(Buffer.from(data).toString('utf8')) ?? {};
    const row = typeof stream === 'string' ? this.#rows.get(stream) : undefined;
    if (row && typeof kind === 'string' && typeof time === 'string' && !Number.isNaN(Date.parse(time)))
      row.event = { kind, time };
  }

  render(): string {
    this.#forget();
    const since = this.#now() - WINDOW_MS;
    const rows = [...this.#rows.values()].sort((a, b) =>
      a.stream.localeCompare(b.stream, 'en', { numeric: true }),
    );
    for (const { arrivals } of rows) while (arrivals[0] && arrivals[0].at < since) arrivals.shift();
    return formatTable(this.#columns, rows);
  }

  #forget(): void {
    const since = this.#now() - STOPPED_MS;
    for (const { stream, status, statusAt } of this.#rows.values())
      if (status?.state === 'stopped' && statusAt < since) this.#rows.delete(stream);
  }

  #row(stream: string): Row {
    const row = this.#rows.get(stream) ?? { stream, arrivals: [], statusAt: 0 };
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

function inferences(row: Row): string {
  const unknown = row.arrivals.some(({ inferred }) => inferred === undefined);
  return unknown ? '-' : perSecond(row, ({ inferred }) => inferred === true);
}

function perSecond(row: Row, counts: (arrival: Arrival) => boolean): string {
  const counted = row.arrivals.filter(counts).length;
  return ((counted * 1000) / WINDOW_MS).toFixed(1);
}
