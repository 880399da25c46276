/** nvinfer by its configuration: what keys do to the objects of synthetic scenes, and how it fails. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SceneObject } from '../../scripts/footage/scene-plan.js';
import { buildDir } from '../support/paths.js';
import { about, answer, deviation } from './ask.js';
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

const PARSER = 'DeepStream 9.1 gst-nvinfer: gstnvinfer_property_parser.cpp, gstnvinfer_yaml_parser.cpp';
const ELEMENT = 'DeepStream 9.1 gst-nvinfer: gstnvinfer.cpp';
const POSTPROCESSING = 'DeepStream 9.1 nvdsinfer: clustering; gst-nvinfer: filters';

about('configuration', PARSER);

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

/** Domain and code of the first error. */
const kindOf = ({ errors: [error] }: Dump) => error && { domain: error.domain, error: error.error };

/** Labels of the coloured rectangles in the first frame, in order. */
const labels = (frames: readonly DumpedFrame[]): string[] =>
  rectangles(frames[0] as DumpedFrame).map((o) => o.label);

describe('a detector', () => {
  about('metadata', ELEMENT);

  test('finds each object once, class by class, and says how', async () => {
    const dump = await infer(`config-file-path=${await detector()}`);
    const [frame] = dump.frames as [DumpedFrame];
    answer(
      rectangles(frame).map((o) => o.label),
      ['red', 'red', 'green', 'blue'],
      'labels',
    );
    for (const truth of [RED, GREEN, BLUE, SECOND_RED]) {
      const found = rectangles(frame).filter((o) => o.class === truth.class);
      expect(found.some((o) => near(o.box, boxOf(truth), 1))).toBe(true);
    }
    for (const object of frame.objects) {
      expect(object).toMatchObject({ component: 7, id: UNTRACKED, border: 3, detector: object.box });
    }
    answer(
      dump.frames.map((f) => f.inferred),
      Array.from({ length: FRAMES }, () => true),
      'bInferDone',
    );
  });

  test('emits model-updated at start, with the file', async () => {
    const file = await detector();
    const dump = await infer(`config-file-path=${file}`);
    expect(dump.signals).toEqual([{ signal: 'model-updated', status: 0, path: file }]);
  });

  test('marks a frame as inferred that has no objects', async () => {
    const dump = await infer(`config-file-path=${await detector()}`, [empty]);
    answer(
      dump.frames.map((f) => [f.inferred, f.count, f.objects]),
      [[true, 0, []]],
      'bInferDone, number of objects, objects',
    );
  });
});

describe('batches', () => {
  about('metadata', `${ELEMENT}: batching and interval`);

  test('interval skips whole batches', async () => {
    const config = await detector({ property: { interval: 2 } });
    const dump = await infer(`config-file-path=${config}`, [scene, scene]);
    expect(dump.batches.map((b) => b.batch)).toEqual(Array.from({ length: FRAMES }, () => 2));
    const perFrame = dump.frames.map((frame) => [frame.inferred, rectangles(frame).length]);
    const inferred = perFrame.map((_, i) => Math.floor(i / 2) % 3 === 0);
    answer(
      perFrame,
      inferred.map((is) => [is, is ? 4 : 0]),
      'inferred, and objects found, by frame',
    );
  });

  test('that are not full count for interval as well', async () => {
    const config = await detector({ property: { interval: 1 } });
    const sources = `${pushedSource('a')} ! m.sink_0 ${pushedSource('b')} ! m.sink_1`;
    const mux = 'nvstreammux name=m width=640 height=360 batch-size=2 batched-push-timeout=1000';
    const turns = ['a', 'b', 'a', 'b'].flatMap((name, i) => [
      `push ${name} ${100 * i}`,
      `wait batch ${i + 1}`,
    ]);
    const dump = await metadump(
      `${sources} ${mux} ! nvinfer name=last config-file-path=${config} ! fakesink`,
      {
        script: [...turns, 'quit'],
      },
    );
    answer(
      dump.frames.map((f) => [f.pad, f.inferred]),
      [
        [0, true],
        [1, false],
        [0, true],
        [1, false],
      ],
      'pad and bInferDone, one frame a batch',
    );
  });

  test('larger than batch-size are inferred in parts', async () => {
    const config = await detector({ property: { 'batch-size': 1 } });
    const dump = await infer(`config-file-path=${config}`, [scene, scene, scene]);
    expect(dump.errors).toEqual([]);
    answer(
      dump.frames.map((f) => rectangles(f).length),
      Array.from({ length: 3 * FRAMES }, () => 4),
      'objects per frame',
    );
  });
});

