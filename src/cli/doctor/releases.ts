/** Whether module, JetPack, DeepStream and what it stands on belong together, and what the module can do. */
import type { Platform } from '../../device/platform.js';
import { isOf, jetpackOf, type Release, releaseOf, releasesFor, SUPPORTED } from '../../device/releases.js';
import { leastTrust, type Trust } from '../../planner/index.js';
import { type Check, failed, passed, warned } from './check.js';
import type { Device } from './device-type.js';

export function checkDevice(device: Device): Check {
  const { jetson, capacity, platform } = device;
  if (!jetson) return checkGpu(platform);
  const { model = 'a Jetson', part = 'no part number' } = platform;
  const name = `${capacity?.name ?? model} (${part})`;
  if (platform.l4t === undefined) {
    return warned(
      'device',
      `${name}, Jetson Linux not found`,
      'reinstall JetPack: /etc/nv_tegra_release is missing',
    );
  }
  const detail = `${name}, ${jetpack(platform.l4t)}`;
  if (!capacity)
    return warned('device', `${detail}: a module Weir does not know`, 'report it with this line');
  if (releasesFor(platform).length > 0) return passed('device', detail);
  return failed(
    'device',
    `${detail}: no DeepStream from ${SUPPORTED[0]} on runs there`,
    'use an Orin or a Thor module',
  );
}

function checkGpu({ gpu, computeCapability }: Platform): Check {
  if (gpu !== undefined) return passed('device', `${gpu}, compute capability ${computeCapability}`);
  return failed('device', 'nvidia-smi names no GPU', "install NVIDIA's driver");
}

export function checkDeepstream({ jetson, root, module, capacity, platform }: Device): Check {
  const { deepstream: version, l4t } = platform;
  if (version === undefined) return failed('deepstream', `not found in ${root}`, install(platform));
  const release = releaseOf(version);
  if (!release || !SUPPORTED.some((each) => each === release.deepstream))
    return unsupported(version, platform);
  if (!jetson || l4t === undefined) return passed('deepstream', version);
  if (module && !release.families.includes(module.family)) {
    return failed('deepstream', `${version} does not run on ${capacity?.name}`, install(platform));
  }
  return checkPair(version, release, l4t, platform);
}

function unsupported(version: string, platform: Platform): Check {
  const detail = `${version}; Weir is meant for ${SUPPORTED.join(' and ')}`;
  const older = Number(version.split('.')[0]) < Number(SUPPORTED[0].split('.')[0]) || isOf(version, '7.0');
  return older
    ? failed('deepstream', detail, install(platform))
    : warned('deepstream', detail, `${install(platform)}, or watch for what differs`);
}

/** Another release of the same generation of Jetson Linux may do; another generation does not. */
function checkPair(version: string, release: Release, l4t: string, platform: Platform): Check {
  if (release.l4t.some((each) => isOf(l4t, each)))
    return passed('deepstream', `${version}, for ${jetpack(l4t)}`);
  const detail = `${version} is for JetPack ${release.jetpack} (L4T ${release.l4t.join(', ')}); this is ${jetpack(l4t)}`;
  const near = release.l4t.some((each) => isOf(l4t, each.split('.')[0] ?? ''));
  return near
    ? warned('deepstream', detail, `install JetPack ${release.jetpack}, or watch for what differs`)
    : failed('deepstream', detail, install(platform));
}

/** The release for the JetPack that is there, or else all that the module can have. */
function install(platform: Platform): string {
  const { l4t } = platform;
  const possible = releasesFor(platform);
  const fitting = possible.filter(
    (release) => l4t !== undefined && release.l4t.some((each) => isOf(l4t, each)),
  );
  const choices = (fitting.length > 0 ? fitting : possible).map(
    ({ deepstream, jetpack }) => `DeepStream ${deepstream} (JetPack ${jetpack})`,
  );
  return choices.length > 0 ? `install ${choices.join(' or ')}` : 'use an Orin or a Thor module';
}

export function checkCuda({ platform }: Device): Check {
  const { cuda } = platform;
  if (cuda !== undefined) return compared('cuda', cuda, platform);
  return warned(
    'cuda',
    'not found in /usr/local/cuda',
    'apt-get install nvidia-jetpack, or the toolkit of your driver',
  );
}

export function checkTensorrt({ platform }: Device): Check {
  const { tensorrt } = platform;
  if (tensorrt !== undefined) return compared('tensorrt', tensorrt, platform);
  return failed(
    'tensorrt',
    'neither the package libnvinfer nor NvInferVersion.h is there: nvinfer cannot run',
    'apt-get install tensorrt libnvinfer-bin libnvinfer-dev',
  );
}

export function checkGstreamer({ addon, platform }: Device): Check | undefined {
  const version = /\d+\.\d+(?:\.\d+)?/.exec(addon?.gstreamer ?? '')?.[0];
  return version === undefined ? undefined : compared('gstreamer', version, platform);
}

/** Against what the release of DeepStream was made for. */
function compared(name: 'cuda' | 'tensorrt' | 'gstreamer', version: string, { deepstream }: Platform): Check {
  const title = name === 'gstreamer' ? 'gstreamer release' : name;
  const release = deepstream === undefined ? undefined : releaseOf(deepstream);
  if (!release) return passed(title, version);
  if (isOf(version, release[name]))
    return passed(title, `${version}, as DeepStream ${release.deepstream} expects`);
  return warned(
    title,
    `${version}; DeepStream ${release.deepstream} is made for ${release[name]}`,
    `install the one DeepStream ${release.deepstream}'s installation guide names`,
  );
}

export function checkDecoder({ capacity, streams }: Device): Check | undefined {
  if (!capacity) return undefined;
  const rates = [capacity.decode.h264, capacity.decode.h265];
  const [h264 = 0, h265 = 0] = rates.map(({ streams1080p30 }) => streams1080p30 ?? 0);
  const detail = `${h264} streams of H.264 or ${h265} of H.265 at 1080p30${DOUBTS[leastTrust(rates) ?? 'unconfirmed'] ?? ''}`;
  const most = Math.max(h264, h265);
  if (streams === undefined || streams.length <= most) return passed('decoder', detail);
  return warned(
    'decoder',
    `${detail}; the spec has ${streams.length}`,
    'analyse sub-streams of 720p or less, or have the cameras send fewer frames',
  );
}

const DOUBTS: Partial<Readonly<Record<Trust, string>>> = {
  third_party: ", by others' account of NVIDIA's figures",
  unconfirmed: ' (unconfirmed)',
};

export function checkEncoder({ capacity }: Device): Check | undefined {
  if (!capacity) return undefined;
  return passed('encoder', capacity.encode === 'none' ? WITHOUT_ENCODER : 'in hardware');
}

const WITHOUT_ENCODER =
  "none: live view of annotated video is not possible in hardware, and costs CPU; cameras' own streams need no encoder";

function jetpack(l4t: string): string {
  const name = jetpackOf(l4t);
  return name === undefined ? `L4T ${l4t}` : `JetPack ${name} (L4T ${l4t})`;
}
