/** Events from a spool into a real JetStream: once each by id, in order, whatever happened on the way. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AckPolicy, connect, type JsMsg, type NatsConnection } from 'nats';
import { describe, expect, it, vi } from 'vitest';
import { EventRates } from '../../src/sinks/events/event-rates.js';
import { EventSink, type EventSinkOptions, type EventsStatus } from '../../src/sinks/events/event-sink.js';
import { includes } from '../../src/sinks/events/event-stream.js';
import { type NatsLinkOptions, openNats } from '../../src/sinks/nats-link.js';
import { decode, encode, isMark } from '../../src/sinks/spool/records.js';
import { type Broker, startBroker, storedEvents } from '../support/broker.js';
import { startNats } from '../support/nats.js';
import { ownedByEachTest } from '../support/owned-by-test.js';
import { tempDir } from '../support/temp.js';
import { freePort, until } from '../support/wait.js';

const MIB = 1024 ** 2;
const EVENTS = { maxAgeHours: 24, maxBytes: 16 * MIB, spoolBytes: 4 * MIB };
const STREAM = 'weir_gate_events';

const own = ownedByEachTest();

async function folder(): Promise<string> {
  return own(await tempDir()).path;
}

async function server(config = '', port?: number, store?: string): Promise<Broker> {
  const options = { config, ...(port !== undefined && { port }), ...(store !== undefined && { store }) };
  return own(await startBroker(options));
}

interface Sink {
  readonly sink: EventSink;
  readonly status: () => EventsStatus;
  close(): Promise<void>;
}

function open(
  url: string,
  path: string,
  login: Partial<NatsLinkOptions> = {},
  more: Partial<EventSinkOptions> = {},
): Sink {
  const link = openNats({ servers: [url], name: 'test', retryMs: 50, refusedRetryMs: 100, ...login });
  const sink = new EventSink({
    ...{ scope: { prefix: 'weir', appliance: 'gate' }, events: EVENTS, link, folder: path },
    outbox: { retryMs: 50, ackMs: 1_000 },
    rates: { burst: 1e9 },
    ...{ onState: () => undefined, onSpoolProblem: () => undefined },
    ...more,
  });
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await sink.close();
    await link.close(200);
  };
  own({ [Symbol.asyncDispose]: close });
  return { sink, status: () => sink.status(), close };
}

function say(sink: EventSink, from: number, to: number): void {
  for (let n = from; n <= to; n++)
    sink.emit({
      stream: `cam-${n % 3}`,
      kind: 'live',
      time: 0,
      epoch: 1,
      message: `event ${n}`,
      data: { n },
    });
}

const ready = ({ status }: Sink) =>
  until('JetStream takes events', () => status().jetstream.kind === 'ready');
/** What an earlier process left is known before JetStream is asked. */
async function emptied(sink: Sink): Promise<void> {
  await ready(sink);
  await until('all are acknowledged', () => sink.status().waiting === 0);
}

/** Everything the stream holds, in order. */
async function stored(url: string): Promise<{ id: string; n: number }[]> {
  return (await storedEvents({ servers: url })).map(({ id, data }) => ({ id, n: data.n as number }));
}

