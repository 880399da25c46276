/** One scenario through every door of a running appliance: same results, same errors, same state in the end. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { connect } from 'nats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../src/control/operations.js';
import { type ErrorCode, ERRORS } from '../../src/spec/error.js';
import { weir } from '../support/cli.js';
import { type Answer, ask } from '../support/control.js';
import { root } from '../support/paths.js';
import {
  ALL_DOORS,
  httpRequest,
  openPlantDoors,
  type PlantDoors,
  type Told,
} from '../support/plant/doors.js';
import { type Plant, startPlant } from '../support/plant/plant.js';
import { LONG } from '../support/reliability.js';
import { until } from '../support/wait.js';

/** Nobody changes it: it must not lose a frame. */
const WATCHED = 'main-1';
const CAMERAS = { main: [WATCHED], side: ['side-1'] };
/** Nothing listens there. */
const refusing = (id: string, more: object = {}) => ({ id, uri: 'rtsp://127.0.0.1:1/none', ...more });

let plant: Plant;
let doors: PlantDoors;

beforeAll(async () => {
  plant = await startPlant({ pipelines: CAMERAS, more: { side: { slots: 3 } }, ...ALL_DOORS });
  doors = await openPlantDoors(plant);
}, 120_000);
afterAll(async () => {
  await doors?.[Symbol.asyncDispose]();
  await plant?.[Symbol.asyncDispose]();
});

type Output = any; // eslint-disable-line @typescript-eslint/no-explicit-any

interface Step {
  readonly operation: string;
  readonly input: object;
  /** As the command line asks for it; none where it cannot. */
  readonly cli?: readonly string[];
}

