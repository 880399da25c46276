import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DetectionView } from '../../src/messages/view.js';
import { DetectionSink, type DetectionSinkOptions } from '../../src/sinks/detection-sink.js';
import { type NatsLink, type NatsMessage, type NatsState, openNats } from '../../src/sinks/nats-link.js';
import { fakeBatch } from '../support/fake-binding.js';
import { type NatsServer, startNats } from '../support/nats.js';
import { freePort, until } from '../support/wait.js';

const SUBJECTS = ['weir.test.cam-0.detections', 'weir.test.cam-1.detections'];

function reached(link: NatsLink, kind: NatsState['kind']): Promise<void> {
  return new Promise((resolve) => {
    const undo = link.watch(look);
    function look(): void {
      if (link.state.kind !== kind) return;
      undo?.();
      resolve();
    }
    if (link.state.kind === kind) look();
  });
}

async function connected(server: NatsServer): Promise<NatsLink> {
  const link = openNats({ servers: [server.url], name: 'test', retryMs: 50 });
  await reached(link, 'connected');
  return link;
}

/** Collects messages; `count(n)` resolves once there are n. */
async function reader(server: NatsServer) {
  const link = await connected(server);
  const messages: NatsMessage[] = [];
  let wake = () => {};
  link.subscribe('weir.>', (message) => {
    messages.push(message);
    wake();
  });
  await link.flush();
  const count = async (n: number) => {
    while (messages.length < n) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return messages.map(({ subject, data }) => `${subject} ${Buffer.from(data).toString()}`);
  };
  return { count, close: () => link.close() };
}

