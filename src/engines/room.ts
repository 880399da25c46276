/** Whether there is memory and disk for a build. What is needed are estimates, on the safe side of small. */
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Machine } from '../device/machine.js';
import { readMemory } from '../device/sysfs.js';
import { WeirError } from '../spec/error.js';

const MIB = 1024 * 1024;
/** CUDA, the libraries of TensorRT and its kernels, before any weight is read. */
const BUILDER_BYTES = 1024 * MIB;
/** Weights as read, as a network, and as kernels in two layouts. */
const WEIGHTS_IN_MEMORY = 4;
/** The engine and its kernels, beside an old one that stays until the end. */
const WEIGHTS_ON_DISK = 2;
const SPARE_DISK_BYTES = 64 * MIB;

export interface Room {
  readonly onnx: string;
  readonly engine: string;
  /** Limit of TensorRT's workspace, where one is set. */
  readonly workspaceMb: number | undefined;
}

/** Rejects with ENGINE_MEMORY or ENGINE_DISK, saying how much is there and how much is needed. */
export async function requireRoom(room: Room, machine: Machine, freeBytes = freeOn): Promise<void> {
  const weights = (await stat(room.onnx)).size;
  const { memory } = await readMemory(machine);
  const available = memory && memory.sizeBytes - memory.usedBytes;
  const needed = BUILDER_BYTES + WEIGHTS_IN_MEMORY * weights + (room.workspaceMb ?? 0) * MIB;
  const what = `to build ${room.engine}`;
  if (available !== undefined && available < needed) {
    throw new WeirError(
      'ENGINE_MEMORY',
      `${mib(available)} of memory are available, ${mib(needed)} are needed ${what}`,
      {
        remedy:
          'stop what else uses the memory, the appliance for one, or limit --workspace; --unchecked tries it all the same',
      },
    );
  }
  const free = await freeBytes(dirname(room.engine));
  const disk = WEIGHTS_ON_DISK * weights + SPARE_DISK_BYTES;
  if (free >= disk) return;
  throw new WeirError('ENGINE_DISK', `${mib(free)} are free on the disk, ${mib(disk)} are needed ${what}`, {
    remedy: 'weir engine clean removes engines nobody can use; --unchecked tries it all the same',
  });
}

/** For whoever is not root. */
export async function freeOn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function mib(bytes: number): string {
  return `${Math.floor(bytes / MIB)} MiB`;
}
