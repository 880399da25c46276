/** Metrics of the Jetson the appliance runs on. What the device does not tell has no series. */
import { ENGINES } from '../device/reading.js';
import { type Definition, perDevice, type Sample } from './definition.js';
import type { DeviceSnapshot } from './snapshot.js';

const gauge = (
  name: string,
  help: string,
  read: (device: DeviceSnapshot) => number | undefined,
): Definition => perDevice({ name: `weir_device_${name}`, type: 'gauge', help }, read);

const each = (
  name: string,
  label: string,
  help: string,
  read: (device: DeviceSnapshot) => readonly Sample[],
): Definition => perDevice({ name: `weir_device_${name}`, type: 'gauge', labels: [label], help }, read);

export const DEVICE_METRICS: readonly Definition[] = [
  gauge(
    'gpu_load_ratio',
    'How busy the GPU is at its present clock, 0 to 1. Thor does not always tell.',
    (d) => d.gpu?.load,
  ),
  gauge(
    'gpu_clock_hertz',
    'Clock of the GPU; of its fastest part where there are several.',
    (d) => d.gpu?.hertz,
  ),
  each(
    'engine_load_ratio',
    'engine',
    'How busy an engine for video or pictures is at its present clock, 0 to 1.',
    (d) => ofEngines(d, 'load'),
  ),
  each('engine_clock_hertz', 'engine', 'Clock of an engine for video or pictures; 0: it is off.', (d) =>
    ofEngines(d, 'hertz'),
  ),
  gauge(
    'memory_bus_load_ratio',
    'Bandwidth used of the memory that CPU, GPU and engines share, 0 to 1.',
    (d) => d.memoryBus?.load,
  ),
  gauge(
    'memory_used_bytes',
    'Memory in use, without what the kernel would give up.',
    (d) => d.memory?.usedBytes,
  ),
  gauge('memory_size_bytes', 'Memory of the device.', (d) => d.memory?.sizeBytes),
  gauge('swap_used_bytes', 'Swap in use.', (d) => d.swap?.usedBytes),
  gauge('swap_size_bytes', 'Swap, in memory (zram) and on disk.', (d) => d.swap?.sizeBytes),
  each('temperature_celsius', 'zone', 'Temperatures of the chip and the board.', (d) =>
    named('zone', d.temperatures),
  ),
  each('power_watts', 'rail', 'Power by rail. Rails may lie behind one another: do not add up all.', (d) =>
    named('rail', d.rails),
  ),
];

function ofEngines({ engines }: DeviceSnapshot, key: 'load' | 'hertz'): Sample[] {
  return ENGINES.flatMap((engine) => {
    const value = engines[engine]?.[key];
    return value === undefined ? [] : [{ labels: { engine }, value }];
  });
}

function named(label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }));
}
