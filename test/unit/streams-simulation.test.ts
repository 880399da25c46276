/** Streams against cameras that fail in every way, for simulated hours. WEIR_SEED repeats a run. */
import { describe, expect, it } from 'vitest';
import { scenarioSeed } from '../support/fleet/random.js';
import { MODES } from '../support/simulated-camera.js';
import { type Place, World } from '../support/stream-world.js';

const HOUR_MS = 3_600_000;
const SEED = scenarioSeed('streams-simulation', Math.floor(Math.random() * 2 ** 31));

/** What happens to a stream, besides its camera. */
const OPERATIONS = {
  async restart(world: World, place: Place) {
    world.permit(place);
    place.stream.restart('restart');
  },
  async change(world: World, place: Place) {
    world.permit(place);
    place.stream.restart('changed');
  },
  async replace(world: World, place: Place) {
    world.permit(place);
    void place.stream.close();
    await world.run(world.random.between(0, 30_000));
    place.stream.start();
  },
  async nudge(world: World) {
    for (const { stream } of world.places) stream.nudge();
  },
} as const;

async function disturb(world: World): Promise<void> {
  const { random } = world;
  const place = random.pick(world.places);
  const what = random.weighted({ heal: 10, fail: 6, restart: 1, change: 1, replace: 2, nudge: 1 });
  if (what === 'heal') return world.set(place, 'healthy');
  if (what === 'fail') return world.set(place, random.pick(MODES));
  await OPERATIONS[what](world, place);
  if (place.camera.mode === 'healthy' && what !== 'nudge') world.expectLive(place, 'healthy');
}

async function simulate(world: World, ms: number, calmestMs: number): Promise<void> {
  await world.start();
  for (const end = world.now + ms; world.now < end && world.problems.length === 0;) {
    await disturb(world);
    await world.run(world.random.between(1, calmestMs));
    world.check();
  }
}

describe('32 streams', () => {
  it('keep every promise for 24 hours of faults', async () => {
    // Looked at less often than a worker does: a day has many looks.
    const world = new World(SEED, 2_000);
    await simulate(world, 24 * HOUR_MS, 60_000);
    expect(world.problems).toEqual([]);
    for (const place of world.places) world.set(place, 'healthy');
    await world.run(900_000);
    world.check();
    expect(world.places.map(({ stream }) => stream.state.kind)).toEqual(world.places.map(() => 'live'));
    await world.close();
    expect(world.problems).toEqual([]);
  });

  it.each(Array.from({ length: 10 }, (_, run) => (SEED + run + 1) % 2 ** 32))(
    'keep every promise while faults come thick and fast, seed %d',
    async (seed) => {
      const world = new World(seed);
      await simulate(world, HOUR_MS / 4, 1_000);
      await world.close();
      expect(world.problems).toEqual([]);
    },
  );

  it.each(Array.from({ length: 10 }, (_, run) => (SEED + run + 1) % 2 ** 32))(
    'that vanish and return together are all live within 15 s, seed %d',
    async (seed) => {
      const world = new World(seed);
      await world.start();
      await world.run(60_000);
      expect(world.places.map(({ stream }) => stream.state.kind)).toEqual(world.places.map(() => 'live'));
      for (const place of world.places) world.set(place, 'refused');
      await world.run(world.random.between(5_000, 300_000));
      expect(world.places.some(({ stream }) => stream.state.kind === 'live')).toBe(false);
      for (const place of world.places) world.set(place, 'healthy');
      await world.run(15_000);
      expect(world.places.map(({ stream }) => stream.state.kind)).toEqual(world.places.map(() => 'live'));
      expect(world.problems).toEqual([]);
    },
  );
});
