/** Operations at random by several callers at once, on workers and a disk that fail at random, held to a model. */
import * as fc from 'fast-check';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { parseStream } from '../../src/spec/stream.js';
import { DesiredState } from '../../src/supervisor/desired-state.js';
import { SpecSource } from '../../src/supervisor/spec-source.js';
import type { StreamJson } from '../../src/supervisor/worker-streams.js';
import type { FakeChild } from '../support/fake-child.js';
import { cameraJson, holdClock, quiet } from '../support/fake-child-keeper.js';
import { type Layout, OPERATOR, startWorld, type World } from '../support/fake-child-world.js';
import { FaultyFiles } from '../support/faulty-files.js';
import { Random } from '../support/fleet/random.js';
import { openStore } from '../support/saved-states.js';

// Files are read in turns of their own: without that a run can be had again by its seed.
vi.mock('../../src/deepstream/index.js', async (original) => ({
  ...(await original<object>()),
  verifyDetector: () => Promise.resolve(),
}));

const LONG = process.env.WEIR_LONG === '1';
const CALLERS = 5;
const OPERATIONS = LONG ? 1_000 : 25;
const RUNS = LONG ? 1_000 : 200;
const IDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

/** By turns applied as whole specs; the first is the spec file's. */
const LAYOUTS: readonly Layout[] = [
  { yard: { streams: cameras('a', 'b'), slots: 3 }, gate: { streams: cameras('c'), slots: 3 } },
  { yard: { streams: cameras('b'), slots: 3 }, gate: { streams: cameras('a', 'c'), slots: 3 } },
  { yard: { streams: cameras('a', 'b', 'd'), slots: 4 }, roof: { streams: cameras('e'), slots: 2 } },
  { gate: { streams: [cameraJson('c', { fps: 10 })], slots: 2 } },
];

function cameras(...ids: readonly string[]): StreamJson[] {
  return ids.map((id) => cameraJson(id));
}

type Operation =
  | { readonly type: 'add'; readonly id: string; readonly fps: number; readonly pipeline: string }
  | { readonly type: 'update'; readonly id: string; readonly fps: number }
  | { readonly type: 'remove' | 'restart'; readonly id: string }
  | { readonly type: 'apply'; readonly layout: number }
  | { readonly type: 'restart-pipeline'; readonly pipeline: string };

const anyId = fc.constantFrom(...IDS);
const anyFps = fc.constantFrom(5, 10);
const anyPipeline = fc.constantFrom('yard', 'gate', 'roof');
const single = <T extends Operation['type']>(type: T) => ({ type: fc.constant(type) });
const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ ...single('add'), id: anyId, fps: anyFps, pipeline: anyPipeline }) },
  { weight: 5, arbitrary: fc.record({ ...single('update'), id: anyId, fps: anyFps }) },
  { weight: 6, arbitrary: fc.record({ ...single('remove'), id: anyId }) },
  { weight: 2, arbitrary: fc.record({ ...single('restart'), id: anyId }) },
  { weight: 1, arbitrary: fc.record({ ...single('apply'), layout: fc.nat(LAYOUTS.length - 1) }) },
  { weight: 1, arbitrary: fc.record({ ...single('restart-pipeline'), pipeline: anyPipeline }) },
);
const anyOperations = fc.array(anyOperation, { minLength: OPERATIONS, maxLength: OPERATIONS });

interface Home {
  readonly pipeline: string;
  readonly stream: StreamJson;
}

/** What is desired, said once more and otherwise. */
class Model {
  generation = 0;
  base: Layout = LAYOUTS[0] as Layout;
  homes = homesOf(LAYOUTS[0] as Layout);
  /** While a spec is being carried out: where it began, and who was touched since. */
  #before = { base: this.base, homes: this.homes };
  readonly #touched = new Set<string>();

  /** What it comes to, where the disk does what it is told. */
  expected(operation: Operation): string {
    if (operation.type === 'add') return this.#add(operation);
    if (operation.type === 'update') return this.#update(operation);
    if (operation.type === 'remove') return changed(this.homes.has(operation.id));
    throw new Error(`${operation.type} changes nothing by itself`);
  }

