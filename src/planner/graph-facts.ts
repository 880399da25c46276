/** What the planner needs of the graph for NVIDIA. */
import { CATALOGUE, type Locations } from '../deepstream/index.js';
import { graph, type GraphNode } from '../graph/index.js';
import { type ApplianceSpec, WeirError } from '../spec/index.js';
import type { GraphFacts } from './types.js';

/** Nothing is read from there or written. */
const AT: Locations = { configDir: '/run/weir', libDir: '/run/weir' };

/** Throws INTERNAL for a pipeline the spec does not have. */
export function graphFacts(spec: ApplianceSpec, pipelineId: string): GraphFacts {
  const { nodes, slots, templates } = graph(spec, pipelineId, 'nvidia', AT);
  const source = templates.sources.rtsp;
  const variant = source?.variants[0];
  const decoder = named(variant?.nodes ?? [], source?.roles.decoder ?? '');
  return {
    elements: [decoder, ...nodes.filter(({ id }) => !id.startsWith(slots.teePrefix))].map(
      ({ element }) => element,
    ),
    extraSurfaces: setting(decoder, 'num-extra-surfaces'),
    muxPool: setting(named(nodes, slots.mux), 'buffer-pool-size'),
  };
}

function named(nodes: readonly GraphNode[], id: string): GraphNode {
  const node = nodes.find((each) => each.id === id);
  if (node) return node;
  throw new WeirError('INTERNAL', `the graph has no node "${id}"`);
}

/** As the graph sets it, else the element's default. */
function setting({ element, props }: GraphNode, property: string): number {
  return Number(props[property] ?? CATALOGUE.get(element)?.properties[property]?.default ?? 0);
}
