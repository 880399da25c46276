/** nvstreamdemux: which frame comes out where, with what metadata and in what size. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withTempDir } from '../support/temp.js';
import { about, answer } from './ask.js';
import { type Dump, metadump, pushedSource, rawCaps, RawPicture, rawSink } from './metadump.js';
import { providerUnderTest } from './provider.js';
import { kind, rectangles, sceneOf, sceneSource, writeDetector } from './synthetic.js';

const standin = providerUnderTest().name === 'standin';

about('metadata', 'DeepStream 9.1 gst-nvmultistream2 demux; the legacy demux as its users observed it');

const SINK = 'fakesink async=false sync=false';
const inputs = `${pushedSource('a')} ! m.sink_0 ${pushedSource('b')} ! m.sink_1`;
const mux = 'nvstreammux name=m width=640 height=360 batch-size=2 batched-push-timeout=600000000';
/** Two sources into branches of the given numbers. */
const split = (branches: readonly number[]): string =>
  [`${inputs} ${mux} ! nvstreamdemux name=d`, ...branches.map((n) => `d.src_${n} ! queue ! ${SINK}`)].join(
    ' ',
  );

const both = (pts: number): string[] => [`push a ${pts}`, `push b ${pts + 1}`];
const at = (dump: Dump, pad: string): Dump['frames'] => dump.frames.filter((f) => f.at === pad);

test('a frame of sink_k comes out of src_k, alone, and keeps its number and PTS', async () => {
  const dump = await metadump(split([0, 1]), {
    pads: ['d.src_0', 'd.src_1', 'm.src'],
    script: [...both(0), ...both(100), 'wait d.src_0/frame 2', 'wait d.src_1/frame 2', 'quit'],
  });
  for (const pad of [0, 1]) {
    const before = at(dump, 'm.src').filter((f) => f.pad === pad);
    const after = at(dump, `d.src_${pad}`);
    expect(after.map((f) => f.pad)).toEqual([pad, pad]);
    answer(
      after.map((f) => [f.frame, f.pts]),
      before.map((f) => [f.frame, f.pts]),
      `number and PTS in branch ${pad}`,
    );
    const batches = dump.batches.filter((b) => b.at === `d.src_${pad}`);
    answer(
      batches.map((b) => [b.batch, b.time]),
      after.map((f) => [1, f.pts]),
      `frames in each batch, and its PTS, in branch ${pad}`,
    );
  }
});

test('metadata is a deep copy, in slot 0', async () => {
  await withTempDir(async (dir) => {
    const object = { id: 1, class: kind('red'), left: 100, top: 100, width: 80, height: 60 };
    const input = await sceneSource(
      join(dir, 'scene.i420'),
      sceneOf(2, () => [object]),
    );
    const config = await writeDetector(join(dir, 'detector.txt'));
    const infer = `nvinfer name=i config-file-path=${config}`;
    const dump = await metadump(
      `${input} ! m.sink_0 ${input} ! m.sink_1 ${mux} ! ${infer} ! nvstreamdemux name=d d.src_0 ! ${SINK} d.src_1 ! ${SINK}`,
      { pads: ['i.src', 'd.src_0', 'd.src_1'] },
    );
    for (const pad of [0, 1]) {
      const before = at(dump, 'i.src').filter((f) => f.pad === pad);
      const after = at(dump, `d.src_${pad}`);
      expect(after.map((f) => f.objects)).toEqual(before.map((f) => f.objects));
      expect(after.map((f) => rectangles(f).length)).toEqual([1, 1]);
      answer(
        after.map((f) => [f.slot, f.inferred]),
        [
          [0, true],
          [0, true],
        ],
        `batch_id and bInferDone in branch ${pad}`,
      );
      for (const [i, frame] of after.entries()) {
        expect(frame.address).not.toBe(before[i]?.address);
        expect(frame.owned).toBe(true);
      }
    }
  });
});

test('frames of a pad that is not linked are skipped', async () => {
  const dump = await metadump(split([1]), {
    pads: ['d.src_1'],
    script: [...both(0), ...both(100), 'wait d.src_1/frame 2', 'quit'],
  });
  answer(
    dump.frames.map((f) => f.pad),
    [1, 1],
    'pads of the frames',
  );
  expect(dump.errors).toEqual([]);
});

test('STREAM_EOS of one stream goes to every branch', async () => {
  const dump = await metadump(split([0, 1]), {
    pads: ['d.src_0', 'd.src_1'],
    script: [...both(0), 'end b', 'wait d.src_0/stream-eos', 'wait d.src_1/stream-eos', 'quit'],
  });
  const ends = dump.events.filter((e) => e.event === 'stream-eos').map((e) => [e.at, e.pad]);
  answer(ends.sort(), [
    ['d.src_0', 1],
    ['d.src_1', 1],
  ]);
});

test('a branch has a stream of its own: start, caps and segment before its first picture', async () => {
  const dump = await metadump(split([0, 1]), {
    pads: ['d.src_1'],
    script: [...both(0), 'wait d.src_1/frame', 'quit'],
  });
  const seen = dump.lines.flatMap((line) => {
    if ('event' in line) return [line.event];
    return 'frame' in line ? ['frame'] : [];
  });
  const order = ['stream-start', 'caps', 'segment', 'frame'];
  answer(
    seen.filter((name) => order.includes(name)),
    order,
  );
});

describe('pictures', () => {
  about('preprocessing', 'DeepStream guide: nvstreammux (legacy, closed)');

  const LUMA = 200;
  /** One grey picture through mux and demux. */
  function demuxed(
    size: readonly [number, number],
    settings: string,
  ): Promise<{ dump: Dump; picture: RawPicture }> {
    return withTempDir(async (dir) => {
      const file = join(dir, 'out.i420');
      const source = pushedSource('a', rawCaps(...size));
      const dump = await metadump(
        `${source} ! m.sink_0 nvstreammux name=m batch-size=1 width=640 height=360 ${settings} ! nvstreamdemux name=d d.src_0 ! ${rawSink(file)}`,
        { pads: ['d.src_0'], script: [`push a 0 ${LUMA}`, 'end a'] },
      );
      return { dump, picture: new RawPicture(await readFile(file), 0, 640, 360) };
    });
  }

  test('are stretched to the mux size', async () => {
    const { dump, picture } = await demuxed([320, 240], '');
    const [caps] = dump.events.filter((e) => e.event === 'caps');
    expect(caps?.structure).toMatch(/width\\=\\\(int\\\)640.*height\\=\\\(int\\\)360/);
    expect(picture.bytes).toHaveLength((640 * 360 * 3) / 2);
    for (const [x, y] of [
      [0, 0],
      [639, 0],
      [0, 359],
      [639, 359],
      [320, 180],
    ] as const) {
      expect(Math.abs(picture.luma(x, y) - LUMA)).toBeLessThanOrEqual(1);
    }
  });

  test('keep their shape between black bars with enable-padding', async () => {
    const { picture } = await demuxed([320, 240], 'enable-padding=1');
    const row = Array.from({ length: 640 }, (_, x) => picture.luma(x, 180));
    const bright = row.filter((luma) => Math.abs(luma - LUMA) <= 1).length;
    expect(Math.abs(bright - 480)).toBeLessThanOrEqual(2);
    expect(row.filter((luma) => luma <= 17).length).toBeGreaterThanOrEqual(156);
    if (standin) expect([row[78], row[82], row[557], row[561]]).toEqual([16, LUMA, LUMA, 16]);
  });
});
