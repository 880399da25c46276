/** Whether GStreamer has what the pipelines use. */
import { inspectElements } from '../../conformance/inspection.js';
import { misfits, propertyUses } from '../../conformance/graph-fit.js';
import type { Machine } from '../../device/machine.js';
import { allNodes, type Graph, graph, type Provider } from '../../graph/index.js';
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

/** The graphs of a spec's pipelines, for looking at. */
export function graphsOf(spec: ApplianceSpec, provider: Provider): Graph[] {
  return spec.pipelines.map(({ id }) => graph(spec, id, provider, locations('/')));
}

/** One check for the decoders and one for all else. */
export function checkElements(binding: NativeBinding, provider: Provider, plans: readonly Graph[]): Check[] {
  const used = [...new Set(plans.flatMap(allNodes).map((node) => node.element))].sort();
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

/** Whether the elements take what the graphs set, asked of GStreamer without playing. */
export async function checkProperties(
  binding: NativeBinding,
  machine: Pick<Machine, 'run'>,
  plans: readonly Graph[],
): Promise<Check> {
  const uses = propertyUses(plans);
  const names = [...new Set(uses.map(({ element }) => element))];
  const found = await inspectElements(machine, names);
  if (found.size === 0) {
    const message = 'gst-inspect-1.0 is missing, or knows none of the elements';
    return failed('properties', message, 'apt-get install gstreamer1.0-tools');
  }
  const silent = names.filter((name) => !found.has(name) && binding.findElement(name));
  const faults = [
    ...misfits(uses, found),
    ...silent.map((name) => ({
      message: `gst-inspect-1.0 ${name} fails`,
      remedy: `run gst-inspect-1.0 ${name}`,
    })),
  ];
  if (faults.length > 0) {
    const remedies = new Set(faults.map(({ remedy }) => remedy));
    return failed('properties', faults.map(({ message }) => message).join('; '), [...remedies].join('; '));
  }
  const asked = uses.filter(({ element }) => found.has(element));
  return passed('properties', `${asked.length} settings of ${found.size} elements fit`);
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
