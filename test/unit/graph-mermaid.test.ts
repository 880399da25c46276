import { describe, expect, it } from 'vitest';
import { type Graph, type GraphNode, graph, toDot, toMermaid } from '../../src/graph/index.js';
import { readSpec, specText } from '../support/spec.js';

const AT = { configDir: '/run/weir', libDir: '/opt/weir/lib' };
const made = (provider: 'standin' | 'nvidia') =>
  graph(readSpec(specText('nats://127.0.0.1:4222', { slots: 2 })), 'main', provider, AT);

/** What Mermaid's grammar of flowcharts makes of a line; names are never its words, labels always in quotes. */
const LABEL = String.raw`"(?:[^"#<>]|#\d+;|<br/>)+"`;
const KINDS = {
  box: new RegExp(`^  subgraph (s\\d+)\\[(${LABEL})\\]$`),
  node: new RegExp(`^    (n\\d+)\\[(${LABEL})\\]$`),
  link: new RegExp(`^ {2,4}(n\\d+) --> (n\\d+)$`),
  labelled: new RegExp(`^ {2,4}(n\\d+) -->\\|${LABEL}\\| (n\\d+)$`),
  end: /^ {2}end$/,
};

function parse(text: string) {
  const [head, ...lines] = text.trimEnd().split('\n');
  expect(head).toBe('flowchart LR');
  const found = { boxes: 0, open: 0, nodes: new Map<string, string>(), links: [] as string[] };
  for (const line of lines) {
    const [kind, match] = Object.entries(KINDS)
      .map(([name, pattern]) => [name, pattern.exec(line)] as const)
      .find(([, each]) => each) ?? [undefined, null];
    if (kind === undefined) throw new Error(`no line of a flowchart: ${line}`);
    const [, first = '', second = ''] = match ?? [];
    if (kind === 'box') [found.boxes, found.open] = [found.boxes + 1, found.open + 1];
    else if (kind === 'end') found.open--;
    else if (kind === 'node') found.nodes.set(first, plain(second));
    else found.links.push(`${first} > ${second}`);
    expect(found.open === 0 || found.open === 1).toBe(true);
  }
  expect(found.open).toBe(0);
  return found;
}

/** A label as a browser shows it. */
const plain = (label: string) =>
  label
    .slice(1, -1)
    .replaceAll('<br/>', '\n')
    .replace(/#(\d+);/g, (_all, code: string) => String.fromCodePoint(Number(code)));

describe.each(['standin', 'nvidia'] as const)('a graph of %s as Mermaid', (provider) => {
  const chart = parse(toMermaid(made(provider)));

  it('has every node and link of the graph, as its DOT has', () => {
    const dot = toDot(made(provider));
    expect(chart.nodes.size).toBe(dot.match(/^ {4}"[^"]+" \[label=/gm)?.length);
    expect(chart.links).toHaveLength(dot.match(/ -> /g)?.length ?? -1);
    expect(chart.boxes).toBe(dot.match(/subgraph/g)?.length);
  });

  it('links only nodes that are there', () => {
    const ends = chart.links.flatMap((link) => link.split(' > '));
    expect(ends.filter((end) => !chart.nodes.has(end))).toEqual([]);
  });

  it('shows elements and properties', () => {
    const labels = [...chart.nodes.values()];
    expect(labels).toContainEqual(expect.stringMatching(/^mux: nvstreammux\nbatch-size=2\n/));
    expect(labels).toContainEqual(expect.stringContaining('=<password>'));
  });
});

describe('text that would be more than text', () => {
  const node = (id: string, value: string): GraphNode => ({ id, element: 'queue', props: { name: value } });
  const ODD = [
    'end',
    'a"]; click n0 "javascript:alert(1)"',
    '`*bold*` <b>x</b> &amp; #35; %%{init}%%',
    'two\nlines\t\u2028',
  ];

  it.each(ODD)('%j comes out as it went in', (text) => {
    const good = made('standin');
    const odd: Graph = {
      ...good,
      nodes: [node(text, text)],
      links: [{ from: { node: text, pad: text }, to: { node: text } }],
      templates: { sources: {}, branches: {} },
    };
    const chart = parse(toMermaid(odd));
    expect([...chart.nodes]).toEqual([['n0', `${text}: queue\nname=${text}`]]);
    expect(chart.links).toEqual(['n0 > n0']);
  });
});
