import { METHODS } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXAMPLES } from '../../src/control/examples.js';
import { COMMON_ERRORS, type Operation } from '../../src/control/operation.js';
import { OPERATIONS } from '../../src/control/operations.js';
import { ERRORS, type ErrorCode, WeirError } from '../../src/spec/error.js';
import {
  type Answer,
  type Asked,
  type AskNats,
  type Doors,
  natsDoor,
  openDoors,
} from '../support/control.js';

type Input = Readonly<Record<string, unknown>>;

/** As HTTP wants it. */
function asHttp({ method, path }: Operation, input: Input): Asked {
  const rest = new Map(Object.entries(input));
  const filled = path.replace(/\{(\w+)\}/g, (_all, field: string) => {
    const value = asText(rest.get(field));
    rest.delete(field);
    return encodeURIComponent(value);
  });
  if (method === 'POST' || method === 'PATCH')
    return { method, path: filled, body: Object.fromEntries(rest) };
  const query = new URLSearchParams();
  for (const [key, value] of rest) query.set(key, asText(value));
  return { method, path: `${filled}?${query}` };
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : json(value);
}

function json(value: unknown): string {
  return (
    JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? String(each) : each)) ?? ''
  );
}

/** What an answer says, whatever the door: pictures are bytes here and base64 there. */
function said({ binary }: Operation, { status, json, bytes, headers }: Partial<Answer>): readonly unknown[] {
  const picture = binary && status === 200 && headers?.['content-type'] === binary.type;
  return [status, picture ? { [binary.field]: bytes?.toString('base64') } : json];
}

interface Case {
  readonly input: Input;
  readonly fault?: ErrorCode;
}

/** Numbers as text: over HTTP they are. */
const WRONG: Readonly<Record<string, readonly Input[]>> = {
  'streams.get': [{ id: 'cam-99' }, { id: 'Cam' }, { id: 'cam-1', waitMs: '99999999' }],
  'streams.add': [
    {},
    { stream: { id: 'cam-1', uri: 'rtsp://192.0.2.66/1' } },
    { stream: { id: 'ctl', uri: 'http://x' } },
    { stream: { id: 'new', uri: 'rtsp://192.0.2.9/1' }, pipeline: 'other' },
  ],
  'streams.update': [
    { id: 'cam-1', changes: { id: 'x' } },
    { id: 'cam-1', changes: 1 },
    { id: 'cam-99', changes: {} },
  ],
  'streams.remove': [{ id: 'cam-99' }],
  'streams.snapshot': [{ id: 'cam-99' }, { id: 'cam-1', annotated: 'perhaps' }],
  'pipelines.restart': [{ id: 'other' }],
  'pipelines.graph': [{ id: 'main', format: 'png' }],
  apply: [{}, { spec: {} }],
  logs: [{ lines: '0' }, { level: 'loud' }],
};

/** A camera for each: pictures are shared for a while, and so are failures to take one. */
function casesOf({ name, errors }: Operation): Case[] {
  const usual = EXAMPLES[name]?.input ?? {};
  const faults = [undefined, ...COMMON_ERRORS, ...errors];
  const withFaults = faults.map((fault, i): Case => {
    const id = name.startsWith('streams.') && 'id' in usual ? { id: `cam-${i}` } : {};
    const input = { ...usual, ...id, ...('waitMs' in usual && { waitMs: 1 }) };
    return { input, ...(fault && { fault }) };
  });
  return [...withFaults, ...(WRONG[name] ?? []).map((input) => ({ input }))];
}

const cameras = Array.from({ length: 20 }, (_, i) => ({ id: `cam-${i}`, uri: `rtsp://192.0.2.${i}/1` }));
const APPLIANCE = { pipelines: { main: { slots: 32, streams: cameras } } };

/** What the appliance is afterwards. */
async function stateOf({ appliance }: Doors): Promise<unknown> {
  appliance.fault = () => undefined;
  return [await appliance.status(), await appliance.streams()];
}

describe('the doors agree', () => {
  it.each(OPERATIONS.map((operation) => [operation.name, operation] as const))(
    'on %s',
    async (name, operation) => {
      await using local = await openDoors({ appliance: APPLIANCE });
      await using tcp = await openDoors({ appliance: APPLIANCE });
      await using nats = await openDoors({ appliance: APPLIANCE });
      const askNats = natsDoor(nats.control);
      for (const { input, fault } of casesOf(operation)) {
        for (const { appliance } of [local, tcp, nats])
          appliance.fault = () => (fault ? new WeirError(fault, 'made up') : undefined);
        const there = said(operation, await local.local(asHttp(operation, input)));
        expect(said(operation, await tcp.tcp({ as: 'admin', ...asHttp(operation, input) }))).toEqual(there);
        const answer = await askNats(name, JSON.stringify(input));
        expect(said(operation, answer)).toEqual(there);
        if (fault) expect(answer.json.code).toBe(fault);
        const state = await stateOf(local);
        expect([await stateOf(tcp), await stateOf(nats)]).toEqual([state, state]);
      }
    },
  );
});

