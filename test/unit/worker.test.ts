import { readdirSync } from 'node:fs';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSpec } from '../../src/spec/load.js';
import type { ApplianceSpec } from '../../src/spec/types.js';
import { Worker, type WorkerOptions } from '../../src/worker/worker.js';
import { openNats } from '../../src/sinks/nats-link.js';
import { type FakeBinding, type FakePipeline, fakeBinding } from '../support/fake-binding.js';
import { startNats } from '../support/nats.js';
import { type TempDir, tempDir } from '../support/temp.js';
import { freePort, until } from '../support/wait.js';

const PASSWORD = 'pa55-of-the-camera';

function spec(nats: string): ApplianceSpec {
  const text = JSON.stringify({
    appliance: 'test',
    nats: { url: nats },
    pipelines: [
      {
        id: 'main',
        detector: { model: 'synthetic' },
        streams: [
          {
            id: 'cam-a',
            uri: 'rtsp://192.0.2.1/a',
            user: '${env:CAM_USER}',
            password: '${env:CAM_PASSWORD}',
          },
          { id: 'cam-b', uri: 'rtsp://192.0.2.2/b' },
        ],
      },
    ],
  });
  const result = parseSpec(text, 'test.yaml');
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.spec;
}

let dir: TempDir;
let log: string[];
let workers: Worker[];

beforeEach(async () => {
  dir = await tempDir();
  log = [];
  workers = [];
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await dir.remove();
});

async function start(
  binding: FakeBinding,
  nats: string,
  more: Partial<WorkerOptions> = {},
): Promise<[Worker, FakePipeline]> {
  const appliance = spec(nats);
  const worker = await Worker.start({
    spec: appliance,
    pipeline: appliance.pipelines[0] as (typeof appliance.pipelines)[0],
    binding,
    log: pino({ base: null }, { write: (line: string) => void log.push(line) }),
    env: { XDG_RUNTIME_DIR: dir.path, CAM_USER: 'operator', CAM_PASSWORD: PASSWORD },
    ...more,
  });
  workers.push(worker);
  const [pipeline] = binding.pipelines as [FakePipeline];
  await pipeline.until(() => pipeline.sources.size === 2);
  return [worker, pipeline];
}

const nowhere = async () => `nats://127.0.0.1:${await freePort()}`;
const row = (worker: Worker, id: string) => worker.status().streams.find((stream) => stream.id === id);

/** Collects the JSON messages on `weir.test.>`. */
async function reader(url: string) {
  const link = openNats({ servers: [url], name: 'test' });
  const messages: { subject: string; body: Record<string, unknown> }[] = [];
  link.subscribe('weir.test.>', ({ subject, data }) => {
    messages.push({ subject, body: JSON.parse(Buffer.from(data).toString()) });
  });
  await until('connected', () => link.state.kind === 'connected');
  await link.flush();
  return { messages, [Symbol.asyncDispose]: () => link.close() };
}

