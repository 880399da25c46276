/** One stream: the same rules for those in weir.yaml and for those that are added while the appliance runs. */
import { isDeepStrictEqual } from 'node:util';
import { WeirError } from './error.js';
import { type Fault, pairFaults, record } from './fault.js';
import { compact, deepFreeze } from './freeze.js';
import { problemsOf } from './issues.js';
import {
  type Examined,
  formatPath,
  formatProblems,
  type Problem,
  type ProblemDetails,
  show,
} from './problem.js';
import { type StreamInput, streamSchema } from './schema.js';
import { parseSecretRef, type SecretRef } from './secret.js';
import type { StreamSpec } from './types.js';
import { checkStreamUri, redactUri, sourceKind } from './uri.js';

export interface ParseStreamOptions {
  /** Absolute folder below which `file:` streams may lie. */
  readonly mediaRoot?: string;
  /** How messages call the value; default: `stream`. */
  readonly where?: string;
}

/** A plain object as under `streams` in weir.yaml, checked and completed. Throws SPEC_INVALID with every problem. */
export function parseStream(value: unknown, options: ParseStreamOptions = {}): StreamSpec {
  const source = new Value(value, options.where ?? 'stream');
  const parsed = streamSchema.safeParse(value);
  const problems = parsed.success ? [] : problemsOf(source, streamSchema, parsed.error.issues);
  const places = new Set(problems.map(({ path }) => path));
  for (const { path, message, remedy } of streamFaults(record(value), options.mediaRoot)) {
    const problem = source.at(path, message, remedy === undefined ? {} : { remedy });
    if (!places.has(problem.path)) problems.push(problem);
  }
  if (!parsed.success || problems.length > 0) throw new WeirError('SPEC_INVALID', formatProblems(problems));
  return deepFreeze(resolveStream(parsed.data));
}

/** A value that was never text: problems have a path, but no line. */
class Value implements Examined {
  constructor(
    readonly value: unknown,
    private readonly name: string,
  ) {}

  at(path: readonly PropertyKey[], message: string, { value, remedy }: ProblemDetails = {}): Problem {
    const details = compact({ value, remedy });
    return { file: this.name, path: formatPath(path), message, ...details };
  }
}

/** Rules beyond the schema. They skip whatever has the wrong shape. */
export function streamFaults(s: Readonly<Record<string, unknown>>, mediaRoot: string | undefined): Fault[] {
  const reserved = { path: ['id'], message: '"ctl" is reserved for control subjects' };
  const uris = typeof s.uri === 'string' ? [[[], s.uri] as const] : Object.entries(record(s.uri)).map(keyed);
  return [
    ...(s.id === 'ctl' ? [{ ...reserved, remedy: 'choose another name' }] : []),
    ...pairFaults(s),
    ...uris.flatMap(([path, uri]) => uriFaults(uri, ['uri', ...path], mediaRoot)),
  ];
}

function keyed([key, uri]: readonly [string, unknown]): readonly [readonly string[], unknown] {
  return [[key], uri];
}

function uriFaults(uri: unknown, path: readonly string[], mediaRoot: string | undefined): Fault[] {
  const fault = typeof uri === 'string' ? checkStreamUri(uri, mediaRoot) : undefined;
  if (!fault) return [];
  return [{ path, message: `got ${show(redactUri(uri as string))}: ${fault.message}`, remedy: fault.remedy }];
}

export function resolveStream(s: StreamInput): StreamSpec {
  const {
    analyse,
    live = analyse,
    record: recorded = analyse,
  } = typeof s.uri === 'string' ? { analyse: s.uri } : s.uri;
  return compact({
    ...s,
    uri: { analyse, live, record: recorded },
    user: secretRef(s.user),
    password: secretRef(s.password),
  });
}

export function secretRef(text: string | undefined): SecretRef | undefined {
  return text === undefined ? undefined : parseSecretRef(text);
}

export function sameStream(a: StreamSpec, b: StreamSpec): boolean {
  return isDeepStrictEqual(a, b);
}

/** Pictures a second that come to the mux; where only key frames are decoded, nobody knows before: at most so many. */
export function analysedFps({ fps, maxFps = fps }: Pick<StreamSpec, 'fps' | 'maxFps'>): number {
  return Math.min(fps, maxFps);
}

/** Whether a connection made for the one serves the other: whatever else differs is no reason to connect anew. */
export function sameConnection(a: StreamSpec, b: StreamSpec): boolean {
  return isDeepStrictEqual(connection(a), connection(b));
}

function connection(stream: StreamSpec): readonly unknown[] {
  const { uri, user, password, transport, latencyMs, fps } = stream;
  // Files without a container take their timestamps from the declared rate.
  const raw = ['h264', 'h265'].includes(sourceKind(uri.analyse) ?? '');
  return [uri.analyse, user, password, transport, latencyMs, raw ? fps : undefined];
}