/** A row for each good and bad input, in the order in which they follow each other. */
function scenario(): readonly Step[] {
  const step = (operation: string, input: object, ...cli: string[]): Step => ({
    ...{ operation, input },
    ...(cli.length > 0 && { cli }),
  });
  const change = (file: string) => ['--file', join(plant.dir, file)];
  const add = (stream: object, pipeline: string, ...cli: string[]) =>
    step('streams.add', { stream, pipeline }, 'streams', 'add', ...cli, '--pipeline', pipeline);
  const uri = 'rtsp://127.0.0.1:1/none';
  return [
    step('appliance.status', {}, 'status'),
    step('appliance.status', { verbose: true }),
    step('streams.list', {}, 'streams', 'list'),
    step('streams.list', { pipeline: 'main' }),
    add(refusing('new'), 'side', 'new', uri),
    add(refusing('new'), 'side', 'new', uri),
    add(refusing('new', { fps: 5 }), 'side', 'new', uri, '--fps', '5'),
    add(refusing('new'), 'main', 'new', uri),
    add(refusing('other'), 'nowhere', 'other', uri),
    add(refusing('other', { uri: 'http://127.0.0.1/' }), 'side', 'other', 'http://127.0.0.1/'),
    add(refusing('ctl'), 'side', 'ctl', uri),
    step('streams.add', { stream: refusing('other') }, 'streams', 'add', 'other', uri),
    step('streams.add', { stream: { uri } }),
    step('streams.add', { stream: refusing('other'), pipeline: 'side', waitMs: -1 }),
    add(refusing('second'), 'side', 'second', uri),
    add(refusing('third'), 'side', 'third', uri),
    step('streams.get', { id: 'new' }, 'streams', 'show', 'new'),
    step('streams.get', { id: 'nobody' }, 'streams', 'show', 'nobody'),
    step('streams.get', { id: 'No!' }, 'streams', 'show', 'No!'),
    step('streams.get', { id: 'new', waitMs: 99_999_999 }),
    step('streams.update', { id: 'new', changes: { fps: 5 } }, 'streams', 'update', 'new', '--fps', '5'),
    step('streams.update', { id: 'new', changes: { fps: 5 } }, 'streams', 'update', 'new', '--fps', '5'),
    step(
      'streams.update',
      { id: 'new', changes: { fps: null } },
      'streams',
      'update',
      'new',
      '--unset',
      'fps',
    ),
    step(
      'streams.update',
      { id: 'new', changes: { id: 'x' } },
      'streams',
      'update',
      'new',
      ...change('id.json'),
    ),
    step(
      'streams.update',
      { id: 'new', changes: { speed: 5 } },
      'streams',
      'update',
      'new',
      ...change('speed.json'),
    ),
    step(
      'streams.update',
      { id: 'nobody', changes: { fps: 5 } },
      'streams',
      'update',
      'nobody',
      '--fps',
      '5',
    ),
    step('streams.update', { id: 'new', changes: [] }),
    step('streams.restart', { id: 'new' }, 'streams', 'restart', 'new'),
    step('streams.restart', { id: 'nobody' }, 'streams', 'restart', 'nobody'),
    step('streams.restart', { id: 'new', now: true }),
    step(
      'streams.snapshot',
      { id: 'side-1' },
      'streams',
      'snapshot',
      'side-1',
      '-o',
      join(plant.dir, 'side-1.jpg'),
    ),
    step('streams.snapshot', { id: 'new' }, 'streams', 'snapshot', 'new', '-o', join(plant.dir, 'new.jpg')),
    step('streams.snapshot', { id: 'nobody' }, 'streams', 'snapshot', 'nobody'),
    step('streams.snapshot', { id: 'side-1', timeoutMs: 1 }),
    step('streams.remove', { id: 'new' }, 'streams', 'remove', 'new'),
    step('streams.remove', { id: 'new' }, 'streams', 'remove', 'new'),
    step('streams.remove', { id: '../x' }, 'streams', 'remove', '../x'),
    step('pipelines.list', {}, 'pipelines', 'list'),
    step('pipelines.list', { id: 'side' }),
    step('pipelines.graph', { id: 'side', format: 'mermaid' }, 'graph', 'side', '--format', 'mermaid'),
    step('pipelines.graph', { id: 'nowhere' }, 'graph', 'nowhere'),
    step('pipelines.graph', { id: 'side', format: 'png' }),
    step(
      'apply',
      { spec: specWith('third'), dryRun: true },
      'apply',
      join(plant.dir, 'third.json'),
      '--dry-run',
    ),
    step('apply', { spec: specWith('third') }, 'apply', join(plant.dir, 'third.json')),
    step('apply', { spec: specWith('third') }, 'apply', join(plant.dir, 'third.json')),
    step('apply', { spec: { appliance: 'plant', pipelines: [] } }, 'apply', join(plant.dir, 'wrong.json')),
    step('apply', { spec: specWith('third'), dryRun: 'perhaps' }),
    add(refusing('fourth'), 'side', 'fourth', uri),
    step('apply', { spec: specWith('fifth'), keep: true }, 'apply', join(plant.dir, 'fifth.json'), '--keep'),
    step('pipelines.restart', { id: 'side' }, 'pipelines', 'restart', 'side'),
    step('pipelines.restart', { id: 'nowhere' }, 'pipelines', 'restart', 'nowhere'),
    step('audit', { stream: 'side-1' }, 'audit', 'side-1'),
    step('audit', { stream: 'nobody' }, 'audit', 'nobody'),
    step('audit', { lastMs: 0 }),
    step('logs', { lines: 3 }, 'logs', '--lines', '3'),
    step('logs', { lines: 0 }),
    step('logs', { lines: 3, level: 'loud' }),
    step('operations.list', { lines: 4 }, 'operations', '--lines', '4'),
    step('operations.list', { lines: 'all' }),
  ];
}