/** Half of what is sent is nearly right. */
const junk = fc.anything({ withNullPrototype: false, maxDepth: 4, key: fc.string({ maxLength: 12 }) });
const id = fc.oneof(fc.constantFrom('cam-1', 'cam-2', 'new', 'main', 'ctl'), fc.string({ maxLength: 80 }));
const stream = fc.record(
  {
    id,
    uri: fc.oneof(fc.constantFrom('rtsp://192.0.2.9/1', 'file:///etc/passwd', 'rtsp://u:p@192.0.2.9/'), junk),
    password: fc.oneof(fc.constant('${file:/etc/shadow}'), junk),
    latencyMs: fc.oneof(fc.integer(), junk),
  },
  { requiredKeys: [] },
);
const input = fc.record(
  {
    id: fc.oneof(id, junk),
    stream: fc.oneof(stream, junk),
    changes: fc.oneof(stream, junk),
    spec: junk,
    pipeline: fc.oneof(id, junk),
    waitMs: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom(-1, '2', '', null, 1e300)),
    lines: fc.oneof(fc.integer(), junk),
    annotated: fc.oneof(fc.boolean(), fc.string()),
    dryRun: fc.oneof(fc.boolean(), junk),
    __proto__x: junk,
  },
  { requiredKeys: [] },
);
/** Only the fields of the operation, most of the time. */
const request = fc.constantFrom(...OPERATIONS).chain((operation) => {
  const keys = Object.keys(operation.input.shape);
  const own = input.map((all) =>
    Object.fromEntries(Object.entries(all).filter(([key]) => keys.includes(key))),
  );
  return fc.tuple(
    fc.constant(operation),
    fc.oneof({ weight: 4, arbitrary: own }, { weight: 1, arbitrary: input }),
  );
});

function expectKnown({ status, json }: { status: number; json?: { code?: ErrorCode } }): void {
  if (status < 300) return;
  const code = json?.code;
  expect(code && ERRORS[code].httpStatus).toBe(status);
  expect(code).not.toBe('INTERNAL');
}

async function expectAlive(doors: Doors, nats: AskNats): Promise<void> {
  expect(doors.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  expect((await doors.tcp({ as: 'reader', path: '/status' })).status).toBe(200);
  expect((await nats('appliance.status', '')).status).toBe(200);
  await setImmediate();
}

describe('whatever is asked', () => {
  it('is answered with success or an error of the catalogue, over HTTP and NATS alike', async () => {
    await using doors = await openDoors();
    const nats = natsDoor(doors.control, doors.log);
    await fc.assert(
      fc.asyncProperty(request, async ([operation, sent]) => {
        const { method, path, body } = asHttp(operation, sent);
        const asked = { method: method ?? 'GET', path, ...(body !== undefined && { body: json(body) }) };
        expectKnown(await doors.tcp({ as: 'admin', ...asked }));
        expectKnown(await doors.local(asked));
        expectKnown(await nats(operation.name, json(sent)));
      }),
      { numRuns: 150 },
    );
    await expectAlive(doors, nats);
  });

  it('as text that is no request is answered as well', async () => {
    await using doors = await openDoors();
    const nats = natsDoor(doors.control, doors.log);
    const path = fc.oneof(
      fc.constantFrom('/streams', '/apply', '/streams/cam-1'),
      fc.webPath(),
      fc.string().map((each) => `/${encodeURIComponent(each)}`),
    );
    const method = fc.constantFrom(...METHODS.filter((each) => each !== 'CONNECT'));
    const type = fc.constantFrom('application/json', 'text/plain', 'application/json; charset=x', 'x');
    const body = fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
    await fc.assert(
      fc.asyncProperty(method, path, type, body, async (method, path, type, body) => {
        const asked = { method, path, body, headers: { 'content-type': type } };
        const answer = await doors.tcp({ as: 'admin', ...asked });
        if (method !== 'HEAD') expectKnown(answer);
        expectKnown(await nats('streams.add', body));
      }),
      { numRuns: 150 },
    );
    await expectAlive(doors, nats);
  });
});
