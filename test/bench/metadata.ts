/**
 * The metadata path without pictures: 32 streams of 30 frames a second with 20 objects each, from NvDsBatchMeta to a NATS
 * server, by Weir in each of its formats and by three other ways. `objects`: JavaScript objects of seven properties and
 * JSON.stringify; `hops`: the same, one thread-safe call per object; `floor`: bytes that are ready, and the bare client.
 * Usage: scripts/bench metadata [--streams 32] [--objects 20] [--rounds 3] [--seconds 5] [--json]
 */
import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../support/paths.js';
import { startNats } from '../support/nats.js';
import { benchOptions } from './lib/options.js';
import { conclude } from './lib/results.js';
import { inTurns } from './lib/rounds.js';
import { ratios, showSpread, spread, type Spread } from './lib/statistics.js';
import { type Job, type Measured, type Way, WAYS } from './metadata/ways.js';

const { values, json } = benchOptions({ rounds: 3, seconds: 5, streams: 32, objects: 20 });
const { rounds, seconds, streams, objects } = values;
const FPS = 30;
/** Batches: what runs for months has been compiled. */
const WARM_UP = 2_000;
const run = promisify(execFile);

/** What one round finds of one way. */
interface Sample {
  readonly nativeNsPerObject: number;
  /** All of the process but the native thread. */
  readonly jsUsPerMessage: number;
  /** Native and JavaScript together, without what the process takes when idle. */
  readonly coreShare: number;
}

async function once(job: Job): Promise<Measured> {
  const args = ['--import', 'tsx', join(root, 'test/bench/metadata/run-way.ts'), JSON.stringify(job)];
  return JSON.parse((await run(process.execPath, args)).stdout) as Measured;
}

async function measure(way: Way, nats: string): Promise<Sample> {
  const common = { way, nats, streams, objects, messageBytes: 140 + objects * 138, warmUp: WARM_UP };
  const fast = await once({ ...common, batches: 1_000, everyUs: 0 });
  const paced = await once({ ...common, batches: seconds * FPS, everyUs: Math.round(1e6 / FPS) });
  for (const [what, { messages }, batches] of [
    ['unpaced', fast, 1_000],
    ['paced', paced, seconds * FPS],
  ] as const)
    if (messages !== batches * streams)
      throw new Error(`${way}, ${what}: ${messages} messages published of ${batches * streams}`);
  return {
    nativeNsPerObject: (fast.producerUs * 1000) / (fast.messages * objects),
    jsUsPerMessage: (fast.cpuUs - fast.makingUs - fast.producerUs) / fast.messages,
    coreShare: (paced.cpuUs - paced.makingUs) / paced.wallUs - paced.idleShare,
  };
}

execFileSync('cmake', ['--build', join(root, 'build/native'), '--target', 'weir_bench'], { stdio: 'ignore' });
await using nats = await startNats();
const samples = await inTurns<Sample>(
  WAYS.map((way) => ({ name: way, measure: () => measure(way, nats.url) })),
  {
    rounds,
    progress: (line, { coreShare }) => console.error(`${line}: ${(coreShare * 100).toFixed(1)} % of a core`),
  },
);

const KEYS = ['nativeNsPerObject', 'jsUsPerMessage', 'coreShare'] as const;
type Key = (typeof KEYS)[number];
const measured = (way: Way, key: Key): number[] => (samples.get(way) ?? []).map((sample) => sample[key]);
const figures = Object.fromEntries(
  WAYS.map((way) => [way, Object.fromEntries(KEYS.map((key) => [key, spread(measured(way, key))]))]),
) as Record<Way, Record<Key, Spread>>;
const ratio = (key: Key, of: Way, to: Way): Spread => ratios(measured(of, key), measured(to, key));
const compared = {
  objectsToJsonCore: ratio('coreShare', 'objects', 'json'),
  objectsToJsonJs: ratio('jsUsPerMessage', 'objects', 'json'),
  hopsToJsonCore: ratio('coreShare', 'hops', 'json'),
  jsonToFloorJs: ratio('jsUsPerMessage', 'json', 'floor'),
};
const figure = (of: Spread, factor = 1): string => showSpread(spread(of.all.map((each) => each * factor)));
const table = {
  title: `The metadata path: ${streams} streams of ${FPS} frames a second with ${objects} objects each`,
  head: ['way', 'native ns per object', 'JS µs per message', '% of a core'],
  rows: WAYS.map((way) => {
    const { nativeNsPerObject: native, jsUsPerMessage: js, coreShare: core } = figures[way];
    return [way, figure(native), figure(js), figure(core, 100)];
  }),
};
const ratioTable = {
  head: ['ratio, round by round', ''],
  rows: [
    ['share of a core, objects to json', showSpread(compared.objectsToJsonCore)],
    ['share of a core, hops to json', showSpread(compared.hopsToJsonCore)],
    ['JavaScript, objects to json', showSpread(compared.objectsToJsonJs)],
    ['JavaScript, json to floor', showSpread(compared.jsonToFloorJs)],
  ],
};
const findings = { ...values, fps: FPS, figures, ratios: compared };
conclude('metadata', findings, [table, ratioTable], json);
