/** weir.yaml in, a frozen spec or the list of everything that is wrong with it out. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { crossCheck } from './cross-check.js';
import { YamlSource } from './document.js';
import { problemsOf, valueAt } from './issues.js';
import { MAX_BYTES } from './limits.js';
import { MODELS_DIR } from './manifest.js';
import type { Problem } from './problem.js';
import { resolveSpec } from './resolve.js';
import { applianceSchema } from './schema.js';
import type { ApplianceSpec } from './types.js';

export interface SpecOptions {
  /** Folder of the model manifests; default: those that come with Weir. */
  readonly modelsDir?: string;
  /** Folder relative paths are meant from; default: that of the file. */
  readonly baseDir?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export type SpecResult =
  | { readonly ok: true; readonly spec: ApplianceSpec }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads and validates a spec. Never throws for a bad file; nothing outside the file, its manifests and labels is read. */
export function loadSpec(path: string, options: SpecOptions = {}): SpecResult {
  const text = readSpec(path);
  if (typeof text !== 'string') return { ok: false, problems: [text] };
  return parseSpec(text, path, options);
}

/** The same for text that is already read; `file` is how messages call it. */
export function parseSpec(text: string, file: string, options: SpecOptions = {}): SpecResult {
  const source = new YamlSource(text, file);
  if (source.problems.length > 0) return { ok: false, problems: source.problems };
  const baseDir = options.baseDir ?? dirname(resolve(file));
  const modelsDir = options.modelsDir ?? MODELS_DIR;
  const modelDir = weightsDir(source.value, baseDir, options.env ?? process.env);
  const parsed = applianceSchema.safeParse(source.value);
  const cross = crossCheck(source, { baseDir, modelsDir, modelDir });
  const faults = parsed.success ? [] : problemsOf(source, applianceSchema, parsed.error.issues);
  if (!parsed.success || cross.problems.length > 0)
    return { ok: false, problems: merge(faults, cross.problems) };
  return { ok: true, spec: resolveSpec(parsed.data, { baseDir, modelDir, models: cross.models }) };
}

function readSpec(file: string): string | Problem {
  try {
    if (statSync(file).size > MAX_BYTES) {
      return {
        file,
        path: '',
        message: `larger than ${MAX_BYTES} bytes`,
        remedy: 'a spec is a small file; is this one?',
      };
    }
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') {
      return {
        file,
        path: '',
        message: 'there is no such file',
        remedy: 'name the spec, e.g. weir up path/to/weir.yaml',
      };
    }
    return {
      file,
      path: '',
      message: `cannot be read: ${code ?? 'unknown reason'}`,
      remedy: 'check its permissions',
    };
  }
}

/** The spec's word, else the environment's, else the cache of the installation. */
function weightsDir(value: unknown, baseDir: string, env: NodeJS.ProcessEnv): string {
  const own = valueAt(value, ['modelDir']);
  if (typeof own === 'string') return resolve(baseDir, own);
  return env.WEIR_MODEL_DIR ? resolve(env.WEIR_MODEL_DIR) : resolve(MODELS_DIR, '../.cache/models');
}

/** In the order of the file, one problem per place: the schema's word comes first. */
function merge(first: readonly Problem[], second: readonly Problem[]): Problem[] {
  const places = new Set(first.map((p) => `${p.file}\0${p.path}`));
  const all = [...first, ...second.filter((p) => !places.has(`${p.file}\0${p.path}`))];
  const order = (a: Problem, b: Problem) =>
    (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
  return all
    .map((p, i) => [p, i] as const)
    .sort(([a, i], [b, j]) => order(a, b) || i - j)
    .map(([p]) => p);
}
