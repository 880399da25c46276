/** Accounts of streams as text. */
import type { StageAccount } from '../../audit/account.js';
import type { AuditPart, AuditView, StreamAudit } from '../../audit/audit.js';
import { type Column, formatTable } from '../table.js';
import { fit, paint, visible } from '../text.js';

/** What is counted in a stage. */
const UNITS: Readonly<Record<StageAccount['stage'], string>> = {
  decode: 'access units to pictures',
  infer: 'pictures to frames',
  message: 'frames to messages',
  publish: 'messages to NATS',
};

const COLUMNS: readonly Column<StageAccount>[] = [
  { head: 'stage', text: ({ stage }) => UNITS[stage] },
  { head: 'under way', right: true, text: ({ before }) => String(before) },
  { head: 'came', right: true, text: ({ came }) => String(came) },
  { head: 'went on', right: true, text: ({ went }) => String(went) },
  { head: 'left out', right: true, text: ({ leftOut }) => String(leftOut) },
  { head: 'dropped', right: true, text: ({ dropped }) => String(total(dropped)) },
  { head: 'under way', right: true, text: ({ after }) => String(after) },
  { head: 'agrees', text: ({ agrees }) => (agrees ? 'yes' : paint('red', 'NO')) },
  { head: 'why dropped', text: ({ dropped }) => dropped.map(lossText).join(', ') },
];

export function auditText({ streams }: AuditView): string {
  if (streams.length === 0) return 'no stream was there within this time';
  return streams.map(streamText).join('\n\n');
}

function streamText({ id, parts, unknown }: StreamAudit): string {
  const gaps = unknown.map(({ from, to, why }) => `not known from ${from} to ${to}: ${why}`);
  return [...parts.map((part) => partText(visible(id), part)), ...gaps].join('\n');
}

function partText(id: string, part: AuditPart): string {
  const { pipeline, from, to, left, stages } = part;
  const head = `${id} in ${pipeline}, ${from} to ${to}${left ? ', removed' : ''}`;
  return [head, sentText(part), fit(formatTable(COLUMNS, stages))].join('\n');
}

function sentText({ packetsSent, packetsReceived, packetsLost }: AuditPart): string {
  if (packetsSent === undefined) return 'sent: not known, the source numbers nothing';
  return `sent: ${packetsSent} RTP packets, ${packetsReceived} came, ${packetsLost} lost`;
}

const lossText = ({ place, cause, count }: StageAccount['dropped'][number]): string =>
  `${place}/${cause} ${count}`;

function total(dropped: StageAccount['dropped']): number {
  return dropped.reduce((sum, { count }) => sum + count, 0);
}
