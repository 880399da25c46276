/** The synthetic detector reports drawn scenes exactly, and closely enough after H.264. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as ort from 'onnxruntime-node';
import { beforeAll, describe, expect, test } from 'vitest';
import { syntheticOnnx } from '../../scripts/model/synthetic.js';
import {
  BACKGROUND,
  BITS,
  OBJECT,
  OBJECT_KINDS,
  SCENE,
  SYNTHETIC_LABELS,
} from '../../scripts/model/synthetic-scene.js';
import { type Box, type Detector, detect, type I420Frame, iou } from '../contract/preprocess-reference.js';

const { width: WIDTH, height: HEIGHT } = SCENE;
const BYTES = (WIDTH * HEIGHT * 3) / 2;

type Rectangle = Omit<Box, 'confidence'>;
type Random = () => number;

let detector: Detector;

beforeAll(async () => {
  detector = {
    session: await ort.InferenceSession.create(syntheticOnnx(), { intraOpNumThreads: 1 }),
    parser: 'detectnet',
    input: {
      width: WIDTH,
      height: HEIGHT,
      colorFormat: 'rgb',
      scale: 0.0039215697906911373,
      offsets: [],
      maintainAspectRatio: false,
      symmetricPadding: false,
    },
    thresholds: { confidence: 0.5, iou: 0.5, topk: 100 },
  };
});

describe('as drawn', () => {
  test.each([1, 2, 3])(
    'scene %i: every object and every bit, to the pixel, and nothing else',
    async (seed) => {
      const random = generator(seed);
      const objects = randomObjects(random);
      const number = Math.floor(random() * 65536);
      const found = await detect(detector, draw(objects, number, random));
      expect(rounded(found)).toEqual(rounded([...objects, ...bits(number)]));
    },
  );

  test('all bits set, and none', async () => {
    const random = generator(4);
    expect(rounded(await detect(detector, draw([], 0xffff, random)))).toEqual(rounded(bits(0xffff)));
    expect(await detect(detector, draw([], 0, random))).toEqual([]);
  });

  test('smallest and largest objects of every kind', async () => {
    const sizes = [OBJECT.minSize, OBJECT.maxSize].flatMap((w) =>
      [OBJECT.minSize, OBJECT.maxSize].map((h) => [w, h]),
    );
    for (const kind of OBJECT_KINDS.keys()) {
      const objects = sizes.map(([width = 0, height = 0], i) => {
        return { classId: kind, left: 10 + 150 * i, top: 50 + 34 * i, width, height };
      });
      expect(rounded(await detect(detector, draw(objects, 0, generator(kind))))).toEqual(rounded(objects));
    }
  });

  test('areas larger than an object, or smaller, are not reported', async () => {
    const objects = [
      { classId: 0, left: 40, top: 60, width: 300, height: 200 },
      { classId: 3, left: 400, top: 60, width: 16, height: 100 },
      { classId: 5, left: 460, top: 60, width: 40, height: 160 },
    ];
    expect(await detect(detector, draw(objects, 0, generator(5)))).toEqual([]);
  });
});

test('after H.264 every object is found within IoU 0.95, every bit read, none invented', async () => {
  const random = generator(6);
  const scenes = Array.from({ length: 3 }, () => movingScene(random, 6)).flat();
  const frames = scenes.map(({ objects, number }) => draw(objects, number, random));
  const decoded = await throughH264(frames);
  expect(decoded.length).toBe(frames.length);
  for (const [i, frame] of decoded.entries()) {
    const found = await detect(detector, frame);
    const { objects, number } = scenes[i] as Scene;
    expect(found.filter((box) => box.classId >= BITS.firstClass).map(label)).toEqual(bits(number).map(label));
    const boxes = found.filter((box) => box.classId < BITS.firstClass);
    expect(boxes.length).toBe(objects.length);
    for (const object of objects) {
      const overlaps = boxes.filter((box) => box.classId === object.classId).map((box) => iou(box, object));
      expect(Math.max(...overlaps), `frame ${i}, ${JSON.stringify(object)}`).toBeGreaterThanOrEqual(0.95);
    }
  }
});

const label = (box: Rectangle) => SYNTHETIC_LABELS[box.classId];

/** In one order and free of rounding errors; the parser cuts boxes one pixel before the border. */
function rounded(boxes: readonly Rectangle[]): string[] {
  return boxes
    .map((b) =>
      [label(b), b.left, b.top, b.width, b.height]
        .map((v) => (typeof v === 'number' ? Math.round(v * 100) / 100 : v))
        .join(' '),
    )
    .sort();
}

function bits(number: number): Rectangle[] {
  return Array.from({ length: BITS.count }, (_, bit) => bit)
    .filter((bit) => (number >> bit) & 1)
    .map((bit) => ({
      classId: BITS.firstClass + bit,
      left: BITS.centreX(bit) - BITS.size / 2,
      top: BITS.centreY - BITS.size / 2,
      width: BITS.size,
      height: BITS.size,
    }));
}