  take(operation: Operation, result: string): void {
    if (!('id' in operation) || !/changed$/.test(result)) return;
    this.#touched.add(operation.id);
    if (result !== 'changed') return;
    this.generation++;
    if (operation.type === 'remove') this.homes.delete(operation.id);
    else this.homes.set(operation.id, this.#home(operation));
  }

  apply(layout: Layout): void {
    const same =
      JSON.stringify([layout, entries(homesOf(layout))]) === JSON.stringify([this.base, entries(this.homes)]);
    this.#before = { base: this.base, homes: this.homes };
    this.#touched.clear();
    [this.base, this.homes] = [layout, homesOf(layout)];
    if (!same) this.generation++;
  }

  undo(): void {
    const { base, homes } = this.#before;
    const back = new Map(homes);
    for (const id of this.#touched) {
      const home = this.homes.get(id);
      if (!home) back.delete(id);
      else if (Object.hasOwn(base, home.pipeline)) back.set(id, home);
    }
    // What does not fit in any more is left out by the state, in an order of its own.
    [this.base, this.homes] = [base, fitting(base, back)];
    this.generation++;
  }

  #add({ id, fps, pipeline }: Operation & { type: 'add' }): string {
    const slots = this.base[pipeline]?.slots;
    if (slots === undefined) return 'PIPELINE_UNKNOWN';
    const present = this.homes.get(id);
    if (present)
      return present.pipeline === pipeline && present.stream.fps === fps ? 'unchanged' : 'STREAM_EXISTS';
    const taken = [...this.homes.values()].filter((home) => home.pipeline === pipeline).length;
    return taken >= slots ? 'SLOTS_FULL' : 'changed';
  }

  #update({ id, fps }: Operation & { type: 'update' }): string {
    const present = this.homes.get(id);
    return present ? changed((present.stream.fps ?? 15) !== fps) : 'STREAM_UNKNOWN';
  }

  #home(operation: Operation): Home {
    if (operation.type === 'add')
      return { pipeline: operation.pipeline, stream: cameraJson(operation.id, { fps: operation.fps }) };
    const { id, fps } = operation as Operation & { type: 'update' };
    return { pipeline: this.homes.get(id)?.pipeline ?? '', stream: cameraJson(id, { fps }) };
  }
}

const changed = (is: boolean) => (is ? 'changed' : 'unchanged');

function homesOf(layout: Layout): Map<string, Home> {
  const homes = Object.entries(layout).flatMap(([pipeline, { streams }]) =>
    streams.map((stream) => [String(stream.id), { pipeline, stream }] as const),
  );
  return new Map(homes);
}

/** In one order, with the default written down. */
function entries(homes: ReadonlyMap<string, Home>): unknown[] {
  return [...homes]
    .map(([id, { pipeline, stream }]) => [id, pipeline, stream.uri, stream.fps ?? 15])
    .sort(([a], [b]) => String(a).localeCompare(String(b)));
}

/** Of streams that were added to a pipeline that has too few slots for all, the last by name are left out. */
function fitting(base: Layout, homes: Map<string, Home>): Map<string, Home> {
  const declared = homesOf(base);
  const added = ([pipeline, { slots = 0 }]: [string, Layout[string]]): string[] => {
    const here = [...homes].filter(([, home]) => home.pipeline === pipeline).map(([id]) => id);
    return here.length > slots ? here.filter((id) => declared.get(id)?.pipeline !== pipeline).sort() : [];
  };
  for (;;) {
    const last = Object.entries(base)
      .map(added)
      .find((ids) => ids.length > 0)
      ?.at(-1);
    if (last === undefined) return homes;
    const home = declared.get(last);
    if (home) homes.set(last, home);
    else homes.delete(last);
  }
}

/** In the order in which the state was asked for it. */
interface Event {
  readonly asked: Operation | { readonly type: 'undo' };
  result?: string;
}

class Run {
  readonly events: Event[] = [];
  readonly misfits: string[] = [];
  #layout = 0;

  constructor(
    readonly world: World,
    readonly random: () => number,
  ) {
    const { state } = world;
    const [apply, undo] = [state.apply.bind(state), state.undo.bind(state)];
    state.apply = (...args) => this.#noted({ type: 'apply', layout: this.#layout }, apply(...args));
    state.undo = (...args) => this.#noted({ type: 'undo' }, undo(...args));
  }

