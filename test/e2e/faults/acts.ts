/** How faults are made and ended. */
import type { CameraFault } from '../../support/camsim.js';
import type { Stage } from './types.js';

type Act = (stage: Stage) => Promise<void>;

export const fault =
  (what: CameraFault): Act =>
  ({ victim }) =>
    victim.sim.fault(victim.id, what);

export const clear: Act = ({ victim }) => victim.sim.clear(victim.id);

/** The fault is gone, and somebody says so: the stream is not to wait for its next attempt. */
export const mended: Act = async (stage) => {
  await clear(stage);
  await stage.appliance.channel.restart(stage.victim.id);
};
