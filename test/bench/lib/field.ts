/** Who takes part in a comparison, under one roof: appliance, alternatives, floor. */
import { type Alternative, ALTERNATIVES, startAlternative } from '../contestants/alternative.js';
import { startDecoding } from '../contestants/floor.js';
import { startWeir, type WeirOptions } from '../contestants/weir.js';
import type { Camsim } from '../../support/camsim.js';
import { startNats } from '../../support/nats.js';
import { measure, type Runner, type Sample, sustained, type Window } from './contestant.js';
import { cpuOfTree } from './processes.js';
import { type BenchScene, startCameras } from './scene.js';

export type Name = 'weir' | 'decoding' | Alternative;

export const TITLES: Readonly<Record<Name, string>> = {
  weir: 'Weir',
  decoding: 'floor: decoding alone',
  ...ALTERNATIVES,
};

export interface Outcome extends Sample {
  readonly name: Name;
  /** Loss and delay free, see `sustained`. */
  readonly sustained: boolean;
  /** CPU seconds per second of one stream. */
  readonly perStreamSecond: number;
  /** The message broker's, meanwhile; of Weir alone. */
  readonly brokerSeconds?: number;
  /** Of the appliance's pipeline, meanwhile. */
  readonly batches?: Batches;
}

export interface Batches {
  /** Pictures per batch. */
  readonly fill: number;
}

/** Rounds of several contestants with the same cameras. */
export interface Rounds {
  /** CPU seconds of one inference alone, one per round. */
  readonly inference: readonly number[];
  readonly outcomes: readonly Outcome[];
}

/** Starts cameras and one contestant, measures, and takes all down. */
export async function tryOut(
  name: Name,
  scene: BenchScene,
  window: Window,
  options: WeirOptions = {},
): Promise<Outcome> {
  await using cameras = await startCameras(scene);
  if (name !== 'weir') {
    await using runner = start(name, scene, cameras);
    return outcome(name, scene, await measure(runner, cameras, scene, window));
  }
  await using nats = await startNats();
  await using runner = await startWeir(scene, cameras, nats.url, options);
  const [before, begin] = [cpuOfTree(nats.pid), await totals(runner)];
  const sample = await measure(runner, cameras, scene, window);
  const end = await totals(runner);
  return {
    ...outcome(name, scene, sample),
    brokerSeconds: cpuOfTree(nats.pid) - before,
    batches: { fill: (end.batchFrames - begin.batchFrames) / (end.batches - begin.batches) },
  };
}

async function totals({ appliance }: Awaited<ReturnType<typeof startWeir>>) {
  const [worker] = await appliance.channel.status();
  return worker?.pipelineCounters ?? { batches: 0, batchFrames: 0 }; // it may just be starting
}

function start(name: Exclude<Name, 'weir'>, scene: BenchScene, cameras: Camsim): Runner {
  return name === 'decoding' ? startDecoding(scene, cameras) : startAlternative(name, scene, cameras);
}

function outcome(name: Name, { rate }: BenchScene, sample: Sample): Outcome {
  const keptUp = name === 'decoding' ? sample.frames >= 0.99 * sample.sent : sustained(sample, rate);
  return {
    name,
    ...sample,
    sustained: keptUp,
    perStreamSecond: sample.cpuSeconds / sample.seconds / sample.streams,
  };
}