/** As the file has it, and one stream more. */
function specWith(id: string): object {
  const { pipelines, ...rest } = plant.spec(CAMERAS) as { pipelines: { id: string; streams: object[] }[] };
  const more = ({ id: pipeline, streams }: { id: string; streams: object[] }) =>
    pipeline === 'side' ? [...streams, refusing(id)] : streams;
  return { ...rest, pipelines: pipelines.map((each) => ({ ...each, streams: more(each) })) };
}

/** What the command line reads from files. */
async function writeFiles(): Promise<void> {
  const files = {
    ...{ id: { id: 'x' }, speed: { speed: 5 }, wrong: { appliance: 'plant', pipelines: [] } },
    ...{ third: specWith('third'), fifth: specWith('fifth') },
  };
  for (const [name, content] of Object.entries(files))
    await writeFile(join(plant.dir, `${name}.json`), JSON.stringify(content));
}

/** What of an answer must be the same through every door: all but times, processes and how far a connection has come. */
const ESSENCE: Readonly<Record<string, (output: Output) => unknown>> = {
  'appliance.status': ({ appliance, version, spec, streams, pipelines }) => [
    ...[appliance, version, spec, streams.total],
    list(pipelines).map(pipelineEssence),
  ],
  'streams.list': ({ streams }) => list(streams).map(streamEssence),
  'streams.get': streamEssence,
  'streams.add': changeEssence,
  'streams.update': changeEssence,
  'streams.restart': changeEssence,
  'streams.remove': ({ changed }) => changed,
  'streams.snapshot': ({ jpeg }) => [jpeg[0], jpeg[1]],
  'pipelines.list': ({ pipelines }) => list(pipelines).map(pipelineEssence),
  'pipelines.restart': pipelineEssence,
  'pipelines.graph': ({ text }) => text,
  apply: ({ steps, applied }) => [steps, applied],
  audit: ({ streams, agrees }) => [list(streams).map(({ id }) => id), agrees],
  logs: ({ lines }) => list(lines).length,
  'operations.list': ({ operations }) => list(operations).map(recordEssence),
};

const list = (value: unknown) => value as Output[];

function streamEssence({ id, pipeline, origin, spec }: Output): unknown {
  return { id, pipeline, origin, spec };
}

function changeEssence({ changed, pending, stream }: Output): unknown {
  return { changed, pending, stream: stream && streamEssence(stream) };
}

function pipelineEssence({ id, state, slots, streams }: Output): unknown {
  return { id, state, slots, streams };
}

function recordEssence({ operation, stream, pipeline, result, changed }: Output): unknown {
  return [operation, stream ?? pipeline, result, changed];
}

const essence = ({ operation }: Step, { result, output }: Told): unknown =>
  result === 'ok' ? ESSENCE[operation]?.(output) : result;

/** What the commands print, as the operations answer. */
const FROM_CLI: Readonly<Record<string, (printed: string) => unknown>> = {
  'streams.remove': (printed) => ({
    changed: (JSON.parse(printed) as { removed: string[] }).removed.length > 0,
  }),
  'streams.snapshot': (printed) => ({ jpeg: readFileSync(printed.trim()) }),
  'pipelines.graph': (printed) => ({ text: printed }),
  logs: (printed) => ({ lines: printed.trim().split('\n') }),
};
/** Those that print no JSON. */
const PLAIN: ReadonlySet<string> = new Set(['streams.snapshot', 'pipelines.graph']);

async function byCli({ operation, cli = [] }: Step): Promise<Told> {
  const json = PLAIN.has(operation) ? [] : ['--json'];
  const { stdout, stderr, code } = await weir(...cli, ...json, '--socket', plant.socket);
  const error = /^error ([A-Z_]+):/m.exec(stderr)?.[1] ?? stderr;
  if (code !== 0) return { result: error, output: undefined };
  const read = FROM_CLI[operation] ?? ((printed: string): unknown => JSON.parse(printed));
  return { result: 'ok', output: read(stdout) };
}

/** Of one step: undefined where the door cannot ask for it. */
type Row = readonly [operation: string, input: object, essence: unknown] | undefined;

