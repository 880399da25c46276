/**
 * Operations at random by several clients at once, over all doors, while workers are killed: there is an order of them
 * that explains every answer and what is there in the end, also after a restart.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseStream } from '../../src/spec/stream.js';
import type { PipelineView, StreamView } from '../../src/supervisor/views.js';
import { Random, scenarioSeed } from '../support/fleet/random.js';
import { ALL_DOORS, openPlantDoors, type PlantDoor, type PlantDoors } from '../support/plant/doors.js';
import { type Plant, startPlant } from '../support/plant/plant.js';
import { LONG } from '../support/reliability.js';
import { until } from '../support/wait.js';

const OPERATIONS = LONG ? 1_000 : 150;
/** Operations between two kills. */
const KILL_EVERY = 40;
/** Nobody touches these. */
const UNTOUCHED = { yard: ['yard-1'], gate: ['gate-1'] };
const PIPELINES = ['yard', 'gate'] as const;
const IDS = ['a', 'b', 'c', 'd', 'e', 'f'];

let plant: Plant;
let doors: PlantDoors;

beforeAll(async () => {
  plant = await startPlant({ pipelines: UNTOUCHED, ...ALL_DOORS });
  doors = await openPlantDoors(plant);
}, 120_000);
afterAll(async () => {
  await doors?.[Symbol.asyncDispose]();
  await plant?.[Symbol.asyncDispose]();
});

type Kind = 'add' | 'update' | 'remove' | 'restart';

interface Home {
  readonly pipeline: string;
  readonly fps: number;
}

/** Of one stream; it was decided at some moment between the two. */
interface Call extends Home {
  readonly kind: Kind;
  readonly from: number;
  readonly to: number;
  /** `changed`, `unchanged`, or the code of an error. */
  readonly result: string;
}

const changed = (is: unknown) => (is ? 'changed' : 'unchanged');

/** What a call comes to where the stream is like this, and how it is then. */
function after(
  home: Home | undefined,
  { kind, pipeline, fps }: Call,
): [result: string, home: Home | undefined] {
  if (kind === 'remove') return [changed(home), undefined];
  if (kind === 'add' && !home) return ['changed', { pipeline, fps }];
  if (!home) return ['STREAM_UNKNOWN', undefined];
  if (kind === 'restart') return ['changed', home];
  if (kind === 'update') return [changed(home.fps !== fps), { ...home, fps }];
  const same = home.pipeline === pipeline && home.fps === fps;
  return [same ? 'unchanged' : 'STREAM_EXISTS', home];
}

/** Whether some order of the calls, none before one that had ended when it began, explains all results and the end. */
function explained(calls: readonly Call[], end: Home | undefined): boolean {
  const dead = new Set<string>();
  const search = (left: readonly Call[], home: Home | undefined): boolean => {
    if (left.length === 0) return home?.pipeline === end?.pipeline && home?.fps === end?.fps;
    const key = JSON.stringify([left.map(({ from }) => from), home]);
    if (dead.has(key)) return false;
    const firstEnd = Math.min(...left.map(({ to }) => to));
    for (const call of left.filter(({ from }) => from <= firstEnd)) {
      const [result, next] = after(home, call);
      if (
        result === call.result &&
        search(
          left.filter((each) => each !== call),
          next,
        )
      )
        return true;
    }
    dead.add(key);
    return false;
  };
  return search(calls, undefined);
}

const camera = (id: string, fps: number) => ({ id, uri: 'rtsp://127.0.0.1:1/none', fps });

const INPUT: Readonly<Record<Kind, (id: string, home: Home) => object>> = {
  add: (id, { pipeline, fps }) => ({ stream: camera(id, fps), pipeline }),
  update: (id, { fps }) => ({ id, changes: { fps } }),
  remove: (id) => ({ id }),
  restart: (id) => ({ id }),
};

class Crowd {
  readonly calls = new Map(IDS.map((id) => [id, [] as Call[]]));
  readonly strange: string[] = [];
  #left = OPERATIONS;

  constructor(private readonly chance: Random) {}

  /** One client, an operation after the other, until all have been done. */
  async work(door: PlantDoor): Promise<void> {
    while (this.#left-- > 0) {
      if (this.#left % KILL_EVERY === 0) void kill(this.chance.pick(PIPELINES));
      if (this.chance.next() < 0.02) await this.#restartPipeline(door);
      else await this.#ask(door);
    }
  }

  async #ask(door: PlantDoor): Promise<void> {
    const kind = this.chance.weighted<Kind>({ add: 4, update: 2, remove: 3, restart: 1 });
    const [id, home] = [
      this.chance.pick(IDS),
      { pipeline: this.chance.pick(PIPELINES), fps: this.chance.pick([5, 10]) },
    ];
    const from = performance.now();
    const { result, output } = await door.ask(`streams.${kind}`, INPUT[kind](id, home));
    const to = performance.now();
    this.calls
      .get(id)
      ?.push({ ...home, kind, from, to, result: result === 'ok' ? changed(output.changed) : result });
  }

  /** It may be killed again before it plays. */
  async #restartPipeline(door: PlantDoor): Promise<void> {
    const { result } = await door.ask('pipelines.restart', { id: this.chance.pick(PIPELINES) });
    if (!['ok', 'PIPELINE_FAILED'].includes(result)) this.strange.push(`pipelines.restart: ${result}`);
  }
}

async function kill(pipeline: string): Promise<void> {
  const { pid } = (await plant.control.pipelines()).find(({ id }) => id === pipeline) ?? {};
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** Whoever waits for the next start is started now. */
async function wake(): Promise<void> {
  for (const { id, state } of await plant.control.pipelines())
    if (state !== 'playing') await plant.control.restartPipeline(id);
}

/** Every pipeline plays, and its worker says something of every stream. */
async function settled(): Promise<readonly StreamView[]> {
  const plays = ({ state }: PipelineView) => state === 'playing';
  return until(
    'everything has settled',
    async () => {
      const [pipelines, streams] = [await plant.control.pipelines(), await plant.control.streams()];
      return pipelines.every(plays) && streams.every(({ state }) => state !== 'pipeline-down') && streams;
    },
    { timeoutMs: 60_000 },
  );
}

const described = (streams: readonly StreamView[]) =>
  streams.map(({ id, pipeline, spec }) => ({
    id,
    pipeline,
    spec: parseStream({ ...spec, uri: 'rtsp://127.0.0.1/' }),
  }));

test(
  'many hands leave what they were told, and whom they did not touch delivers',
  async () => {
    const chance = new Random(scenarioSeed('many hands', 4));
    const crowd = new Crowd(chance);
    const hands = [doors.socket, doors.socket, doors.tcp, doors.nats];
    await Promise.all(hands.map((door) => crowd.work(door)));
    expect(crowd.strange).toEqual([]);

    await wake();
    const streams = await settled();
    for (const [id, calls] of crowd.calls) {
      const view = streams.find((stream) => stream.id === id);
      const end = view && { pipeline: view.pipeline, fps: Number(view.spec.fps) };
      expect(explained(calls, end), JSON.stringify({ id, calls, end }, null, 1)).toBe(true);
      expect(explained(calls, { pipeline: 'none', fps: 1 }), 'an end that nobody asked for').toBe(false);
    }
    await plant.flowing(Object.values(UNTOUCHED).flat(), performance.now());

    await plant.supervisor.stop();
    await plant.start();
    expect(described(await settled())).toEqual(described(streams));
    await plant.flowing(Object.values(UNTOUCHED).flat(), performance.now());
  },
  LONG ? 1_200_000 : 300_000,
);
