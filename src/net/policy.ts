/** Which addresses Weir may connect to for a camera. */
import { BlockList, isIPv6 } from 'node:net';
import { effectiveAddress } from '../spec/address.js';

type Family = 'ipv4' | 'ipv6';

/** What no camera has, by the reason given. All else is allowed where the spec names no networks. */
const NEVER: readonly (readonly [reason: string, networks: readonly string[]])[] = [
  ['is no address of a host', ['0.0.0.0/8', '::']],
  ['is a multicast address', ['224.0.0.0/4', 'ff00::/8']],
  ['is a broadcast address', ['255.255.255.255']],
  ['is a reserved address', ['240.0.0.0/4']],
  ['is the address of a metadata service', ['169.254.169.254', '169.254.170.2', 'fd00:ec2::254']],
];

const NEVER_LISTS = NEVER.map(([reason, networks]) => [reason, listOf(networks)] as const);
const lists = new WeakMap<readonly string[], BlockList>();

/**
 * Why an address may not be connected to; undefined where it may. `networks` are the spec's `cameraNetworks`:
 * if there are any, they are the whole truth.
 */
export function checkNetwork(address: string, networks?: readonly string[]): string | undefined {
  const effective = effectiveAddress(address);
  if (effective === undefined) return 'not an address';
  if (networks) return has(cached(networks), effective) ? undefined : `${effective} is not in cameraNetworks`;
  const never = NEVER_LISTS.find(([, list]) => has(list, effective));
  return never && `${effective} ${never[0]}`;
}

function has(list: BlockList, address: string): boolean {
  return list.check(address, family(address));
}

/** The spec is frozen: one list serves all its connections. */
function cached(networks: readonly string[]): BlockList {
  const known = lists.get(networks) ?? listOf(networks);
  lists.set(networks, known);
  return known;
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    if (prefix === undefined) list.addAddress(address, family(address));
    else list.addSubnet(address, Number(prefix), family(address));
  }
  return list;
}

function family(address: string): Family {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
