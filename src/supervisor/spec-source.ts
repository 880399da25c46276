/** The spec file and what is laid over it, as a resolved spec. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { YamlSource } from '../spec/document.js';
import { WeirError } from '../spec/error.js';
import { loadSpec, parseSpec, type SpecOptions } from '../spec/load.js';
import { formatProblems, type Problem } from '../spec/problem.js';
import type { ApplianceSpec } from '../spec/types.js';
import { parseStream } from '../spec/stream.js';
import { pipelinesOf, type SpecFile, streamsOf } from './state/base.js';
import { isObject, type JsonObject } from './state/json.js';
import type { Refuse } from './state/normalise.js';
import { specHash } from './state/saved-state.js';

const SLOT_STEP = 8;

/** A desired spec, as JSON and resolved. */
export interface Desired {
  readonly json: JsonObject;
  readonly spec: ApplianceSpec;
}

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

  /**
   * `json` lies over `base`. What follows from the streams of a pipeline and cannot change while it plays follows from
   * those of the base: a stream that comes or goes restarts nothing. Throws SPEC_INVALID.
   */
  resolve(base: JsonObject, json: JsonObject, where = 'spec'): Desired {
    const fixed = json === base ? json : pin(this.#parse(base, where), json);
    return { json, spec: this.#parse(fixed, where) };
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

  /** A value has no lines: problems are told by path. */
  #parse(json: JsonObject, where: string): ApplianceSpec {
    const result = parseSpec(JSON.stringify(json), where, this.#options);
    if (result.ok) return result.spec;
    throw invalid(where, result.problems.map(withoutLine));
  }
}

function asJson(value: unknown): JsonObject {
  // Through text: what YAML has and JSON has not would not outlive a restart.
  const json: unknown = JSON.parse(JSON.stringify(value));
  if (isObject(json)) return json;
  throw new WeirError('INTERNAL', 'a spec that validates is no map');
}

function pin(base: ApplianceSpec, json: JsonObject): JsonObject {
  return { ...json, pipelines: pipelinesOf(json).map((pipeline) => pinPipeline(base, pipeline)) };
}

function pinPipeline(base: ApplianceSpec, pipeline: JsonObject): JsonObject {
  const own = base.pipelines.find(({ id }) => id === pipeline.id);
  if (!own) return pipeline;
  const mux = isObject(pipeline.mux) ? pipeline.mux : {};
  const needed = Math.ceil(streamsOf(pipeline).length / SLOT_STEP) * SLOT_STEP;
  return {
    ...pipeline,
    slots: pipeline.slots ?? Math.max(own.slots, needed),
    mux: { ...mux, batchTimeoutMs: mux.batchTimeoutMs ?? own.mux.batchTimeoutMs },
  };
}

function withoutLine({ line: _line, column: _column, ...rest }: Problem): Problem {
  return rest;
}

function invalid(where: string, problems: readonly Problem[]): WeirError {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  return new WeirError('SPEC_INVALID', `${where} has ${count}\n${formatProblems(problems)}`);
}
