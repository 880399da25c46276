/** The graph of a probe: one source, counted before the tap and thrown away behind it, decoded only for a picture. */
import { branchTemplates } from '../graph/branches.js';
import { chain, node, queue, sourceTemplates } from '../graph/sources.js';
import type { Graph, GraphNode, Provider, SourceTemplate, SourceVariant } from '../graph/types.js';

/** Registered by the addon for a probe. */
const METER = node('meter', 'weirmeter');
const SLOT_TEE = 'tee_0';

export interface ProbeGraphOptions {
  readonly provider: Provider;
  /** Decode, so that a picture can be taken. */
  readonly pictures: boolean;
}

/** Elements that need no GPU on either provider: what is learnt of a camera is the same, and nothing of NVIDIA's is at risk. */
export function probeGraph({ provider, pictures }: ProbeGraphOptions): Graph {
  const { rtsp } = sourceTemplates('standin', 0);
  const { jpeg } = branchTemplates('standin', 0);
  return {
    provider,
    nodes: [
      node('join', 'funnel'),
      node(SLOT_TEE, 'tee', { 'allow-not-linked': true }),
      node('sink', 'fakesink', { sync: false, async: false, 'enable-last-sample': false }),
    ],
    links: [...chain('join', SLOT_TEE), { from: { node: SLOT_TEE, pad: 'src_0' }, to: { node: 'sink' } }],
    slots: { count: 1, mux: 'join', teePrefix: 'tee_' },
    metadata: { node: 'join', pad: 'src' },
    gate: { node: 'sink', pad: 'sink' },
    templates: {
      sources: { rtsp: metered(rtsp as SourceTemplate, pictures) },
      branches: jpeg ? { jpeg } : {},
    },
  };
}

/** What `--snapshot` needs beside GStreamer's own: the software decoders. */
export function decoders(): string[] {
  const variants = sourceTemplates('standin', 0).rtsp?.variants ?? [];
  return variants.flatMap(({ nodes }) =>
    nodes.filter(({ id }) => id === 'decode').map(({ element }) => element),
  );
}

function metered(source: SourceTemplate, pictures: boolean): SourceTemplate {
  return { ...source, variants: source.variants.map((variant) => meteredVariant(variant, pictures)) };
}

function meteredVariant(variant: SourceVariant, pictures: boolean): SourceVariant {
  const undecoded: Readonly<Record<string, GraphNode>> = {
    decode: node('decode', 'identity'),
    convert: node('convert', 'identity'),
    decoded: queue('decoded', 30, false),
  };
  const nodes = variant.nodes.flatMap((each) => {
    const kept = pictures ? each : (undecoded[each.id] ?? each);
    return each.id === 'format' ? [kept, METER] : [kept];
  });
  const links = variant.links.flatMap((link) =>
    link.from.node === 'format'
      ? [...chain('format', METER.id), { ...link, from: { node: METER.id } }]
      : [link],
  );
  return { ...variant, nodes, links };
}
