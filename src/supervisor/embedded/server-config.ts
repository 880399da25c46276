/** The configuration of a NATS server of our own. */
import type { EmbeddedNatsSpec } from '../../spec/types.js';

export interface ServerConfig {
  readonly appliance: string;
  readonly spec: EmbeddedNatsSpec;
  /** 0: any free one. */
  readonly port: number;
  readonly storeDir: string;
  readonly password: string;
  /** Of nats-server, e.g. `2.10.4`. */
  readonly version: string;
}

/** The only user. */
export const USER = 'weir';
/** How long a power cut may take back what was acknowledged: less is a write to the disk for every event. */
const SYNC = '1s';
const SYNC_SINCE = [2, 10] as const;
const MEMORY_BYTES = 64 * 1024 ** 2;
const ANY_PORT = -1;

/** JSON, which nats-server reads as its own format. For loopback only. */
export function serverConfig({ appliance, spec, port, storeDir, password, version }: ServerConfig): string {
  const config = {
    server_name: `weir_${appliance}`,
    host: '127.0.0.1',
    port: port === 0 ? ANY_PORT : port,
    authorization: { user: USER, password },
    jetstream: {
      store_dir: storeDir,
      max_file_store: spec.maxBytes,
      max_memory_store: MEMORY_BYTES,
      ...(since(version, SYNC_SINCE) && { sync_interval: SYNC }),
    },
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

/** Whether the version is this one or a later one. An unknown key would be an error. */
function since(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/** Of what `nats-server --version` prints; empty where it is something else. */
export function versionOf(text: string): string {
  return /v(\d+\.\d+\.\d+)/.exec(text)?.[1] ?? '';
}
