/** A graph as a Mermaid flowchart, for pages that draw those. Holes are shown by name: no secret is in a graph. */
import type { Graph, GraphLink, GraphNode } from './types.js';

/** The graph, its source templates and branches, each in a box of its own. */
export function toMermaid(graph: Graph): string {
  const chart = new Flowchart();
  chart.box(`pipeline on ${graph.provider}`, '', graph.nodes, graph.links);
  for (const [kind, template] of Object.entries(graph.templates.sources)) {
    chart.box(`source ${kind}`, `${kind}/`, template.nodes, template.links);
    for (const { codec, nodes, links, entry, caps } of template.variants) {
      chart.box(`source ${kind}: ${codec}`, `${kind}/${codec}/`, nodes, links);
      chart.link(`${kind}/${template.dynamic}`, `${kind}/${codec}/${entry}`, caps);
    }
  }
  for (const [name, { nodes, links }] of Object.entries(graph.templates.branches))
    chart.box(`branch ${name}`, `${name}/`, nodes, links);
  return chart.text();
}

/** Mermaid reads names as syntax (`end`, `o`): nodes and boxes are numbered, and their names are labels. */
class Flowchart {
  readonly #lines: string[] = [];
  readonly #names = new Map<string, string>();
  #boxes = 0;

  box(title: string, prefix: string, nodes: readonly GraphNode[], links: readonly GraphLink[]): void {
    this.#lines.push(`  subgraph s${this.#boxes++}[${quote(title)}]`);
    for (const node of nodes) this.#lines.push(`    ${this.#name(prefix + node.id)}[${quote(label(node))}]`);
    for (const { from, to } of links)
      this.link(prefix + from.node, prefix + to.node, [from.pad, to.pad].filter(Boolean).join(' → '), '    ');
    this.#lines.push('  end');
  }

  link(from: string, to: string, text: string, indent = '  '): void {
    const arrow = text ? `-->|${quote(text)}|` : '-->';
    this.#lines.push(`${indent}${this.#name(from)} ${arrow} ${this.#name(to)}`);
  }

  text(): string {
    return ['flowchart LR', ...this.#lines, ''].join('\n');
  }

  #name(id: string): string {
    const name = this.#names.get(id) ?? `n${this.#names.size}`;
    this.#names.set(id, name);
    return name;
  }
}

function label(node: GraphNode): string {
  const props = Object.entries(node.props).map(
    ([key, value]) => `${key}=${typeof value === 'object' ? `<${value.hole}>` : String(value)}`,
  );
  return [`${node.id}: ${node.element}`, ...props].join('\n');
}

/** Whatever Mermaid or the page might read as more than text becomes one of its entity codes. */
function quote(text: string): string {
  const escaped = text.replace(/[^\p{L}\p{N} ._:/=,()→\n-]/gu, (c) => `#${c.codePointAt(0)};`);
  return `"${escaped.replaceAll('\n', '<br/>')}"`;
}
