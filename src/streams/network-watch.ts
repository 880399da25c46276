/** Notices when this machine gets an address: a cable is plugged in, a link comes up, a lease is given. */
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import type { Clock } from './clock.js';

export interface NetworkWatchOptions {
  readonly clock: Clock;
  readonly interfaces?: () => NodeJS.Dict<Pick<NetworkInterfaceInfo, 'address' | 'internal'>[]>;
  readonly everyMs?: number;
  /** Addresses that were not there a moment ago. */
  onAppeared(addresses: readonly string[]): void;
}

const EVERY_MS = 1_000;

/** Returns its undo. */
export function watchNetwork(options: NetworkWatchOptions): () => void {
  const { clock, interfaces = networkInterfaces, everyMs = EVERY_MS, onAppeared } = options;
  let known = addresses(interfaces);
  let cancel: () => void;
  const look = (): void => {
    cancel = clock.schedule(clock.now() + everyMs, look);
    const present = addresses(interfaces) ?? known;
    const appeared = [...(present ?? [])].filter((address) => known && !known.has(address));
    known = present;
    if (appeared.length > 0) onAppeared(appeared);
  };
  cancel = clock.schedule(clock.now() + everyMs, look);
  return () => cancel();
}

/** Undefined where the system does not tell: that is not "none". */
function addresses(interfaces: NonNullable<NetworkWatchOptions['interfaces']>): Set<string> | undefined {
  try {
    const all = Object.entries(interfaces());
    return new Set(
      all.flatMap(([name, list = []]) =>
        list.filter(({ internal }) => !internal).map(({ address }) => `${name} ${address}`),
      ),
    );
  } catch {
    return undefined;
  }
}
