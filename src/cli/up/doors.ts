/** The doors of an appliance: HTTP on its socket and TCP, and NATS. */
import { openControl } from '../../control/open.js';
import type { NatsLink } from '../../sinks/nats-link.js';
import type { ApplianceSpec } from '../../spec/types.js';
import type { DesiredState } from '../../supervisor/desired-state.js';
import type { Supervisor } from '../../supervisor/supervisor.js';
import { packageVersion } from '../version.js';
import type { Ground } from './ground.js';

export interface DoorsOptions {
  readonly ground: Ground;
  /** Of when the appliance started. */
  readonly spec: ApplianceSpec;
  readonly supervisor: Supervisor;
  readonly state: DesiredState;
  readonly link: NatsLink;
}

export function openDoors({ ground, spec, supervisor, state, link }: DoorsOptions): Promise<AsyncDisposable> {
  const { log, sys, env, where } = ground;
  return openControl({
    ...{ spec, appliance: supervisor, socketPath: where.socket, sys, log, env, link },
    version: packageVersion(),
    cameraNetworks: () => state.desired.spec.cameraNetworks,
  });
}
