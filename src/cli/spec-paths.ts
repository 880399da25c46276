/** Paths in a spec are meant from the folder of its file: for an appliance whose spec lies elsewhere they are made whole. */
import { resolve } from 'node:path';
import { record } from '../spec/fault.js';

type Json = Readonly<Record<string, unknown>>;

const EACH = '[]';

/** Keys that hold a path, and whether a text there is one. */
const PATHS: readonly (readonly [path: readonly string[], isPath: (text: string) => boolean])[] = [
  [['stateDir'], () => true],
  [['mediaRoot'], () => true],
  [['modelDir'], () => true],
  [['control', 'socket'], () => true],
  [['pipelines', EACH, 'detector', 'engine'], () => true],
  [['pipelines', EACH, 'detector', 'calibration'], () => true],
  // Else it is a name in `models/`.
  [['pipelines', EACH, 'detector', 'model'], (text) => /\.ya?ml$/.test(text)],
];

/** The same spec with absolute paths. */
export function withAbsolutePaths(spec: Json, folder: string): Json {
  return PATHS.reduce<unknown>(
    (made, [path, isPath]) => changed(made, path, (text) => (isPath(text) ? resolve(folder, text) : text)),
    spec,
  ) as Json;
}

/** A copy in which the text at `path` is another; what is not there stays away. */
function changed(value: unknown, path: readonly string[], to: (text: string) => string): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return typeof value === 'string' ? to(value) : value;
  if (key === EACH) return Array.isArray(value) ? value.map((each) => changed(each, rest, to)) : value;
  const map = record(value);
  return map === value && Object.hasOwn(map, key) ? { ...map, [key]: changed(map[key], rest, to) } : value;
}
