import { describe, expect, it } from 'vitest';
import type { StatusMessage, StreamRow } from '../../src/worker/status.js';
import type { Worker } from '../../src/worker/worker.js';
import { FakeClock } from '../support/fake-clock.js';
import { camera, startFakeWorker } from '../support/fake-worker.js';
import { wireFaults } from '../support/wire.js';

const detections = (id: string) => `weir.test.${id}.detections`;
const status = (id: string) => `weir.test.${id}.status`;
const row = (worker: Worker, id: string) =>
  worker.status().streams.find((stream) => stream.id === id) as StreamRow;
const code = (result: Promise<unknown>) =>
  result.then(
    () => 'resolved',
    (error: { code?: string }) => error.code,
  );

describe('a stream that is added', () => {
  it('connects, publishes under its name, and is told as plain data', async () => {
    await using fake = await startFakeWorker(['a']);
    const { worker, pipeline, link } = fake;
    const change = await worker.add(camera('b'));
    expect(change).toMatchObject({ changed: true, stream: { id: 'b', slot: 1, state: 'connecting' } });
    expect(structuredClone(change)).toEqual(change);
    await pipeline.until(() => pipeline.sources.has(1));
    pipeline.deliver([{ slot: 1, text: 'hello' }]);
    expect(link.on(detections('b'))).toEqual(['hello']);
    await pipeline.until(() => row(worker, 'b').published === 1);
    expect(row(worker, 'b')).toMatchObject({ published: 1, slot: 1 });
  });

  it('is refused with every problem when it is described wrongly', async () => {
    await using fake = await startFakeWorker(['a']);
    await expect(fake.worker.add({ id: 'b', uri: 'http://h', fps: 'x' })).rejects.toMatchObject({
      code: 'SPEC_INVALID',
      message: expect.stringMatching(/stream: fps: .*\n?.*stream: uri: /s),
    });
    await expect(fake.worker.add(null)).rejects.toMatchObject({ code: 'SPEC_INVALID' });
    expect(fake.worker.status().streams.map(({ id }) => id)).toEqual(['a']);
  });

  it('has totals of its own, though its slot has counted for another before', async () => {
    await using fake = await startFakeWorker(['a']);
    const { worker, pipeline } = fake;
    const before = {
      frames: 500,
      received: 600,
      objects: 9,
      decodeErrors: 5,
      lastFrameAgeMs: 40,
      latencyUs: 8_000,
    };
    for (const [name, value] of Object.entries(before)) pipeline.setCounter(0, name as 'frames', value);
    pipeline.deliver([{ slot: 0, text: 'x' }]);
    const removed = await worker.remove('a');
    expect(removed.stream).toMatchObject({ state: 'stopped', frames: 500, received: 600, published: 1 });
    await worker.add(camera('b'));
    expect(row(worker, 'b')).toMatchObject({
      ...{ slot: 0, frames: 0, received: 0, detections: 0, decodeErrors: 0, published: 0 },
      ...{ lastFrameAgeMs: -1, latencyMs: 0 },
    });
    pipeline.setCounter(0, 'frames', 503);
    expect(row(worker, 'b')).toMatchObject({ frames: 3, lastFrameAgeMs: 40, latencyMs: 8 });
    // What the one before was told stays what it was.
    expect(removed.stream?.frames).toBe(500);
  });

  it('keeps its totals over reconnects', async () => {
    await using fake = await startFakeWorker(['a']);
    const { worker, pipeline } = fake;
    pipeline.setCounter(0, 'frames', 10);
    await worker.restart('a');
    await pipeline.until(() => pipeline.sources.get(0)?.epoch === 2);
    pipeline.setCounter(0, 'frames', 12);
    expect(row(worker, 'a')).toMatchObject({ frames: 12, epoch: 2, losses: { restart: 1, eos: 0 } });
  });
});

