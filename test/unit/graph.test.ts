import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, type Locations, type Provider } from '../../src/deepstream/index.js';
import {
  checkGraph,
  type Graph,
  type GraphLink,
  type GraphNode,
  graph,
  toDot,
} from '../../src/graph/index.js';
import { type ApplianceSpec, formatProblems, parseSpec } from '../../src/spec/index.js';
import { root } from '../support/paths.js';

const AT: Locations = { configDir: '/run/weir', libDir: '/opt/weir/lib' };
const PROVIDERS: readonly Provider[] = ['standin', 'nvidia'];

function spec(pipeline = ''): ApplianceSpec {
  const text = `appliance: a\nmodelDir: /models\npipelines:\n  - id: main\n    slots: 3\n    detector: {model: tiny, rate: 5}\n${pipeline}`;
  const result = parseSpec(text, 'weir.yaml', { modelsDir: join(root, 'test/unit/models'), env: {} });
  if (!result.ok) throw new Error(formatProblems(result.problems));
  return result.spec;
}

function nodeOf(g: Graph, id: string): GraphNode {
  const found = g.nodes.find((n) => n.id === id);
  if (!found) throw new Error(`no node ${id}`);
  return found;
}

const linksOf = (links: readonly GraphLink[]) =>
  links.map(
    ({ from, to }) =>
      `${from.node}${from.pad ? `.${from.pad}` : ''} > ${to.node}${to.pad ? `.${to.pad}` : ''}`,
  );

describe.each(PROVIDERS)('the graph on %s', (provider) => {
  const g = graph(spec(), 'main', provider, AT);

  it('fits the catalogue', () => expect(checkGraph(g)).toEqual([]));

  it('is plain data that survives a copy', () => expect(structuredClone(g)).toEqual(g));

  it('is the same whenever it is made', () => expect(graph(spec(), 'main', provider, AT)).toEqual(g));

  it('has the chain of DeepStream, a sink of its own and a tee per slot', () => {
    expect(linksOf(g.links)).toEqual([
      'mux > detector',
      'detector > tracker',
      'tracker > split',
      'split.src_0 > sink',
      'split.src_1 > gate',
      'gate > demux',
      'demux.src_0 > tee_0',
      'demux.src_1 > tee_1',
      'demux.src_2 > tee_2',
    ]);
    expect(g.slots).toEqual({ count: 3, mux: 'mux', teePrefix: 'tee_' });
    expect(g.metadata).toEqual({ node: 'tracker', pad: 'src' });
    expect(g.gate).toEqual({ node: 'gate', pad: 'sink' });
  });

  it('plays without a camera, never ends, and waits for nobody', () => {
    expect(nodeOf(g, 'mux').props).toMatchObject({
      'batch-size': 3,
      'live-source': true,
      'drop-pipeline-eos': true,
      'batched-push-timeout': 66000,
    });
    expect(nodeOf(g, 'sink').props).toMatchObject({ sync: false, async: false });
    expect(nodeOf(g, 'gate').props).toMatchObject({ leaky: 'downstream', 'max-size-buffers': 1 });
    expect(nodeOf(g, 'tee_0').props).toEqual({ 'allow-not-linked': true });
  });

  it('has every role in every variant, and bounds on every queue', () => {
    for (const t of Object.values(g.templates.sources)) {
      for (const v of t.variants) {
        const ids = v.nodes.map((n) => n.id);
        expect(ids).toEqual(expect.arrayContaining([t.exit, v.entry, ...Object.values(t.roles)]));
        for (const n of v.nodes.filter((q) => q.element === 'queue')) {
          expect(n.props['max-size-buffers']).toBeGreaterThan(0);
        }
      }
    }
  });

  it('never drops single packets of a camera that is late: pictures would be spoilt, not skipped', () => {
    const source = g.templates.sources.rtsp?.nodes.find(({ element }) => element === 'rtspsrc');
    expect(source?.props).toMatchObject({ 'drop-on-latency': false });
  });

  it('paces files and not cameras', () => {
    const paced = Object.entries(g.templates.sources).map(([kind, t]) => [
      kind,
      t.variants.every((v) => v.nodes.some((n) => n.element === 'clocksync')),
    ]);
    expect(Object.fromEntries(paced)).toEqual({
      rtsp: false,
      mp4: true,
      matroska: true,
      h264: true,
      h265: true,
    });
  });

  it('is printed as DOT', () => {
    const dot = toDot(g);
    expect(dot).toContain('"mux" -> "detector"');
    expect(dot).toContain('"demux" -> "tee_2" [label="src_2"]');
    expect(dot).toContain('password');
    expect(dot.match(/{/g)?.length).toBe(dot.match(/}/g)?.length);
  });
});

