/** What the demo shows while it runs and says at its end. */
import type { Usage } from '../../worker/channel.js';
import type { StreamRow, WorkerStatus } from '../../worker/status.js';
import { type Column, formatTable } from '../table.js';

const COLUMNS: readonly Column<StreamRow>[] = [
  { head: 'stream', text: (row) => row.id },
  { head: 'state', text: (row) => (row.cause ? `${row.state} (${row.cause})` : row.state) },
  { head: 'fps', right: true, text: (row) => row.fps.toFixed(1) },
  { head: 'inferences/s', right: true, text: (row) => row.inferencesPerSecond.toFixed(1) },
  { head: 'objects', right: true, text: (row) => row.objects.toFixed(1) },
  { head: 'tracks', right: true, text: (row) => row.tracks.toFixed(1) },
  { head: 'latency', right: true, text: (row) => `${row.latencyMs.toFixed(0)} ms` },
];

export function renderStatus(statuses: readonly WorkerStatus[]): string {
  return formatTable(
    COLUMNS,
    statuses.flatMap((status) => status.streams),
  );
}

export interface StreamSummary {
  readonly id: string;
  /** Access units received. */
  readonly framesIn: number;
  readonly framesInferred: number;
  /** Objects in all messages. */
  readonly detections: number;
  /** Distinct track ids. */
  readonly tracks: number;
  /** Messages handed to NATS. */
  readonly published: number;
  /** Frames and messages that ended early, anywhere. */
  readonly dropped: number;
  readonly fps: number;
}

export interface Summary {
  readonly provider: string;
  /** Life of the appliance's process. */
  readonly wallSeconds: number;
  /** The appliance's process alone, all threads. */
  readonly cpuSeconds: number;
  readonly streams: readonly StreamSummary[];
}

export function summarise(
  statuses: readonly WorkerStatus[],
  usage: Usage,
  tracks: (id: string) => number,
): Summary {
  return {
    provider: statuses[0]?.provider ?? 'none',
    wallSeconds: round(usage.wallSeconds, 3),
    cpuSeconds: round(usage.cpuSeconds, 3),
    streams: statuses.flatMap((status) =>
      status.streams.map((row) => ({
        id: row.id,
        framesIn: row.received,
        framesInferred: row.inferred,
        detections: row.detections,
        tracks: tracks(row.id),
        published: row.published,
        dropped: Object.values<number>({ ...row.dropped }).reduce((sum, count) => sum + count, 0),
        fps: round(row.fps, 2),
      })),
    ),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