describe('a stream that is removed', () => {
  it('has its waiting messages published under its own name, whoever has its slot by then', async () => {
    await using fake = await startFakeWorker(['a']);
    const { worker, pipeline, link } = fake;
    const token = pipeline.sources.get(0)?.token ?? -1;
    pipeline.deliver([{ slot: 0, text: 'waited' }], false);
    await worker.remove('a');
    expect(link.on(detections('a'))).toEqual(['waited']);
    await worker.add(camera('b'));
    await pipeline.until(() => pipeline.sources.has(0));
    // The pipeline makes none any more; one that came all the same would be nobody's.
    pipeline.deliver([
      { token, text: 'stray' },
      { slot: 0, text: 'of b' },
    ]);
    expect(link.on(detections('a'))).toEqual(['waited']);
    expect(link.on(detections('b'))).toEqual(['of b']);
  });

  it('says once that it is stopped, and is then forgotten', async () => {
    const clock = new FakeClock();
    await using fake = await startFakeWorker(['a', 'b'], { clock });
    const { worker, link } = fake;
    await worker.remove('a');
    link.enter({ kind: 'disconnected' });
    link.enter({ kind: 'connected', server: 'fake' });
    await worker.stop();
    const states = link.on(status('a')).map((text) => (JSON.parse(text) as StatusMessage).state);
    expect(states.at(-1)).toBe('stopped');
    expect(states.filter((state) => state === 'stopped')).toHaveLength(1);
    expect(worker.status().streams.map(({ id }) => id)).not.toContain('a');
  });

  it('that is unknown changes nothing', async () => {
    await using fake = await startFakeWorker(['a']);
    expect(await fake.worker.remove('x')).toEqual({ changed: false });
  });
});

it('publishes nothing under a wrong name, however streams come and go', async () => {
  await using fake = await startFakeWorker([], { slots: 3 });
  const { worker, pipeline, link } = fake;
  let made = 0;
  for (let i = 0; i < 300; i++) {
    const id = `cam-${i % 7}`;
    const asked = (i * 7919) % 3 === 0 ? worker.remove(id) : worker.add(camera(id));
    const wait = i % 2 === 0;
    const present = [...pipeline.sources.values()];
    const messages = present.map(({ token, stream }) => ({ token, text: stream }));
    made += messages.length;
    if (messages.length > 0) pipeline.deliver(messages, i % 5 === 0);
    if (wait) await asked.catch(() => undefined);
    else void asked.catch(() => undefined);
  }
  await worker.stop();
  const told = link.published.filter(({ subject }) => subject.endsWith('.detections'));
  expect(told.filter(({ subject, text }) => subject !== detections(text))).toEqual([]);
  expect(told.length).toBe(made);
  expect(made).toBeGreaterThan(300);
});

describe('updating', () => {
  it('what the connection depends on connects anew', async () => {
    await using fake = await startFakeWorker(['a']);
    const { worker, pipeline } = fake;
    expect(await worker.update(camera('a'))).toMatchObject({ changed: false, stream: { epoch: 1 } });
    expect((await worker.update(camera('a', { fps: 5 }))).changed).toBe(true);
    await worker.update(camera('a', { uri: 'rtsp://192.0.2.1/other' }));
    await pipeline.until(() => pipeline.sources.get(0)?.epoch === 2);
    expect(pipeline.sources.get(0)?.params.uri).toBe('rtsp://192.0.2.1/other');
    expect(await code(worker.update(camera('x')))).toBe('STREAM_UNKNOWN');
  });
});

describe('a picture', () => {
  it.each([
    ['SLOT_EMPTY', 'NO_PICTURE'],
    ['BRANCH_FAILED', 'NO_PICTURE'],
    ['TIMEOUT', 'TIMEOUT'],
  ])('that fails with %s is told as %s', async (native, told) => {
    await using fake = await startFakeWorker(['a']);
    fake.pipeline.failures.set('snapshot', Object.assign(new Error('why'), { code: native }));
    expect(await code(fake.worker.snapshot('a'))).toBe(told);
  });

  it("of a stream that left meanwhile is given to nobody: it may be another's", async () => {
    await using fake = await startFakeWorker(['a']);
    const { worker, pipeline } = fake;
    let taken = () => {};
    pipeline.snapshot = () =>
      new Promise((resolve) => {
        taken = () => resolve(Uint8Array.of(1));
      });
    const picture = code(worker.snapshot('a'));
    await worker.remove('a');
    await worker.add(camera('b'));
    taken();
    expect(await picture).toBe('NO_PICTURE');
  });
});

