/** nvinfer by its configuration: what keys do to the objects of synthetic scenes, and how it fails. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SceneObject } from '../../scripts/footage/scene-plan.js';
import { buildDir } from '../support/paths.js';
import { type Dump, type DumpedFrame, metadump, pushedSource } from './metadump.js';
import { providerUnderTest } from './provider.js';
import {
  boxOf,
  type DetectorConfig,
  kind,
  near,
  rectangles,
  sceneOf,
  sceneSource,
  UNTRACKED,
  writeDetector,
} from './synthetic.js';

const standin = providerUnderTest().name === 'standin';
const ofTheStandin = standin ? test : test.skip;
const FRAMES = 6;
const SETTINGS = { domain: 'gst-library-error-quark', error: 5 };
const CONTEXT = { domain: 'gst-resource-error-quark', error: 1 };
const STREAM_FAILED = { domain: 'gst-stream-error-quark', error: 1 };

const RED: SceneObject = { id: 1, class: kind('red'), left: 64, top: 60, width: 80, height: 60 };
const BLUE: SceneObject = { id: 2, class: kind('blue'), left: 240, top: 150, width: 96, height: 64 };
const GREEN: SceneObject = { id: 3, class: kind('green'), left: 480, top: 240, width: 40, height: 100 };
const SECOND_RED: SceneObject = { ...RED, id: 4, top: 280 };

let folder: string;
let scene: string;
let empty: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-nvinfer-config-'));
  const objects = [RED, BLUE, GREEN, SECOND_RED];
  const still = sceneOf(FRAMES, () => objects);
  scene = await sceneSource(join(folder, 'scene.i420'), still);
  empty = await sceneSource(
    join(folder, 'empty.i420'),
    sceneOf(1, () => []),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
const detector = (config?: DetectorConfig, suffix = 'txt'): Promise<string> =>
  writeDetector(join(folder, `detector-${files++}.${suffix}`), config);

/** Runs nvinfer with given properties over `inputs`, each on its mux pad. */
function infer(properties: string, inputs: readonly string[] = [scene]): Promise<Dump> {
  const linked = inputs.map((input, pad) => `${input} ! m.sink_${pad}`).join(' ');
  const mux = `nvstreammux name=m width=640 height=360 batch-size=${inputs.length}`;
  return metadump(`${linked} ${mux} ! nvinfer name=last ${properties} ! fakesink`);
}

/** The frames seen with a configuration. */
async function seen(config: DetectorConfig, suffix?: string): Promise<DumpedFrame[]> {
  const dump = await infer(`config-file-path=${await detector(config, suffix)}`);
  expect(dump.errors).toEqual([]);
  expect(dump.frames).toHaveLength(FRAMES);
  return dump.frames;
}

/** Labels of the coloured rectangles in the first frame, in order. */
const labels = (frames: readonly DumpedFrame[]): string[] =>
  rectangles(frames[0] as DumpedFrame).map((o) => o.label);

describe('a detector', () => {
  test('finds each object once, class by class, and says how', async () => {
    const dump = await infer(`config-file-path=${await detector()}`);
    const [frame] = dump.frames as [DumpedFrame];
    expect(rectangles(frame).map((o) => o.label)).toEqual(['red', 'red', 'green', 'blue']);
    for (const truth of [RED, GREEN, BLUE, SECOND_RED]) {
      const found = rectangles(frame).filter((o) => o.class === truth.class);
      expect(found.some((o) => near(o.box, boxOf(truth), 1))).toBe(true);
    }
    for (const object of frame.objects) {
      expect(object).toMatchObject({ component: 7, id: UNTRACKED, border: 3, detector: object.box });
    }
    expect(dump.frames.map((f) => f.inferred)).toEqual(Array.from({ length: FRAMES }, () => true));
  });

  test('emits model-updated at start, with the file', async () => {
    const file = await detector();
    const dump = await infer(`config-file-path=${file}`);
    expect(dump.signals).toEqual([{ signal: 'model-updated', status: 0, path: file }]);
  });

  test('marks a frame as inferred that has no objects', async () => {
    const dump = await infer(`config-file-path=${await detector()}`, [empty]);
    expect(dump.frames).toMatchObject([{ inferred: true, count: 0, objects: [] }]);
  });
});