interface Passage {
  readonly rows: Row[];
  readonly end: unknown;
}

/** From the spec file on, to what is there in the end. */
async function passThrough(ask: (step: Step) => Promise<Told | undefined>): Promise<Passage> {
  await plant.control.apply(plant.spec(CAMERAS));
  const rows: Row[] = [];
  for (const step of scenario()) {
    if (step.operation === 'streams.snapshot') await live('side-1');
    const told = await ask(step);
    rows.push(told && [step.operation, step.input, essence(step, told)]);
  }
  const streams = await plant.control.streams();
  const { spec } = await plant.control.status();
  return { rows, end: [spec, streams.map(streamEssence)] };
}

const live = (id: string) =>
  until(`${id} is live`, async () => (await plant.control.stream(id)).state === 'live');

const isCode = (text: unknown): text is ErrorCode => typeof text === 'string' && Object.hasOwn(ERRORS, text);

describe('one scenario', () => {
  let first: Passage;

  beforeAll(async () => {
    await writeFiles();
    first = await passThrough(({ operation, input }) => doors.socket.ask(operation, input));
  }, 120_000);

  test('has every operation, with good and with bad inputs', () => {
    const names = OPERATIONS.map(({ name }) => name).sort();
    for (const bad of [false, true]) {
      const asked = first.rows.flatMap((row) => (row && isCode(row[2]) === bad ? [row[0]] : []));
      expect([...new Set(asked)].sort(), bad ? 'with bad inputs' : 'with good inputs').toEqual(names);
    }
    expect(Object.keys(ESSENCE).sort()).toEqual(names);
  });

  test.each(['tcp', 'nats'] as const)(
    'comes to the same over %s as over the socket',
    async (name) => {
      const passage = await passThrough(({ operation, input }) => doors[name].ask(operation, input));
      expect(passage).toEqual(first);
    },
    120_000,
  );

  test('comes to the same by the command line as over the socket', async () => {
    const { rows, end } = await passThrough(async (step) => (step.cli ? byCli(step) : undefined));
    expect(rows).toEqual(first.rows.map((row, i) => rows[i] && row));
    expect(end).toEqual(first.end);
  }, 120_000);
});

test('the API document that is served is the one in the documentation', async () => {
  const served = await ask({ socketPath: plant.socket }, { path: '/openapi.json' });
  const documented: unknown = JSON.parse(readFileSync(join(root, 'docs/openapi.json'), 'utf8'));
  expect(served.json).toEqual(documented);
});

test('the service is found over NATS, with every operation', async () => {
  const nats = await connect({ servers: plant.nats.url });
  const find = async (verb: string) =>
    (await nats.request(`$SRV.${verb}.weir`, '', { timeout: 5_000 })).json();
  expect(await find('PING')).toMatchObject({ name: 'weir', metadata: { appliance: 'plant' } });
  const { endpoints } = (await find('INFO')) as { endpoints: { subject: string }[] };
  expect(endpoints.map(({ subject }) => subject)).toEqual(
    OPERATIONS.map(({ name }) => `weir.plant.ctl.${name}`),
  );
  await nats.close();
});

