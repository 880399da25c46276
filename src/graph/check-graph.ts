/** Checks a graph against the catalogue, so that a slip in it is told by name before anything starts. */
import { CATALOGUE, type ElementFacts, valueFault } from '../deepstream/index.js';
import type { Graph, GraphLink, GraphNode, Hole, Scalar, SourceTemplate } from './types.js';

export interface GraphProblem {
  /** Node, prefixed by the template it is in: `rtsp/H264/parse`. */
  readonly node: string;
  readonly property?: string;
  readonly message: string;
}

/** Everything wrong with the graph; empty if it fits. */
export function checkGraph(graph: Graph): GraphProblem[] {
  const check = new Check(graph);
  check.part('', graph.nodes, graph.links);
  for (const [kind, t] of Object.entries(graph.templates.sources)) check.source(kind, t);
  for (const [name, t] of Object.entries(graph.templates.branches)) {
    check.part(`${name}/`, t.nodes, t.links);
    check.named(`${name}/`, t.nodes, [t.entry, t.exit]);
  }
  const { slots, metadata, gate, detector } = graph;
  check.named('', graph.nodes, [slots.mux, metadata.node, gate.node, ...(detector ? [detector] : [])]);
  return check.problems;
}

class Check {
  readonly problems: GraphProblem[] = [];

  constructor(private readonly graph: Graph) {}

  source(kind: string, t: SourceTemplate): void {
    this.part(`${kind}/`, t.nodes, t.links);
    this.named(`${kind}/`, t.nodes, [t.dynamic]);
    for (const v of t.variants) {
      const prefix = `${kind}/${v.codec}/`;
      this.part(prefix, v.nodes, v.links);
      this.named(prefix, v.nodes, [v.entry, t.exit, ...Object.values(t.roles)]);
    }
  }

  part(prefix: string, nodes: readonly GraphNode[], links: readonly GraphLink[]): void {
    const ids = new Set<string>();
    for (const node of nodes) {
      if (ids.has(node.id)) this.#add(prefix, node.id, 'another node has this id');
      ids.add(node.id);
      this.#node(prefix, node);
    }
    const pads = new Set<string>();
    for (const link of links) {
      this.#end(prefix, nodes, link.from, 'src', pads);
      this.#end(prefix, nodes, link.to, 'sink', pads);
    }
  }

  named(prefix: string, nodes: readonly GraphNode[], ids: readonly string[]): void {
    for (const id of ids) if (!nodes.some((n) => n.id === id)) this.#add(prefix, id, 'there is no such node');
  }

  #node(prefix: string, node: GraphNode): void {
    const facts = CATALOGUE.get(node.element);
    if (!facts) this.#add(prefix, node.id, `element "${node.element}" is not in the catalogue`);
    else if (facts.only && facts.only !== this.graph.provider) {
      this.#add(prefix, node.id, `element "${node.element}" belongs to provider ${facts.only}`);
    }
    for (const [property, value] of Object.entries(facts ? node.props : {})) {
      const fault = this.#propertyFault(facts as ElementFacts, property, value);
      if (fault) this.#add(prefix, node.id, fault, property);
    }
  }

  #propertyFault(facts: ElementFacts, property: string, value: Scalar | Hole): string | undefined {
    const known = Object.hasOwn(facts.properties, property) ? facts.properties[property] : undefined;
    if (!known) return 'there is no such property';
    if (known.only && known.only !== this.graph.provider) return `belongs to provider ${known.only}`;
    if (known.readOnly) return 'cannot be written';
    const expected = typeof value === 'object' ? undefined : valueFault(known, value);
    return expected && `got ${JSON.stringify(value)}, expected ${expected}`;
  }

  #end(
    prefix: string,
    nodes: readonly GraphNode[],
    end: GraphLink['from'],
    direction: 'src' | 'sink',
    taken: Set<string>,
  ): void {
    const node = nodes.find((n) => n.id === end.node);
    const facts = node && CATALOGUE.get(node.element);
    const name = end.pad ?? direction;
    if (!node) this.#add(prefix, end.node, 'a link names this node, which does not exist');
    if (node && facts && !hasPad(facts, name, direction)) {
      this.#add(prefix, end.node, `${node.element} has no ${direction} pad "${name}"`);
    }
    const pad = `${end.node}.${name}`;
    if (taken.has(pad)) this.#add(prefix, end.node, `pad "${name}" is linked twice`);
    taken.add(pad);
  }

  #add(prefix: string, node: string, message: string, property?: string): void {
    this.problems.push({ node: prefix + node, ...(property === undefined ? {} : { property }), message });
  }
}

function hasPad(facts: ElementFacts, name: string, direction: 'src' | 'sink'): boolean {
  return facts.pads.some((p) => {
    if (p.direction !== direction) return false;
    return p.presence === 'request'
      ? new RegExp(`^${p.name.replace('%u', '\\d+')}$`).test(name)
      : p.name === name;
  });
}