describe('batches', () => {
  test('interval skips whole batches', async () => {
    const config = await detector({ property: { interval: 2 } });
    const dump = await infer(`config-file-path=${config}`, [scene, scene]);
    expect(dump.batches.map((b) => b.batch)).toEqual(Array.from({ length: FRAMES }, () => 2));
    for (const [i, frame] of dump.frames.entries()) {
      const inferred = Math.floor(i / 2) % 3 === 0;
      expect([frame.inferred, rectangles(frame).length]).toEqual([inferred, inferred ? 4 : 0]);
    }
  });

  test('larger than batch-size are inferred in parts', async () => {
    const config = await detector({ property: { 'batch-size': 1 } });
    const dump = await infer(`config-file-path=${config}`, [scene, scene, scene]);
    expect(dump.errors).toEqual([]);
    expect(dump.frames.map((f) => rectangles(f).length)).toEqual(Array.from({ length: 3 * FRAMES }, () => 4));
  });
});

describe('settings', () => {
  test('of properties win over the file, set before it or after', async () => {
    const config = await detector({ property: { 'gie-unique-id': 7, interval: 0 } });
    const before = await infer(`unique-id=9 interval=1 config-file-path=${config}`);
    expect(before.frames.map((f) => f.inferred)).toEqual([true, false, true, false, true, false]);
    expect(before.frames[0]?.objects[0]?.component).toBe(9);
    const after = await infer(`config-file-path=${config} interval=1`);
    expect(after.frames.map((f) => f.inferred)).toEqual([true, false, true, false, true, false]);
    expect(after.frames[0]?.objects[0]?.component).toBe(7);
  });

  test.each(['yml', 'yaml'])('mean the same in .%s', async (suffix) => {
    const config: DetectorConfig = {
      property: { interval: 1, 'filter-out-class-ids': '1;8' },
      groups: { 'class-attrs-2': { 'detected-min-w': 200 } },
    };
    const objects = (frames: readonly DumpedFrame[]) => frames.map((f) => [f.inferred, f.objects]);
    const text = await seen(config);
    expect(labels(text)).toEqual(['red', 'red']);
    expect(objects(await seen(config, suffix))).toEqual(objects(text));
  });

  test('that nobody knows are printed and passed over', async () => {
    const config = await detector({
      property: { 'no-such-key': 1 },
      all: { 'nor-this': 2 },
      groups: { 'no-such-group': { a: 1 } },
    });
    const dump = await infer(`config-file-path=${config}`);
    expect(dump.errors).toEqual([]);
    expect(labels(dump.frames)).toHaveLength(4);
    expect(dump.stderr).toMatch(/no-such-key/);
    expect(dump.stderr).toMatch(/nor-this/);
    expect(dump.stderr).not.toMatch(/no-such-group/);
  });

  test('labels: a class beyond the end of the file has neither label nor text', async () => {
    const file = join(folder, 'labels.txt');
    await writeFile(file, 'red\n');
    const [frame] = (await seen({ property: { 'labelfile-path': file } })) as [DumpedFrame];
    const texts = rectangles(frame).map((o) => [o.class, o.label, o.text]);
    expect(texts).toEqual([
      [kind('red'), 'red', 'red'],
      [kind('red'), 'red', 'red'],
      [kind('green'), '', ''],
      [kind('blue'), '', ''],
    ]);
  });

  ofTheStandin('that it does not implement are warned of', async () => {
    const config = await detector({ property: { 'classifier-threshold': 0.5 } });
    const dump = await infer(`config-file-path=${config}`);
    expect(dump.stderr).toMatch(/classifier-threshold is accepted and has no effect/);
  });
});