  /** Of all callers one applies specs: which one it is about is known then. */
  async perform(operation: Operation): Promise<void> {
    const result = resultOf(this.#start(operation));
    if (operation.type === 'restart') this.#allow(operation, await result, ['changed', 'STREAM_UNKNOWN']);
    else if (operation.type === 'restart-pipeline') this.#allow(operation, await result, RESTARTS);
    else if (operation.type === 'apply') this.#allow(operation, await result, APPLIES);
    else await this.#note(operation, result);
  }

  /** What was acknowledged is on the disk. */
  async checkDisk(): Promise<void> {
    const { generation } = this.world.state;
    const saved = await this.world.saved();
    if (saved.generation < generation) this.misfits.push(`on disk ${saved.generation}, told ${generation}`);
  }

  #start(operation: Operation): Promise<object> {
    const { supervisor, spec } = this.world;
    switch (operation.type) {
      case 'add': {
        const { id, fps, pipeline } = operation;
        return supervisor.add(OPERATOR, cameraJson(id, { fps }), pipeline);
      }
      case 'update':
        return supervisor.update(OPERATOR, operation.id, { fps: operation.fps });
      case 'remove':
        return supervisor.remove(OPERATOR, operation.id);
      case 'restart':
        return supervisor.restart(OPERATOR, operation.id);
      case 'restart-pipeline':
        return supervisor.restartPipeline(OPERATOR, operation.pipeline);
      case 'apply':
        this.#layout = operation.layout;
        return supervisor.apply(OPERATOR, spec(LAYOUTS[operation.layout] as Layout));
    }
  }

  async #note(operation: Operation, result: Promise<string>): Promise<void> {
    const event: Event = { asked: operation };
    this.events.push(event);
    event.result = await result;
  }

  #noted<T extends object>(asked: Event['asked'], work: Promise<T>): Promise<T> {
    const event: Event = { asked };
    this.events.push(event);
    return work.then(
      (done) => ((event.result = 'ok'), done),
      (error: { code: string }) => {
        event.result = error.code;
        throw error;
      },
    );
  }

  #allow(operation: Operation, result: string, allowed: readonly string[]): void {
    if (!allowed.includes(result)) this.misfits.push(`${JSON.stringify(operation)}: ${result}`);
  }
}

const RESTARTS = ['ok', 'PIPELINE_UNKNOWN', 'PIPELINE_FAILED', 'STOPPED', 'TIMEOUT'];
const APPLIES = ['ok', 'PIPELINE_FAILED', 'STATE_UNWRITABLE', 'TIMEOUT'];

function resultOf(work: Promise<object>): Promise<string> {
  return work.then(
    (answer) => ('changed' in answer ? changed(answer.changed as boolean) : 'ok'),
    (error: { code?: string }) => error.code ?? String(error),
  );
}

/** Everything in the order in which it was decided, held to the model. */
function replayed(events: readonly Event[], misfits: string[]): Model {
  const model = new Model();
  for (const { asked, result = 'no answer' } of events) {
    if (result === 'ok' && asked.type === 'apply') model.apply(LAYOUTS[asked.layout] as Layout);
    else if (result === 'ok' && asked.type === 'undo') model.undo();
    else if (asked.type !== 'apply' && asked.type !== 'undo') {
      const expected = model.expected(asked);
      const refused = result === 'STATE_UNWRITABLE' && expected === 'changed';
      if (!refused && result !== expected)
        misfits.push(`${JSON.stringify(asked)}: ${result}, not ${expected}`);
      model.take(asked, result);
    }
  }
  return model;
}

const LETHAL: readonly ((child: FakeChild) => void)[] = [
  (child) => child.crash({ signal: 'SIGKILL' }),
  (child) => child.fail('PIPELINE_FAILED', 'no memory on the GPU'),
  (child) => child.hang(),
  (child) => child.giveUp(),
];

/** Workers dawdle, hang, die, do not start and do not end; the disk refuses now and then. */
function makeUnreliable({ children, disk }: World, random: () => number): void {
  const turns = (most: number) => quiet(Math.floor(random() * most));
  children.arrival = (child) => {
    child.stubborn = random() < 0.1;
    child.pause = () => turns(4);
    const chance = random();
    const start = () => {
      if (chance < 0.8) child.play();
      else if (chance < 0.9) child.fail('PIPELINE_FAILED', 'no memory on the GPU');
      else child.crash({ signal: 'SIGKILL' });
    };
    void turns(6).then(start);
  };
  disk.fault = ({ name }) => {
    if (!DURABLE.has(name)) return undefined;
    return { until: turns(3), ...(random() < 0.01 && { code: 'ENOSPC' }) };
  };
}

