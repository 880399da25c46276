/**
 * What the appliance costs beyond its floor: CPU seconds of the whole process tree against the same decoding into a
 * fakesink plus the same number of inferences, each alone. All three are measured in turns in one run.
 * Usage: scripts/bench overhead [--streams 8] [--rate 4] [--seconds 20] [--rounds 3] [--model nanodet-320x256] [--json]
 */
import { H264 } from '../support/paths.js';
import { startNats } from '../support/nats.js';
import { inferenceSeconds, startDecoding } from './contestants/floor.js';
import { startWeir } from './contestants/weir.js';
import { measure, type Runner } from './lib/contestant.js';
import { benchOptions } from './lib/options.js';
import { conclude } from './lib/results.js';
import { inTurns } from './lib/rounds.js';
import { benchModel, startCameras } from './lib/scene.js';
import { ratios, showSpread, spread } from './lib/statistics.js';

/** CPU seconds per frame, or per inference. */
interface Cost {
  readonly each: number;
  readonly frames: number;
  readonly inferences: number;
}

const { values, json } = benchOptions({
  ...{ streams: 8, rate: 4, seconds: 20, rounds: 3, model: 'nanodet-320x256' },
});
const { streams, rate, seconds, rounds } = values;
const footage = { file: H264, width: 640, height: 360, fps: 15 };
const scene = { streams, footage, rate, model: benchModel(values.model) };

await using nats = await startNats();
await using cameras = await startCameras(scene);

async function cost(start: () => Promise<Runner> | Runner): Promise<Cost> {
  await using runner = await start();
  const { cpuSeconds, frames, inferred } = await measure(runner, cameras, scene, { seconds, flowing: 15 });
  return { each: cpuSeconds / frames, frames, inferences: inferred };
}

const samples = await inTurns<Cost>(
  [
    { name: 'appliance', measure: () => cost(() => startWeir(scene, cameras, nats.url)) },
    { name: 'decoding', measure: () => cost(() => startDecoding(scene, cameras)) },
    {
      name: 'inference',
      measure: async () => {
        const inferences = streams * rate * seconds;
        return { each: await inferenceSeconds(scene.model, inferences), frames: 0, inferences };
      },
    },
  ],
  { rounds, progress: (line, { each }) => console.error(`${line}: ${(each * 1000).toFixed(2)} ms each`) },
);
const [appliance, decoding, inference] = ['appliance', 'decoding', 'inference'].map(
  (name) => samples.get(name) ?? [],
) as [readonly Cost[], readonly Cost[], readonly Cost[]];
/** Per frame, with the share of frames that were inferred in that round. */
const floor = appliance.map(
  ({ frames, inferences }, i) => (decoding[i]?.each ?? 0) + (inference[i]?.each ?? 0) * (inferences / frames),
);
const spent = appliance.map(({ each }) => each);
const ratio = ratios(spent, floor);
const ms = (of: readonly number[]): string => showSpread(spread(of.map((each) => each * 1000)));
const table = {
  title: `CPU of the appliance over its floor: ${streams} streams of 360p at 15 fps, ${rate} inferences a second each`,
  head: ['', 'ms of CPU per frame', 'ratio'],
  rows: [
    ['appliance', ms(spent), showSpread(ratio)],
    ['floor', ms(floor), '1'],
    ['  decoding alone', ms(decoding.map(({ each }) => each)), ''],
    ['  an inference alone', ms(inference.map(({ each }) => each)), ''],
  ],
};
const findings = { ...values, fps: footage.fps, ratio, appliance: spread(spent), floor: spread(floor) };
conclude('overhead', findings, [table], json);
