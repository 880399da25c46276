/** Where two resolved descriptions differ, by the paths of weir.yaml. Never a value: some are secrets. */
import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../state/json.js';
import type { Model } from '../../spec/types.js';

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

type Same = (a: unknown, b: unknown) => boolean;

/** The folder of the weights has a key of its own. */
const sameModel: Same = (a, b) => isDeepStrictEqual(withoutFolder(a as Model), withoutFolder(b as Model));
const COMPARED: Readonly<Record<string, Same>> = { 'detector.model': sameModel };

function withoutFolder(model: Model | undefined): unknown {
  return model && { ...model, file: basename(model.file) };
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
  if (SECTIONS.has(path) && isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => differing(`${path}.${key}`, before[key], after[key]));
  }
  const same = COMPARED[path] ?? isDeepStrictEqual;
  return same(before, after) ? [] : [NAMES[path] ?? path];
}
