/** Tables: redrawn in place on a terminal, printed now and then elsewhere. */
import Table from 'cli-table3';
import { fit } from './text.js';

const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

export interface Column<Row> {
  readonly head: string;
  readonly right?: boolean;
  text(row: Row): string;
}

/** Lines of text without trailing blanks or colours of their own; the first is the heading. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const table = new Table({
    head: columns.map((column) => column.head),
    colAligns: columns.map((column) => (column.right ? 'right' : 'left')),
    chars: BARE,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => columns.map((column) => column.text(row))));
  return table.toString().replace(/[ \t]+$/gm, '');
}

const PLAIN_INTERVAL_MS = 5_000;

export class LiveTable {
  readonly #out: NodeJS.WriteStream;
  #lines = 0;
  #printedAt = Number.NEGATIVE_INFINITY;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  /** Off a terminal only every few seconds, unless `now`. */
  show(text: string, now = false): void {
    if (this.#out.isTTY) this.#redraw(text);
    else if (now || performance.now() - this.#printedAt >= PLAIN_INTERVAL_MS) this.#append(text);
  }

  #append(text: string): void {
    this.#printedAt = performance.now();
    this.#out.write(`${text}\n\n`);
  }

  #redraw(text: string): void {
    const lines = this.#visible(text.split('\n'));
    const up = this.#lines > 0 ? `\x1b[${this.#lines}A` : '';
    this.#out.write(`${up}\x1b[J${fit(lines.join('\n'), this.#out)}\n`);
    this.#lines = lines.length;
  }

  /** What has scrolled out above could not be redrawn. */
  #visible(lines: readonly string[]): readonly string[] {
    const room = (this.#out.rows || Number.POSITIVE_INFINITY) - 1;
    if (lines.length <= room) return lines;
    const shown = lines.slice(0, Math.max(0, room - 1));
    return [...shown, `… ${lines.length - shown.length} more lines`];
  }
}