function generator(seed: number): Random {
  let state = seed * 7919 + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

const even = (random: Random, from: number, to: number) =>
  from + 2 * Math.floor((random() * (to - from + 2)) / 2);

/** Up to ten objects at least the smallest gap apart, `border` pixels inside the picture. */
function randomObjects(random: Random, border: number = OBJECT.minGap): Rectangle[] {
  const objects: Rectangle[] = [];
  for (let attempt = 0; attempt < 60 && objects.length < 10; attempt++) {
    const [width, height] = [
      even(random, OBJECT.minSize, OBJECT.maxSize),
      even(random, OBJECT.minSize, OBJECT.maxSize),
    ];
    const left = even(random, border, WIDTH - width - border);
    const top = even(random, BITS.stripHeight + border, HEIGHT - height - border);
    const clear = objects.every(
      (o) =>
        left >= o.left + o.width + OBJECT.minGap ||
        o.left >= left + width + OBJECT.minGap ||
        top >= o.top + o.height + OBJECT.minGap ||
        o.top >= top + height + OBJECT.minGap,
    );
    if (clear)
      objects.push({ classId: Math.floor(random() * OBJECT_KINDS.length), left, top, width, height });
  }
  return objects;
}

interface Scene {
  readonly objects: readonly Rectangle[];
  readonly number: number;
}

/** Objects move together, so that gaps stay as they are. */
function movingScene(random: Random, frames: number): Scene[] {
  const [dx, dy] = [even(random, -4, 4), even(random, -4, 4)];
  const objects = randomObjects(random, 4 * frames);
  const first = Math.floor(random() * 65536);
  return Array.from({ length: frames }, (_, i) => ({
    number: (first + i) % 65536,
    objects: objects.map((object) => ({ ...object, left: object.left + i * dx, top: object.top + i * dy })),
  }));
}

function draw(objects: readonly Rectangle[], number: number, random: Random): I420Frame {
  const frame = { width: WIDTH, height: HEIGHT, data: new Uint8Array(BYTES) };
  fill(frame, { left: 0, top: 0, width: WIDTH, height: HEIGHT }, () => {
    return Array(3).fill(BACKGROUND.grey + BACKGROUND.texture * (2 * random() - 1));
  });
  fill(frame, { left: 0, top: 0, width: WIDTH, height: BITS.stripHeight }, () => [0, 0, 0]);
  for (const bit of bits(number)) fill(frame, bit, () => [255, 255, 255]);
  for (const object of objects) fill(frame, object, () => OBJECT_KINDS[object.classId]?.rgb ?? []);
  return frame;
}

/** Even rectangles only: one chroma sample belongs to four pixels. */
function fill(frame: I420Frame, area: Omit<Rectangle, 'classId'>, colour: () => readonly number[]): void {
  const chroma = WIDTH * HEIGHT;
  for (let y = area.top; y < area.top + area.height; y++) {
    for (let x = area.left; x < area.left + area.width; x++) {
      const [r = 0, g = 0, b = 0] = colour();
      const at = (y >> 1) * (WIDTH / 2) + (x >> 1);
      frame.data[y * WIDTH + x] = Math.round(16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255);
      frame.data[chroma + at] = Math.round(128 + (-37.797 * r - 74.203 * g + 112 * b) / 255);
      frame.data[chroma + chroma / 4 + at] = Math.round(128 + (112 * r - 93.786 * g - 18.214 * b) / 255);
    }
  }
}

async function throughH264(frames: readonly I420Frame[]): Promise<I420Frame[]> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-synthetic-'));
  try {
    const [raw, decoded] = [join(folder, 'in.i420'), join(folder, 'out.i420')];
    await writeFile(raw, Buffer.concat(frames.map((frame) => frame.data)));
    const parse = ['rawvideoparse', 'format=i420', `width=${WIDTH}`, `height=${HEIGHT}`, 'framerate=15/1'];
    const encode = ['x264enc', 'bitrate=2000', 'speed-preset=veryfast', 'key-int-max=15', 'bframes=0'];
    const pipeline = [
      ['filesrc', `location=${raw}`],
      parse,
      encode,
      ['h264parse'],
      ['avdec_h264'],
      ['filesink', `location=${decoded}`],
    ];
    await promisify(execFile)('gst-launch-1.0', [
      '-q',
      ...pipeline.flatMap((element, i) => (i > 0 ? ['!', ...element] : element)),
    ]);
    const bytes = await readFile(decoded);
    return Array.from({ length: bytes.length / BYTES }, (_, i) => {
      return { width: WIDTH, height: HEIGHT, data: bytes.subarray(i * BYTES, (i + 1) * BYTES) };
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}
