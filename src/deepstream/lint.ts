/** Lint of an nvinfer config file: nvinfer itself prints unknown keys to stderr and goes on without them. */
import type { Problem } from '../spec/index.js';
import { nearest } from '../spec/nearest.js';
import { show } from '../spec/problem.js';
import { nvinferKeys } from './data/nvinfer-keys.js';

export interface NvinferKeyFacts {
  readonly type: 'int' | 'double' | 'bool' | 'string';
  readonly list?: boolean;
  readonly length?: number;
  readonly maxLength?: number;
  readonly min?: number;
  readonly max?: number;
  /** Value → what it stands for. */
  readonly values?: Readonly<Record<string, string>>;
}

type Keys = Readonly<Record<string, NvinferKeyFacts>>;

interface Group {
  readonly name: string;
  readonly keys: Keys | undefined;
  readonly seen: Set<string>;
}

/** Everything wrong with the file, with its line; `path` of a problem is `[group] key`. */
export function lintNvinferConfig(text: string, file: string): Problem[] {
  const lint = new Lint(file);
  for (const [i, line] of text.split(/\r?\n/).entries()) lint.line(line.trimStart(), i + 1);
  return lint.finish();
}

class Lint {
  readonly #problems: Problem[] = [];
  readonly #groups = new Map<string, number>();
  #classes: number | undefined;
  #group: Group | undefined;

  constructor(private readonly file: string) {}

  line(text: string, line: number): void {
    if (text === '' || text.startsWith('#')) return;
    const group = /^\[([^\]]*)\]\s*$/.exec(text)?.[1];
    const [, key, value] = /^([^=\s[]+)\s*=\s*(.*)$/.exec(text) ?? [];
    if (group !== undefined) this.#open(group, line);
    else if (key !== undefined && value !== undefined) this.#entry(key, value, line);
    else this.#add(line, '', `got ${show(text)}, expected [group], key=value or # comment`);
  }

  finish(): Problem[] {
    if (!this.#groups.has('property')) {
      this.#problems.push({
        file: this.file,
        path: '',
        message: 'there is no group [property]',
        remedy: 'add it',
      });
    }
    for (const [name, line] of this.#groups) {
      const id = /^class-attrs-(\d+)$/.exec(name)?.[1];
      if (id !== undefined && this.#classes !== undefined && Number(id) >= this.#classes) {
        this.#add(line, `[${name}]`, `there are only ${this.#classes} classes (num-detected-classes)`);
      }
    }
    return this.#problems;
  }

  #open(name: string, line: number): void {
    if (this.#groups.has(name)) this.#add(line, `[${name}]`, 'this group stands here twice', 'merge the two');
    this.#groups.set(name, line);
    this.#group = { name, keys: keysOf(name), seen: new Set() };
    if (!this.#group.keys) {
      this.#add(
        line,
        `[${name}]`,
        'nvinfer ignores this group',
        'known: [property], [class-attrs-all], [class-attrs-N]',
      );
    }
  }

  #entry(key: string, value: string, line: number): void {
    const group = this.#group;
    if (!group) this.#add(line, key, 'a key before any group', 'begin with [property]');
    else if (group.keys) this.#known(group.name, group.keys, group.seen, key, value, line);
  }

  #known(group: string, keys: Keys, seen: Set<string>, key: string, value: string, line: number): void {
    const path = `[${group}] ${key}`;
    if (seen.has(key)) this.#add(line, path, 'this key stands here twice; the last one counts');
    seen.add(key);
    const facts = Object.hasOwn(keys, key) ? keys[key] : undefined;
    const expected = facts && fault(facts, value.trimEnd());
    if (!facts) this.#add(line, path, 'unknown key', unknownRemedy(key, keys));
    else if (expected) this.#add(line, path, `got ${show(value)}, expected ${expected}`);
    else if (key === 'num-detected-classes') this.#classes = Number(value);
  }

  #add(line: number, path: string, message: string, remedy?: string): void {
    this.#problems.push({ file: this.file, line, column: 1, path, message, ...(remedy ? { remedy } : {}) });
  }
}

function keysOf(group: string): Keys | undefined {
  if (group === 'property') return nvinferKeys.property;
  return /^class-attrs-(all|\d+)$/.test(group) ? nvinferKeys['class-attrs'] : undefined;
}

function unknownRemedy(key: string, keys: Keys): string {
  const near = nearest(key, Object.keys(keys));
  return near ? `did you mean "${near}"?` : 'nvinfer would ignore it; remove it';
}

/** What would be right; undefined when the value is. */
function fault(facts: NvinferKeyFacts, value: string): string | undefined {
  const items = facts.list ? value.replace(/;$/, '').split(';') : [value];
  const { length, maxLength } = facts;
  if (length !== undefined && items.length !== length) return `${length} values separated by ";"`;
  if (maxLength !== undefined && items.length > maxLength)
    return `at most ${maxLength} values separated by ";"`;
  return items.map((item) => itemFault(facts, item.trim())).find((expected) => expected !== undefined);
}

function itemFault(facts: NvinferKeyFacts, text: string): string | undefined {
  if (facts.values) return Object.hasOwn(facts.values, text) ? undefined : choices(facts.values);
  if (facts.type === 'bool')
    return ['0', '1', 'true', 'false'].includes(text) ? undefined : '0, 1, true or false';
  if (facts.type === 'string') return text === '' ? 'a value' : undefined;
  const pattern = facts.type === 'int' ? /^[+-]?\d+$/ : /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
  const number = Number(text);
  const { min = -Infinity, max = Infinity } = facts;
  return pattern.test(text) && number >= min && number <= max ? undefined : numberText(facts);
}

function choices(values: Readonly<Record<string, string>>): string {
  return `one of ${Object.entries(values)
    .map(([value, meaning]) => `${value} (${meaning})`)
    .join(', ')}`;
}

function numberText({ type, min, max }: NvinferKeyFacts): string {
  const what = type === 'int' ? 'a whole number' : 'a number';
  if (min === undefined) return what;
  return max === undefined ? `${what} of at least ${min}` : `${what} from ${min} to ${max}`;
}
