/** JSON from strangers: bounded before it is parsed, so that what works on it may recurse. */
import { WeirError } from '../spec/error.js';

const MAX_NESTING = 64;
const MAX_ENTRIES = 5000;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);

/** The map that stands in a request. Throws BAD_REQUEST, repeating nothing of it. */
export function parseRequest(text: string): Readonly<Record<string, unknown>> {
  const excess = findExcess(text);
  if (excess) throw malformed(excess);
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed('it is no map', 'send a JSON object with the fields of the operation');
  if (holdsPrototype(value)) throw malformed('a key is named "__proto__"');
  return value as Record<string, unknown>;
}

function malformed(why: string, remedy?: string): WeirError {
  return new WeirError('BAD_REQUEST', `the request is malformed: ${why}`, remedy ? { remedy } : {});
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote what it read.
    throw malformed('it is not JSON', 'send a JSON object with the fields of the operation');
  }
}

/** One pass that does not recurse; entries are counted by their commas. */
function findExcess(text: string): string | undefined {
  const entries: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) i = endOfString(text, i);
    else if (OPEN.has(c)) entries.push(1);
    else if (CLOSE.has(c)) entries.pop();
    else if (c === COMMA) entries.push((entries.pop() ?? 0) + 1);
    if (entries.length > MAX_NESTING) return `nested deeper than ${MAX_NESTING} levels`;
    if ((entries.at(-1) ?? 0) > MAX_ENTRIES) return `more than ${MAX_ENTRIES} entries in one map or list`;
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === BACKSLASH) i++;
    else if (c === QUOTE) return i;
  }
  return text.length;
}

/** Copying such a key would set a prototype. */
function holdsPrototype(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(holdsPrototype);
}
