/**
 * The metadata path without pictures: 32 streams of 30 frames a second with 20 objects each, from NvDsBatchMeta to a NATS
 * server, by Weir in each of its formats and by three other ways. `objects`: JavaScript objects of seven properties and JSON.stringify; `hops`: the
 * same, one thread-safe call per object; `floor`: bytes that are ready, and the bare client.
 */
import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { root } from '../support/paths.js';
import { startNats } from '../support/nats.js';
import { conclude } from './lib/results.js';
import { showSpread, spread, type Spread } from './lib/statistics.js';
import { type Job, type Measured, type Way, WAYS } from './metadata/ways.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    streams: { type: 'string', default: '32' },
    objects: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
  },
});
const FPS = 30;
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
const [streams, objects] = [Number(values.streams), Number(values.objects)];
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
  const common = { way, nats, streams, objects, messageBytes: 140 + objects * 138, warmUp: 200 };
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
    jsUsPerMessage: (fast.cpuUs - fast.producerUs) / fast.messages,
    coreShare: paced.cpuUs / paced.wallUs - paced.idleShare,
  };
}

execFileSync('cmake', ['--build', join(root, 'build/native'), '--target', 'weir_bench'], { stdio: 'ignore' });
await using nats = await startNats();
const samples: Record<Way, Sample[]> = {
  ...{ json: [], protobuf: [], 'nvds-minimal': [] },
  ...{ objects: [], hops: [], floor: [] },
};
for (let round = 0; round < rounds; round++)
  for (const way of round % 2 === 0 ? WAYS : [...WAYS].reverse())
    samples[way].push(await measure(way, nats.url));

const KEYS = ['nativeNsPerObject', 'jsUsPerMessage', 'coreShare'] as const;
const figures = Object.fromEntries(
  WAYS.map((way) => [
    way,
    Object.fromEntries(KEYS.map((key) => [key, spread(samples[way].map((sample) => sample[key]))])),
  ]),
) as Record<Way, Record<(typeof KEYS)[number], Spread>>;
/** Each round's own, so that what disturbed a round disturbed both sides. */
const ratio = (key: (typeof KEYS)[number], of: Way, to: Way) =>
  spread(samples[of].map((sample, i) => sample[key] / (samples[to][i]?.[key] ?? Number.NaN)));
const ratios = {
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
const compared = {
  head: ['ratio, round by round', ''],
  rows: [
    ['share of a core, objects to json', showSpread(ratios.objectsToJsonCore)],
    ['share of a core, hops to json', showSpread(ratios.hopsToJsonCore)],
    ['JavaScript, objects to json', showSpread(ratios.objectsToJsonJs)],
    ['JavaScript, json to floor', showSpread(ratios.jsonToFloorJs)],
  ],
};
const findings = { streams, fps: FPS, objects, rounds, seconds, figures, ratios };
conclude('metadata', findings, [table, compared], values.json);
