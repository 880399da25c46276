/** Tables for the terminal and for Markdown, from one description. */

export interface Table {
  readonly title?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Columns padded to their widest; all but the first lean right, as numbers do. */
export function textTable({ title, head, rows }: Table): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const show = (row: readonly string[]): string =>
    widths
      .map((width, i) => (i === 0 ? (row[i] ?? '').padEnd(width) : (row[i] ?? '').padStart(width)))
      .join('  ')
      .trimEnd();
  const lines = [show(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(show)];
  return [...(title === undefined ? [] : [title, '']), ...lines].join('\n');
}

export function markdownTable({ head, rows }: Table): string {
  const show = (row: readonly string[]): string =>
    `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = `|${head.map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`;
  return [show(head), rule, ...rows.map(show)].join('\n');
}