const numbers = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe('the delivery of events', () => {
  it('makes the stream, and every event is in it once, in order', async () => {
    const { url } = await server();
    const sink = open(url, await folder());
    say(sink.sink, 1, 2_000);
    await emptied(sink);
    const all = await stored(url);
    expect(all.map(({ n }) => n)).toEqual(numbers(1, 2_000));
    expect(new Set(all.map(({ id }) => id)).size).toBe(2_000);
    expect(sink.status()).toMatchObject({ emitted: 2_000, acknowledged: 2_000, waiting: 0 });
  });

  it('keeps what cannot go out, over the end of the process, and ids are never used again', async () => {
    const port = await freePort();
    const path = await folder();
    for (const from of [1, 101]) {
      const sink = open(`nats://127.0.0.1:${port}`, path);
      say(sink.sink, from, from + 99);
      await sink.close();
    }
    const { url } = await server('', port);
    const sink = open(url, path);
    await emptied(sink);
    const all = await stored(url);
    expect(all.map(({ n }) => n)).toEqual(numbers(1, 200));
    expect(new Set(all.map(({ id }) => id)).size).toBe(200);
  });

  it('looks up what was in doubt for longer than JetStream remembers ids', async () => {
    const port = await freePort();
    const { url } = await server('', port);
    const path = await folder();
    const nc = own(await connected(url));
    const made = { name: STREAM, subjects: ['weir.gate.*.events.*'], duplicate_window: 30e9 };
    const { streams } = await nc.nc.jetstreamManager();
    await streams.add(made);
    const first = open(url, path);
    await ready(first);
    say(first.sink, 1, 20);
    await emptied(first);
    await first.close();
    // The marks of what was taken are lost, and the ids forgotten.
    await forget(path);
    await streams.update(STREAM, { ...made, duplicate_window: 100e6 });
    await until('the ids are forgotten', async () => {
      const probe = await nc.nc
        .jetstream()
        .publish('weir.gate.x.events.y', '{"data":{"n":0}}', { msgID: `${Date.now()}` });
      return probe.seq > 23;
    });
    await streams.update(STREAM, { ...made, duplicate_window: 30e9 });
    const again = open(url, path);
    say(again.sink, 21, 30);
    await emptied(again);
    const all = (await stored(url)).filter(({ n }) => n > 0);
    expect(all.map(({ n }) => n)).toEqual(numbers(1, 30));
    expect(again.status().repeated).toBe(20);
  });

  it('goes on after the server was away in the middle of it', async () => {
    const port = await freePort();
    const path = await folder();
    const store = await folder();
    const before = await server('', port, store);
    const sink = open(before.url, path);
    await ready(sink);
    for (let round = 0; round < 3; round++) {
      say(sink.sink, round * 300 + 1, round * 300 + 300);
    }
    before.kill('SIGKILL');
    say(sink.sink, 901, 1_200);
    await until('it is noticed', () => sink.status().jetstream.kind === 'waiting');
    const { url } = await server('', port, store);
    await emptied(sink);
    expect((await stored(url)).map(({ n }) => n)).toEqual(numbers(1, 1_200));
  });

  it('drains a backlog whole, and tells how fast', async () => {
    const port = await freePort();
    const path = await folder();
    const away = open(`nats://127.0.0.1:${port}`, path);
    say(away.sink, 1, 5_000);
    await away.close();
    const { url } = await server('', port);
    const sink = open(url, path);
    await ready(sink);
    const began = performance.now();
    await emptied(sink);
    const rate = (5_000 * 1000) / (performance.now() - began);
    expect((await stored(url)).length).toBe(5_000);
    console.log(`backlog: ${Math.round(rate)} events/s`);
  });
});

describe('those who read events', () => {
  it('slow ones hold up nobody: the stream keeps its bounds, and how far they are behind is told', async () => {
    const { url } = await server();
    const events = { ...EVENTS, maxBytes: MIB / 2 };
    const options = { events, outbox: { retryMs: 50, ackMs: 1_000, consumersMs: 20 } };
    const sink = open(url, await folder(), {}, options);
    await ready(sink);
    await until('it is known that nobody reads', () => sink.status().consumers?.count === 0);
    const { nc } = own(await connected(url));
    const { consumers, streams } = await nc.jetstreamManager();
    for (const name of ['desk', 'archive'])
      await consumers.add(STREAM, { durable_name: name, ack_policy: AckPolicy.Explicit });
    say(sink.sink, 1, 3_000);
    await emptied(sink);
    const { messages, bytes } = (await streams.info(STREAM)).state;
    expect(bytes).toBeLessThanOrEqual(events.maxBytes);
    expect(messages).toBeLessThan(3_000);
    const behind = () => sink.status().consumers;
    await until('both are behind', () => behind()?.count === 2 && behind()?.pending === messages);
    await consumers.delete(STREAM, 'archive');
    const desk = await nc.jetstream().consumers.get(STREAM, 'desk');
    const given: JsMsg[] = [];
    for await (const message of await desk.fetch({ max_messages: 10 })) given.push(message);
    for (const message of given.splice(0, 4)) message.ack();
    await until('what is given, but not acknowledged, is owed', () => behind()?.pending === messages - 4);
    for (const message of given) message.ack();
    for await (const message of await desk.consume()) {
      message.ack();
      if (message.info.pending === 0) break;
    }
    await until('one has read all', () => behind()?.count === 1 && behind()?.pending === 0);
  });

  it('are not spoken of where we may not ask', async () => {
    const may = '"weir.gate.>", "$JS.API.STREAM.*.*"';
    const { url } = await server(
      `authorization { users: [{user: a, password: a, permissions: {publish: [${may}], subscribe: ">"}}] }`,
    );
    const sink = open(url, await folder(), { user: 'a', password: 'a' });
    say(sink.sink, 1, 3);
    await emptied(sink);
    expect(sink.status()).not.toHaveProperty('consumers');
  });
});

