/** An appliance in this process, which keeps its log to itself. */
import { Appliance, type ApplianceOptions } from '../../src/worker/appliance.js';
import { createLogger } from '../../src/worker/log.js';
import type { StreamRow } from '../../src/worker/status.js';
import { OffsetClock } from './offset-clock.js';
import { readSpec } from './spec.js';

export interface LocalAppliance extends AsyncDisposable {
  readonly appliance: Appliance;
  row(stream: string): StreamRow;
}

/** `spec`: the text of a weir.yaml. */
export async function startLocal(spec: string, options: ApplianceOptions = {}): Promise<LocalAppliance> {
  const log = createLogger({ level: 'silent' });
  const appliance = await Appliance.start(readSpec(spec), { log, ...options });
  return {
    appliance,
    row: (stream) => {
      const found = appliance.status().flatMap(({ streams }) => streams.filter(({ id }) => id === stream))[0];
      if (!found) throw new Error(`no stream ${stream}`);
      return found;
    },
    [Symbol.asyncDispose]: () => appliance.stop(),
  };
}

/** Its streams live by a clock that the test pushes forward. */
export interface ClockedAppliance extends LocalAppliance {
  readonly clock: OffsetClock;
}

export async function startClocked(spec: string, options: ApplianceOptions = {}): Promise<ClockedAppliance> {
  const clock = new OffsetClock();
  return { clock, ...(await startLocal(spec, { clock, ...options })) };
}