describe('clustering', () => {
  const found = async (mode: number, all: DetectorConfig['all']): Promise<string[]> =>
    labels(await seen({ property: { 'cluster-mode': mode }, all: { topk: undefined, ...all } }));

  test('mode 2 suppresses by nms-iou-threshold, then keeps topk of each class', async () => {
    expect(await found(2, { 'nms-iou-threshold': 0.5 })).toEqual(['red', 'red', 'green', 'blue']);
    expect((await found(2, { 'nms-iou-threshold': 1 })).length).toBeGreaterThan(20);
    expect(await found(2, { topk: 1 })).toEqual(['red', 'green', 'blue']);
    expect(await found(2, { 'post-cluster-threshold': 0.999 })).toEqual([]);
  });

  // As built by NVIDIA's Makefile, without OpenCV.
  test('mode 0 is NMS at 0.5 with topk 20, whatever the file says', async () => {
    expect(await found(0, { 'nms-iou-threshold': 1, topk: 1 })).toEqual(['red', 'red', 'green', 'blue']);
  });

  test('mode 4 keeps all boxes, by class and falling confidence with topk, and looks at no other threshold', async () => {
    const all = await found(4, { 'post-cluster-threshold': 0.999, 'nms-iou-threshold': 0.1 });
    expect(all.length).toBeGreaterThan(20);
    const frames = await seen({ property: { 'cluster-mode': 4 }, all: { topk: 3 } });
    const kept = rectangles(frames[0] as DumpedFrame);
    expect(kept.map((o) => o.label)).toEqual(['red', 'green', 'blue'].flatMap((name) => [name, name, name]));
    for (const name of ['red', 'green', 'blue']) {
      const confidences = kept.filter((o) => o.label === name).map((o) => o.confidence);
      expect(confidences).toEqual([...confidences].sort((a, b) => b - a));
    }
  });

  test('drops what is below the threshold of its class before', async () => {
    const groups = { 'class-attrs-0': { 'pre-cluster-threshold': 1.5 } };
    expect(labels(await seen({ groups }))).toEqual(['green', 'blue']);
  });
});

describe('filters', () => {
  test.each([
    ['detected-min-w', { 'detected-min-w': 90 }, ['blue']],
    ['detected-min-h', { 'detected-min-h': 90 }, ['green']],
    ['detected-max-w', { 'detected-max-w': 85 }, ['red', 'red', 'green']],
    ['detected-max-h', { 'detected-max-h': 70 }, ['red', 'red', 'blue']],
    ['roi-top-offset', { 'roi-top-offset': 100 }, ['red', 'green', 'blue']],
    ['roi-bottom-offset', { 'roi-bottom-offset': 60 }, ['red', 'blue']],
  ] as const)('%s', async (_, all, expected) => {
    expect(labels(await seen({ all }))).toEqual(expected);
  });

  test('filter-out-class-ids', async () => {
    expect(labels(await seen({ property: { 'filter-out-class-ids': '0;2' } }))).toEqual(['green']);
  });

  test('of one class leave the others alone', async () => {
    const groups = { 'class-attrs-0': { 'detected-min-w': 200 } };
    expect(labels(await seen({ groups }))).toEqual(['green', 'blue']);
  });

  test('crop-objects-to-roi-boundary shrinks instead of dropping', async () => {
    const property = { 'crop-objects-to-roi-boundary': 1, 'filter-out-class-ids': '0;2' };
    const frames = await seen({ property, all: { 'roi-top-offset': 260, 'roi-bottom-offset': 50 } });
    const [green] = rectangles(frames[0] as DumpedFrame);
    // 240..340 between 260 and 360 - 50
    expect(green && near(green.box, [480, 260, 40, 50], 1), String(green?.box)).toBe(true);
  });
});

