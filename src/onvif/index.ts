/** Finds ONVIF cameras and what they offer. */
import { isIP } from 'node:net';
import { checkedAddress } from '../net/resolve.js';
import { parseSecretRef, resolveSecret } from '../spec/secret.js';
import { WeirError } from '../spec/error.js';
import { ConnectFailure } from '../streams/connect-failure.js';
import { choose } from './choose.js';
import { type DeviceOptions, OnvifDevice } from './device.js';
import {
  discover,
  DISCOVERY_PORT,
  everywhere,
  type FoundDevice,
  MAX_DEVICES,
  type Place,
} from './discovery.js';
import type { Login } from './login.js';
import type { DeviceReport } from './report.js';

export { deviceReport, type DeviceReport, type ProfileReport } from './report.js';

export interface DiscoverOptions {
  /** Wait so long for devices to say that they are there; default 3000. */
  readonly timeoutMs?: number;
  /** Address of this machine to ask from; default: all that others can reach. */
  readonly interface?: string;
  /** `host` or `host:port` of devices to ask one by one, instead of all of the network. */
  readonly addresses?: readonly string[];
  /** References. Without them only devices that tell anybody tell their streams. */
  readonly user?: string;
  readonly password?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly device?: Omit<DeviceOptions, 'login'>;
}

/** In the order of their addresses. Rejects with SECRET_UNAVAILABLE, or PROBE_FAILED where an address leads nowhere. */
export async function discoverCameras(options: DiscoverOptions = {}): Promise<DeviceReport[]> {
  const { timeoutMs = 3_000, addresses } = options;
  const login = loginOf(options);
  const places = addresses ? await Promise.all(addresses.map(placeOf)) : everywhere(options.interface);
  const found = await discover(places, timeoutMs);
  const devices = [...found, ...(addresses ? silent(places, found) : [])].slice(0, MAX_DEVICES);
  const reports = await Promise.all(
    devices.map((device) => examine(device, { ...options.device, ...(login && { login }) })),
  );
  return reports.sort((a, b) => a.address.localeCompare(b.address, 'en', { numeric: true }));
}

function loginOf({ user, password, env }: DiscoverOptions): Login | undefined {
  if (user === undefined && password === undefined) return undefined;
  const [userRef, passwordRef] = [parseSecretRef(user ?? ''), parseSecretRef(password ?? '')];
  if (!userRef || !passwordRef) {
    throw new WeirError('USAGE', 'a login is a user and a password, both by reference', {
      remedy: "--user '${env:CAM_USER}' --password '${env:CAM_PASSWORD}'",
    });
  }
  return { user: resolveSecret(userRef, env).reveal(), password: resolveSecret(passwordRef, env).reveal() };
}

async function placeOf(text: string): Promise<Place> {
  const [, v6, host = '', port] = /^(?:\[([0-9a-f:.]+)\]|([^:]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  try {
    const address = await checkedAddress(v6 ?? host, {});
    return { address, port: port === undefined ? DISCOVERY_PORT : Number(port) };
  } catch (error) {
    if (!(error instanceof ConnectFailure)) throw error;
    throw new WeirError('PROBE_FAILED', `${text}: ${error.reason}: ${error.message}`, { cause: error });
  }
}

/** Many devices answer only to the whole network: their service has a usual place. */
function silent(places: readonly Place[], found: readonly FoundDevice[]): FoundDevice[] {
  const asked = places.filter(({ address }) => !found.some((device) => device.address === address));
  return asked.map(({ address, port }) => {
    const host = isIP(address) === 6 ? `[${address}]` : address;
    const web = port === DISCOVERY_PORT ? '' : `:${port}`;
    return { address, service: new URL(`http://${host}${web}/onvif/device_service`) };
  });
}

/** What goes wrong with one device is a word in its report. */
async function examine(found: FoundDevice, options: DeviceOptions): Promise<DeviceReport> {
  const { address, service, name = address, hardware } = found;
  const device = new OnvifDevice(address, service, options);
  let report: DeviceReport = { address, service: service.href, name, profiles: [] };
  if (hardware !== undefined) report = { ...report, model: hardware };
  try {
    report = { ...report, clockSkewSeconds: Math.round((await device.clockSkew()) / 1000) };
    report = { ...report, ...(await device.information()) };
    const profiles = await device.profiles();
    return { ...report, profiles, ...choose(profiles) };
  } catch (error) {
    if (!(error instanceof ConnectFailure)) throw error;
    return { ...report, problem: { cause: error.reason, message: error.message } };
  }
}
