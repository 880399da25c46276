/** YAML text with positions: parsed once, safely, and every path of it found again. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { findLimitHit } from './limits.js';
import { type Examined, formatPath, type Problem, type ProblemDetails } from './problem.js';

/** Plain words for the parser's codes: its own messages may quote the text, secrets included. */
const SYNTAX: Partial<Record<YAMLError['code'], string>> = {
  BAD_ALIAS: 'an alias needs a name that was anchored before',
  BAD_INDENT: 'wrong indentation',
  BAD_SCALAR_START: 'a value beginning with this character must be quoted',
  BLOCK_AS_IMPLICIT_KEY: 'a key and its value must begin on one line, or a quote is missing',
  DUPLICATE_KEY: 'this key stands here twice',
  MISSING_CHAR: 'a bracket, quote, comma or colon is missing',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line, or ":" is missing',
  MULTIPLE_DOCS: 'expected one document, without "---" in between',
  TAB_AS_INDENT: 'indentation must be spaces, not tabs',
  TAG_RESOLVE_FAILED: 'tags are not allowed here',
  UNEXPECTED_TOKEN: 'unexpected text; is a quote, comma or line break missing?',
};

/** The parser's own check for duplicate keys is quadratic: ours replaces it. Tags make values that are not plain data. */
const OPTIONS = {
  prettyErrors: false,
  uniqueKeys: false,
  resolveKnownTags: false,
  logLevel: 'error',
} as const;

const WHOLE_DOCUMENT: readonly PropertyKey[] = [];

export class YamlSource implements Examined {
  readonly file: string;
  readonly problems: Problem[] = [];
  /** Undefined where the text could not be parsed. */
  readonly value: unknown;
  readonly #lines = new LineCounter();
  readonly #doc: Document | undefined;
  readonly #anchors = new Set<string>();

  constructor(text: string, file: string) {
    this.file = file;
    const hit = findLimitHit(text);
    if (hit) {
      const before = text.slice(0, hit.offset);
      const line = before.split('\n').length;
      this.problems.push({
        file,
        line,
        column: hit.offset - before.lastIndexOf('\n'),
        path: '',
        message: hit.message,
        remedy: 'split the file, or remove what was generated into it',
      });
      return;
    }
    this.#doc = parseDocument(text, { ...OPTIONS, lineCounter: this.#lines });
    for (const e of [...this.#doc.errors, ...this.#doc.warnings]) {
      this.#add(e.pos[0], '', SYNTAX[e.code] ?? 'not valid YAML');
    }
    this.#inspect(this.#doc.contents, []);
    if (this.problems.length === 0) this.value = this.#toValue(this.#doc);
  }

  /** A problem at a path: at the value, or at the nearest enclosing value that exists. */
  at(path: readonly PropertyKey[], message: string, details: ProblemDetails = {}): Problem {
    const { key, ...rest } = details;
    const offset = key ? (this.#keyOffset(path) ?? this.#offset(path)) : this.#offset(path);
    const { line, col } = this.#lines.linePos(offset);
    return {
      file: this.file,
      line: Math.max(line, 1),
      column: Math.max(col, 1),
      path: formatPath(path),
      message,
      ...rest,
    };
  }

  #toValue(doc: Document): unknown {
    try {
      return doc.toJS({ maxAliasCount: 100 });
    } catch {
      this.#add(0, '', 'aliases expand to too much');
      return undefined;
    }
  }

  #add(offset: number, path: string, message: string): void {
    const { line, col } = this.#lines.linePos(offset);
    this.problems.push({ file: this.file, line: Math.max(line, 1), column: Math.max(col, 1), path, message });
  }

  /** Keys that stand twice, and aliases of what is not anchored before: also of what they are part of. */
  #inspect(node: unknown, path: readonly PropertyKey[]): void {
    if (isAlias(node) && !this.#anchors.has(node.source)) {
      this.#add(startOf(node) ?? 0, formatPath(path), SYNTAX.BAD_ALIAS as string);
    }
    if (isSeq(node)) for (const [i, item] of node.items.entries()) this.#inspect(item, [...path, i]);
    if (isMap(node)) this.#inspectMap(node, path);
    const anchor = (node as { anchor?: string } | null)?.anchor;
    if (anchor !== undefined) this.#anchors.add(anchor);
  }

  #inspectMap(map: YAMLMap, path: readonly PropertyKey[]): void {
    const seen = new Set<string>();
    for (const pair of map.items) {
      const key = keyText(pair);
      const at = [...path, key];
      if (seen.has(key)) this.#add(startOf(pair.key) ?? 0, formatPath(at), SYNTAX.DUPLICATE_KEY as string);
      seen.add(key);
      if (!isScalar(pair.key))
        this.#add(startOf(pair.key) ?? 0, formatPath(path), 'a key must be plain text');
      this.#inspect(pair.value, at);
    }
  }

  #offset(path: readonly PropertyKey[]): number {
    for (let length = path.length; length > 0; length--) {
      const offset = startOf(this.#find(path.slice(0, length)));
      if (offset !== undefined) return offset;
    }
    return startOf(this.#find(WHOLE_DOCUMENT)) ?? 0;
  }

  #keyOffset(path: readonly PropertyKey[]): number | undefined {
    const map = this.#find(path.slice(0, -1));
    if (!isMap(map)) return undefined;
    return startOf(map.items.find((pair) => keyText(pair) === String(path.at(-1)))?.key);
  }

  #find(path: readonly PropertyKey[]): unknown {
    let node: unknown = this.#doc?.contents;
    for (const key of path) {
      node = this.#follow(node);
      if (isMap(node)) node = node.items.find((pair) => keyText(pair) === String(key))?.value;
      else node = isSeq(node) ? node.items[Number(key)] : undefined;
    }
    return node;
  }

  #follow(node: unknown): unknown {
    return isAlias(node) && this.#doc ? node.resolve(this.#doc) : node;
  }
}

function keyText(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

function startOf(node: unknown): number | undefined {
  return (node as Node | undefined)?.range?.[0];
}
