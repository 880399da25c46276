/** The doors of an appliance: HTTP on its socket and TCP, and NATS. */
import { Control } from '../../control/invoke.js';
import { openControlHttp } from '../../control/http/open.js';
import type { ApplianceSpec } from '../../spec/types.js';
import type { DesiredState } from '../../supervisor/desired-state.js';
import type { Supervisor } from '../../supervisor/supervisor.js';
import type { Ground } from './ground.js';

export interface DoorsOptions {
  readonly ground: Ground;
  /** Of when the appliance started. */
  readonly spec: ApplianceSpec;
  readonly supervisor: Supervisor;
  readonly state: DesiredState;
}

export async function openDoors({ ground, spec, supervisor, state }: DoorsOptions): Promise<AsyncDisposable> {
  const { log, sys, env, where } = ground;
  const control = new Control({
    ...{ appliance: supervisor, log },
    cameraNetworks: () => state.desired.spec.cameraNetworks,
  });
  return openControlHttp({ control, spec: spec.control, socketPath: where.socket, sys, log, env });
}
