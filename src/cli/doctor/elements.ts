/** Whether GStreamer has what the pipelines use. */
import { type Graph, type GraphNode, graph, type Provider } from '../../graph/index.js';
import type { NativeBinding } from '../../native/types.js';
import type { ApplianceSpec } from '../../spec/types.js';
import { locations } from '../../worker/plan.js';
import { type Check, failed, passed } from './check.js';

/** Debian packages by the elements they bring. */
const PACKAGES: readonly (readonly [elements: RegExp, name: string])[] = [
  [/^avdec_/, 'gstreamer1.0-libav'],
  [/^(h26[45]parse|nvjpeg|openh264)/, 'gstreamer1.0-plugins-bad'],
  [/^(rtspsrc|rtp|matroskademux|qtdemux|jpegenc)/, 'gstreamer1.0-plugins-good'],
  [/^(video|appsink|appsrc|decodebin)/, 'gstreamer1.0-plugins-base'],
];
const DECODER = /^(avdec_|nvv4l2decoder)/;

/** One check for the decoders and one for all else. */
export function checkElements(binding: NativeBinding, provider: Provider, spec: ApplianceSpec): Check[] {
  const used = [
    ...new Set(spec.pipelines.flatMap((p) => elementsOf(graph(spec, p.id, provider, locations('/'))))),
  ];
  const decoders = used.filter((element) => DECODER.test(element));
  return [
    check(
      `elements (${provider})`,
      used.filter((element) => !DECODER.test(element)),
      binding,
      provider,
    ),
    check('decoders', decoders, binding, provider),
  ];
}

function elementsOf(plan: Graph): string[] {
  const sources = Object.values(plan.templates.sources);
  const nodes: readonly GraphNode[] = [
    ...plan.nodes,
    ...sources.flatMap((source) => [...source.nodes, ...source.variants.flatMap((variant) => variant.nodes)]),
    ...Object.values(plan.templates.branches).flatMap((branch) => branch.nodes),
  ];
  return nodes.map((node) => node.element).sort();
}

function check(name: string, elements: readonly string[], binding: NativeBinding, provider: Provider): Check {
  const missing = elements.filter((element) => binding.findElement(element) === undefined);
  if (missing.length === 0) return passed(name, elements.join(' '));
  const remedies = new Set(missing.map((element) => remedy(element, provider)));
  return failed(name, `missing: ${missing.join(' ')}`, [...remedies].join('; '));
}

function remedy(element: string, provider: Provider): string {
  if (/^nv/.test(element)) {
    return provider === 'nvidia'
      ? "install NVIDIA's DeepStream SDK"
      : 'run scripts/setup, which builds the stand-in';
  }
  const name = PACKAGES.find(([elements]) => elements.test(element))?.[1] ?? 'gstreamer1.0-plugins-base';
  return `apt-get install ${name}`;
}
