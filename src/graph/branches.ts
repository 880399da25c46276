/** What is attached behind a slot's tee while somebody asks for it. */
import { PROVIDERS } from './providers.js';
import { chain, node, queue } from './sources.js';
import type { BranchTemplate, GraphNode, Provider } from './types.js';

const JPEG_QUALITY = 85;

export function branchTemplates(provider: Provider, gpu: number): Record<string, BranchTemplate> {
  return { jpeg: jpeg(provider, gpu), jpegAnnotated: jpegAnnotated(provider, gpu) };
}

function jpeg(provider: Provider, gpu: number): BranchTemplate {
  return branch([queue('entry', 1, true), ...convert('convert', 'I420', provider, gpu), ...encode(provider)]);
}

function jpegAnnotated(provider: Provider, gpu: number): BranchTemplate {
  const table = PROVIDERS[provider];
  const osd = table.osd(gpu);
  const drawn = branch([
    queue('entry', 1, true),
    ...convert('forOsd', table.osdFormat, provider, gpu),
    node('osd', osd.element, osd.props),
    ...convert('convert', 'I420', provider, gpu),
    ...encode(provider),
  ]);
  return { ...drawn, needsObjects: true };
}

function convert(id: string, format: 'I420' | 'RGBA', provider: Provider, gpu: number): GraphNode[] {
  const table = PROVIDERS[provider];
  const converter = table.converter(gpu);
  return [
    node(id, converter.element, converter.props),
    node(`${id}Caps`, 'capsfilter', { caps: table.pictureCaps(format) }),
  ];
}

function encode(provider: Provider): GraphNode[] {
  const encoder = PROVIDERS[provider].jpegEncoder(JPEG_QUALITY);
  const sink = { sync: false, async: false, 'max-buffers': 1, drop: true, 'enable-last-sample': false };
  return [node('encode', encoder.element, encoder.props), node('exit', 'appsink', sink)];
}

function branch(nodes: readonly GraphNode[]): BranchTemplate {
  return { nodes, links: chain(...nodes.map((n) => n.id)), entry: 'entry', exit: 'exit' };
}