const DURABLE: ReadonlySet<string> = new Set(['write', 'sync', 'rename', 'syncFolder']);

/** Time passes, and something happens to somebody. */
async function disturb({ world: { children }, random, misfits }: Run): Promise<void> {
  vi.advanceTimersByTime(random() * 1_000);
  await setImmediate();
  const present = children.all.filter(({ over }) => !over).flatMap(({ streams }) => streams);
  for (const id of IDS)
    if (present.filter((each) => each === id).length > 1) misfits.push(`"${id}" is in two workers`);
  for (const child of children.all) {
    if (child.over) continue;
    if (child.hangs && random() < 0.3) child.giveUp();
    if (child.stubborn && child.calls.some((call) => call.startsWith('stop')) && random() < 0.3) child.kill();
    if (random() < 0.05) LETHAL[Math.floor(random() * LETHAL.length)]?.(child);
  }
}

/** Nothing fails any more; resolves when the workers run what is desired. */
async function calm(
  { children, disk, pipelines, running }: World,
  expected: readonly string[],
): Promise<void> {
  disk.fault = () => undefined;
  children.arrival = (child) => child.play();
  for (let round = 0; round < 200; round++) {
    for (const child of children.all) if (!child.over && (child.hangs || child.stubborn)) child.kill();
    vi.advanceTimersByTime(2_000);
    await quiet(4);
    const plays = [...pipelines].every(({ state }) => state === 'playing');
    if (plays && round > 3 && running().sort().join() === [...expected].sort().join()) return;
  }
}

function described(streams: Iterable<Home & { readonly id: string }>): unknown[] {
  return [...streams]
    .map(({ id, pipeline, stream }) => ({ id, pipeline, stream: parseStream(stream) }))
    .sort((a, b) => a.id.localeCompare(b.id));
}

beforeEach(holdClock);
afterEach(() => {
  vi.useRealTimers();
});

it(
  'ends with what was acknowledged: in the state, on the disk and in the workers, each change counted once',
  { timeout: LONG ? 7_200_000 : 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), anyOperations, async (seed, operations) => {
        const chance = new Random(seed);
        const random = () => chance.next();
        await using world = await startWorld(LAYOUTS[0] as Layout);
        const run = new Run(world, random);
        makeUnreliable(world, random);
        const [specs, others] = [
          operations.filter(({ type }) => type === 'apply'),
          operations.filter(({ type }) => type !== 'apply'),
        ];
        const call = async (left: Operation[]) => {
          for (let operation = left.shift(); operation; operation = left.shift()) {
            await run.perform(operation);
            if (random() < 0.05) await run.checkDisk();
          }
        };
        let over = false;
        const calling = Promise.all([
          call(specs),
          ...Array.from({ length: CALLERS - 1 }, () => call(others)),
        ]);
        void calling.finally(() => (over = true));
        while (!over) await disturb(run);
        await calling;

        const model = replayed(run.events, run.misfits);
        expect(run.misfits).toEqual([]);
        const homes = [...model.homes].map(([id, home]) => ({ id, ...home }));
        const layout = Object.keys(model.base).map((pipeline) => {
          const ids = homes.filter((home) => home.pipeline === pipeline).map(({ id }) => id);
          return [`${pipeline}:`, ...ids.sort()].join(' ');
        });
        await calm(world, layout);
        expect(world.running().sort()).toEqual(layout.sort());
        expect(described(world.state.streams())).toEqual(described(homes));
        for (const { id, pipeline, stream } of homes)
          expect(world.children.of(pipeline).told(id)).toEqual(parseStream(stream));
        expect(world.children.mistakes.filter((mistake) => !mistake.endsWith('no slot is free'))).toEqual([]);
        expect(world.state.generation).toBe(model.generation);
        await using store = await openStore(new FaultyFiles(world.disk.image));
        const next = DesiredState.open(new SpecSource(world.state.file, {}), store, () => undefined);
        expect([next.generation, described(next.streams())]).toEqual([model.generation, described(homes)]);
      }),
      { numRuns: RUNS, endOnFailure: true, timeout: 60_000 },
    );
  },
);