/** None of a stream or pipeline that is there but `side`: some of it may succeed, none may touch the camera watched. */
const anyId = fc.oneof(
  fc.constantFrom('nobody', 'new-1', 'new-2', 'ctl', '-', ''),
  fc.string({ maxLength: 70 }),
);
const junk = fc.anything({ withNullPrototype: false, maxDepth: 3, key: fc.string({ maxLength: 8 }) });
const anyUri = fc.constantFrom('rtsp://127.0.0.1:1/a', 'file:///etc/passwd', 'rtsp://u:p@127.0.0.1/');
const anyStream = fc.record(
  {
    ...{ id: anyId, uri: fc.oneof(anyUri, junk), fps: fc.oneof(fc.integer(), junk) },
    password: fc.oneof(fc.constant('${file:/etc/shadow}'), junk),
  },
  { requiredKeys: [] },
);
const anyFields = fc.record(
  {
    id: fc.oneof(anyId, junk),
    stream: fc.oneof(anyStream, junk),
    changes: fc.oneof(anyStream, junk),
    spec: fc.oneof(fc.record({ appliance: anyId, pipelines: junk }), junk),
    pipeline: fc.oneof(fc.constantFrom('side', 'nowhere'), anyId),
    waitMs: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom(-1, '2', null, 1e300)),
    timeoutMs: fc.constantFrom(100, 0, 'soon'),
    lines: fc.oneof(fc.integer(), junk),
    dryRun: fc.oneof(fc.boolean(), junk),
    format: fc.constantFrom('dot', 'mermaid', 'png'),
  },
  { requiredKeys: [] },
);
/** Only the fields of the operation, most of the time. */
const anyRequest = fc.constantFrom(...OPERATIONS).chain((operation) => {
  const own = (all: object) =>
    Object.fromEntries(Object.entries(all).filter(([key]) => Object.hasOwn(operation.input.shape, key)));
  const inputs = fc.oneof({ weight: 4, arbitrary: anyFields.map(own) }, { weight: 1, arbitrary: anyFields });
  return fc.tuple(fc.constant(operation), inputs.map(plain));
});

/** What JSON has. */
function plain(value: object): object {
  const text = JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'bigint' ? String(each) : each,
  );
  return JSON.parse(text) as object;
}

/** Success, or an error of the catalogue with its own status; a fault of Weir's is neither. */
function expectKnown({ status, json }: Answer, asked: string): void {
  if (status < 400) return;
  const { code = 'none' } = (json ?? {}) as { code?: string };
  expect([asked, isCode(code) && ERRORS[code].httpStatus]).toEqual([asked, status]);
  expect([asked, code]).not.toEqual([asked, 'INTERNAL']);
}

async function expectAnswers(): Promise<void> {
  await fc.assert(
    fc.asyncProperty(anyRequest, async ([operation, input]) => {
      for (const { name, send } of doors.http)
        expectKnown(await send(httpRequest(operation, input)), `${operation.name} over ${name}`);
      const { result } = await doors.nats.ask(operation.name, input);
      expect(result === 'ok' || isCode(result), `${operation.name} over NATS: ${result}`).toBe(true);
      expect(result).not.toBe('INTERNAL');
    }),
    { numRuns: LONG ? 5_000 : 100 },
  );
}

async function expectAnswersToText(): Promise<void> {
  const method = fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE', 'PUT', 'OPTIONS');
  const path = fc.oneof(fc.constantFrom('/streams', '/apply', '/streams/nobody'), fc.webPath());
  const body = fc.oneof(fc.json(), fc.string({ unit: 'binary' }));
  await fc.assert(
    fc.asyncProperty(method, path, body, async (method, path, body) => {
      for (const { name, send } of doors.http)
        expectKnown(await send({ method, path, body }), `${method} ${path} over ${name}`);
    }),
    { numRuns: LONG ? 2_000 : 50 },
  );
}

test('whatever is asked is answered with success or an error of the catalogue, and no camera loses a frame by it', async () => {
  await plant.flowing([WATCHED], performance.now());
  const witnesses = plant.watch([WATCHED]);
  const before = await workerOf('main');
  await expectAnswers();
  await expectAnswersToText();
  await plant.flowing([WATCHED], performance.now());
  const { frames, lost } = witnesses.take();
  expect(frames).toBeGreaterThan(10);
  expect(lost, `of ${frames} frames`).toBe(0);
  expect(await workerOf('main')).toBe(before);
}, 300_000);

const workerOf = async (pipeline: string) =>
  (await plant.control.pipelines()).find(({ id }) => id === pipeline)?.pid;
