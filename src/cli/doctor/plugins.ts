/** Whether GStreamer's memory of its plugins is sound, and its RTP part is NVIDIA's. */
import type { Machine } from '../../device/machine.js';
import { type Check, failed, passed, warned } from './check.js';
import type { Device } from './device-type.js';

const TRIPLES = ['aarch64-linux-gnu', 'x86_64-linux-gnu'];
/** Files of the plugins a pipeline uses. DeepStream brings others that cannot load without Triton and the like. */
const USED =
  /^lib(?:nvdsgst_(?:multistream|multistream2|infer|tracker|osd)|gstnv(?:video4linux2|videoconvert|jpeg)|gst(?:coreelements|app|rtsp|rtp|rtpmanager|tcp|udp|videoparsersbad))\.so$/;

export async function checkPlugins(device: Device): Promise<Check> {
  const [registry, refused] = await Promise.all([findRegistry(device), blacklisted(device.machine)]);
  const remedy = `rm ${registry ?? '~/.cache/gstreamer-1.0/registry.*.bin'}`;
  const missed = refused.filter((file) => USED.test(file));
  if (missed.length > 0) {
    const detail = `GStreamer has given up on ${missed.join(' ')}`;
    return failed('plugins', detail, `${remedy}; if it comes again, ldd says which library the plugin lacks`);
  }
  const newer = registry === undefined ? [] : await changedSince(device, registry);
  if (newer.length > 0) {
    return warned('plugins', `newer than ${registry}: ${newer.slice(0, 3).join(' ')}`, remedy);
  }
  const unused = refused.length > 0 ? `; not loaded and not needed: ${refused.join(' ')}` : '';
  return passed('plugins', `${registry ?? 'no registry yet'}${unused}`);
}

async function blacklisted(machine: Machine): Promise<string[]> {
  const text = (await machine.run('gst-inspect-1.0', ['-b'])) ?? '';
  return [...text.matchAll(/^ {2}(\S+\.so)$/gm)].map(([, file = '']) => file);
}

/** Of the user doctor runs as. */
async function findRegistry({ machine, env }: Device): Promise<string | undefined> {
  const given = env.GST_REGISTRY_1_0 ?? env.GST_REGISTRY;
  if (given !== undefined) return given;
  const cache = env.XDG_CACHE_HOME ?? `${env.HOME ?? '/root'}/.cache`;
  const folder = `${cache}/gstreamer-1.0`;
  const name = (await machine.list(folder)).find((each) => /^registry\..+\.bin$/.test(each));
  return name === undefined ? undefined : `${folder}/${name}`;
}

/** By the time of installation: packages keep the time of the file's contents. */
async function changedSince({ machine, root }: Device, registry: string): Promise<string[]> {
  const folders = [...TRIPLES.map((triple) => `/usr/lib/${triple}/gstreamer-1.0`), `${root}/lib/gst-plugins`];
  const there = await Promise.all(folders.map(async (folder) => (await machine.list(folder)).length > 0));
  const searched = folders.filter((_, i) => there[i]);
  if (searched.length === 0) return [];
  const args = ['-maxdepth', '1', '-name', '*.so', '-cnewer', registry];
  const found = await machine.run('find', ['-L', ...searched, ...args]);
  return (found ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

/** NVIDIA's script replaces a file of this package: it then differs from what the package brought. */
export async function checkRtpManager({ machine, streams }: Device): Promise<Check | undefined> {
  if (streams && !streams.some((uri) => /^rtsps?:/i.test(uri))) return undefined;
  const lists = await Promise.all(
    ['arm64', 'amd64'].map((arch) =>
      machine.read(`/var/lib/dpkg/info/gstreamer1.0-plugins-good:${arch}.md5sums`),
    ),
  );
  const [, packaged, file] = /^([0-9a-f]{32}) {2}(\S+\/libgstrtpmanager\.so)$/m.exec(lists.join('\n')) ?? [];
  const sum = file && (await machine.run('md5sum', [`/${file}`]))?.slice(0, 32);
  if (!sum) return undefined;
  if (sum !== packaged) return passed('rtpmanager', "not the distribution's: patched, or built here");
  return warned(
    'rtpmanager',
    "the distribution's; NVIDIA advises its patched one for IP cameras",
    'run update_rtpmanager.sh, which comes with DeepStream, as root',
  );
}