describe('what differs', () => {
  it('the rate is a property on the stand-in alone', () => {
    expect(nodeOf(graph(spec(), 'main', 'standin', AT), 'detector').props['stream-rate']).toBe(5);
    expect(nodeOf(graph(spec(), 'main', 'nvidia', AT), 'detector').props['stream-rate']).toBeUndefined();
  });

  it('the tracker library', () => {
    const library = (provider: Provider, at: Locations) =>
      nodeOf(graph(spec(), 'main', provider, at), 'tracker').props['ll-lib-file'];
    expect(library('standin', AT)).toBe('/opt/weir/lib/libnvds_nvmultiobjecttracker.so');
    expect(library('nvidia', AT)).toBe(
      '/opt/nvidia/deepstream/deepstream/lib/libnvds_nvmultiobjecttracker.so',
    );
    expect(library('nvidia', { ...AT, deepstreamDir: '/ds' })).toBe(
      '/ds/lib/libnvds_nvmultiobjecttracker.so',
    );
  });

  it('only the elements of the provider table do', () => {
    const elements = (provider: Provider) => {
      const g = graph(spec(), 'main', provider, AT);
      const parts = [
        ...Object.values(g.templates.sources).flatMap((t) => [t, ...t.variants]),
        ...Object.values(g.templates.branches),
        g,
      ];
      return new Set(parts.flatMap((p) => p.nodes.map((n) => n.element)));
    };
    const [ours, theirs] = [elements('standin'), elements('nvidia')];
    expect([...ours].filter((e) => !theirs.has(e)).sort()).toEqual([
      'avdec_h264',
      'avdec_h265',
      'jpegenc',
      'videoconvert',
    ]);
    expect([...theirs].filter((e) => !ours.has(e)).sort()).toEqual([
      'nvjpegenc',
      'nvv4l2decoder',
      'nvvideoconvert',
    ]);
  });
});

describe('a pipeline', () => {
  it('without a tracker is read behind the detector', () => {
    const g = graph(spec('    tracker: {algorithm: none}\n'), 'main', 'standin', AT);
    expect(g.metadata.node).toBe('detector');
    expect(linksOf(g.links).slice(0, 2)).toEqual(['mux > detector', 'detector > split']);
    expect(checkGraph(g)).toEqual([]);
  });

  it('tracks the named classes only', () => {
    const g = graph(spec('    tracker: {classes: [car, person]}\n'), 'main', 'nvidia', AT);
    expect(nodeOf(g, 'tracker').props['operate-on-class-ids']).toBe('0;2');
  });

  it('that is not in the spec is our own fault', () => {
    expect(() => graph(spec(), 'other', 'standin', AT)).toThrow(
      expect.objectContaining({ code: 'INTERNAL' }),
    );
  });

  it('does not write files where nvtracker would split the path', () => {
    expect(() => graph(spec(), 'main', 'standin', { ...AT, configDir: '/a;b' })).toThrow(
      'splits paths at ";"',
    );
  });
});

describe('checkGraph', () => {
  const good = graph(spec(), 'main', 'nvidia', AT);
  const changed = (id: string, change: Partial<GraphNode>): Graph => ({
    ...good,
    nodes: good.nodes.map((n) => (n.id === id ? { ...n, ...change } : n)),
  });
  const props = (id: string, values: GraphNode['props']) =>
    changed(id, { props: { ...nodeOf(good, id).props, ...values } });

  it.each<readonly [string, Graph, object]>([
    [
      'unknown element',
      changed('mux', { element: 'nvstreammuxx' }),
      { node: 'mux', message: 'element "nvstreammuxx" is not in the catalogue' },
    ],
    [
      'element outside the allow list',
      changed('sink', { element: 'filesink', props: {} }),
      { node: 'sink', message: 'element "filesink" is not in the catalogue' },
    ],
    [
      'element of the other provider',
      changed('sink', { element: 'jpegenc', props: {} }),
      { node: 'sink', message: 'element "jpegenc" belongs to provider standin' },
    ],
    [
      'unknown property',
      props('mux', { widht: 1 }),
      { node: 'mux', property: 'widht', message: 'there is no such property' },
    ],
    [
      'inherited name',
      props('mux', { constructor: 1 }),
      { property: 'constructor', message: 'there is no such property' },
    ],
    [
      'property of the other provider',
      props('detector', { 'stream-rate': 5 }),
      { property: 'stream-rate', message: 'belongs to provider standin' },
    ],
    [
      'wrong type',
      props('mux', { 'batch-size': '8' }),
      { property: 'batch-size', message: 'got "8", expected a whole number from 0 to 1024' },
    ],
    [
      'out of range',
      props('mux', { 'batch-size': 1025 }),
      { property: 'batch-size', message: 'got 1025, expected a whole number from 0 to 1024' },
    ],
    [
      'fraction',
      props('mux', { width: 1.5 }),
      { property: 'width', message: 'got 1.5, expected a whole number from 0 to 4294967295' },
    ],
    [
      'not a boolean',
      props('mux', { 'live-source': 1 }),
      { property: 'live-source', message: 'got 1, expected true or false' },
    ],
    [
      'not of the enum',
      props('gate', { leaky: 'both' }),
      { property: 'leaky', message: 'got "both", expected one of 0 (no), 1 (upstream), 2 (downstream)' },
    ],
    ['number not of the enum', props('mux', { 'nvbuf-memory-type': 9 }), { property: 'nvbuf-memory-type' }],
    [
      'two nodes of one id',
      { ...good, nodes: [...good.nodes, nodeOf(good, 'mux')] },
      { node: 'mux', message: 'another node has this id' },
    ],
    [
      'link to nowhere',
      { ...good, links: [...good.links, { from: { node: 'split', pad: 'src_7' }, to: { node: 'ghost' } }] },
      { node: 'ghost', message: 'a link names this node, which does not exist' },
    ],
    [
      'unknown pad',
      {
        ...good,
        links: [
          ...good.links,
          { from: { node: 'split', pad: 'source' }, to: { node: 'sink', pad: 'sink_1' } },
        ],
      },
      { node: 'split', message: 'tee has no src pad "source"' },
    ],
    [
      'pad linked twice',
      { ...good, links: [...good.links, ...good.links.slice(0, 1)] },
      { node: 'mux', message: 'pad "src" is linked twice' },
    ],
    [
      'probe on nothing',
      { ...good, metadata: { node: 'ghost', pad: 'src' } },
      { node: 'ghost', message: 'there is no such node' },
    ],
  ])('names an %s', (_name, bad, problem) => {
    expect(checkGraph(bad)).toContainEqual(expect.objectContaining(problem));
  });
});

