/** An appliance in this process whose streams live by a clock that the test pushes forward. */
import { parseSpec } from '../../src/spec/load.js';
import { Appliance } from '../../src/worker/appliance.js';
import { createLogger } from '../../src/worker/log.js';
import type { StreamRow } from '../../src/worker/status.js';
import { OffsetClock } from './offset-clock.js';

export interface ClockedAppliance extends AsyncDisposable {
  readonly appliance: Appliance;
  readonly clock: OffsetClock;
  row(stream: string): StreamRow;
}

/** `spec` as in weir.yaml, an object. */
export async function startClocked(spec: object): Promise<ClockedAppliance> {
  const parsed = parseSpec(JSON.stringify(spec), 'clocked');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const clock = new OffsetClock();
  const appliance = await Appliance.start(parsed.spec, { clock, log: createLogger({ level: 'silent' }) });
  return {
    appliance,
    clock,
    row: (stream) => {
      const found = appliance.status().flatMap(({ streams }) => streams.filter(({ id }) => id === stream))[0];
      if (!found) throw new Error(`no stream ${stream}`);
      return found;
    },
    [Symbol.asyncDispose]: () => appliance.stop(),
  };
}
