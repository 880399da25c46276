/** The page of a worker whose streams come and go: a stream's series begin and end with it. */
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Metrics } from '../../src/metrics/metrics.js';
import type { SlotCounter } from '../../src/native/types.js';
import { parseSpec } from '../../src/spec/load.js';
import { Worker } from '../../src/worker/worker.js';
import { type FakePipeline, fakeBinding } from '../support/fake-binding.js';
import { fakeLink } from '../support/fake-link.js';
import { identity, parseExposition, valueOf } from '../support/prometheus.js';
import { type TempDir, tempDir } from '../support/temp.js';

const SPEC = {
  appliance: 'test',
  pipelines: [
    {
      id: 'main',
      detector: { model: 'synthetic' },
      streams: [{ id: 'kept', uri: 'rtsp://192.0.2.1/kept' }],
    },
  ],
};

let dir: TempDir;
let worker: Worker;
let pipeline: FakePipeline;
let metrics: Metrics;

beforeEach(async () => {
  dir = await tempDir();
  const parsed = parseSpec(JSON.stringify(SPEC), 'test.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const binding = fakeBinding();
  worker = await Worker.start({
    spec: parsed.spec,
    pipeline: parsed.spec.pipelines[0] as (typeof parsed.spec.pipelines)[0],
    binding,
    log: pino({ level: 'silent' }),
    env: { XDG_RUNTIME_DIR: dir.path },
    openLink: fakeLink,
  });
  pipeline = binding.pipelines[0] as FakePipeline;
  metrics = new Metrics({
    version: '1',
    status: async () => ({ pipelines: [worker.status()], processes: [] }),
  });
});
afterEach(async () => {
  await worker.stop();
  await dir.remove();
});

const scrape = async () => parseExposition(await metrics.text());
const series = async () =>
  [...(await scrape()).values()]
    .flatMap((family) => family.series)
    .filter(({ labels }) => labels.stream !== undefined)
    .map(identity)
    .sort();
const frames = async (stream: string) => valueOf(await scrape(), 'weir_stream_frames_total', { stream });
const add = (id: string) => worker.add({ id, uri: `rtsp://192.0.2.2/${id}` });

it('has as many series after 1000 additions and removals of new ids as before', async () => {
  const before = await series();
  const counters: readonly SlotCounter[] = ['received', 'frames', 'packets'];
  for (let n = 1; n <= 1_000; n++) {
    await add(`s-${n}`);
    for (const name of counters) pipeline.setCounter(1, name, n * 10);
    if (n % 100 === 0) expect((await series()).length).toBeGreaterThan(before.length);
    await worker.remove(`s-${n}`);
  }
  expect(await series()).toEqual(before);
}, 120_000);

it("counts a stream from 0 in a slot somebody else had, and another one's frames for nobody", async () => {
  pipeline.setCounter(0, 'frames', 7);
  await add('first');
  pipeline.setCounter(1, 'frames', 500);
  expect(await frames('first')).toBe(500);
  await worker.remove('first');
  await add('second');
  expect(await frames('second')).toBe(0);
  pipeline.setCounter(1, 'frames', 503);
  expect([await frames('second'), await frames('kept'), await frames('first')]).toEqual([3, 7, undefined]);
});
