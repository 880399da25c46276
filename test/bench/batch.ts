/**
 * Batch size and timeout against throughput and latency. Latency: 16 streams looked at twice a second. Throughput: 8
 * streams of which every frame is asked for, which is more than the machine can do.
 * Usage: scripts/bench batch [--batches 1,4,16] [--timeouts 10,66] [--rounds 1] [--seconds 6] [--model …] [--json]
 */
import { type BatchFindings, batchTable } from './lib/batches.js';
import { type Outcome, tryOut } from './lib/field.js';
import { benchFootage } from './lib/footage.js';
import { benchOptions } from './lib/options.js';
import { conclude } from './lib/results.js';
import { inTurns } from './lib/rounds.js';
import { benchModel } from './lib/scene.js';

const { values, json } = benchOptions({
  batches: [1, 4, 16],
  timeouts: [10, 66],
  ...{ rounds: 1, seconds: 6, model: 'nanodet-320x256' },
});
const { rounds, seconds } = values;
const footage = await benchFootage('360p');
const model = benchModel(values.model);

interface Both {
  readonly usual: Outcome;
  readonly full: Outcome;
}

async function both(batch: number, batchTimeoutMs: number): Promise<Both> {
  const options = { detector: { batch }, mux: { batchTimeoutMs } };
  const usual = { streams: 16, footage, model, rate: 2 };
  const full = { streams: 8, footage, model, rate: footage.fps };
  return {
    usual: await tryOut('weir', usual, { seconds }, options),
    full: await tryOut('weir', full, { seconds }, options),
  };
}

const settings = values.batches.flatMap((batch) =>
  values.timeouts.map((timeoutMs) => ({ batch, timeoutMs })),
);
const samples = await inTurns<Both>(
  settings.map(({ batch, timeoutMs }) => ({
    name: `batch ${batch}, timeout ${timeoutMs} ms`,
    measure: () => both(batch, timeoutMs),
  })),
  {
    rounds,
    progress: (line, { usual, full }) =>
      console.error(
        `${line}: p99 ${usual.latency?.p99 ?? '–'} ms, ${(full.inferred / full.seconds).toFixed(0)} inferences per second at most`,
      ),
  },
);
const findings: BatchFindings = {
  ...{ rounds, seconds, model: values.model },
  settings: settings.map((setting, i) => ({
    ...setting,
    usual: [...samples.values()][i]?.map(({ usual }) => usual) ?? [],
    full: [...samples.values()][i]?.map(({ full }) => full) ?? [],
  })),
};
conclude('batch', findings, [batchTable(findings)], json);
