/**
 * What a pipeline for NVIDIA runs on, from files and programs of the machine. Their formats are known from NVIDIA's
 * documentation and from output people published, not from a device of ours: what does not look as expected is undefined.
 */
import type { Machine } from './machine.js';
import { FAMILIES, type Family, MODULES, moduleOf } from './modules.js';
import type { Platform } from './platform.js';

export const DEEPSTREAM_ROOT = '/opt/nvidia/deepstream/deepstream';
const TREE = '/proc/device-tree';
const HEADERS = ['aarch64-linux-gnu', 'x86_64-linux-gnu'].map(
  (arch) => `/usr/include/${arch}/NvInferVersion.h`,
);

/** `root`: where the DeepStream SDK is. */
export async function readPlatform(
  machine: Machine,
  root = process.env.DEEPSTREAM_ROOT ?? DEEPSTREAM_ROOT,
): Promise<Platform> {
  const [device, deepstream, cuda, tensorrt] = await Promise.all([
    readDevice(machine),
    readDeepstream(machine, root),
    readCuda(machine),
    readTensorrt(machine),
  ]);
  return defined({ ...device, deepstream, cuda, tensorrt });
}

/** Whether the device tree is that of a Tegra: every Jetson's is. */
export async function isJetson(machine: Machine): Promise<boolean> {
  return /\bnvidia,tegra\d/.test((await machine.read(`${TREE}/compatible`)) ?? '');
}

type Device = { [Key in 'part' | 'model' | 'l4t' | 'gpu' | 'computeCapability']: Platform[Key] | undefined };

async function readDevice(machine: Machine): Promise<Device> {
  const [part, model, l4t, compatible] = await Promise.all([
    readPart(machine),
    readModel(machine),
    readL4t(machine),
    machine.read(`${TREE}/compatible`),
  ]);
  const family = moduleOf(part)?.family ?? familyOf(compatible ?? '');
  const { gpu, computeCapability } = family ? FAMILIES[family] : await discreteGpu(machine);
  return { part, model, l4t, gpu, computeCapability };
}

/** Where the part number of the module may stand, the module's own word first: a carrier's device tree may be another's. */
const PARTS: readonly ((machine: Machine) => Promise<string | undefined>)[] = [
  (machine) => machine.read(`${TREE}/chosen/ids`),
  async (machine) =>
    /^TNSPEC (\d{4})-\w+-(\d{4})-/m
      .exec((await machine.read('/etc/nv_boot_control.conf')) ?? '')
      ?.slice(1)
      .join('-'),
  (machine) => machine.read(`${TREE}/nvidia,boardids`),
  async (machine) => (await machine.list(`${TREE}/chosen/plugin-manager/ids`)).join(' '),
  (machine) => machine.read(`${TREE}/compatible`),
];
const BOARDS: ReadonlySet<string> = new Set(
  MODULES.flatMap(({ parts }) => parts.map((part) => part.slice(0, 5))),
);

async function readPart(machine: Machine): Promise<string | undefined> {
  for (const read of PARTS) {
    const found = partIn((await read(machine)) ?? '');
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first part number that is one of a module rather than of a carrier board. */
function partIn(text: string): string | undefined {
  const parts = [...text.matchAll(/(?<!\d)(\d{4})[-:](\d{4})(?!\d)/g)].map(
    ([, board, sku]) => `p${board}-${sku}`,
  );
  return parts.find((part) => moduleOf(part)) ?? parts.find((part) => BOARDS.has(part.slice(0, 5)));
}

async function readModel(machine: Machine): Promise<string | undefined> {
  return /^[\x20-\x7e]{1,100}/.exec((await machine.read(`${TREE}/model`)) ?? '')?.[0];
}

async function readL4t(machine: Machine): Promise<string | undefined> {
  const line = (await machine.read('/etc/nv_tegra_release')) ?? '';
  const [, major, rest] = /^# R(\d+) \(release\), REVISION: (\d+(?:\.\d+)?)[,\s]/.exec(line) ?? [];
  if (major !== undefined) return `${major}.${rest}`;
  return /^(\d+\.\d+\.\d+)-/.exec(await installed(machine, 'nvidia-l4t-core'))?.[1];
}

function familyOf(compatible: string): Family | undefined {
  return (Object.keys(FAMILIES) as Family[]).find((family) =>
    compatible.includes(`nvidia,${FAMILIES[family].soc}`),
  );
}

/** The first one: pipelines run there unless their spec says otherwise. */
async function discreteGpu(machine: Machine): Promise<Pick<Device, 'gpu' | 'computeCapability'>> {
  const args = ['--query-gpu=name,compute_cap', '--format=csv,noheader'];
  const text = (await machine.run('nvidia-smi', args)) ?? '';
  const [, gpu, computeCapability] = /^([\x20-\x7e]{1,100}), (\d+\.\d+)\r?$/m.exec(text) ?? [];
  return { gpu, computeCapability };
}

/** The version of the DeepStream SDK in `root`, as `7.1.0`; undefined where there is none. */
export async function readDeepstream(
  machine: Pick<Machine, 'read'>,
  root = process.env.DEEPSTREAM_ROOT ?? DEEPSTREAM_ROOT,
): Promise<string | undefined> {
  return /^Version:\s*(\d+\.\d+(?:\.\d+)?)\s*$/m.exec((await machine.read(`${root}/version`)) ?? '')?.[1];
}

async function readCuda(machine: Machine): Promise<string | undefined> {
  const text = (await machine.read('/usr/local/cuda/version.json')) ?? '';
  const version = /"cuda"\s*:\s*\{[^}]*"version"\s*:\s*"(\d+\.\d+)[.\d]*"/.exec(text)?.[1];
  if (version !== undefined) return version;
  // Without the toolkit's own word: where there is one folder of a version, /usr/local/cuda leads to it.
  const folders = (await machine.list('/usr/local')).flatMap(
    (name) => /^cuda-(\d+\.\d+)$/.exec(name)?.[1] ?? [],
  );
  return folders.length === 1 ? folders[0] : undefined;
}

async function readTensorrt(machine: Machine): Promise<string | undefined> {
  const version = /^(\d+\.\d+\.\d+)/.exec(await installed(machine, 'libnvinfer[0-9]*'))?.[1];
  if (version !== undefined) return version;
  const headers = await Promise.all(HEADERS.map((path) => machine.read(path)));
  return headers.map((text) => versionIn(text ?? '')).find((found) => found !== undefined);
}

/** The header names its numbers in one of two ways. */
function versionIn(header: string): string | undefined {
  const numbers = ['MAJOR', 'MINOR', 'PATCH'].map(
    (name) =>
      new RegExp(`^#define (?:NV_TENSORRT_${name}|TRT_${name}_ENTERPRISE) (\\d+)`, 'm').exec(header)?.[1],
  );
  return numbers.includes(undefined) ? undefined : numbers.join('.');
}

/** Version of the first installed package of a pattern; empty where there is none. */
async function installed(machine: Machine, pattern: string): Promise<string> {
  const text = await machine.run('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Version}\\n', pattern]);
  return /^installed (\S+)$/m.exec(text ?? '')?.[1] ?? '';
}

function defined(values: { [Key in keyof Platform]-?: Platform[Key] | undefined }): Platform {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
