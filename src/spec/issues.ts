/** Turns zod's issues into problems with a place, the value, what was expected and a remedy. */
import type { z } from 'zod';
import { nearest } from './nearest.js';
import { accepts, noteOf, schemaAt, unwrap } from './notes.js';
import { type Examined, type Problem, show } from './problem.js';

type Issue = z.core.$ZodIssue;

export function problemsOf(source: Examined, schema: z.ZodType, issues: readonly Issue[]): Problem[] {
  return issues.flatMap((issue) => translate(source, schema, issue, []));
}

function translate(
  source: Examined,
  schema: z.ZodType,
  issue: Issue,
  prefix: readonly PropertyKey[],
): Problem[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(source, schema, path, key));
  if (issue.code === 'invalid_union') {
    const inner = fittingOption(schema, issue, path, source.value);
    if (inner) return inner.flatMap((i) => translate(source, schema, i, path));
  }
  return [wrongValue(source, schema, path)];
}

/** The complaints of the option meant by the kind of value that stands there. */
function fittingOption(schema: z.ZodType, issue: Issue, path: readonly PropertyKey[], root: unknown) {
  if (issue.code !== 'invalid_union') return undefined;
  const union = schemaAt(schema, path, root);
  const options = union && (unwrap(union)._zod.def as { options?: readonly z.core.$ZodType[] }).options;
  const index = options?.findIndex((option) => accepts(option, valueAt(root, path))) ?? -1;
  return index < 0 ? undefined : issue.errors[index];
}

function unknownKey(source: Examined, schema: z.ZodType, path: readonly PropertyKey[], key: string): Problem {
  const owner = schemaAt(schema, path, source.value);
  const value = valueAt(source.value, path);
  const object = owner && optionFor(owner, value);
  const shape = object && (object._zod.def as { shape?: Record<string, unknown> }).shape;
  const keys = Object.keys(shape ?? {});
  const near = nearest(key, keys);
  const remedy = near ? `did you mean "${near}"?` : `known here: ${keys.join(', ')}`;
  return source.at([...path, key], 'unknown key', { remedy, key: true });
}

function optionFor(schema: z.core.$ZodType, value: unknown): z.core.$ZodType | undefined {
  const inner = unwrap(schema);
  const options = (inner._zod.def as { options?: readonly z.core.$ZodType[] }).options;
  const option = options?.find((o) => accepts(o, value));
  return option ? unwrap(option) : inner;
}

function wrongValue(source: Examined, schema: z.ZodType, path: readonly PropertyKey[]): Problem {
  const declared = schemaAt(schema, path, source.value);
  const note = declared && (noteFor(declared, valueAt(source.value, path)) ?? noteOf(declared));
  const expects = note?.expects ?? 'a map';
  const value = valueAt(source.value, path);
  const remedy = note?.remedy;
  if (value === undefined) {
    return source.at(path, `missing; expected ${expects}`, remedy ? { remedy } : {});
  }
  const shown = note?.secret ? 'a value that is not shown' : show(value);
  return source.at(path, `got ${shown}, expected ${expects}`, {
    ...(note?.secret ? {} : { value: shown }),
    ...(remedy ? { remedy } : {}),
  });
}

/** The words of the union's option that fits, else of the union. */
function noteFor(schema: z.core.$ZodType, value: unknown) {
  const options = (unwrap(schema)._zod.def as { options?: readonly z.core.$ZodType[] }).options;
  const option = options?.find((o) => accepts(o, value));
  return option && noteOf(option);
}

export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