describe('settings', () => {
  test('of properties win over the file, set before it or after', async () => {
    const config = await detector({ property: { 'gie-unique-id': 7, interval: 0 } });
    const before = await infer(`unique-id=9 interval=1 config-file-path=${config}`);
    expect(before.frames.map((f) => f.inferred)).toEqual([true, false, true, false, true, false]);
    answer(before.frames[0]?.objects[0]?.component, 9, 'unique-id set before');
    const after = await infer(`config-file-path=${config} interval=1`);
    answer(
      after.frames.map((f) => f.inferred),
      [true, false, true, false, true, false],
      'interval set after',
    );
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
    answer(labels(dump.frames).length, 4, 'objects found');
    expect(dump.stderr).toMatch(/no-such-key/);
    expect(dump.stderr).toMatch(/nor-this/);
    expect(dump.stderr).not.toMatch(/no-such-group/);
  });

  test('labels: a class beyond the end of the file has neither label nor text', async () => {
    const file = join(folder, 'labels.txt');
    await writeFile(file, 'red\n');
    const [frame] = (await seen({ property: { 'labelfile-path': file } })) as [DumpedFrame];
    const texts = rectangles(frame).map((o) => [o.class, o.label, o.text]);
    answer(
      texts,
      [
        [kind('red'), 'red', 'red'],
        [kind('red'), 'red', 'red'],
        [kind('green'), '', ''],
        [kind('blue'), '', ''],
      ],
      'class, label, text',
    );
  });

  ofTheStandin('that it does not implement are warned of', async () => {
    const config = await detector({ property: { 'classifier-threshold': 0.5 } });
    const dump = await infer(`config-file-path=${config}`);
    expect(dump.stderr).toMatch(/classifier-threshold is accepted and has no effect/);
    deviation(7, 'accepted, warned of, without effect', 'a threshold of classifiers');
  });
});

describe('clustering', () => {
  about('clustering', POSTPROCESSING);

  const found = async (mode: number, all: DetectorConfig['all']): Promise<string[]> =>
    labels(await seen({ property: { 'cluster-mode': mode }, all: { topk: undefined, ...all } }));

  test('mode 2 suppresses by nms-iou-threshold, then keeps topk of each class', async () => {
    answer(await found(2, { 'nms-iou-threshold': 0.5 }), ['red', 'red', 'green', 'blue'], 'threshold 0.5');
    expect((await found(2, { 'nms-iou-threshold': 1 })).length).toBeGreaterThan(20);
    answer(await found(2, { topk: 1 }), ['red', 'green', 'blue'], 'topk 1');
    answer(await found(2, { 'post-cluster-threshold': 0.999 }), [], 'post-cluster-threshold 0.999');
  });

  // As built by NVIDIA's Makefile, without OpenCV.
  test('mode 0 is NMS at 0.5 with topk 20, whatever the file says', async () => {
    answer(await found(0, { 'nms-iou-threshold': 1, topk: 1 }), ['red', 'red', 'green', 'blue']);
  });

  test('mode 4 keeps all boxes, by class and falling confidence with topk, and looks at no other threshold', async () => {
    const all = await found(4, { 'post-cluster-threshold': 0.999, 'nms-iou-threshold': 0.1 });
    expect(all.length).toBeGreaterThan(20);
    const frames = await seen({ property: { 'cluster-mode': 4 }, all: { topk: 3 } });
    const kept = rectangles(frames[0] as DumpedFrame);
    answer(
      kept.map((o) => o.label),
      ['red', 'green', 'blue'].flatMap((name) => [name, name, name]),
      'topk 3',
    );
    for (const name of ['red', 'green', 'blue']) {
      const confidences = kept.filter((o) => o.label === name).map((o) => o.confidence);
      expect(confidences).toEqual([...confidences].sort((a, b) => b - a));
    }
  });

  test('drops what is below the threshold of its class before', async () => {
    const groups = { 'class-attrs-0': { 'pre-cluster-threshold': 1.5 } };
    answer(labels(await seen({ groups })), ['green', 'blue']);
  });

  test('a class overrides single keys of [class-attrs-all] and keeps the others', async () => {
    const groups = { 'class-attrs-0': { topk: 1 } };
    answer(labels(await seen({ groups })), ['red', 'green', 'blue'], 'topk of one class');
    const wide = await seen({ all: { 'detected-min-w': 90 }, groups });
    answer(labels(wide), ['blue'], 'detected-min-w of all');
  });

  test('modes with DBSCAN and minBoxes 0 are NMS (3) and no clustering (1)', async () => {
    answer(await found(3, { 'nms-iou-threshold': 0.5 }), ['red', 'red', 'green', 'blue'], 'mode 3');
    expect((await found(1, {})).length).toBeGreaterThan(20);
  });

  ofTheStandin('mode 1 with minBoxes above 0 passes boxes, with a warning', async () => {
    const config = await detector({ property: { 'cluster-mode': 1 }, all: { minBoxes: 1, eps: 0.5 } });
    const dump = await infer(`config-file-path=${config}`);
    expect(labels(dump.frames).length).toBeGreaterThan(20);
    expect(dump.stderr).toMatch(/DBSCAN .* is not implemented/);
    deviation(8, 'boxes pass unclustered', 'clusters by DBSCAN');
  });
});

