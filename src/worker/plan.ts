/** Spec → what the addon is given: the graph, its config files on disk, and what a source connects to. */
import { writeFileSync } from 'node:fs';
import { autoFps, configFiles, interval, type Locations } from '../deepstream/index.js';
import { checkGraph, type Graph, graph, type Provider, sourceParams } from '../graph/index.js';
import { built } from '../native/loader.js';
import type { SourceParams } from '../native/types.js';
import { type Diagnosis, diagnose, type Lookup, resolveCamera } from '../net/index.js';
import { WeirError } from '../spec/error.js';
import type { ApplianceSpec, PipelineSpec, StreamSpec } from '../spec/types.js';
import type { DecodeNeeds } from './decoding.js';
import type { Redactor } from './redact.js';

export interface PlanOptions {
  readonly spec: ApplianceSpec;
  readonly pipeline: PipelineSpec;
  readonly provider: Provider;
  /** Absolute folder the config files are written into. */
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly redactor: Redactor;
  /** Of cameras' names; default: the system's. */
  readonly lookup?: Lookup | undefined;
}

export interface Plan {
  readonly graph: Graph;
  readonly needs: DecodeNeeds;
  /**
   * Names, secrets and links are looked at anew. Rejects with ConnectFailure, SECRET_UNAVAILABLE or URI_REFUSED.
   * `token` names the stream in `NativeBatch.index`.
   */
  source(stream: StreamSpec, epoch: number, token: number): Promise<SourceParams>;
  /** What is wrong between here and where `epoch` connected to; undefined when nothing is. */
  diagnose(stream: StreamSpec, epoch: number): Promise<Diagnosis | undefined>;
}

const LOOKUP_MS = 3_000;
const DIAGNOSIS_MS = 1_500;

/** Writes the config files (mode 0600). */
export function planPipeline(options: PlanOptions): Plan {
  const { spec, pipeline, provider, dir, env, redactor, lookup } = options;
  const at = locations(dir, env);
  for (const { path, text } of configFiles(pipeline, provider, at))
    writeFileSync(path, text, { mode: 0o600 });
  const { mediaRoot, cameraNetworks: networks } = spec;
  const rules = { networks, ...(lookup && { lookup }) };
  return {
    graph: checked(graph(spec, pipeline.id, provider, at)),
    needs: decodeNeeds(pipeline, provider),
    async source(stream, epoch, token) {
      const uri = await resolveCamera(stream.uri.analyse, { ...rules, timeoutMs: LOOKUP_MS, turn: epoch });
      const fill = sourceParams(stream, { env, uri, ...(mediaRoot !== undefined && { mediaRoot }) });
      redactor.addPair(String(fill.params.user ?? ''), String(fill.params.password ?? ''));
      return { ...fill, stream: stream.id, epoch, token };
    },
    diagnose: (stream, epoch) =>
      diagnose(stream.uri.analyse, { ...rules, timeoutMs: DIAGNOSIS_MS, turn: epoch }),
  };
}

function decodeNeeds(pipeline: PipelineSpec, provider: Provider): DecodeNeeds {
  const { detector, tracker } = pipeline;
  const fps = autoFps(pipeline, provider);
  return {
    skipsBatches: interval({ pipeline, detector, provider }) > 0,
    tracker: tracker.algorithm,
    ...(detector.rate !== undefined && { rate: detector.rate }),
    ...(fps !== undefined && { autoFps: fps }),
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
