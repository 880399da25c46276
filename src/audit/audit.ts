/** Accounts of streams over a window, out of what was kept of them. */
import { account, packetsSent, type StageAccount } from './account.js';
import type { Stay } from './history.js';

/** A time of which nothing is known of a stream. Times are RFC 3339. */
export interface Unknown {
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

/** One stay of a stream in one process; `from`: the latest look not after the window's beginning. */
export interface AuditPart {
  readonly pipeline: string;
  readonly from: string;
  readonly to: string;
  /** Removed: nothing of it is under way any more. */
  readonly left: boolean;
  /** RTP packets, by their numbers; absent where the camera numbers none. */
  readonly packetsSent?: number;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
  readonly received: number;
  readonly inferred: number;
  readonly published: number;
  readonly stages: readonly StageAccount[];
  readonly agrees: boolean;
}

export interface StreamAudit {
  readonly id: string;
  readonly parts: readonly AuditPart[];
  readonly unknown: readonly Unknown[];
  readonly agrees: boolean;
}

export interface AuditView {
  readonly from?: string;
  readonly to: string;
  readonly streams: readonly StreamAudit[];
  readonly agrees: boolean;
}

/** Milliseconds of the wall clock; without `from`: since each stream was added, as far as that is kept. */
export interface Window {
  readonly from?: number | undefined;
  readonly to: number;
}

const iso = (at: number): string => new Date(at).toISOString();

export function audit(streams: ReadonlyMap<string, readonly Stay[]>, { from, to }: Window): AuditView {
  const audits = [...streams]
    .map(([id, stays]) => streamAudit(id, stays, from ?? 0, to))
    .filter(({ parts }) => parts.length > 0)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const agrees = audits.every((each) => each.agrees);
  return { ...(from !== undefined && { from: iso(from) }), to: iso(to), streams: audits, agrees };
}

function streamAudit(id: string, stays: readonly Stay[], from: number, to: number): StreamAudit {
  const within = stays.filter(({ last }) => last.at > from);
  const parts = within.map((stay) => part(stay, from));
  const unknown = within.flatMap((stay, i) => lost(stay, within[i + 1]?.added ?? to));
  return { id, parts, unknown, agrees: parts.every(({ agrees }) => agrees) };
}

function part(stay: Stay, from: number): AuditPart {
  const start = stay.at(from);
  const [before, after] = [start.books, stay.last.books];
  const left = stay.end === 'left';
  const stages = account({ before, after, slots: stay.slots, left });
  const sent = packetsSent({ before, after });
  return {
    pipeline: stay.pipeline,
    ...{ from: iso(start.at), to: iso(stay.last.at), left },
    ...(sent !== undefined && {
      packetsSent: sent,
      packetsReceived: after.packets - before.packets,
      packetsLost: after.packetsLost - before.packetsLost,
    }),
    received: after.received - before.received,
    inferred: after.inferred - before.inferred,
    published: after.published - before.published,
    ...{ stages, agrees: stages.every(({ agrees }) => agrees) },
  };
}

/** What a process that ended had counted since the last look at it, and what was under way in it. */
function lost(stay: Stay, until: number): Unknown[] {
  if (stay.end !== 'lost') return [];
  const why = 'the process of its pipeline ended';
  return [{ from: iso(stay.last.at), to: iso(until), why }];
}
