/** The spec file and what is laid over it, as a resolved spec. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { YamlSource } from '../spec/document.js';
import { WeirError } from '../spec/error.js';
import { loadSpec, parseSpec, type SpecOptions } from '../spec/load.js';
import { formatProblems, type Problem } from '../spec/problem.js';
import { parseStream } from '../spec/stream.js';
import type { Described } from './plan/keep-derived.js';
import type { SpecFile } from './state/base.js';
import { isObject, type JsonObject } from './state/json.js';
import type { Refuse } from './state/normalise.js';
import { specHash } from './state/saved-state.js';

export class SpecSource {
  readonly file: string;
  readonly #options: SpecOptions;

  constructor(file: string, env: NodeJS.ProcessEnv = process.env) {
    this.file = resolve(file);
    this.#options = { baseDir: dirname(this.file), env };
  }

  /** Throws SPEC_INVALID with every problem at its line. */
  read(): SpecFile {
    const result = loadSpec(this.file, this.#options);
    if (!result.ok) throw invalid(this.file, result.problems);
    const text = readFileSync(this.file, 'utf8');
    return { spec: asJson(new YamlSource(text, this.file).value), hash: specHash(text) };
  }

  /** A value has no lines: problems are told by path. Throws SPEC_INVALID. */
  resolve(written: JsonObject, where = 'spec'): Described {
    const result = parseSpec(JSON.stringify(written), where, this.#options);
    if (!result.ok) throw invalid(where, result.problems.map(withoutLine));
    return { written, spec: result.spec };
  }

  /** Why a stream that was added at run time cannot be in a spec; undefined where it can. */
  refusals({ mediaRoot }: JsonObject): Refuse {
    const root = typeof mediaRoot === 'string' ? { mediaRoot: resolve(dirname(this.file), mediaRoot) } : {};
    return (stream) => {
      try {
        parseStream(stream, root);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    };
  }
}

function asJson(value: unknown): JsonObject {
  // Through text: what YAML has and JSON has not would not outlive a restart.
  const json: unknown = JSON.parse(JSON.stringify(value));
  if (isObject(json)) return json;
  throw new WeirError('INTERNAL', 'a spec that validates is no map');
}

function withoutLine({ line: _line, column: _column, ...rest }: Problem): Problem {
  return rest;
}

function invalid(where: string, problems: readonly Problem[]): WeirError {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  return new WeirError('SPEC_INVALID', `${where} has ${count}\n${formatProblems(problems)}`);
}
