/** Models that are well-formed files and wrong all the same: refused before anything plays, or their boxes dropped. */
import { expect, test } from 'vitest';
import { startCamsim } from '../support/camsim.js';
import { type OddModelOptions, writeOddModel } from '../support/odd-model.js';
import { openPipeline } from '../support/open-pipeline.js';
import { H264 } from '../support/paths.js';
import { tempDir } from '../support/temp.js';
import { until } from '../support/wait.js';

test.each<readonly [string, OddModelOptions, RegExp]>([
  [
    'outputs of another name',
    { outputs: ['scores', 'places'] },
    /odd\.onnx: the parser does not take its outputs/,
  ],
  ['an input of another size', { size: [128, 64] }, /odd\.onnx.*(64|32)/s],
])('a model with %s does not start', async (_name, options, message) => {
  await using dir = await tempDir();
  await using running = await openPipeline();
  await using cameras = await startCamsim({ cameras: [{ id: 'cam', file: H264, fps: 15 }] });
  await running.connect(0, `${cameras.uris.cam}`);
  await until('the other pipeline delivers', () => running.counter(0, 'frames') > 3);
  const model = await writeOddModel(dir.path, options);
  await expect(openPipeline({ model, modelDir: dir.path })).rejects.toThrow(message);
  const before = running.counter(0, 'frames');
  await until('the other pipeline goes on', () => running.counter(0, 'frames') > before + 5);
  expect(running.events.filter(({ type }) => /error/.test(type))).toEqual([]);
});

test.each([
  ['boxes that are no numbers', { side: Number.NaN }],
  ['a confidence without an end', { confidence: Number.POSITIVE_INFINITY }],
])('%s are dropped, and frames go on', async (_name, options) => {
  await using dir = await tempDir();
  const model = await writeOddModel(dir.path, options);
  await using pipeline = await openPipeline({ model, modelDir: dir.path });
  await using cameras = await startCamsim({ cameras: [{ id: 'cam', file: H264, fps: 15 }] });
  await pipeline.connect(0, `${cameras.uris.cam}`);
  await until('frames are inferred', () => pipeline.counter(0, 'inferred') > 5);
  expect(pipeline.counter(0, 'objects')).toBe(0);
  // What is no number ends in the parser already; the rest is counted where messages are written.
  if ('confidence' in options) expect(pipeline.counter(0, 'droppedObjects')).toBeGreaterThan(0);
});

test('the same model with boxes that are right reports them', async () => {
  await using dir = await tempDir();
  await using pipeline = await openPipeline({ model: await writeOddModel(dir.path), modelDir: dir.path });
  await using cameras = await startCamsim({ cameras: [{ id: 'cam', file: H264, fps: 15 }] });
  await pipeline.connect(0, `${cameras.uris.cam}`);
  await until('objects are found', () => pipeline.counter(0, 'objects') > 8);
  expect(pipeline.counter(0, 'droppedObjects')).toBe(0);
});
