/**
 * 1 … 64 RTSP streams, looked at once a second each: CPU time, latency and losses of the appliance, of what a user
 * would write instead with the same model and runtime, and of the floor: decoding alone, and inference alone.
 * Usage: scripts/bench streams [--sizes 1,2,…] [--repeat 8,32] [--rounds 3] [--seconds 6] [--rate 1]
 *          [--who weir,opencv,…] [--model nanodet-320x256] [--json]
 */
import { inferenceSeconds } from './contestants/floor.js';
import { comparison, type SizeFindings, type StreamsFindings } from './lib/comparison.js';
import { type Name, type Outcome, TITLES, tryOut } from './lib/field.js';
import { benchFootage } from './lib/footage.js';
import { benchOptions } from './lib/options.js';
import { conclude } from './lib/results.js';
import { inTurns } from './lib/rounds.js';
import { benchModel } from './lib/scene.js';

const { values, json } = benchOptions({
  sizes: [1, 2, 4, 8, 16, 24, 32, 48, 64],
  repeat: [8, 32],
  ...{ rounds: 3, seconds: 6, rate: 1, model: 'nanodet-320x256' },
  who: 'weir,decoding,opencv,ffmpeg,ffmpeg-thinned,appsink',
});
const model = benchModel(values.model);
const footage = await benchFootage('360p');
const names = values.who.split(',') as Name[];

/** Those who fell behind at two sizes in a row are not asked to do more, but where all are compared in rounds. */
const failures = new Map<Name, number>();
const inferences = 40;

async function atSize(streams: number): Promise<SizeFindings> {
  const scene = { streams, footage, model, rate: values.rate };
  const field = names.filter((name) => values.repeat.includes(streams) || (failures.get(name) ?? 0) < 2);
  const rounds = values.repeat.includes(streams) ? values.rounds : 1;
  const samples = await inTurns<Outcome>(
    field.map((name) => ({ name, measure: () => tryOut(name, scene, { seconds: values.seconds }) })),
    { rounds, progress },
  );
  const inference: number[] = [];
  for (let round = 0; round < rounds; round++) inference.push(await inferenceSeconds(model, inferences));
  for (const [name, outcomes] of samples) {
    const failed = outcomes.filter(({ sustained }) => !sustained).length > rounds / 2;
    failures.set(name as Name, failed ? (failures.get(name as Name) ?? 0) + 1 : 0);
  }
  return { streams, inference, outcomes: [...samples.values()].flat() };
}

function progress(line: string, outcome: Outcome): void {
  const { streams, perStreamSecond, sustained, dropped, latency } = outcome;
  const kept = sustained ? 'keeps up' : `falls behind, ${dropped} lost`;
  console.error(
    `${streams} streams, ${line}: ${(perStreamSecond * 1000).toFixed(1)} ms of CPU per stream and second, ${kept}, p99 ${latency?.p99 ?? '–'} ms`,
  );
}

const sizes: SizeFindings[] = [];
for (const streams of values.sizes) sizes.push(await atSize(streams));
const findings: StreamsFindings = { ...values, fps: footage.fps, names, titles: TITLES, sizes };
conclude('streams', findings, comparison(findings), json);
