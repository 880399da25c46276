/** nvdsosd behind nvstreamdemux: what it draws lies where the metadata says, and nothing else changes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SceneObject } from '../../scripts/footage/scene-plan.js';
import { withTempDir } from '../support/temp.js';
import { about, answer } from './ask.js';
import { type DumpedFrame, metadump, RawPicture, rawSink } from './metadump.js';
import { providerUnderTest } from './provider.js';
import { kind, rectangles, sceneOf, sceneSource, writeDetector } from './synthetic.js';

const WIDTH = 640;
const HEIGHT = 360;
/** Limited-range red, the border's default colour. */
const RED = { luma: 81, v: 240 };
/** What conversion to RGBA and back may change of a picture on NVIDIA's element. */
const ROUNDING = providerUnderTest().name === 'standin' ? 0 : 4;
const PICTURES = 2;

const BLUE: SceneObject = { id: 1, class: kind('blue'), left: 100, top: 120, width: 96, height: 64 };
const GREEN: SceneObject = { id: 2, class: kind('green'), left: 400, top: 200, width: 64, height: 96 };

about('osd', 'DeepStream 9.1 gst-nvdsosd; nvinfer: border and text of its objects');

interface Drawn {
  readonly frame: DumpedFrame;
  readonly plain: RawPicture;
  readonly drawn: RawPicture;
}

/** The second picture of a still scene, as demuxed and after an OSD with some settings. */
function draw(settings: string, bbox = {}): Promise<Drawn> {
  return withTempDir(async (dir) => {
    const [plain, drawn] = [join(dir, 'plain.i420'), join(dir, 'drawn.i420')];
    const input = await sceneSource(
      join(dir, 'scene.i420'),
      sceneOf(PICTURES, () => [BLUE, GREEN]),
    );
    const config = await writeDetector(join(dir, 'detector.txt'), { all: bbox });
    const infer = `nvinfer config-file-path=${config}`;
    const mux = `nvstreammux name=m batch-size=1 width=${WIDTH} height=${HEIGHT}`;
    const osd = `nvdsosd name=o process-mode=0 ${settings} !`;
    const dump = await metadump(
      `${input} ! m.sink_0 ${mux} ! ${infer} ! nvstreamdemux name=d d.src_0 ! tee name=t
       t. ! queue ! ${rawSink(plain)} t. ! queue ! ${rawSink(drawn, osd)}`,
      { pads: ['o.sink'] },
    );
    expect(dump.errors).toEqual([]);
    const picture = async (file: string): Promise<RawPicture> =>
      new RawPicture(await readFile(file), PICTURES - 1, WIDTH, HEIGHT);
    const frame = dump.frames[PICTURES - 1];
    if (!frame) throw new Error('too few frames');
    return { frame, plain: await picture(plain), drawn: await picture(drawn) };
  });
}

/** Pixels whose luma differs, as places. */
function changed({ plain, drawn }: Drawn): [number, number][] {
  const places: [number, number][] = [];
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      if (Math.abs(plain.luma(x, y) - drawn.luma(x, y)) > ROUNDING) places.push([x, y]);
    }
  }
  return places;
}

test('nothing changes with display-bbox and display-text off', async () => {
  const result = await draw('display-bbox=0 display-text=0');
  expect(rectangles(result.frame)).toHaveLength(2);
  answer(changed(result), [], 'pixels that changed');
});

test('borders lie on the edges of the boxes, in the default colour', async () => {
  const result = await draw('display-bbox=1 display-text=0');
  const boxes = result.frame.objects.map((o) => o.box);
  expect(rectangles(result.frame)).toHaveLength(2);
  for (const { box } of rectangles(result.frame)) {
    const [left, top, width, height] = box.map(Math.round) as [number, number, number, number];
    const [middle, centre] = [left + (width >> 1), top + (height >> 1)];
    // Whether a border lies inside of a box or across its edge, these belong to it.
    const edges = [
      [left + 1, centre],
      [left + width - 2, centre],
      [middle, top + 1],
      [middle, top + height - 2],
    ] as const;
    for (const [x, y] of edges) {
      expect(Math.abs(result.drawn.luma(x, y) - RED.luma), `luma at ${x}, ${y}`).toBeLessThanOrEqual(4);
      expect(result.drawn.chroma(x, y)[1], `V at ${x}, ${y}`).toBeGreaterThan(RED.v - 20);
    }
  }
  const places = changed(result);
  expect(places.length).toBeGreaterThan(0);
  const stray = places.filter(
    ([x, y]) =>
      !boxes.some(([left, top, width, height]) => {
        const inside = x >= left - 3 && x < left + width + 3 && y >= top - 3 && y < top + height + 3;
        const within = x >= left + 4 && x < left + width - 4 && y >= top + 4 && y < top + height - 4;
        return inside && !within;
      }),
  );
  answer(stray, [], 'pixels that changed elsewhere');
});

test('the colour of a border is that of its class in the detector file', async () => {
  const { frame, drawn } = await draw('display-text=0', { 'border-color': '0;1;0;1' });
  for (const { box } of rectangles(frame)) {
    const [left, top, , height] = box.map(Math.round) as [number, number, number, number];
    const [u, v] = drawn.chroma(left + 1, top + (height >> 1));
    expect(u).toBeLessThan(80);
    expect(v).toBeLessThan(60);
  }
});

test('texts are drawn above their boxes only, without borders', async () => {
  const result = await draw('display-bbox=0 display-text=1');
  const places = changed(result);
  for (const { box } of rectangles(result.frame)) {
    const [left, top] = box;
    // The text starts at the left edge, 10 pixels above the top.
    const own = places.filter(([x, y]) => x >= left && x < left + 120 && y >= top - 10 && y < top + 20);
    expect(own.length, `text at ${left}, ${top}`).toBeGreaterThan(20);
  }
  const texts = result.frame.objects.map(({ box: [left, top] }) => [left, Math.max(0, top - 10)] as const);
  const stray = places.filter(
    ([x, y]) => !texts.some(([left, top]) => x >= left - 2 && x < left + 120 && y >= top - 2 && y < top + 30),
  );
  answer(stray, [], 'pixels that changed elsewhere');
});
