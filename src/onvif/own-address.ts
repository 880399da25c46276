/** What a device says of where its services and streams are. It may only speak of itself. */
import { isIPv6 } from 'node:net';
import { printable } from '../net/printable.js';
import { bare } from '../net/resolve.js';
import { maskUserInfo } from '../spec/problem.js';
import { checkStreamUri } from '../spec/uri.js';

export interface OwnUri {
  readonly uri?: string;
  /** Where it was not taken as it stands. */
  readonly note?: string;
}

function inUrl(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}

/** The service at the device's own address; undefined where it is no HTTP. */
export function ownService(text: string, address: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:') return undefined;
  url.hostname = inUrl(address);
  [url.username, url.password, url.hash] = ['', '', ''];
  return url;
}

/** A stream at the device's own address, without credentials. */
export function ownStream(text: string, address: string): OwnUri {
  const parts =
    /^(rtsps?):\/\/(?:[^/?#]*@)?(\[[0-9a-f:.]+\]|[^/?#:@[\]]+)(:\d{1,5})?([/?][^#]*)?(?:#.*)?$/is.exec(text);
  if (!parts) return { note: `left out: "${printable(maskUserInfo(text), 60)}" is no RTSP address` };
  const [, scheme = '', host = '', port = '', path = ''] = parts;
  const uri = `${scheme.toLowerCase()}://${inUrl(address)}${port}${path}`;
  const fault = checkStreamUri(uri, undefined);
  if (fault) return { note: `left out: ${fault.message}` };
  if (bare(host) === address) return { uri };
  return { uri, note: `the device named ${printable(host, 40)}; its own address is used` };
}
