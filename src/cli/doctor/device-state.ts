/** The state a device is in: access, power, clocks, memory, disk. Asked as the user doctor runs as. */
import type { Machine } from '../../device/machine.js';
import { fastest, isUncapped, type PowerMode, readPowerMode } from '../../device/power-mode.js';
import { readGpuClock, readMemory } from '../../device/sysfs.js';
import { type Check, failed, passed, warned } from './check.js';
import type { Device } from './device-type.js';

const GIB = 1024 ** 3;
/** What an engine and its timing cache need, by rule of thumb. */
const DISK_GIB = 1;
/** TensorRT wants more memory to build an engine than to run it. */
const MEMORY_GIB = 15;
/** Nodes the GPU is reached through: those of Jetson's own driver, and of the one shared with other GPUs. */
const NODES = /^(?:nvmap|nvhost-ctrl-gpu|nvhost-gpu|nvidia\d+|nvidiactl|nvidia-uvm)$/;

export async function checkAccess({ machine }: Device): Promise<Check> {
  const [nodes, render] = await Promise.all([machine.list('/dev'), machine.list('/dev/dri')]);
  const gpu = nodes.filter((name) => NODES.test(name)).map((name) => `/dev/${name}`);
  if (gpu.length === 0) {
    const remedy = "in a container, run it with NVIDIA's runtime; else install the driver or JetPack anew";
    return failed('gpu access', 'no device node of a GPU in /dev', remedy);
  }
  const all = [
    ...gpu,
    ...render.filter((name) => name.startsWith('renderD')).map((name) => `/dev/dri/${name}`),
  ];
  const open = await Promise.all(all.map((node) => mayUse(machine, node)));
  const closed = all.filter((_, i) => !open[i]);
  if (closed.length === 0) return passed('gpu access', all.join(' '));
  return failed(
    'gpu access',
    `this user may not use ${closed.join(' ')}; groups: ${await groups(machine)}`,
    'sudo usermod -aG video,render <user of weir>, then log in anew, or restart the service',
  );
}

async function mayUse(machine: Machine, node: string): Promise<boolean> {
  return (await machine.run('test', ['-r', node, '-a', '-w', node])) !== undefined;
}

async function groups(machine: Machine): Promise<string> {
  return (await machine.run('id', ['-Gn']))?.trim() ?? 'unknown';
}

export async function checkPowerMode({ machine, jetson }: Device): Promise<Check | undefined> {
  if (!jetson) return undefined;
  const mode = await readPowerMode(machine);
  if (!mode) return warned('power mode', 'not known', 'sudo nvpmodel -q');
  const best = fastest(mode.modes);
  if (best ? best.name === mode.current : isUncapped(mode.current)) return passed('power mode', mode.current);
  return warned('power mode', slower(mode), `${setMode(best?.id)}, where power supply and cooling allow it`);
}

function slower({ current, modes }: PowerMode): string {
  const others = modes.map(({ name }) => name).filter((name) => name !== current);
  const there = others.length > 0 ? `; there are also ${others.join(', ')}` : '';
  return `${current} caps clocks, and those of the decoders may be among them${there}`;
}

function setMode(id: number | undefined): string {
  return id === undefined
    ? 'sudo nvpmodel -m <number of MAXN in /etc/nvpmodel.conf>'
    : `sudo nvpmodel -m ${id}`;
}

export async function checkClocks({ machine, jetson }: Device): Promise<Check | undefined> {
  const clock = jetson ? await readGpuClock(machine) : undefined;
  if (!clock) return undefined;
  const { lowest, cap, highest } = clock;
  const detail =
    lowest === cap ? `GPU fixed at ${mhz(cap)} MHz` : `GPU ${mhz(lowest)} to ${mhz(cap)} MHz, by load`;
  if (cap >= highest) return passed('clocks', detail);
  return warned(
    'clocks',
    `${detail}; it could do ${mhz(highest)}`,
    'the power mode above caps it, or a setting of your own in /sys/class/devfreq',
  );
}

function mhz(hertz: number): number {
  return Math.round(hertz / 1e6);
}

export async function checkMemory({ machine, jetson }: Device): Promise<Check | undefined> {
  const { memory, swap } = jetson ? await readMemory(machine) : {};
  if (!memory) return undefined;
  const onDisk = ((await machine.read('/proc/swaps')) ?? '')
    .split('\n')
    .some((line) => /^\/(?!dev\/zram)/.test(line));
  const kind = onDisk ? 'with a file or partition' : 'compressed memory (zram)';
  const swapped = swap && swap.sizeBytes > 0 ? `swap ${gib(swap.sizeBytes)}, ${kind}` : 'no swap';
  const detail = `${gib(memory.sizeBytes)}, ${swapped}`;
  if (onDisk || memory.sizeBytes >= MEMORY_GIB * GIB) return passed('memory', detail);
  return warned(
    'memory',
    `${detail}: building an engine may run out of it`,
    'add swap on disk: sudo fallocate -l 8G /swapfile, chmod 600, mkswap, swapon',
  );
}

export async function checkDisk({ machine, modelDir }: Device): Promise<Check | undefined> {
  if (modelDir === undefined) return undefined;
  const text = (await machine.run('df', ['-Pk', modelDir])) ?? '';
  const free = /^.+?\s+\d+\s+\d+\s+(\d+)\s+\d+%\s/m.exec(text)?.[1];
  if (free === undefined) return undefined;
  const bytes = Number(free) * 1024;
  const detail = `${gib(bytes)} free for engines in ${modelDir}`;
  if (bytes >= DISK_GIB * GIB) return passed('disk', detail);
  return warned('disk', detail, 'make room there, or point modelDir at a larger disk');
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
