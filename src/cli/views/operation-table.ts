/** Who changed what, as a table. */
import type { OperationRecord } from '../../supervisor/views.js';
import { type Column, formatTable } from '../table.js';
import { visible } from '../text.js';

const CHANGED: Readonly<Record<string, string>> = { true: 'yes', false: 'no' };

const COLUMNS: readonly Column<OperationRecord>[] = [
  { head: 'time', text: ({ time }) => time },
  { head: 'who', text: ({ actor }) => visible(`${actor.door} ${actor.name}`) },
  { head: 'operation', text: ({ operation }) => visible(operation) },
  { head: 'on', text: ({ stream, pipeline }) => visible(stream ?? pipeline ?? '-') },
  { head: 'result', text: ({ result }) => result },
  { head: 'changed', text: ({ changed }) => CHANGED[String(changed)] ?? '-' },
  { head: 'generation', right: true, text: ({ generation }) => String(generation ?? '-') },
];

export function operationTable(records: readonly OperationRecord[]): string {
  return formatTable(COLUMNS, records);
}