/** Memory a chain of nodes can carry between each two of them, by the pad templates; caps filters count. */
function memoryOfLinks(
  nodes: readonly GraphNode[],
): readonly (readonly [link: string, memory: readonly string[]])[] {
  const narrowed = (a: readonly string[], b: readonly string[]) => a.filter((m) => b.includes(m));
  const ANY = ['NVMM', 'system'];
  const side = (node: GraphNode, direction: 'src' | 'sink'): readonly string[] => {
    if (node.element === 'capsfilter')
      return String(node.props.caps).includes('(memory:NVMM)') ? ['NVMM'] : ['system'];
    const memory = CATALOGUE.get(node.element)?.pads.find((p) => p.direction === direction)?.memory ?? [];
    return memory.length > 0 ? memory : ANY;
  };
  const passes = (node: GraphNode) => ['queue', 'tee', 'capsfilter'].includes(node.element);
  const memory = nodes
    .slice(1)
    .map((to, i) => narrowed(side(nodes[i] as GraphNode, 'src'), side(to, 'sink')));
  // What an element only passes on is the same before and behind it.
  for (let round = 0; round < nodes.length; round++) {
    for (let i = 1; i < memory.length; i++) {
      if (!passes(nodes[i] as GraphNode)) continue;
      memory[i] = memory[i - 1] = narrowed(memory[i - 1] as string[], memory[i] as string[]);
    }
  }
  return memory.map((m, i) => [`${nodes[i]?.id} > ${nodes[i + 1]?.id}`, m] as const);
}

describe('on NVIDIA, from decoder to encoder, pictures stay in memory:NVMM', () => {
  const g = graph(spec(), 'main', 'nvidia', AT);
  const main = ['mux', 'detector', 'tracker', 'split', 'gate', 'demux', 'tee_0'].map((id) => nodeOf(g, id));
  const sources = Object.entries(g.templates.sources).flatMap(([kind, t]) =>
    t.variants.map((v) => [kind, v.codec, v, t.roles] as const),
  );
  const branches = Object.entries(g.templates.branches);
  const combinations = sources.flatMap(([kind, codec, v, roles]) =>
    branches.map(([branch, b]) => [kind, codec, branch, v, roles, b] as const),
  );

  it.each(combinations)('%s %s, branch %s', (_kind, _codec, _branch, variant, roles, branch) => {
    const decoded = variant.nodes.slice(variant.nodes.findIndex((n) => n.id === roles.decoder));
    const encoder = branch.nodes.findIndex((n) => n.element === 'nvjpegenc');
    const path = [...decoded, ...main, ...branch.nodes.slice(0, encoder + 1)];
    for (const [link, memory] of memoryOfLinks(path)) expect([link, memory]).toEqual([link, ['NVMM']]);
  });

  it('and the test would notice a missing caps filter', () => {
    const branch = g.templates.branches.jpeg;
    const path = [
      ...main,
      ...(branch?.nodes.filter((n) => n.element !== 'capsfilter' && n.element !== 'appsink') ?? []),
    ];
    expect(memoryOfLinks(path)).toContainEqual(['convert > encode', ['NVMM', 'system']]);
  });
});
