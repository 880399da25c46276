/** Spec → graph: a pure function to plain data. */
import {
  DETECTOR_ID,
  detectorConfigPath,
  type Locations,
  trackerConfigPath,
  written,
} from '../deepstream/index.js';
import { type ApplianceSpec, type MetadataSpec, type PipelineSpec, WeirError } from '../spec/index.js';
import { branchTemplates } from './branches.js';
import { PROVIDERS } from './providers.js';
import { chain, node, queue, sourceTemplates } from './sources.js';
import type { Graph, GraphLink, GraphNode, MessageOptions, Provider } from './types.js';

const TEE_PREFIX = 'tee_';
/** That wait at the gate. */
const GATE_BATCHES = 1;
/** Those, and the one that is being split. */
const VIEWED_BATCHES = GATE_BATCHES + 1;

/** The graph of one pipeline. Throws INTERNAL for a pipeline the spec does not have. */
export function graph(spec: ApplianceSpec, pipelineId: string, provider: Provider, at: Locations): Graph {
  const pipeline = spec.pipelines.find((p) => p.id === pipelineId);
  if (!pipeline) throw new WeirError('INTERNAL', `the spec has no pipeline "${pipelineId}"`);
  const { gpu } = pipeline.detector;
  const main = mainChain(pipeline, provider, at);
  const last = main.at(-1) as GraphNode;
  return {
    provider,
    nodes: [...main, ...tail(), ...slotTees(pipeline.slots)],
    links: [...chain(...main.map((n) => n.id), 'split'), ...tailLinks(), ...slotLinks(pipeline.slots)],
    slots: { count: pipeline.slots, mux: 'mux', teePrefix: TEE_PREFIX },
    metadata: { node: last.id, pad: 'src' },
    gate: { node: 'gate', pad: 'sink' },
    detector: 'detector',
    messages: messageOptions(pipeline.metadata),
    templates: { sources: sourceTemplates(provider, gpu), branches: branchTemplates(provider, gpu) },
  };
}

function messageOptions({ onChange, ...options }: MetadataSpec): MessageOptions {
  if (!onChange) return options;
  const { moved, heartbeatSeconds } = onChange;
  return { ...options, onChange: { moved, heartbeatMs: heartbeatSeconds * 1000 } };
}

function mainChain(pipeline: PipelineSpec, provider: Provider, at: Locations): GraphNode[] {
  const nodes = [mux(pipeline, provider), detector(pipeline, provider, at)];
  return pipeline.tracker.algorithm === 'none' ? nodes : [...nodes, tracker(pipeline, provider, at)];
}

function mux({ mux: m, slots, detector: { gpu } }: PipelineSpec, provider: Provider): GraphNode {
  return node('mux', 'nvstreammux', {
    'batch-size': slots,
    width: m.width,
    height: m.height,
    'enable-padding': m.padding,
    'batched-push-timeout': Math.round(m.batchTimeoutMs * 1000),
    'live-source': true,
    'drop-pipeline-eos': true,
    'attach-sys-ts': true,
    ...PROVIDERS[provider].mux(gpu, VIEWED_BATCHES),
  });
}

function detector(pipeline: PipelineSpec, provider: Provider, at: Locations): GraphNode {
  return node('detector', 'nvinfer', {
    'config-file-path': written(detectorConfigPath(pipeline.id, at), at),
    'unique-id': DETECTOR_ID,
    'batch-size': pipeline.detector.batch,
    ...PROVIDERS[provider].detector(pipeline.detector),
  });
}

function tracker(pipeline: PipelineSpec, provider: Provider, at: Locations): GraphNode {
  const { width, height, classIds } = pipeline.tracker;
  return node('tracker', 'nvtracker', {
    'll-lib-file': PROVIDERS[provider].trackerLibrary(at),
    'll-config-file': onePath(written(trackerConfigPath(pipeline.id, at), at)),
    'tracker-width': width,
    'tracker-height': height,
    ...(classIds ? { 'operate-on-class-ids': classIds.join(';') } : {}),
    ...PROVIDERS[provider].tracker(pipeline.detector.gpu),
  });
}

/** nvtracker reads a list of files split at ";". */
function onePath(path: string): string {
  if (!path.includes(';')) return path;
  throw new WeirError('CONFIG_UNSAFE', `${path}: nvtracker splits paths at ";"`, {
    remedy: 'rename the folder',
  });
}

/** The pipeline always has a sink; pictures go on to the demux only while the gate is open. */
function tail(): GraphNode[] {
  return [
    node('split', 'tee'),
    node('sink', 'fakesink', { sync: false, async: false, 'enable-last-sample': false }),
    queue('gate', GATE_BATCHES, true),
    node('demux', 'nvstreamdemux'),
  ];
}

function tailLinks(): GraphLink[] {
  return [
    { from: { node: 'split', pad: 'src_0' }, to: { node: 'sink' } },
    { from: { node: 'split', pad: 'src_1' }, to: { node: 'gate' } },
    ...chain('gate', 'demux'),
  ];
}

function slotTees(count: number): GraphNode[] {
  return slots(count).map((k) => node(`${TEE_PREFIX}${k}`, 'tee', { 'allow-not-linked': true }));
}

function slotLinks(count: number): GraphLink[] {
  return slots(count).map((k) => ({
    from: { node: 'demux', pad: `src_${k}` },
    to: { node: `${TEE_PREFIX}${k}` },
  }));
}

function slots(count: number): number[] {
  return Array.from({ length: count }, (_, k) => k);
}
