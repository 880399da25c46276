import type { Graph, GraphNode } from './types.js';

/** All nodes of a graph, those of its templates too. */
export function allNodes(plan: Graph): GraphNode[] {
  return [
    ...plan.nodes,
    ...Object.values(plan.templates.sources).flatMap((source) => [
      ...source.nodes,
      ...source.variants.flatMap((variant) => variant.nodes),
    ]),
    ...Object.values(plan.templates.branches).flatMap((branch) => branch.nodes),
  ];
}