/** A connection whose flushes the test settles. */
function fakeLink(state: NatsState = { kind: 'connected', server: 'fake' }) {
  const published: string[] = [];
  const flushes: { resolve: () => void; reject: (error: Error) => void }[] = [];
  return {
    state,
    published,
    flushes,
    publish(subject: string, data: Uint8Array) {
      if (data.length > 100) throw new Error('MAX_PAYLOAD_EXCEEDED');
      published.push(`${subject} ${Buffer.from(data).toString()}`);
    },
    flush: () => new Promise<void>((resolve, reject) => void flushes.push({ resolve, reject })),
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
const message = (token: number, text = 'x') => ({ token, text });

/** Tokens 0 and 1 are admitted. */
function sinkOf(options: DetectionSinkOptions) {
  const sink = new DetectionSink(options);
  const counts = SUBJECTS.map((subject, token) => sink.admit(token, subject));
  return { sink, counts };
}

describe('with a real server', () => {
  it("each message of a batch is published on its stream's subject, and the buffer may be used again after release", async () => {
    await using server = await startNats();
    const { count, close } = await reader(server);
    const link = await connected(server);
    const buffers = new Map<number, Uint8Array>();
    const { sink, counts } = sinkOf({
      link,
      // What the native ring does: the memory is overwritten at once.
      release: (id) => void buffers.get(id)?.fill(0x21),
    });
    for (let id = 1; id <= 3; id++) {
      const batch = fakeBatch(id, [message(0, `{"a":${id}}`), message(1, `{"b":${id}}`)]);
      buffers.set(id, batch.bytes);
      sink.offer(batch);
    }
    await sink.idle();
    expect(await count(6)).toEqual(
      [1, 2, 3].flatMap((id) => [`${SUBJECTS[0]} {"a":${id}}`, `${SUBJECTS[1]} {"b":${id}}`]),
    );
    expect([...buffers.values()].every((bytes) => bytes.every((byte) => byte === 0x21))).toBe(true);
    expect(counts[0]).toMatchObject({ published: 3 });
    await Promise.all([link.close(), close()]);
  });

  it('drops and counts while the server is away, and goes on when it is back', async () => {
    const port = await freePort();
    let server = await startNats({ port });
    const link = await connected(server);
    const released: number[] = [];
    const { sink, counts } = sinkOf({ link, release: (id) => void released.push(id) });
    const away = reached(link, 'disconnected');
    await server.stop();
    await away;
    sink.offer(fakeBatch(1, [message(0), message(1), message(1)]));
    expect(released).toEqual([1]);
    expect(counts[1]).toMatchObject({ published: 0, dropped: { disconnected: 2 } });
    const back = reached(link, 'connected');
    server = await startNats({ port });
    await back;
    sink.offer(fakeBatch(2, [message(0)]));
    await sink.idle();
    expect(released).toEqual([1, 2]);
    expect(counts[0]).toMatchObject({ published: 1, dropped: { disconnected: 1 } });
    await link.close();
    await server.stop();
  });

  it('a connection to nowhere can be closed at once, and says why it is not there', async () => {
    const link = openNats({
      servers: [`nats://127.0.0.1:${await freePort()}`],
      name: 'test',
      retryMs: 60_000,
    });
    await new Promise<void>((resolve) => link.watch(() => resolve()));
    expect(link.state).toEqual({ kind: 'connecting', error: 'connection refused' });
    await link.close();
    expect(link.state.kind).toBe('closed');
  });

  it('a server that refuses the password is told by its reason, never with the password', async () => {
    await using server = await startNats({ args: ['--auth', 'right-token'] });
    const link = openNats({ servers: [server.url], name: 'test', token: 'wrong-token', retryMs: 60_000 });
    await new Promise<void>((resolve) => link.watch(() => resolve()));
    const error = 'the server refuses these credentials';
    expect(link.state).toMatchObject({ kind: 'failed', cause: 'authorization', error });
    await link.close();
  });

  it('a flush under way is rejected when the connection is closed', async () => {
    await using server = await startNats();
    const link = await connected(server);
    server.kill('SIGSTOP');
    await until('the server has stopped', () =>
      /^State:\tT/m.test(readFileSync(`/proc/${server.pid}/status`, 'utf8')),
    );
    const flushed = link.flush();
    const closed = link.close(50);
    await expect(flushed).rejects.toThrow('closed');
    await closed;
  });
});

describe('a batch', () => {
  it('goes back to the ring only after the flush that covers it', async () => {
    const link = fakeLink();
    const released: number[] = [];
    const { sink, counts } = sinkOf({ link, release: (id) => void released.push(id) });
    sink.offer(fakeBatch(1, [message(0)]));
    sink.offer(fakeBatch(2, [message(0)]));
    await settle();
    expect([link.published.length, link.flushes.length, released]).toEqual([2, 1, []]);
    link.flushes[0]?.resolve();
    await settle();
    // The second was published before that flush's answer, but perhaps after its question.
    expect([link.flushes.length, released]).toEqual([2, [1]]);
    expect(counts[0]).toMatchObject({ offered: 2, waiting: 1, published: 1 });
    link.flushes[1]?.reject(new Error('DISCONNECT'));
    await sink.idle();
    expect(released).toEqual([1, 2]);
    expect(counts[0]).toMatchObject({ offered: 2, waiting: 0, published: 1, dropped: { unconfirmed: 1 } });
  });

  it('is dropped as "slow" when too many or too large ones wait', async () => {
    const link = fakeLink();
    const released: number[] = [];
    const options = { link, release: (id: number) => void released.push(id) };
    const few = sinkOf({ ...options, maxBatches: 2 });
    for (const id of [1, 2, 3]) few.sink.offer(fakeBatch(id, [message(0)]));
    expect(few.counts[0]).toMatchObject({ offered: 3, waiting: 2, dropped: { slow: 1 } });
    const small = sinkOf({ ...options, maxBytes: 10 });
    for (const id of [4, 5]) small.sink.offer(fakeBatch(id, [message(0, '12345678')]));
    expect(small.counts[0]).toMatchObject({ offered: 2, waiting: 1, dropped: { slow: 1 } });
    expect(released).toEqual([3, 5]);
  });

  it('loses only the message the client refuses', async () => {
    const link = fakeLink();
    const { sink, counts } = sinkOf({ link, release: () => {} });
    sink.offer(fakeBatch(1, [message(0, 'y'.repeat(101)), message(1)]));
    expect(counts[0]).toMatchObject({ offered: 1, waiting: 0, dropped: { refused: 1 } });
    expect(counts[1]).toMatchObject({ offered: 1, waiting: 1 });
  });

  it('of no stream we know is passed over, and counted', () => {
    const link = fakeLink();
    const { sink } = sinkOf({ link, release: () => {} });
    sink.offer(fakeBatch(1, [message(7)]));
    expect([link.published, sink.strays]).toEqual([[], 1]);
  });
});

describe('a subscriber in the process', () => {
  it('sees every message under its subject, also while NATS is away, and none after it has left', () => {
    const { sink } = sinkOf({ link: fakeLink({ kind: 'closed' }), release: () => {} });
    const seen: string[] = [];
    const undo = sink.subscribe(({ subject, bytes, objectCount, ageMs }) => {
      seen.push(`${subject} ${Buffer.from(bytes).toString()} ${objectCount} ${ageMs}`);
    });
    const b = { ...message(1, 'b'), objects: 3, ageUs: 1_500 };
    sink.offer(fakeBatch(1, [message(0, 'a'), message(9, 'stray'), b]));
    undo();
    sink.offer(fakeBatch(2, [message(0, 'late')]));
    expect(seen).toEqual([`${SUBJECTS[0]} a 0 0`, `${SUBJECTS[1]} b 3 1.5`]);
    expect(sink.strays).toBe(1);
  });

  it('may fail: it is told, and the batch takes its way', () => {
    const link = fakeLink();
    const { sink } = sinkOf({ link, release: () => {} });
    sink.subscribe(() => {
      throw new Error('boom');
    });
    expect(() => sink.offer(fakeBatch(1, [message(0, 'a')]))).toThrow('boom');
    expect(link.published).toEqual([`${SUBJECTS[0]} a`]);
  });

  it('cannot keep the memory', () => {
    const { sink } = sinkOf({ link: fakeLink(), release: () => {} });
    const views: DetectionView[] = [];
    sink.subscribe((view) => void views.push(view));
    sink.offer(fakeBatch(1, [message(0)]));
    expect(() => views[0]?.bytes).toThrow('after its time');
  });
});

describe('a stream that has left', () => {
  it('still has its waiting messages published under its own name, whoever came after it', () => {
    const link = fakeLink();
    const { sink, counts } = sinkOf({ link, release: () => {} });
    sink.retire(0);
    const heir = sink.admit(2, 'weir.test.heir.detections');
    sink.offer(fakeBatch(1, [message(0, 'mine'), message(2, 'its')]));
    expect(link.published).toEqual([`${SUBJECTS[0]} mine`, 'weir.test.heir.detections its']);
    expect([counts[0]?.waiting, heir.waiting]).toEqual([1, 1]);
  });

  it('is forgotten when the ring has been seen empty, and nothing is published for it from then on', () => {
    const link = fakeLink();
    const { sink, counts } = sinkOf({ link, release: () => {} });
    sink.retire(0);
    sink.drained();
    expect(sink.size).toBe(1);
    sink.offer(fakeBatch(1, [message(0)]));
    expect([link.published, counts[0]?.offered, sink.strays]).toEqual([[], 0, 1]);
  });

  it('leaves nothing behind, however many come and go', () => {
    const { sink } = sinkOf({ link: fakeLink(), release: () => {} });
    for (let token = 10; token < 1_010; token++) {
      sink.admit(token, `weir.test.s${token}.detections`);
      sink.retire(token);
      sink.drained();
    }
    expect(sink.size).toBe(2);
  });
});