describe('does not start', () => {
  /** The error of a start that fails, and the file it is about. */
  async function failure(config: DetectorConfig, suffix?: string): Promise<{ dump: Dump; file: string }> {
    const file = await detector(config, suffix);
    const dump = await infer(`config-file-path=${file}`);
    expect(dump.frames).toEqual([]);
    expect(dump.stateFailed).toBe(true);
    expect(dump.errors).toHaveLength(1);
    return { dump, file };
  }

  test('without a file', async () => {
    const dump = await infer('');
    expect(dump.errors).toMatchObject([SETTINGS]);
  });

  test('with a file that is not there', async () => {
    const dump = await infer('config-file-path=/nowhere/detector.txt');
    expect(dump.errors).toMatchObject([SETTINGS]);
    if (standin) expect(dump.errors[0]?.message).toContain('/nowhere/detector.txt');
  });

  test('with a file that is no key file', async () => {
    const file = join(folder, 'prose.txt');
    await writeFile(file, 'All cameras are equal.\n');
    const dump = await infer(`config-file-path=${file}`);
    expect(dump.errors).toMatchObject([SETTINGS]);
    if (standin) expect(dump.errors[0]?.message).toContain(file);
  });

  test.each<[string, string, DetectorConfig]>([
    ['gie-unique-id 0', 'gie-unique-id', { property: { 'gie-unique-id': 0 } }],
    ['process-mode 3', 'process-mode', { property: { 'process-mode': 3 } }],
    ['interval -1', 'interval', { property: { interval: -1 } }],
    ['topk -1', 'topk', { all: { topk: -1 } }],
    ['nms-iou-threshold 1.5', 'nms-iou-threshold', { all: { 'nms-iou-threshold': 1.5 } }],
    ['pre-cluster-threshold -1', 'pre-cluster-threshold', { all: { 'pre-cluster-threshold': -1 } }],
    ['detected-min-w -1', 'detected-min-w', { all: { 'detected-min-w': -1 } }],
    ['a group of no class', 'class-attrs-22', { groups: { 'class-attrs-22': { topk: 1 } } }],
  ])('with %s', async (_, place, config) => {
    const { dump, file } = await failure(config);
    expect(dump.errors).toMatchObject([SETTINGS]);
    if (!standin) return;
    expect(dump.errors[0]?.message).toContain(file);
    expect(dump.errors[0]?.message).toContain(place);
  });

  test('with true for a flag in YAML', async () => {
    const { dump } = await failure({ property: { 'maintain-aspect-ratio': 'true' } }, 'yml');
    expect(dump.errors).toMatchObject([SETTINGS]);
  });

  const parsers = join(buildDir, 'lib/libnvds_weir_parsers.so');
  const corrupt = (): string => join(folder, 'corrupt.onnx');

  test.each<[string, () => DetectorConfig, () => string]>([
    ['no model', () => ({ property: { 'onnx-file': undefined } }), () => 'onnx-file'],
    [
      'a model that is not there',
      () => ({ property: { 'onnx-file': 'gone.onnx' } }),
      () => join(folder, 'gone.onnx'),
    ],
    ['a corrupt model', () => ({ property: { 'onnx-file': corrupt() } }), corrupt],
    [
      'a custom library that is not there',
      () => ({ property: { 'custom-lib-path': '/nowhere/parsers.so', 'parse-bbox-func-name': 'Parse' } }),
      () => '/nowhere/parsers.so',
    ],
    [
      'a custom library without the function',
      () => ({ property: { 'custom-lib-path': parsers, 'parse-bbox-func-name': 'NoSuchParser' } }),
      () => 'NoSuchParser',
    ],
    [
      'labels that are not there',
      () => ({ property: { 'labelfile-path': '/nowhere/labels.txt' } }),
      () => '/nowhere/labels.txt',
    ],
  ])('with %s', async (_, config, named) => {
    await writeFile(corrupt(), 'no protobuf at all');
    const { dump, file } = await failure(config());
    expect(dump.errors).toMatchObject([CONTEXT]);
    expect(dump.errors[0]?.debug).toContain(file);
    if (standin) expect(dump.errors[0]?.message).toContain(named());
  });

  ofTheStandin('as a secondary detector, which the stand-in has not', async () => {
    const { dump } = await failure({ property: { 'process-mode': 2 } });
    expect(dump.errors).toMatchObject([CONTEXT]);
    expect(dump.errors[0]?.message).toMatch(/process-mode 2 .*not implemented by the stand-in/);
  });
});

test('a buffer without batch metadata: ERROR STREAM/FAILED', async () => {
  const caps = 'video/x-raw(memory:NVMM),format=NV12,width=640,height=360,framerate=10/1';
  const source = `appsrc name=a format=time caps="${caps}"`;
  const dump = await metadump(
    `${source} ! nvinfer name=last config-file-path=${await detector()} ! fakesink`,
    {
      script: ['push a 0', 'wait error'],
    },
  );
  expect(dump.errors).toMatchObject([{ ...STREAM_FAILED, from: 'last' }]);
  expect(dump.batches).toEqual([]);
});

test('a push that nobody takes: ERROR STREAM/FAILED', async () => {
  const config = await detector();
  const mux = 'nvstreammux name=m width=640 height=360 batch-size=1';
  const dump = await metadump(
    `${pushedSource('a')} ! m.sink_0 ${mux} ! nvinfer name=last config-file-path=${config}`,
    {
      script: ['push a 0', 'wait error'],
    },
  );
  expect(dump.errors).toMatchObject([{ ...STREAM_FAILED, from: 'last' }]);
});
