/** From a camera's URI to the one that is connected to: its name looked up once, every address judged. */
import { isIPv6 } from 'node:net';
import { ConnectFailure } from '../streams/connect-failure.js';
import { effectiveAddress } from '../spec/address.js';
import { addressesOf, type LookupOptions } from './lookup.js';
import { checkNetwork } from './policy.js';

export interface ResolveOptions extends LookupOptions {
  /** The spec's `cameraNetworks`. */
  readonly networks?: readonly string[] | undefined;
  /** Number of the connection, from 1: of several addresses each has its turn. */
  readonly turn?: number;
}

const NETWORK_URI = /^(rtsps?):\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+)((?::\d{1,5})?(?:[/?#].*)?)$/is;

/**
 * The URI with the checked address in place of the name, so that no second lookup can lead elsewhere. With `rtsps:`
 * the name stays, because the certificate is for it. What is no network address is given back as it is.
 * Rejects with ConnectFailure `dns` or `forbidden`.
 */
export async function resolveCamera(uri: string, options: ResolveOptions = {}): Promise<string> {
  if (!/^rtsps?:/i.test(uri)) return uri;
  const [, scheme = '', host, rest = ''] = NETWORK_URI.exec(uri) ?? [];
  if (host === undefined) throw new ConnectFailure('forbidden', 'the host or port is malformed');
  const address = await checkedAddress(bare(host), options);
  if (scheme.toLowerCase() === 'rtsps') return uri;
  return `${scheme}://${isIPv6(address) ? `[${address}]` : address}${rest}`;
}

/** A host as it stands in a URI, without the brackets of IPv6. */
export function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/s, '$1');
}

/** The address of a host, or the name's whose turn it is; all of a name's must be allowed. */
export async function checkedAddress(host: string, options: ResolveOptions): Promise<string> {
  const addresses =
    effectiveAddress(host) === undefined ? await addressesOf(host, options) : ([host] as const);
  for (const address of addresses) {
    const reason = checkNetwork(address, options.networks);
    if (reason !== undefined) throw new ConnectFailure('forbidden', reason);
  }
  return addresses[Math.max(0, (options.turn ?? 1) - 1) % addresses.length] as string;
}
