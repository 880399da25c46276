/** Where two resolved descriptions differ, by the paths of weir.yaml. Never a value: some are secrets. */
import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Model, StreamSpec } from '../../spec/types.js';
import { isObject, own, without } from '../state/json.js';

/** Maps that are looked into; everything else differs as a whole. */
const SECTIONS: ReadonlySet<string> = new Set([
  'nats',
  'metrics',
  'control',
  'mux',
  'detector',
  'tracker',
  'uri',
]);

/** What a resolved description calls otherwise than weir.yaml. */
const NAMES: Readonly<Record<string, string>> = {
  'nats.servers': 'nats.url',
  'tracker.classIds': 'tracker.classes',
};

/** What is compared in place of a value: what follows from other keys would differ with them. */
const OWN: Readonly<Record<string, (value: never) => unknown>> = {
  'detector.model': withoutFolder,
  uri: ownAddresses,
};

function withoutFolder(model: Model): unknown {
  const { file, int8 } = model;
  return { ...model, file: basename(file), ...(int8 && { int8: { ...int8, file: basename(int8.file) } }) };
}

function ownAddresses({ analyse, ...others }: StreamSpec['uri']): unknown {
  return { analyse, ...without(others, (key) => own(others, key) === analyse) };
}

/** Of the keys that are named, in their order. */
export function differences<T extends object>(
  before: T | undefined,
  after: T | undefined,
  keys: readonly (keyof T & string)[],
): string[] {
  return keys.flatMap((key) => differing(key, before?.[key], after?.[key]));
}

function differing(path: string, before: unknown, after: unknown): string[] {
  const [a, b] = [ownPart(path, before), ownPart(path, after)];
  if (SECTIONS.has(path) && isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].sort().flatMap((key) => differing(`${path}.${key}`, a[key], b[key]));
  }
  return isDeepStrictEqual(a, b) ? [] : [NAMES[path] ?? path];
}

function ownPart(path: string, value: unknown): unknown {
  const part = OWN[path];
  return part && value !== undefined ? part(value as never) : value;
}
