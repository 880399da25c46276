/** What is looked at while a fault lasts. */
import { expect } from 'vitest';
import type { Detections } from '../../support/appliance.js';
import { numberIn } from '../../support/fleet/number-model.js';
import { FPS, nameOf, SCENE_FRAMES } from '../../support/fleet/scenes.js';
import type { Arrived } from '../../support/timeline.js';
import { pass } from '../../support/wait.js';
import type { Stage } from './types.js';

/** Loss is compared over this long. */
const LOSS_MS = 5_000;
const SCENE_MS = (SCENE_FRAMES * 1_000) / FPS;

/** The next messages of the stream, all of one connection. */
async function next({ victim, watched }: Stage, count: number): Promise<Arrived<Detections>[]> {
  const got: Arrived<Detections>[] = [];
  const ignore = watched.onDetections((arrived) => {
    if (arrived.message.stream === victim.id) got.push(arrived);
  });
  try {
    await watched.detections(victim.id, {
      what: `${count} frames of ${victim.id}`,
      fits: () => got.length >= count,
      timeoutMs: 60_000,
    });
  } finally {
    ignore();
  }
  return got;
}

/** So many frames come over one connection, and nothing unexpected is told of it. */
export const frames =
  (count: number, { unexpected }: { unexpected?: 'timestamps' } = {}) =>
  async (stage: Stage): Promise<void> => {
    const got = await next(stage, count);
    const { id } = stage.victim;
    expect(new Set(got.map(({ message }) => message.epoch)).size, `${id}: connections`).toBe(1);
    if (unexpected === undefined) return;
    const { incidents } = await stage.appliance.row(id);
    expect(incidents[unexpected], `${id}: ${unexpected}`).toBe(stage.before.incidents[unexpected]);
  };

/** What the stream says of lost packets is what the camera did, give or take a tenth and some that are on their way. */
export async function lossTold(stage: Stage): Promise<void> {
  const { victim, appliance, tell } = stage;
  const look = async () => {
    const [stats, row] = [await victim.sim.stats(), await appliance.row(victim.id)];
    return { lost: stats[victim.id]?.packets.lost ?? 0, told: row.packetsLost };
  };
  const before = await look();
  await pass(LOSS_MS);
  const after = await look();
  const [lost, told] = [after.lost - before.lost, after.told - before.told];
  const off = Math.abs(told - lost);
  tell('loss', off, `Lost packets: at worst ${told} counted in ${LOSS_MS / 1_000} s when ${lost} were lost.`);
  expect(off, `${victim.id}: ${told} of ${lost} lost packets counted`).toBeLessThanOrEqual(0.1 * lost + 10);
}

/** When the scene would have begun, by these pictures: the camera shows its frames by the clock. */
async function beginnings(stage: Stage, count: number): Promise<number[]> {
  return (await next(stage, count)).flatMap(({ at, message }) => {
    const name = nameOf(numberIn(message));
    return name ? [at - (name.place * 1_000) / FPS] : [];
  });
}

/** By how much the next pictures come later than those around `usual` did, milliseconds, at most half a scene. */
export async function lagOf(stage: Stage, usual: number, count: number): Promise<number> {
  const half = SCENE_MS / 2;
  const shift = (ms: number): number => ((((ms + half) % SCENE_MS) + SCENE_MS) % SCENE_MS) - half;
  return Math.max(...(await beginnings(stage, count)).map((begun) => shift(begun - usual)));
}

/** What `lagOf` compares with: taken while all is well. */
export async function usualBeginning(stage: Stage): Promise<number> {
  const [first = Number.NaN] = await beginnings(stage, 2);
  return first;
}
