/** How networks are written in the spec. */
import { isIP, isIPv4 } from 'node:net';
import { effectiveAddress } from './address.js';

export const NETWORK_EXPECTS = 'a network or an address, e.g. 192.168.10.0/24, fd00::/8 or 192.0.2.10';

/** IPv6 that carries IPv4 is none: such addresses are judged by what they carry, and would never match. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  if (isIP(address) === 0 || effectiveAddress(address) !== address || more.length > 0) return false;
  if (prefix === undefined) return true;
  return /^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= (isIPv4(address) ? 32 : 128);
}
