/** By which names the appliance may be called: a name that an attacker's DNS points here is none of them. */
import { hostname, networkInterfaces } from 'node:os';
import { effectiveAddress } from '../../spec/address.js';
import { WeirError } from '../../spec/error.js';
import { show } from '../../spec/problem.js';

/** Throws HOST_REFUSED. The port is not looked at: a proxy may have another. */
export function requireHost(host: string | undefined, configured: readonly string[]): void {
  const name = nameOf(host ?? '');
  if (name !== undefined && isOurs(name, configured)) return;
  throw new WeirError('HOST_REFUSED', `this appliance is not called ${show(host ?? '')}`, {
    remedy: 'use its address or host name, or list the name in control.hosts',
  });
}

function nameOf(host: string): string | undefined {
  const [, address, name] =
    /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9.-]{1,253}))(?::\d{1,5})?$/.exec(host) ?? [];
  return (address ?? name)?.toLowerCase().replace(/\.$/, '');
}

function isOurs(name: string, configured: readonly string[]): boolean {
  const address = effectiveAddress(name);
  if (address !== undefined) return addresses().has(address);
  return ['localhost', hostname(), ...configured].some((each) => each.toLowerCase() === name);
}

/** Looked up each time: they come and go. */
function addresses(): ReadonlySet<string | undefined> {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return new Set(all.map(({ address }) => effectiveAddress(address)));
}
