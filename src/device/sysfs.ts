/** What a Jetson's kernel says of the device in files. Those that are not there, or not as expected, are passed over. */
import type { Machine } from './machine.js';
import {
  type DeviceReading,
  ENGINES,
  type Engine,
  isName,
  isTemperature,
  MOST_NAMES,
  type Use,
} from './reading.js';

const DEVFREQ = '/sys/class/devfreq';
const THERMAL = '/sys/class/thermal';
const HWMON = '/sys/class/hwmon';
/** Nano to Orin are named by their address; Thor's by the part of the GPU the clock is of. */
const GPU = /\.(?:gpu|gp10b|gv11b|ga10b)$|^gpu-gpc-0$/;
/** Per mille. The first that can be read. */
const LOADS = [
  '/sys/devices/platform/gpu.0/load',
  '/sys/devices/platform/bus@0/17000000.gpu/load',
  '/sys/devices/platform/17000000.gpu/load',
  '/sys/devices/gpu.0/load',
];
/** Channels of an INA3221. */
const CHANNELS = [1, 2, 3];

export async function readSysfs(machine: Machine): Promise<DeviceReading> {
  const [gpu, engines, memory, temperatures, rails] = await Promise.all([
    readGpu(machine),
    readEngines(machine),
    readMemory(machine),
    readTemperatures(machine),
    readRails(machine),
  ]);
  return { ...(gpu && { gpu }), engines, ...memory, temperatures, rails };
}

/** Hertz. `highest`: what the GPU could do, were its clock not capped. */
export interface GpuClock {
  readonly now: number;
  readonly lowest: number;
  readonly cap: number;
  readonly highest: number;
}

export async function readGpuClock(machine: Machine): Promise<GpuClock | undefined> {
  const folder = await gpuFolder(machine);
  if (folder === undefined) return undefined;
  const [now, lowest, cap, available] = await Promise.all([
    hertz(machine, `${folder}/cur_freq`),
    hertz(machine, `${folder}/min_freq`),
    hertz(machine, `${folder}/max_freq`),
    machine.read(`${folder}/available_frequencies`),
  ]);
  if (now === undefined || lowest === undefined || cap === undefined) return undefined;
  const frequencies = (available ?? '').split(/\s+/).map(Number).filter(Number.isFinite);
  return { now, lowest, cap, highest: Math.max(cap, ...frequencies) };
}

async function gpuFolder(machine: Machine): Promise<string | undefined> {
  const name = (await machine.list(DEVFREQ)).find((each) => GPU.test(each));
  return name === undefined ? undefined : `${DEVFREQ}/${name}`;
}

async function readGpu(machine: Machine): Promise<Use | undefined> {
  const folder = await gpuFolder(machine);
  const loads = [...(folder === undefined ? [] : [`${folder}/device/load`]), ...LOADS];
  const perMille = (await Promise.all(loads.map((path) => number(machine, path)))).find(
    (n) => n !== undefined,
  );
  const clock = folder === undefined ? undefined : await hertz(machine, `${folder}/cur_freq`);
  if (perMille === undefined && clock === undefined) return undefined;
  return {
    ...(perMille !== undefined && { load: Math.min(1, Math.max(0, perMille / 1_000)) }),
    ...(clock !== undefined && { hertz: clock }),
  };
}

/** Several of a kind are numbered in the order of their addresses. */
async function readEngines(machine: Machine): Promise<DeviceReading['engines']> {
  const engines: Partial<Record<Engine, Use>> = {};
  for (const name of await machine.list(DEVFREQ)) {
    const kind = /^[0-9a-f]+\.(nvdec|nvenc|nvjpg|vic|ofa)$/.exec(name)?.[1];
    const engine = ENGINES.find((each) => each.replace(/\d$/, '') === kind && !(each in engines));
    const clock = engine && (await hertz(machine, `${DEVFREQ}/${name}/cur_freq`));
    if (engine && clock !== undefined) engines[engine] = { hertz: clock };
  }
  return engines;
}

/** Of any Linux. What the kernel would give up for others does not count as used. */
export async function readMemory(machine: Machine): Promise<Pick<DeviceReading, 'memory' | 'swap'>> {
  const text = (await machine.read('/proc/meminfo')) ?? '';
  const bytes = (key: string) => {
    const kib = new RegExp(`^${key}:\\s+(\\d{1,12}) kB$`, 'm').exec(text)?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  };
  const amount = (size: number | undefined, free: number | undefined) =>
    size === undefined || free === undefined
      ? undefined
      : { usedBytes: Math.max(0, size - free), sizeBytes: size };
  const memory = amount(bytes('MemTotal'), bytes('MemAvailable'));
  const swap = amount(bytes('SwapTotal'), bytes('SwapFree'));
  return { ...(memory && { memory }), ...(swap && { swap }) };
}

/** Zones have the names tegrastats gives them: `cpu` is `cpu-thermal` here, or `CPU-therm`. */
async function readTemperatures(machine: Machine): Promise<Record<string, number>> {
  const folders = (await machine.list(THERMAL)).filter((name) => /^thermal_zone\d+$/.test(name));
  const zones = await Promise.all(
    folders.slice(0, MOST_NAMES).map(async (folder) => {
      const type = (await machine.read(`${THERMAL}/${folder}/type`))?.trim().toLowerCase() ?? '';
      const millidegrees = await number(machine, `${THERMAL}/${folder}/temp`);
      return [type.replace(/[-_]therm(?:al)?$/, ''), (millidegrees ?? NaN) / 1_000] as const;
    }),
  );
  return Object.fromEntries(zones.filter(([name, celsius]) => isName(name) && isTemperature(celsius)));
}

async function readRails(machine: Machine): Promise<Record<string, number>> {
  const chips = await Promise.all(
    (await machine.list(HWMON)).slice(0, MOST_NAMES).map((name) => readChip(machine, `${HWMON}/${name}`)),
  );
  return Object.fromEntries(chips.flat().slice(0, MOST_NAMES));
}

async function readChip(machine: Machine, folder: string): Promise<(readonly [string, number])[]> {
  if ((await machine.read(`${folder}/name`))?.trim() !== 'ina3221') return [];
  const rails = await Promise.all(
    CHANNELS.map(async (channel) => {
      const rail = (await machine.read(`${folder}/in${channel}_label`))?.trim() ?? '';
      const millivolts = await number(machine, `${folder}/in${channel}_input`);
      const milliamperes = await number(machine, `${folder}/curr${channel}_input`);
      return [rail, ((millivolts ?? NaN) * (milliamperes ?? NaN)) / 1e6] as const;
    }),
  );
  return rails.filter(([rail, watts]) => isName(rail) && rail !== 'NC' && Number.isFinite(watts));
}

/** A clock that is negative is no clock. */
async function hertz(machine: Machine, path: string): Promise<number | undefined> {
  const value = await number(machine, path);
  return value === undefined || value < 0 ? undefined : value;
}

async function number(machine: Machine, path: string): Promise<number | undefined> {
  const text = (await machine.read(path))?.trim() ?? '';
  return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
}
