/** Spec → what the addon is given: the graph, its config files on disk, and what a source connects to. */
import { writeFileSync } from 'node:fs';
import { configFiles, type Locations } from '../deepstream/index.js';
import { checkGraph, type Graph, graph, type Provider, sourceParams } from '../graph/index.js';
import { built } from '../native/loader.js';
import type { SourceParams } from '../native/types.js';
import { WeirError } from '../spec/error.js';
import type { ApplianceSpec, PipelineSpec, StreamSpec } from '../spec/types.js';
import type { Redactor } from './redact.js';

export interface PlanOptions {
  readonly spec: ApplianceSpec;
  readonly pipeline: PipelineSpec;
  readonly provider: Provider;
  /** Absolute folder the config files are written into. */
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly redactor: Redactor;
}

export interface Plan {
  readonly graph: Graph;
  /** Secrets and links are looked at anew. Throws SECRET_UNAVAILABLE or URI_REFUSED. */
  source(stream: StreamSpec, epoch: number): SourceParams;
}

/** Writes the config files (mode 0600). */
export function planPipeline({ spec, pipeline, provider, dir, env, redactor }: PlanOptions): Plan {
  const at = locations(dir, env);
  for (const { path, text } of configFiles(pipeline, provider, at))
    writeFileSync(path, text, { mode: 0o600 });
  const { mediaRoot } = spec;
  return {
    graph: checked(graph(spec, pipeline.id, provider, at)),
    source(stream, epoch) {
      const fill = sourceParams(stream, { env, ...(mediaRoot !== undefined && { mediaRoot }) });
      for (const secret of [fill.params.user, fill.params.password]) redactor.add(String(secret ?? ''));
      return { ...fill, stream: stream.id, epoch };
    },
  };
}

/** Nothing starts from a graph that the catalogue of elements refuses. */
function checked(made: Graph): Graph {
  const problems = checkGraph(made);
  if (problems.length === 0) return made;
  const texts = problems.map(({ node, message }) => `${node}: ${message}`);
  throw new WeirError('GRAPH_INVALID', texts.join('; '), {
    remedy: 'report this: the spec should have been refused',
  });
}

export function locations(configDir: string, env: NodeJS.ProcessEnv = process.env): Locations {
  const deepstreamDir = env.DEEPSTREAM_ROOT;
  return { configDir, libDir: built('lib', env), ...(deepstreamDir && { deepstreamDir }) };
}

/** The addon's word for what it was built for. */
export function provider(name: string): Provider {
  if (name === 'standin' || name === 'nvidia') return name;
  throw new WeirError('INTERNAL', `the addon was built for "${name}"; expected standin or nvidia`);
}