describe('a worker', () => {
  it('plays, connects its cameras and counts what it cannot publish while NATS is away', async () => {
    const [worker, pipeline] = await start(fakeBinding(), await nowhere());
    pipeline.emit({
      type: 'source-format',
      slot: 0,
      epoch: 1,
      codec: 'H264',
      width: 640,
      height: 360,
      fps: 15,
    });
    pipeline.emit({ type: 'first-frame', slot: 0, epoch: 1 });
    pipeline.setCounter(0, 'frames', 7);
    pipeline.setCounter(0, 'latencyUs', 12_500);
    const batch = pipeline.deliver([{ slot: 0, text: '{}' }]);
    expect(pipeline.released).toEqual([batch.id]);
    expect(worker.status()).toMatchObject({ appliance: 'test', pipeline: 'main', provider: 'standin' });
    expect(row(worker, 'cam-a')).toMatchObject({
      state: 'live',
      frames: 7,
      latencyMs: 12.5,
      format: { codec: 'H264', width: 640 },
      dropped: { disconnected: 1 },
    });
    expect(row(worker, 'cam-b')?.state).toBe('connecting');
  });

  it('tells consumers about a camera that fails, and goes on with the others', async () => {
    await using server = await startNats();
    await using nats = await reader(server.url);
    const [worker, pipeline] = await start(fakeBinding(), server.url);
    await until('NATS', () => worker.status().nats.kind === 'connected');
    pipeline.emit({ type: 'first-frame', slot: 1, epoch: 1 });
    const message = `rtsp://operator:${PASSWORD}@192.0.2.1/a says 401 to ${PASSWORD}`;
    pipeline.emit({ type: 'warning', slot: 0, epoch: 1, message });
    pipeline.emit({ type: 'source-error', slot: 0, epoch: 1, cause: 'unauthorized', status: 401, message });
    await pipeline.until(() => !pipeline.sources.has(0));
    expect(row(worker, 'cam-a')).toMatchObject({ state: 'failed', cause: 'unauthorized' });
    expect(row(worker, 'cam-b')?.state).toBe('live');
    const told = await until('the status', () =>
      nats.messages.find(
        ({ subject, body }) => subject === 'weir.test.cam-a.status' && body.state === 'failed',
      ),
    );
    expect(told.body).toMatchObject({
      cause: 'unauthorized',
      message: '401 unauthorized',
    });
    pipeline.deliver([{ slot: 1, text: '{"frame":1}' }]);
    await pipeline.until(() => pipeline.released.length === 1);
    expect(row(worker, 'cam-b')).toMatchObject({ published: 1 });
    expect(log.find((line) => line.includes('says 401'))).toContain('rtsp://***@192.0.2.1/a says 401 to ***');
    expect(JSON.stringify([log, nats.messages, worker.status()])).not.toContain(PASSWORD);
  });

  it('says goodbye to consumers, removes the sources, then stops the pipeline, and leaves no file', async () => {
    await using server = await startNats();
    await using nats = await reader(server.url);
    const [worker, pipeline] = await start(fakeBinding(), server.url);
    await until('NATS', () => worker.status().nats.kind === 'connected');
    expect(readdirSync(dir.path)).toHaveLength(1);
    pipeline.calls.length = 0;
    await Promise.all([worker.stop(), worker.stop()]);
    await worker.stop();
    expect(pipeline.calls).toEqual(['removeSource 0', 'removeSource 1', 'stop']);
    expect(readdirSync(dir.path)).toEqual([]);
    await until('stopped', () => nats.messages.filter(({ body }) => body.state === 'stopped').length === 2);
  });

  it('takes the messages that are left when it stops', async () => {
    const [worker, pipeline] = await start(fakeBinding(), await nowhere());
    const [first, last] = [
      pipeline.deliver([{ slot: 0, text: '{}' }]),
      pipeline.deliver([{ slot: 0, text: '{}' }]),
    ];
    await worker.stop();
    expect(pipeline.released).toEqual([first.id, last.id]);
  });

  it('passes on that the pipeline has failed', async () => {
    const [worker, pipeline] = await start(fakeBinding(), await nowhere());
    pipeline.emit({ type: 'pipeline-error', cause: 'pipeline', message: 'device lost' });
    await expect(worker.failed).resolves.toMatchObject({ code: 'PIPELINE_FAILED', message: 'device lost' });
  });

  it('fails when a source cannot be removed', async () => {
    const [worker, pipeline] = await start(fakeBinding(), await nowhere());
    pipeline.failures.set('removeSource', new Error('deadline of 5 s missed'));
    pipeline.emit({ type: 'source-error', slot: 0, epoch: 1, cause: 'eos', message: 'gone' });
    await expect(worker.failed).resolves.toMatchObject({
      code: 'PIPELINE_FAILED',
      message: 'deadline of 5 s missed',
    });
  });

  it('gives pictures of declared streams only', async () => {
    const [worker] = await start(fakeBinding(), await nowhere());
    expect(await worker.snapshot('cam-b')).toEqual(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9));
    await expect(worker.snapshot('cam-c')).rejects.toMatchObject({
      code: 'STREAM_UNKNOWN',
      message: 'no stream "cam-c"; there are cam-a, cam-b',
    });
  });
});

describe('a bad start', () => {
  it('of the graph leaves nothing behind', async () => {
    const refuse = Object.assign(new Error('no element "nvinfer"'), { code: 'ELEMENT_MISSING' });
    await expect(start(fakeBinding({ refuse }), await nowhere())).rejects.toMatchObject({
      code: 'ELEMENT_MISSING',
    });
    expect(readdirSync(dir.path)).toEqual([]);
  });

  it('for want of a secret of NATS makes no pipeline, and leaves nothing behind', async () => {
    const appliance = spec(await nowhere());
    const token = { from: 'env', name: 'NO_SUCH' } as const;
    const binding = fakeBinding();
    const wanting = { ...appliance, nats: { ...appliance.nats, token } };
    await expect(start(binding, await nowhere(), { spec: wanting })).rejects.toMatchObject({
      code: 'SECRET_UNAVAILABLE',
    });
    expect([binding.pipelines, readdirSync(dir.path)]).toEqual([[], []]);
  });

  it('of the pipeline leaves nothing behind', async () => {
    const binding = fakeBinding();
    const Refusing = class extends binding.Pipeline {
      override start(): Promise<void> {
        return Promise.reject(new Error('no GPU'));
      }
    };
    const failing = { ...binding, Pipeline: Refusing };
    await expect(start(failing, await nowhere())).rejects.toMatchObject({
      code: 'PIPELINE_FAILED',
      message: 'no GPU',
    });
    expect(binding.pipelines.map((pipeline) => pipeline.stopped)).toEqual([true]);
    expect(readdirSync(dir.path)).toEqual([]);
  });

  it('for want of a runtime folder names it', async () => {
    const env = { XDG_RUNTIME_DIR: '/nonexistent' };
    await expect(start(fakeBinding(), await nowhere(), { env })).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining('/nonexistent'),
    });
  });

  it("of one camera is that camera's own failure", async () => {
    const env = { XDG_RUNTIME_DIR: dir.path, CAM_USER: 'operator' };
    const appliance = spec(await nowhere());
    const binding = fakeBinding();
    const [pipeline] = appliance.pipelines;
    if (!pipeline) throw new Error('no pipeline');
    const quiet = pino({ level: 'silent' });
    const worker = await Worker.start({ spec: appliance, pipeline, binding, env, log: quiet });
    workers.push(worker);
    await until('failed', () => row(worker, 'cam-a')?.state === 'failed');
    expect(row(worker, 'cam-a')).toMatchObject({
      cause: 'config',
      message: expect.stringContaining('CAM_PASSWORD'),
    });
    await binding.pipelines[0]?.until(() => binding.pipelines[0]?.sources.has(1) === true);
  });
});
