/** WS-Discovery: who is there? */
import { randomUUID } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { printable } from '../net/printable.js';
import { checkNetwork } from '../net/policy.js';
import { WeirError } from '../spec/error.js';
import { ownService } from './own-address.js';
import { envelope } from './soap.js';
import { all, type Element, first, parseXml, text } from './xml.js';

export interface FoundDevice {
  readonly address: string;
  readonly service: URL;
  /** What it says of itself before anybody has logged in. */
  readonly name?: string;
  readonly hardware?: string;
}

/** Where to ask: all of a network, or one device. */
export interface Place {
  readonly address: string;
  readonly port: number;
  /** Of this machine: the address to ask from. */
  readonly from?: string;
}

export const DISCOVERY_PORT = 3702;
const GROUP = '239.255.255.250';
const ADDRESSING = 'http://schemas.xmlsoap.org/ws/2004/08/addressing';
const DISCOVERY = 'http://schemas.xmlsoap.org/ws/2005/04/discovery';
/** Some devices answer to the one, some to the other. */
const TYPES = [
  ['http://www.onvif.org/ver10/network/wsdl', 'NetworkVideoTransmitter'],
  ['http://www.onvif.org/ver10/device/wsdl', 'Device'],
] as const;
const AGAIN_MS = 500;
const MAX_ANSWERS = 1000;
export const MAX_DEVICES = 64;

/** The group, from each address of this machine that others can reach, or from `from` alone. */
export function everywhere(from?: string): Place[] {
  const own = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).flatMap(({ family, internal, address }) =>
      family === 'IPv4' && !internal ? [address] : [],
    ),
  );
  return (from === undefined ? own : [from]).map((each) => ({
    address: GROUP,
    port: DISCOVERY_PORT,
    from: each,
  }));
}

/** Those that answer within the time, each once. */
export async function discover(places: readonly Place[], timeoutMs: number): Promise<FoundDevice[]> {
  const found = new Map<string, FoundDevice>();
  const asking = places.map((place) => ask(place, timeoutMs, found));
  await Promise.all(asking);
  return [...found.values()];
}

async function ask(place: Place, timeoutMs: number, found: Map<string, FoundDevice>): Promise<void> {
  const ids = TYPES.map(() => randomUUID());
  const enough = new AbortController();
  const socket = await open(place);
  let answers = 0;
  socket.on('message', (datagram, sender) => {
    if (answers++ >= MAX_ANSWERS) return;
    for (const device of devicesIn(datagram, sender, ids)) {
      if (found.size < MAX_DEVICES) found.set(device.service.href, device);
      // A group may always have another member.
      if (place.address !== GROUP) enough.abort();
    }
  });
  const wait = (ms: number): Promise<void> =>
    sleep(ms, undefined, { signal: enough.signal }).catch(() => undefined);
  const againMs = Math.min(AGAIN_MS, timeoutMs / 2);
  await send(socket, place, ids);
  await wait(againMs);
  // A datagram may be lost.
  if (!enough.signal.aborted) await send(socket, place, ids);
  await wait(timeoutMs - againMs);
  socket.close();
}

async function open({ address, from }: Place): Promise<Socket> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    socket.bind(from === undefined ? {} : { address: from });
    await once(socket, 'listening');
    if (address === GROUP && from !== undefined) socket.setMulticastInterface(from);
    socket.on('error', () => undefined);
    return socket;
  } catch (cause) {
    socket.close();
    throw new WeirError('USAGE', `${from}: no address of this machine to ask from`, {
      remedy: 'ip -4 addr lists them',
      cause,
    });
  }
}

/** Where nobody can be reached by this way, nobody is found. */
async function send(socket: Socket, { address, port }: Place, ids: readonly string[]): Promise<void> {
  const sent = TYPES.map(
    (types, i) =>
      new Promise<void>((resolve) => socket.send(probe(types, ids[i] ?? ''), port, address, () => resolve())),
  );
  await Promise.all(sent);
}

function probe([space, type]: (typeof TYPES)[number], id: string): string {
  const header = [
    `<a:MessageID xmlns:a="${ADDRESSING}">urn:uuid:${id}</a:MessageID>`,
    `<a:To xmlns:a="${ADDRESSING}">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>`,
    `<a:Action xmlns:a="${ADDRESSING}">${DISCOVERY}/Probe</a:Action>`,
  ];
  const types = `<d:Types xmlns:t="${space}">t:${type}</d:Types>`;
  return envelope(`<d:Probe xmlns:d="${DISCOVERY}">${types}</d:Probe>`, header.join(''));
}

/** What is no answer to us is passed over: anybody may send anything here. */
export function devicesIn(
  datagram: Buffer,
  sender: Pick<RemoteInfo, 'address'>,
  ids: readonly string[],
): FoundDevice[] {
  try {
    const envelope = first(parseXml(datagram.toString('utf8')), 'Envelope');
    const relates = text(envelope, 'Header', 'RelatesTo').toLowerCase();
    if (!ids.some((id) => relates.endsWith(id)) || checkNetwork(sender.address) !== undefined) return [];
    const matches = all(first(envelope, 'Body', 'ProbeMatches'), 'ProbeMatch').slice(0, 4);
    return matches.flatMap((match) => deviceOf(match, sender.address) ?? []);
  } catch {
    return [];
  }
}

/** Of several addresses of its service the one that is the sender's own counts first. */
function deviceOf(match: Element, address: string): FoundDevice | undefined {
  const services = text(match, 'XAddrs')
    .split(/\s+/)
    .slice(0, 8)
    .sort((a, b) => Number(b.includes(address)) - Number(a.includes(address)))
    .flatMap((xaddr) => ownService(xaddr, address) ?? []);
  const [service] = services;
  if (!service) return undefined;
  const scopes = text(match, 'Scopes').split(/\s+/).slice(0, 32);
  const [name, hardware] = [scope(scopes, 'name'), scope(scopes, 'hardware')];
  return { address, service, ...(name && { name }), ...(hardware && { hardware }) };
}

/** `onvif://www.onvif.org/name/Front%20door` → `Front door`. */
function scope(scopes: readonly string[], kind: string): string {
  const start = `onvif://www.onvif.org/${kind}/`;
  const found = scopes.find((each) => each.toLowerCase().startsWith(start))?.slice(start.length) ?? '';
  try {
    return printable(decodeURIComponent(found), 60);
  } catch {
    return printable(found, 60);
  }
}