describe('the status', () => {
  it('tells the pipeline as a whole', async () => {
    await using fake = await startFakeWorker([]);
    fake.pipeline.setPipelineCounter('batches', 4);
    fake.pipeline.setPipelineCounter('detectorUs', 2_500);
    expect(fake.worker.status().pipelineCounters).toEqual({
      ...{ slots: 4, batches: 4, batchFrames: 0, droppedBatches: 0, ringDepth: 0 },
      ...{ detectorBatches: 0, detectorMs: 2.5 },
    });
  });

  it('shows times as the system clock has them when they are shown', async () => {
    const clock = new FakeClock();
    await using fake = await startFakeWorker(['a'], { clock });
    const since = () => Date.parse(row(fake.worker, 'a').since);
    const before = since();
    clock.wallOffset = 86_400_000;
    expect(since() - before).toBe(86_400_000);
  });

  it('says how far a connection has come and what happens next, in messages that fit the schema', async () => {
    const clock = new FakeClock();
    await using fake = await startFakeWorker(['a'], { clock });
    const { worker, pipeline, link } = fake;
    expect(row(worker, 'a')).toMatchObject({
      phase: 'handshake',
      next: { action: 'reconnect' },
      troubles: [],
    });
    pipeline.emit({ type: 'connected', slot: 0, epoch: 1 });
    expect(row(worker, 'a').phase).toBe('no-frame');
    const message = 'connection refused';
    pipeline.emit({ type: 'source-error', slot: 0, epoch: 1, cause: 'refused', message });
    const told = row(worker, 'a');
    expect(told).toMatchObject({ state: 'waiting', cause: 'refused', losses: { refused: 1 } });
    expect(told.next).toEqual({ action: 'connect', at: told.retryAt });
    await worker.stop();
    const faults = link.published.filter(({ subject }) => subject === status('a'));
    expect(faults.flatMap(({ text }) => wireFaults(JSON.parse(text)))).toEqual([]);
    expect(faults.length).toBeGreaterThan(0);
  });
});

describe('the log', () => {
  it('names stream and connection in every line about one', async () => {
    await using fake = await startFakeWorker(['a']);
    const { worker, pipeline, log } = fake;
    pipeline.emit({ type: 'warning', slot: 0, epoch: 1, message: 'hm' });
    pipeline.emit({ type: 'first-frame', slot: 0, epoch: 1 });
    pipeline.emit({ type: 'source-error', slot: 0, epoch: 1, cause: 'eos', message: 'gone' });
    await worker.stop();
    const lines = log.filter(({ stream }) => stream !== undefined);
    expect(lines.every(({ stream, epoch }) => stream === 'a' && typeof epoch === 'number')).toBe(true);
    const told = lines.map(({ level, msg }) => `${level} ${msg}`);
    expect(told.filter((line) => !line.startsWith('debug'))).toEqual([
      'info connecting',
      'warn hm',
      'info live',
      'warn waiting',
      'info stopped',
    ]);
    expect(told).toContain('debug handshake');
    expect(lines.find(({ msg }) => msg === 'waiting')).toMatchObject({
      epoch: 1,
      cause: 'eos',
      reason: 'gone',
    });
  });
});

describe('a worker that stops', () => {
  it('refuses what has not been done', async () => {
    await using fake = await startFakeWorker(['a'], { slots: 1 });
    const { worker } = fake;
    const removal = worker.remove('a');
    const waits = code(worker.add(camera('b')));
    const stopped = worker.stop();
    expect(await code(worker.add(camera('c')))).toBe('STOPPED');
    await stopped;
    expect([await code(removal), await waits]).toEqual(['resolved', 'STOPPED']);
    expect(await code(worker.snapshot('a'))).toBe('STOPPED');
  });
});
