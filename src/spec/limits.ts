/**
 * Refuses text that would keep the YAML parser busy or blow its stack, before it sees it:
 * one pass over the lexer's tokens, which does not recurse.
 */
import { CST, Lexer } from 'yaml';

export const MAX_BYTES = 1024 * 1024;
const MAX_NESTING = 64;
const MAX_ENTRIES = 5000;

export interface LimitHit {
  readonly offset: number;
  readonly message: string;
}

interface Level {
  readonly column: number;
  entries: number;
}

/** The first limit the text exceeds. */
export function findLimitHit(text: string): LimitHit | undefined {
  if (Buffer.byteLength(text) > MAX_BYTES) return { offset: 0, message: `larger than ${MAX_BYTES} bytes` };
  const depth = new DepthMeter();
  let offset = 0;
  let content = false;
  for (const source of new Lexer().lex(text)) {
    const type: CST.TokenType | null = content ? 'scalar' : CST.tokenType(source);
    // The lexer announces the text of a scalar with a marker that is not in the input.
    content = !content && type === 'scalar';
    if (content || type === 'doc-mode' || type === 'flow-error-end') continue;
    const message = depth.take(source, type, offset);
    if (message) return { offset, message };
    offset += source.length;
  }
  return undefined;
}

/** Columns of the open block collections and the open flow collections, each with its number of entries. */
class DepthMeter {
  readonly #block: Level[] = [];
  readonly #flow: Level[] = [];
  #lineStart = 0;
  #lineOpen = false;

  take(source: string, type: CST.TokenType | null, offset: number): string | undefined {
    if (type !== 'space' && type !== 'comment' && type !== 'newline') {
      if (this.#flow.length === 0) this.#enter(offset - this.#lineStart, type);
      this.#lineOpen = true;
      if (type === 'flow-map-start' || type === 'flow-seq-start') this.#flow.push({ column: 0, entries: 0 });
      else if (type === 'flow-map-end' || type === 'flow-seq-end') this.#flow.pop();
      if (this.#block.length + this.#flow.length > MAX_NESTING)
        return `nested deeper than ${MAX_NESTING} levels`;
      if (this.#count(type) > MAX_ENTRIES) return `more than ${MAX_ENTRIES} entries in one map or list`;
    }
    const eol = source.lastIndexOf('\n');
    if (eol >= 0) {
      this.#lineStart = offset + eol + 1;
      this.#lineOpen = false;
    }
    return undefined;
  }

  #enter(column: number, type: CST.TokenType | null): void {
    const first = !this.#lineOpen;
    while (first && (this.#block.at(-1)?.column ?? -1) > column) this.#block.pop();
    const opens = first || type === 'seq-item-ind' || type === 'explicit-key-ind';
    if (opens && (this.#block.at(-1)?.column ?? -1) < column) this.#block.push({ column, entries: 0 });
  }

  #count(type: CST.TokenType | null): number {
    const level = this.#flow.at(-1) ?? this.#block.at(-1);
    if (!level) return 0;
    const entry =
      this.#flow.length > 0 ? type === 'comma' : type === 'map-value-ind' || type === 'seq-item-ind';
    if (entry) level.entries++;
    return level.entries;
  }
}
