/** The power mode of a Jetson, which caps its clocks. Formats are those NVIDIA documents for nvpmodel. */
import type { Machine } from './machine.js';

export interface Mode {
  readonly id: number;
  readonly name: string;
}

export interface PowerMode {
  readonly current: string;
  /** Those the module has, in the order of its configuration; none where that cannot be read. */
  readonly modes: readonly Mode[];
}

/** Undefined where there is no such thing as a power mode. */
export async function readPowerMode(machine: Machine): Promise<PowerMode | undefined> {
  const modes = modesIn((await machine.read('/etc/nvpmodel.conf')) ?? '');
  const current = (await asked(machine)) ?? (await saved(machine, modes));
  return current === undefined ? undefined : { current, modes };
}

/** The one with the highest clocks: MAXN where there is one, else the most watts. */
export function fastest(modes: readonly Mode[]): Mode | undefined {
  const maxn = modes.find(({ name }) => isUncapped(name));
  return maxn ?? [...modes].sort((a, b) => watts(b) - watts(a))[0];
}

export function isUncapped(name: string): boolean {
  return name.startsWith('MAXN');
}

function watts({ name }: Mode): number {
  return Number(/(\d+)W/.exec(name)?.[1] ?? 0);
}

function modesIn(text: string): Mode[] {
  const lines = text.matchAll(/^<\s*POWER_MODEL\s+ID=(\d+)\s+NAME=(\w+)\s*>/gm);
  return [...lines].map(([, id, name = '']) => ({ id: Number(id), name }));
}

async function asked(machine: Machine): Promise<string | undefined> {
  return /^NV Power Mode: (\w+)/m.exec((await machine.run('nvpmodel', ['-q'])) ?? '')?.[1];
}

/** What nvpmodel sets at every start: readable where it is not allowed to run. */
async function saved(machine: Machine, modes: readonly Mode[]): Promise<string | undefined> {
  const id = /^pmode:(\d+)/m.exec((await machine.read('/var/lib/nvpmodel/status')) ?? '')?.[1];
  return id === undefined ? undefined : modes.find((mode) => mode.id === Number(id))?.name;
}
