/** A thousand operations at random by several callers at once, on cameras that fail at random, held to a model. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { sameStream } from '../../src/spec/index.js';
import { parseStream } from '../../src/spec/stream.js';
import type { StreamSpec } from '../../src/spec/types.js';
import { ConnectFailure } from '../../src/streams/connect-failure.js';
import { CAUSES } from '../../src/streams/retry.js';
import { type FakeWorld, fakeWorld, settle } from '../support/fake-streams.js';
import { Random } from '../support/fleet/random.js';

const STREAMS = 30;
const SLOTS = 8;
const CALLERS = 5;
const OPERATIONS = 1_000;

type Operation =
  | { readonly type: 'add' | 'update'; readonly spec: StreamSpec }
  | { readonly type: 'remove' | 'restart'; readonly id: string };

/** Few variants, so that the same one is asked for again now and then; some share their connection. */
const anySpec = fc
  .record({ n: fc.nat(STREAMS - 1), path: fc.constantFrom('a', 'b'), fps: fc.constantFrom(5, 10) })
  .map(({ n, path, fps }) => parseStream({ id: `cam-${n}`, uri: `rtsp://192.0.2.1/${path}`, fps }));
const anyId = fc.nat(STREAMS - 1).map((n) => `cam-${n}`);
const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('add' as const), spec: anySpec }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('update' as const), spec: anySpec }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('remove' as const), id: anyId }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const), id: anyId }) },
);
const anyOperations = fc.array(anyOperation, { minLength: OPERATIONS, maxLength: OPERATIONS });

/** What each call must come to, decided in the order of calls. */
class Model {
  readonly desired = new Map<string, StreamSpec>();

  expected(operation: Operation): string {
    const id = 'spec' in operation ? operation.spec.id : operation.id;
    const before = this.desired.get(id);
    if (operation.type === 'remove') return changed(this.desired.delete(id));
    if (operation.type === 'add' && !before && this.desired.size >= SLOTS) return 'SLOTS_FULL';
    if (operation.type !== 'add' && !before) return 'STREAM_UNKNOWN';
    if (!('spec' in operation)) return changed(true);
    const same = before !== undefined && sameStream(before, operation.spec);
    if (operation.type === 'add' && before && !same) return 'STREAM_EXISTS';
    this.desired.set(id, operation.spec);
    return changed(!same);
  }
}

const changed = (is: boolean) => (is ? 'changed' : 'unchanged');

function perform({ reconciler }: FakeWorld, operation: Operation) {
  if ('spec' in operation) return reconciler[operation.type](operation.spec);
  return reconciler[operation.type](operation.id);
}

/** A third of all steps fails, and all take their time. */
function makeUnreliable(world: FakeWorld, random: () => number): () => void {
  const dawdle = async () => {
    for (let turns = Math.floor(random() * 4); turns > 0; turns--) await settle();
  };
  world.host.pause = dawdle;
  world.host.refuse = () => (random() < 0.3 ? new Error('no') : undefined);
  world.resolve = async () => {
    await dawdle();
    if (random() < 0.3) throw new ConnectFailure('dns', 'name not known');
  };
  return () => {
    Object.assign(world, { resolve: async () => {} });
    Object.assign(world.host, { pause: async () => {}, refuse: () => undefined });
  };
}

/** Something happens to some camera, and time passes. */
function disturb(world: FakeWorld, random: () => number): void {
  const tenants = [...world.reconciler];
  const tenant = tenants[Math.floor(random() * tenants.length)];
  // Now and then about a connection that is over.
  const epoch = (tenant?.stream.state.epoch ?? 0) - (random() < 0.2 ? 1 : 0);
  const cause = CAUSES[Math.floor(random() * CAUSES.length)] ?? 'eos';
  if (random() < 0.5) tenant?.stream.dispatch({ type: 'firstFrame', epoch });
  else tenant?.stream.dispatch({ type: 'lost', epoch, cause, message: cause });
  if (random() < 0.1) world.reconciler.nudge();
  world.clock.advance(random() * 2_000);
  world.reconciler.tick();
}

interface Run {
  readonly world: FakeWorld;
  readonly model: Model;
  readonly random: () => number;
  readonly misfits: string[];
}

/** One caller's operations, each after the one before; the next is taken from what all share. */
async function caller({ world, model, random, misfits }: Run, left: Operation[]): Promise<void> {
  for (let operation = left.shift(); operation; operation = left.shift()) {
    const expected = model.expected(operation);
    const told = await perform(world, operation).then(
      (outcome) => {
        const gone = operation.type === 'remove' && outcome.tenant && !outcome.tenant.resident.left;
        return gone ? 'removed, but still there' : changed(outcome.changed);
      },
      (error: { code?: string }) => error.code ?? String(error),
    );
    if (told !== expected) misfits.push(`${JSON.stringify(operation)}: ${told}, not ${expected}`);
    if (random() < 0.3) disturb(world, random);
  }
}

/** All that was broken works now: retries are waited for, and frames flow. */
async function calm(world: FakeWorld): Promise<void> {
  for (let round = 0; round < 40; round++) {
    for (let turns = 0; turns < 6; turns++) await settle();
    for (const { stream } of world.reconciler) {
      const { source, epoch } = stream.state;
      if (source === 'present') stream.dispatch({ type: 'firstFrame', epoch });
    }
    if ([...world.reconciler].every(({ stream }) => stream.state.kind === 'live')) return;
    world.clock.advance(60_000);
    world.frames += 100;
    world.reconciler.tick();
  }
}

it(
  'ends with the streams that are desired, each connected as desired, and every other slot free',
  { timeout: 600_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), anyOperations, async (seed, operations) => {
        const chance = new Random(seed);
        const random = () => chance.next();
        const world = fakeWorld(SLOTS, random);
        const mend = makeUnreliable(world, random);
        const run: Run = { world, model: new Model(), random, misfits: [] };
        const left = [...operations];
        await Promise.all(Array.from({ length: CALLERS }, () => caller(run, left)));
        expect(run.misfits).toEqual([]);
        mend();
        await calm(world);

        const { reconciler, host } = world;
        const { desired } = run.model;
        const tenants = [...reconciler];
        expect(new Map(tenants.map(({ id, spec }) => [id, spec]))).toEqual(desired);
        expect(reconciler.freeSlots).toBe(SLOTS - desired.size);
        expect(host.sources.size).toBe(desired.size);
        for (const { id, slot, token, stream } of tenants) {
          expect(stream.state.kind).toBe('live');
          const uri = desired.get(id)?.uri.analyse;
          expect(host.sources.get(slot)).toMatchObject({ stream: id, token, params: { uri } });
        }
        expect([host.faults, world.fatal]).toEqual([[], []]);
        await reconciler.close();
        expect(host.sources.size).toBe(0);
      }),
      { numRuns: process.env.WEIR_LONG ? 1_000 : 50, endOnFailure: true, timeout: 20_000 },
    );
  },
);
