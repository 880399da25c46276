/** nvinfer against a separate, plain computation: same frames, same model, same boxes. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildDir, root } from '../support/paths.js';
import { run } from '../support/process.js';
import { about, answer } from './ask.js';
import { type DumpedFrame, metadump, rawSource } from './metadump.js';
import { type Box, type Detector, detect, iou } from './preprocess-reference.js';

const WIDTH = 768;
const HEIGHT = 576;
const BYTES = (WIDTH * HEIGHT * 3) / 2;
const FRAMES = 12;
const THRESHOLD = 0.35;
/** Boxes this close to the threshold may be on either side of it. */
const MARGIN = 0.01;
const OFFSETS = [103.53, 116.28, 123.675];
const MODEL = join(root, '.cache/models/nanodet-320x256.onnx');

about('preprocessing', 'DeepStream 9.1 gst-nvinfer and nvdsinfer: scaling, padding, normalising, NMS');

let folder: string;
let frames: Buffer;
let session: ort.InferenceSession;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-nvinfer-'));
  const raw = join(folder, 'frames.i420');
  const footage = join(root, '.cache/footage/vtest-576.h264');
  const decode = await run('gst-launch-1.0', [
    '-q',
    ...`filesrc location=${footage} ! h264parse ! avdec_h264 ! videorate ! video/x-raw,format=I420,framerate=1/2`.split(
      ' ',
    ),
    ...`! identity eos-after=${FRAMES} ! filesink location=${raw}`.split(' '),
  ]);
  expect(decode.code).toBe(0);
  frames = await readFile(raw);
  session = await ort.InferenceSession.create(MODEL, { intraOpNumThreads: 1 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function detector(maintainAspectRatio: boolean, symmetricPadding: boolean, iouLimit = 0.5): Detector {
  return {
    session,
    parser: 'nanodet',
    input: {
      width: 320,
      height: 256,
      colorFormat: 'bgr',
      scale: 1,
      offsets: OFFSETS,
      maintainAspectRatio,
      symmetricPadding,
    },
    thresholds: { confidence: THRESHOLD - MARGIN, iou: iouLimit, topk: 10_000 },
  };
}

async function writeConfig(maintainAspectRatio: boolean, symmetricPadding: boolean): Promise<string> {
  const file = join(folder, `nvinfer-${maintainAspectRatio}-${symmetricPadding}.txt`);
  const lines = [
    '[property]',
    'gie-unique-id=7',
    `onnx-file=${MODEL}`,
    'net-scale-factor=1',
    `offsets=${OFFSETS.join(';')}`,
    'model-color-format=1',
    'infer-dims=3;256;320',
    `maintain-aspect-ratio=${maintainAspectRatio ? 1 : 0}`,
    `symmetric-padding=${symmetricPadding ? 1 : 0}`,
    'num-detected-classes=80',
    'cluster-mode=2',
    `labelfile-path=${join(root, 'models/labels-coco80.txt')}`,
    `custom-lib-path=${join(buildDir, 'lib/libnvds_weir_parsers.so')}`,
    'parse-bbox-func-name=NvDsInferParseCustomNanoDet',
    '[class-attrs-all]',
    `pre-cluster-threshold=${THRESHOLD}`,
    'nms-iou-threshold=0.5',
    'topk=100',
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

async function infer(config: string): Promise<DumpedFrame[]> {
  const source = rawSource(join(folder, 'frames.i420'), WIDTH, HEIGHT, 10);
  const mux = `nvstreammux name=m batch-size=1 width=${WIDTH} height=${HEIGHT}`;
  const dump = await metadump(
    `${source} ! m.sink_0 ${mux} ! nvinfer name=last config-file-path=${config} ! fakesink`,
  );
  expect(dump.errors).toEqual([]);
  return dump.frames;
}

const asBox = (o: DumpedFrame['objects'][number]): Box => {
  const [left, top, width, height] = o.box;
  return { classId: o.class, confidence: o.confidence, left, top, width, height };
};

const SIDES = ['left', 'top', 'width', 'height'] as const;

const agreeInConfidence = (a: Box, b: Box) =>
  a.classId === b.classId && Math.abs(a.confidence - b.confidence) < 0.01;

function agree(a: Box, b: Box): boolean {
  return agreeInConfidence(a, b) && SIDES.every((side) => Math.abs(a[side] - b[side]) < 1);
}

describe.each([
  { maintainAspectRatio: false, symmetricPadding: false },
  { maintainAspectRatio: true, symmetricPadding: false },
  { maintainAspectRatio: true, symmetricPadding: true },
])('maintain-aspect-ratio $maintainAspectRatio, symmetric-padding $symmetricPadding', (fit) => {
  test('boxes agree within 1 px and 0.01 of confidence', async () => {
    const inferred = await infer(await writeConfig(fit.maintainAspectRatio, fit.symmetricPadding));
    expect(inferred).toHaveLength(FRAMES);
    const reference = detector(fit.maintainAspectRatio, fit.symmetricPadding);
    const unsuppressed = detector(fit.maintainAspectRatio, fit.symmetricPadding, 1);
    let [compared, agreed] = [0, 0];
    for (const frame of inferred) {
      const data = frames.subarray(frame.frame * BYTES, (frame.frame + 1) * BYTES);
      const picture = { width: WIDTH, height: HEIGHT, data };
      const expected = await detect(reference, picture);
      const candidates = await detect(unsuppressed, picture);
      const found = frame.objects.map(asBox);
      for (const box of found) {
        const place = `frame ${frame.frame}: ${JSON.stringify(box)}`;
        expect(
          candidates.some((c) => agree(c, box)),
          `${place} is no candidate`,
        ).toBe(true);
        // Of two overlapping candidates of nearly the same confidence either may survive.
        const survivors = expected.filter(
          (e) => agree(e, box) || (iou(e, box) > 0.5 && agreeInConfidence(e, box)),
        );
        expect(survivors, `${place} should have been suppressed`).not.toEqual([]);
        compared++;
        if (candidates.some((c) => agree(c, box))) agreed++;
      }
      const certain = expected.filter((b) => b.confidence > THRESHOLD + MARGIN);
      expect(found.length).toBeGreaterThanOrEqual(certain.length);
    }
    expect(compared).toBeGreaterThan(FRAMES * 3);
    answer(compared - agreed, 0, 'boxes that do not agree');
  });
});

describe('a detection', () => {
  about('metadata', 'DeepStream 9.1 gst-nvinfer: attaching metadata');

  test('fills its metadata', async () => {
    const [frame] = await infer(await writeConfig(true, false));
    expect(frame?.inferred).toBe(true);
    answer(frame?.count, frame?.objects.length, 'num_obj_meta');
    for (const o of frame?.objects ?? []) {
      expect(o).toMatchObject({
        component: 7,
        id: '18446744073709551615',
        border: 3,
        detector: o.box,
        text: o.label,
      });
    }
  });
});