describe('filters', () => {
  about('clustering', POSTPROCESSING);

  test.each([
    ['detected-min-w', { 'detected-min-w': 90 }, ['blue']],
    ['detected-min-h', { 'detected-min-h': 90 }, ['green']],
    ['detected-max-w', { 'detected-max-w': 85 }, ['red', 'red', 'green']],
    ['detected-max-h', { 'detected-max-h': 70 }, ['red', 'red', 'blue']],
    ['roi-top-offset', { 'roi-top-offset': 100 }, ['red', 'green', 'blue']],
    ['roi-bottom-offset', { 'roi-bottom-offset': 60 }, ['red', 'blue']],
  ] as const)('%s', async (_, all, expected) => {
    answer(labels(await seen({ all })), expected);
  });

  test('filter-out-class-ids', async () => {
    answer(labels(await seen({ property: { 'filter-out-class-ids': '0;2' } })), ['green']);
  });

  test('of one class leave the others alone', async () => {
    const groups = { 'class-attrs-0': { 'detected-min-w': 200 } };
    answer(labels(await seen({ groups })), ['green', 'blue']);
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
    ['batch-size 0', 'batch-size', { property: { 'batch-size': 0 } }],
    ['batch-size 1025', 'batch-size', { property: { 'batch-size': 1025 } }],
    ['network-mode 4', 'network-mode', { property: { 'network-mode': 4 } }],
    ['network-type 7', 'network-type', { property: { 'network-type': 7 } }],
    ['cluster-mode 5', 'cluster-mode', { property: { 'cluster-mode': 5 } }],
    ['model-color-format 3', 'model-color-format', { property: { 'model-color-format': 3 } }],
    ['infer-dims of two', 'infer-dims', { property: { 'infer-dims': '3;360' } }],
    ['five offsets', 'offsets', { property: { offsets: '1;2;3;4;5' } }],
    ['border-color of three', 'border-color', { all: { 'border-color': '1;0;0' } }],
    ['post-cluster-threshold -1', 'post-cluster-threshold', { all: { 'post-cluster-threshold': -1 } }],
    ['roi-top-offset -1', 'roi-top-offset', { all: { 'roi-top-offset': -1 } }],
    ['a group of no class', 'class-attrs-22', { groups: { 'class-attrs-22': { topk: 1 } } }],
  ])('with %s', async (_, place, config) => {
    const { dump, file } = await failure(config);
    answer(kindOf(dump), SETTINGS, 'error');
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
    answer(kindOf(dump), CONTEXT, 'error');
    expect(dump.errors[0]?.debug).toContain(file);
    if (standin) expect(dump.errors[0]?.message).toContain(named());
  });

  ofTheStandin('as a secondary detector, which the stand-in has not', async () => {
    const { dump } = await failure({ property: { 'process-mode': 2 } });
    expect(dump.errors).toMatchObject([CONTEXT]);
    expect(dump.errors[0]?.message).toMatch(/process-mode 2 .*not implemented by the stand-in/);
    deviation(7, dump.errors[0]?.message, 'infers on the objects of another detector');
  });
});

describe('while it plays', () => {
  about('events', `${ELEMENT}: errors`);

  test('a buffer without batch metadata: ERROR STREAM/FAILED', async () => {
    const caps = 'video/x-raw(memory:NVMM),format=NV12,width=640,height=360,framerate=10/1';
    const source = `appsrc name=a format=time caps="${caps}"`;
    const dump = await metadump(
      `${source} ! nvinfer name=last config-file-path=${await detector()} ! fakesink`,
      {
        script: ['push a 0', 'wait error'],
      },
    );
    answer(kindOf(dump), STREAM_FAILED);
    expect(dump.errors).toMatchObject([{ from: 'last' }]);
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
    answer(kindOf(dump), STREAM_FAILED);
    expect(dump.errors).toMatchObject([{ from: 'last' }]);
  });
});
