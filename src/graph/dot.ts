/** A graph as DOT, for people. Holes are shown by name: no secret is in a graph. */
import type { Graph, GraphLink, GraphNode } from './types.js';

/** The graph, its source templates and branches, each in a box of its own. */
export function toDot(graph: Graph): string {
  const sources = Object.entries(graph.templates.sources).flatMap(([kind, t]) => [
    ...cluster(`source ${kind}`, `${kind}/`, t.nodes, t.links),
    ...t.variants.flatMap((v) => [
      ...cluster(`source ${kind}: ${v.codec}`, `${kind}/${v.codec}/`, v.nodes, v.links),
      edge(`${kind}/${t.dynamic}`, `${kind}/${v.codec}/${v.entry}`, v.caps),
    ]),
  ]);
  const branches = Object.entries(graph.templates.branches).flatMap(([name, t]) =>
    cluster(`branch ${name}`, `${name}/`, t.nodes, t.links),
  );
  return [
    'digraph pipeline {',
    '  rankdir=LR;',
    '  node [shape=box, fontname="sans-serif", fontsize=10];',
    ...cluster(`pipeline on ${graph.provider}`, '', graph.nodes, graph.links),
    ...sources,
    ...branches,
    '}',
    '',
  ].join('\n');
}

function cluster(
  title: string,
  prefix: string,
  nodes: readonly GraphNode[],
  links: readonly GraphLink[],
): string[] {
  return [
    `  subgraph ${quote(`cluster ${title}`)} {`,
    `    label=${quote(title)};`,
    ...nodes.map((n) => `    ${quote(prefix + n.id)} [label=${quote(label(n))}];`),
    ...links.map((l) => `  ${edge(prefix + l.from.node, prefix + l.to.node, padLabel(l))}`),
    '  }',
  ];
}

function edge(from: string, to: string, text: string): string {
  return `  ${quote(from)} -> ${quote(to)}${text ? ` [label=${quote(text)}]` : ''};`;
}

function padLabel({ from, to }: GraphLink): string {
  return [from.pad, to.pad].filter((pad) => pad !== undefined).join(' → ');
}

function label(node: GraphNode): string {
  const props = Object.entries(node.props).map(([key, value]) => {
    return `${key}=${typeof value === 'object' ? `<${value.hole}>` : String(value)}`;
  });
  return [`${node.id}: ${node.element}`, ...props].join('\n');
}

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
