/**
 * The one writer of GLib key files. What cannot be written so that GLib reads the same value back is refused:
 * a line break in a value would otherwise open groups and set keys of its own.
 */
import { WeirError } from '../spec/index.js';

export type KeyFileValue = string | number | boolean | readonly string[] | readonly number[];

export interface KeyFileGroup {
  readonly name: string;
  readonly entries: readonly (readonly [key: string, value: KeyFileValue])[];
}

const GROUP = /^[a-z0-9][a-z0-9-]{0,63}$/;
const KEY = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/;

/** Groups and keys in the order given. Throws CONFIG_UNSAFE, naming group and key. */
export function writeKeyFile(comment: string, groups: readonly KeyFileGroup[]): string {
  const lines = [`# ${checkText(comment, 'comment')}`];
  const names = new Set<string>();
  for (const group of groups) {
    if (!GROUP.test(group.name)) throw unsafe(`group ${JSON.stringify(group.name)}`, 'is not a group name');
    if (names.has(group.name)) throw unsafe(`[${group.name}]`, 'stands here twice');
    names.add(group.name);
    lines.push('', `[${group.name}]`, ...writeEntries(group));
  }
  return `${lines.join('\n')}\n`;
}

function writeEntries(group: KeyFileGroup): string[] {
  const keys = new Set<string>();
  return group.entries.map(([key, value]) => {
    const where = `[${group.name}] ${key}`;
    if (!KEY.test(key)) throw unsafe(where, 'is not a key');
    if (keys.has(key)) throw unsafe(where, 'stands here twice');
    keys.add(key);
    return `${key}=${writeValue(value, where)}`;
  });
}

function writeValue(value: KeyFileValue, where: string): string {
  if (typeof value === 'string') return writeString(value, where);
  if (typeof value === 'number') return writeNumber(value, where);
  if (typeof value === 'boolean') return value ? '1' : '0';
  return value.map((item) => writeItem(item, where)).join(';');
}

function writeItem(item: string | number, where: string): string {
  if (typeof item === 'number') return writeNumber(item, where);
  if (item === '') throw unsafe(where, 'a list cannot hold an empty text');
  if (item.includes(';')) throw unsafe(where, 'an item of a list cannot hold ";"');
  return writeString(item, where);
}

/** Backslashes would be decoded and blanks at the ends cut: both are written as GLib's escapes. */
function writeString(text: string, where: string): string {
  return checkText(text, where)
    .replaceAll('\\', '\\\\')
    .replace(/^ +| +$/g, (blanks) => '\\s'.repeat(blanks.length));
}

/** The shortest text that reads back as the same double. */
function writeNumber(value: number, where: string): string {
  if (!Number.isFinite(value)) throw unsafe(where, `${value} is not a finite number`);
  return Object.is(value, -0) ? '0' : String(value);
}

function checkText(text: string, where: string): string {
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text))
    throw unsafe(where, 'control characters and line breaks are not allowed');
  if (/\p{Cs}/u.test(text)) throw unsafe(where, 'is not valid Unicode');
  return text;
}

export function unsafe(where: string, fault: string): WeirError {
  return new WeirError('CONFIG_UNSAFE', `${where}: ${fault}`, {
    remedy: 'change the value in the spec or the path',
  });
}
