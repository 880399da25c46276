/** A report to be read: build/conformance.md. */
import {
  type ConformanceReport,
  differing,
  type GroupSummary,
  GROUPS,
  type Row,
} from '../../src/conformance/report.js';
import { deviations } from './deviations.js';

export function markdown({ versions, summary, rows }: ConformanceReport): string {
  const { provider, deepstream = 'of unknown version', gstreamer, node, weir } = versions;
  const refuted = differing(rows);
  return [
    "# What is known of NVIDIA's elements, and what was answered",
    '',
    `Asked of: ${provider} ${deepstream}, GStreamer ${gstreamer}, Node ${node}, Weir ${weir}.`,
    '',
    ...summaryTable(summary),
    '',
    refuted.length === 0
      ? 'No answer differs but by known deviations.'
      : `**${refuted.length} answers differ.**`,
    '',
    ...shownDeviations(rows),
    ...summary.flatMap(({ group }) =>
      section(
        group,
        rows.filter((row) => row.group === group),
      ),
    ),
  ].join('\n');
}

/** Counts per group, and of all. */
export function summaryTable(summary: readonly GroupSummary[]): string[] {
  const lines = summary.map((s) => line(GROUPS[s.group], s));
  const all = (name: Count): number => summary.reduce((sum, each) => sum + each[name], 0);
  const total = Object.fromEntries(COUNTS.map((name) => [name, all(name)])) as Record<Count, number>;
  return [
    '| Group | Asked | Same | Known deviations | Differ | Not known |',
    '|---|---|---|---|---|---|',
    ...lines,
    line('all', total),
  ];
}

const COUNTS = ['asked', 'same', 'deviations', 'differs', 'unknown'] as const;
type Count = (typeof COUNTS)[number];

function line(title: string, counts: Readonly<Record<Count, number>>): string {
  return `| ${title} | ${COUNTS.map((name) => counts[name]).join(' | ')} |`;
}

function section(group: Row['group'], rows: readonly Row[]): string[] {
  return [
    `## ${GROUPS[group]}`,
    '',
    '| Question | Expected | Answer | Verdict | Source |',
    '|---|---|---|---|---|',
    ...rows.map((row) => {
      const cells = [row.question, row.expected, row.answer, verdict(row), row.source];
      return `| ${cells.map(cell).join(' | ')} |`;
    }),
    '',
  ];
}

function verdict({ verdict: word, deviation }: Row): string {
  if (deviation !== undefined) return `known deviation ${deviation}`;
  return word === 'differs' ? '**differs**' : word;
}

/** Those that some row shows. */
function shownDeviations(rows: readonly Row[]): string[] {
  const shown = deviations().filter(({ number }) => rows.some((row) => row.deviation === number));
  if (shown.length === 0) return [];
  return ['Known deviations:', '', ...shown.map(({ number, text }) => `${number}. ${text}`), ''];
}

function cell(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('|', '\\|');
}
