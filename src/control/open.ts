/** All doors of an appliance: its socket, TCP and NATS where the spec asks for them. */
import type { NatsLink } from '../sinks/nats-link.js';
import type { ApplianceSpec } from '../spec/types.js';
import type { Logger } from '../worker/log.js';
import type { ControlledAppliance } from './appliance.js';
import { type ControlHttp, type ControlHttpOptions, openControlHttp } from './http/open.js';
import { Control } from './invoke.js';
import { openNatsDoor } from './nats-door.js';

export interface OpenControlOptions extends Pick<ControlHttpOptions, 'sys' | 'socketPath' | 'timeouts'> {
  /** Of when the appliance started: the doors stay as they are. */
  readonly spec: Pick<ApplianceSpec, 'appliance' | 'nats' | 'control'>;
  readonly appliance: ControlledAppliance;
  /** Of the spec in force. */
  cameraNetworks(): readonly string[] | undefined;
  /** Of Weir. */
  readonly version: string;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly env: NodeJS.ProcessEnv;
  /** Connected to NATS, or about to be; the caller's. */
  readonly link: Pick<NatsLink, 'serve'>;
}

/** All or none. Throws LISTEN_FAILED, ALREADY_RUNNING, SECRET_UNAVAILABLE. */
export async function openControl(options: OpenControlOptions): Promise<ControlHttp> {
  const { appliance, log, spec } = options;
  const control = new Control({ appliance, log, cameraNetworks: () => options.cameraNetworks() });
  const http = await openControlHttp({ ...options, control, spec: spec.control });
  const nats = openNatsDoor({ ...options, control });
  const close = async (): Promise<void> => {
    nats[Symbol.dispose]();
    await http[Symbol.asyncDispose]();
  };
  return { ...http, [Symbol.asyncDispose]: close };
}
