/** What the stand-in's sources say of properties and keys it accepts without acting on them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.js';

export interface Accepted {
  /** A value other than the default is warned of once. */
  readonly warned: readonly string[];
  readonly silent: readonly string[];
}

const source = (file: string) => readFileSync(join(root, 'native/standin', file), 'utf8');

function match(text: string, pattern: RegExp, what: string): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`${what} is not found; has the source changed its shape?`);
  return found;
}

const words = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((m) => m[1] ?? m[0]);

/** By the order of the enum, which is that of the installed properties. A property used nowhere is silent. */
export function acceptedProperties(...files: readonly string[]): Accepted {
  const file = files.join(', ');
  const text = files.map(source).join('\n');
  const ids = words(match(text, /enum(?: \w+)? : guint \{([^}]*)\}/, `${file}: enum`), /\bk\w+/g);
  ids.splice(ids.findIndex((id) => id.endsWith('Count')));
  const names = words(
    text.slice(text.indexOf('void install_')),
    /(?:\b[ubsp]|g_param_spec_\w+|\w+_spec)\(\s*"([a-z0-9-]+)"/g,
  );
  if (names.length !== ids.length) throw new Error(`${file}: ${ids.length} ids, ${names.length} properties`);
  const table = match(text, /kNotImplemented\[\] = \{([^}]*)\}/, `${file}: kNotImplemented`);
  const isWarned = (id: string, name: string) =>
    new RegExp(`\\b${id}\\b`).test(table) || table.includes(`"${name}"`);
  const uses = (id: string) => text.split(new RegExp(`\\b${id}\\b`)).length - 1;
  const named = ids.map((id, i) => ({ id, name: names[i] ?? '' }));
  return {
    warned: named.filter(({ id, name }) => isWarned(id, name)).map(({ name }) => name),
    silent: named.filter(({ id, name }) => uses(id) === 1 && !isWarned(id, name)).map(({ name }) => name),
  };
}

/** Keys of nvinfer's group [property]. */
export function acceptedInferKeys(): Accepted {
  const text = source('infer/config.cc');
  const keys = (name: string) =>
    words(match(text, new RegExp(`& ${name}\\(\\) \\{[^{]*\\{([^}]*)\\}`), name), /"([a-z0-9-]+)"/g);
  return { warned: keys('missing_keys'), silent: keys('idle_keys') };
}

/** `section.key`; a value that asks for nothing is silent. */
export function ignoredTrackerKeys(): string[] {
  const table = match(source('tracker/low_level/config.cc'), /kIgnored\[\] = \{([\s\S]*?)\n\};/, 'kIgnored');
  return [...table.matchAll(/\{"(\w+)", "([\w*]+)"/g)].map(([, section, key]) => `${section}.${key}`);
}