async function connected(url: string): Promise<AsyncDisposable & { nc: NatsConnection }> {
  const nc = await connect({ servers: url });
  return { nc, [Symbol.asyncDispose]: () => nc.close() };
}

/** Takes the marks out of a spool: as if the process had been killed before it wrote them. */
async function forget(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    const { records } = decode(await readFile(join(path, name)));
    await writeFile(join(path, name), Buffer.concat(records.filter((each) => !isMark(each)).map(encode)));
  }
}

describe('where JetStream does not take events, it says what is missing, and goes on when that is mended', () => {
  const refused = ({ status }: Sink) =>
    until('it is refused', () => {
      const { jetstream } = status();
      return jetstream.kind === 'refused' && jetstream;
    });

  it('no JetStream', async () => {
    const port = await freePort();
    const without = own(await startNats({ port, jetstream: false }));
    const sink = open(without.url, await folder());
    say(sink.sink, 1, 3);
    expect(await refused(sink)).toMatchObject({
      problem: 'no-jetstream',
      message: 'the NATS server has no JetStream',
      remedy: expect.stringContaining('-js'),
    });
    await without.stop();
    const { url } = await server('', port);
    await emptied(sink);
    expect((await stored(url)).length).toBe(3);
  });

  it('no quota', async () => {
    const account = 'jetstream: { max_file: 20MB }, users: [{user: a, password: a}]';
    const { url } = await server(`accounts { A { ${account} } }\nno_auth_user: a`);
    const { nc } = own(await connected(url));
    const { streams } = await nc.jetstreamManager();
    await streams.add({ name: 'hog', subjects: ['hog'], max_bytes: 10 * MIB });
    const sink = open(url, await folder());
    say(sink.sink, 1, 3);
    expect(await refused(sink)).toMatchObject({ problem: 'quota', remedy: expect.stringContaining('maxMb') });
    await streams.delete('hog');
    await emptied(sink);
    expect((await stored(url)).length).toBe(3);
  });

  it('no permission, until it is given', async () => {
    const conf = (publish: string) =>
      `authorization { users: [
        {user: a, password: a, permissions: {publish: [${publish}], subscribe: ">"}}, {user: b, password: b} ] }`;
    const narrow = '"weir.gate.>", "$JS.API.STREAM.INFO.*"';
    const { url, configure } = await server(conf(narrow));
    const sink = open(url, await folder(), { user: 'a', password: 'a' });
    say(sink.sink, 1, 3);
    const state = await refused(sink);
    expect(state).toMatchObject({ problem: 'permission' });
    expect(state.message).toContain('$JS.API.STREAM.CREATE.weir_gate_events');
    expect(state.remedy).toContain("nats stream add weir_gate_events --subjects 'weir.gate.*.events.*'");
    await configure(conf(`${narrow}, "$JS.API.STREAM.>"`));
    await emptied(sink);
  });

  it('another stream takes the subjects', async () => {
    const { url } = await server();
    const { nc } = own(await connected(url));
    const { streams } = await nc.jetstreamManager();
    await streams.add({ name: 'everything', subjects: ['weir.>'] });
    const sink = open(url, await folder());
    say(sink.sink, 1, 3);
    expect(await refused(sink)).toMatchObject({
      problem: 'overlap',
      message: expect.stringContaining('everything'),
    });
    await streams.delete('everything');
    await emptied(sink);
  });

  it('a stream of somebody else that is not fit; one that only differs serves, and is told', async () => {
    const { url } = await server();
    const { nc } = own(await connected(url));
    const { streams } = await nc.jetstreamManager();
    await streams.add({ name: STREAM, subjects: ['weir.gate.cam-1.events.*'], max_age: 3600e9 });
    const sink = open(url, await folder());
    say(sink.sink, 1, 1);
    expect(await refused(sink)).toMatchObject({
      problem: 'config',
      message: expect.stringContaining('it does not take weir.gate.*.events.*'),
    });
    await streams.update(STREAM, { subjects: ['weir.gate.*.events.>'] });
    await emptied(sink);
    const { jetstream } = sink.status();
    expect(jetstream).toMatchObject({ kind: 'ready' });
    expect(JSON.stringify(jetstream)).toContain('max_age is 3600000000000');
  });

  it('our own stream follows the spec', async () => {
    const { url } = await server();
    const first = open(url, await folder());
    await ready(first);
    await first.close();
    const other = { ...EVENTS, maxAgeHours: 2 };
    await ready(open(url, await folder(), {}, { events: other }));
    const { nc } = own(await connected(url));
    const { config } = await (await nc.jetstreamManager()).streams.info(STREAM);
    expect(config).toMatchObject({
      max_age: 7200e9,
      duplicate_window: 3600e9,
      discard: 'old',
      storage: 'file',
    });
  });

  it('revoked credentials: failed, and nothing is lost when they are valid again', async () => {
    const users = (name: string) => `authorization { users: [{user: ${name}, password: x}] }`;
    const { url, configure } = await server(users('a'));
    const sink = open(url, await folder(), { user: 'a', password: 'x' });
    await ready(sink);
    say(sink.sink, 1, 10);
    await configure(users('b'));
    await until('it is noticed', () => sink.status().jetstream.kind === 'waiting');
    say(sink.sink, 11, 20);
    await configure(users('a'));
    await emptied(sink);
    expect(sink.status().acknowledged).toBe(20);
  });
});

it('a flood of events is thinned: the last of each kind goes out, with how many it stands for', async () => {
  const sent: string[] = [];
  const rates = new EventRates<string>((text, suppressed) => void sent.push(`${text}+${suppressed}`), {
    ...{ burst: 2, intervalMs: 20 },
  });
  for (let n = 0; n < 10; n++) rates.offer('cam-1', n % 2 ? 'lost' : 'live', `${n}`);
  rates.offer('cam-2', 'live', 'other');
  expect(sent).toEqual(['0+0', '1+0', 'other+0']);
  await until('the rest', () => sent.length === 5);
  expect(sent.slice(3)).toEqual(['8+3', '9+3']);
  expect(rates.suppressed).toBe(6);
  rates.close();
});

it('streams that have been quiet are forgotten when another one comes', () => {
  vi.useFakeTimers();
  own({ [Symbol.asyncDispose]: async () => void vi.useRealTimers() });
  const rates = new EventRates<string>(() => {}, { burst: 1, intervalMs: 20 });
  for (let n = 0; n < 50; n++) rates.offer(`cam-${n}`, 'live', 'event');
  rates.offer('cam-0', 'lost', 'waits');
  expect(rates.size).toBe(50);
  vi.advanceTimersByTime(19);
  rates.offer('one', 'live', 'event');
  expect(rates.size).toBe(51);
  vi.advanceTimersByTime(1);
  rates.offer('another', 'live', 'event');
  // cam-0 has just sent what waited.
  expect(rates.size).toBe(3);
  rates.close();
});

it.each([
  ['weir.>', 'weir.gate.*.events.*', true],
  ['weir.gate.*.events.>', 'weir.gate.*.events.*', true],
  ['weir.*.*.events.*', 'weir.gate.*.events.*', true],
  ['weir.gate.cam-1.events.*', 'weir.gate.*.events.*', false],
  ['weir.gate.*.events', 'weir.gate.*.events.*', false],
  ['weir.gate.*.events.live', 'weir.gate.*.events.*', false],
  ['weir.gate.*.events.*', 'weir.gate.*.events.*', true],
])('whether %s takes all of %s: %s', (wide, narrow, yes) => expect(includes(wide, narrow)).toBe(yes));
