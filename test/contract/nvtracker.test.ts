/** nvtracker on synthetic scenes: what it does to metadata, ids, and how it fails. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { overlap, planScene, type SceneObject, type SceneTruth } from '../../scripts/footage/scene-plan.js';
import { OBJECT_KINDS } from '../../scripts/model/synthetic-scene.js';
import { about, answer, openAnswer } from './ask.js';
import { type Dump, type DumpedFrame, type DumpedObject, metadump, pushedSource } from './metadump.js';
import { providerUnderTest } from './provider.js';
import {
  kind,
  near,
  rectangles,
  sceneOf,
  sceneSource,
  trackerLibrary,
  UNTRACKED,
  writeDetector,
  writeTracker,
} from './synthetic.js';

const standin = providerUnderTest().name === 'standin';
const ELEMENT = 'DeepStream 9.1 gst-nvtracker';
const LIBRARY = 'DeepStream 9.1 guide: multi-object tracker (closed library), IOU';
const KINDS = OBJECT_KINDS.map((_, id) => id).join(';');

about('tracking', `${ELEMENT}: metadata after tracking`);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-nvtracker-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Setting {
  readonly scenes: readonly SceneTruth[];
  /** Of the tracker element. */
  readonly tracker?: string;
  readonly management?: Readonly<Record<string, number>>;
  readonly trajectories?: Readonly<Record<string, number>>;
  /** Keys of StateEstimator: NvSORT instead of IOU. */
  readonly estimator?: Readonly<Record<string, number>>;
  readonly interval?: number;
}

let runs = 0;

/** Sees what goes into and what comes out of a tracker: pads `t.sink` and `t.src`. */
async function track({
  scenes,
  tracker = '',
  management,
  trajectories,
  estimator,
  interval,
}: Setting): Promise<Dump> {
  const dir = join(folder, String(runs++));
  await mkdir(dir);
  const inputs = await Promise.all(
    scenes.map(async (scene, pad) => `${await sceneSource(join(dir, `${pad}.i420`), scene)} ! m.sink_${pad}`),
  );
  const detector = await writeDetector(join(dir, 'detector.txt'), { property: { interval } });
  const config = await writeTracker(join(dir, 'tracker.yml'), management, trajectories, estimator);
  const elements = [
    `${inputs.join(' ')} nvstreammux name=m width=640 height=360 batch-size=${scenes.length}`,
    `nvinfer config-file-path=${detector}`,
    `nvtracker name=t ll-lib-file=${trackerLibrary()} ll-config-file=${config} ${tracker}`,
    'fakesink',
  ];
  const dump = await metadump(elements.join(' ! '), { pads: ['t.sink', 't.src'] });
  expect(dump.errors).toEqual([]);
  return dump;
}

const at = (dump: Dump, pad: string, source = 0): DumpedFrame[] =>
  dump.frames.filter((f) => f.at === pad && f.pad === source);

const toBox = ([left, top, width, height]: DumpedObject['box']) => ({ left, top, width, height });

/** One object that moves 4 pixels a frame to the right. */
const mover = (n: number): SceneObject => ({
  id: 1,
  class: kind('red'),
  left: 100 + 4 * n,
  top: 100,
  width: 80,
  height: 60,
});
const moving = sceneOf(12, (n) => [mover(n)]);

describe('a detection', () => {
  test('is first reported after its probation; until then it is removed', async () => {
    const dump = await track({ scenes: [moving], management: { probationAge: 3 } });
    const [before, after] = ['t.sink', 't.src'].map((pad) => at(dump, pad).map((f) => rectangles(f).length));
    expect(before).toEqual(Array.from({ length: 12 }, () => 1));
    answer(after?.[0], 0, 'objects of the first frame');
    const first = after?.indexOf(1) ?? -1;
    expect(after).toEqual(before?.map((_, n) => Number(n >= first)));
    if (standin) expect(first).toBe(3);
    expect(Math.abs(first - 3)).toBeLessThanOrEqual(1);
  });

  test('gets an id, the box of its target, and the text "<label> <id>"', async () => {
    const dump = await track({ scenes: [moving] });
    const input = at(dump, 't.sink');
    const tracked = at(dump, 't.src').flatMap((f) => rectangles(f).map((o) => [f.frame, o] as const));
    expect(tracked.length).toBeGreaterThan(0);
    for (const [n, object] of tracked) {
      const [detected] = rectangles(input[n] as DumpedFrame) as [DumpedObject];
      expect(object.id).not.toBe(UNTRACKED);
      expect(object.text).toBe(`red ${object.id}`);
      expect(near(object.box, detected.box, 1), `${object.box} was ${detected.box}`).toBe(true);
      expect(near(object.tracker, object.box, 0.01), `${object.tracker} is ${object.box}`).toBe(true);
      expect(object).toMatchObject({
        class: detected.class,
        component: 7,
        confidence: detected.confidence,
        detector: detected.detector,
        label: 'red',
      });
    }
  });

  test('keeps its text with display-tracking-id off', async () => {
    const dump = await track({ scenes: [moving], tracker: 'display-tracking-id=0' });
    const texts = at(dump, 't.src').flatMap((f) => rectangles(f).map((o) => o.text));
    answer([...new Set(texts)], ['red'], 'texts');
  });

  test('of a class that operate-on-class-ids leaves out is kept untouched', async () => {
    const dump = await track({ scenes: [moving], tracker: `operate-on-class-ids=${KINDS}` });
    const bits = (pad: string): DumpedObject[][] =>
      at(dump, pad).map((f) => f.objects.filter((o) => o.class >= OBJECT_KINDS.length));
    expect(bits('t.src')).toEqual(bits('t.sink'));
    expect(bits('t.src').flat().length).toBeGreaterThan(0);
    for (const bit of bits('t.src').flat()) expect(bit).toMatchObject({ id: UNTRACKED, text: bit.label });
    // With the key set, untracked objects of tracked classes are kept as well.
    const young = at(dump, 't.src')[0] as DumpedFrame;
    answer(
      rectangles(young).map((o) => o.id),
      [UNTRACKED],
      'id of a tracked class before its probation is over',
    );
  });
});

describe('frames', () => {
  test('keep number, pad, PTS and order, and objects their order', async () => {
    const dump = await track({ scenes: [moving, moving] });
    const place = (pad: string) =>
      dump.frames.filter((f) => f.at === pad).map((f) => [f.frame, f.pad, f.pts, f.slot]);
    expect(place('t.src')).toEqual(place('t.sink'));
    for (const [i, frame] of dump.frames.filter((f) => f.at === 't.src').entries()) {
      const before = dump.frames.filter((f) => f.at === 't.sink')[i]?.objects.map((o) => o.label) ?? [];
      const after = frame.objects.map((o) => o.label);
      expect(before.filter((label) => after.includes(label))).toEqual(after);
    }
  });
});

describe('ids', () => {
  about('tracking', LIBRARY);

  const scenes = [41, 42].map((seed) => planScene({ seed, frames: 100, objects: 5, seamFrames: 20 }));
  let dump: Dump;
  beforeAll(async () => {
    dump = await track({ scenes });
  });

  /** For each object of the scene, the ids it had. */
  function idsByObject(pad: number): Map<number, Set<string>> {
    const ids = new Map<number, Set<string>>();
    for (const frame of at(dump, 't.src', pad)) {
      const truth = scenes[pad]?.frames[frame.frame]?.objects ?? [];
      for (const { box, class: kindId, id } of rectangles(frame)) {
        const [left, top, width, height] = box;
        const match = truth.find((o) => o.class === kindId && overlap(o, { left, top, width, height }) > 0.9);
        if (!match) throw new Error(`frame ${frame.frame} of pad ${pad}: nothing is at ${box}`);
        ids.set(match.id, (ids.get(match.id) ?? new Set()).add(id));
      }
    }
    return ids;
  }

  test.each([0, 1])('of stream %i: one per object for its whole life, none shared', (pad) => {
    const sets = [...idsByObject(pad).values()];
    expect(sets.length).toBeGreaterThanOrEqual(5);
    answer(
      sets.map((s) => s.size),
      sets.map(() => 1),
      'ids per object',
    );
    expect(new Set(sets.map((s) => [...s][0])).size).toBe(sets.length);
  });

  test.each([0, 1])('of stream %i: every object past its probation is reported', (pad) => {
    const ages = new Map<number, number>();
    for (const frame of at(dump, 't.src', pad)) {
      const truth = scenes[pad]?.frames[frame.frame]?.objects ?? [];
      for (const o of truth) ages.set(o.id, (ages.get(o.id) ?? 0) + 1);
      const old = truth.filter((o) => (ages.get(o.id) ?? 0) > 4);
      expect(rectangles(frame).length).toBeGreaterThanOrEqual(old.length);
      expect(rectangles(frame).length).toBeLessThanOrEqual(truth.length);
    }
  });

  test('have a random upper half with useUniqueID, and none without', async () => {
    const upper = (d: Dump): bigint[] =>
      d.frames.filter((f) => f.at === 't.src').flatMap((f) => rectangles(f).map((o) => BigInt(o.id) >> 32n));
    answer([...new Set(upper(dump))].map(String), ['0'], 'upper halves without');
    const unique = await track({ scenes: [moving, moving], trajectories: { useUniqueID: 1 } });
    answer(new Set(upper(unique)).size, 2, 'upper halves with, of two streams');
  });
});

describe('a target', () => {
  about('tracking', LIBRARY);

  const hidden = (from: number, to: number): SceneTruth =>
    sceneOf(30, (n) => (n >= from && n < to ? [] : [{ ...mover(0), top: 120 }]));
  const ids = (dump: Dump): Set<string> =>
    new Set(at(dump, 't.src').flatMap((f) => rectangles(f).map((o) => o.id)));

  test('that comes back in time keeps its id, and is not reported meanwhile', async () => {
    const dump = await track({ scenes: [hidden(10, 15)], management: { maxShadowTrackingAge: 10 } });
    answer(ids(dump).size, 1, 'ids');
    const seen = at(dump, 't.src').map((f) => rectangles(f).length);
    answer(seen.slice(10, 16), [0, 0, 0, 0, 0, 1], 'objects of frames 10 to 15');
  });

  test('that comes back too late is another one', async () => {
    const dump = await track({ scenes: [hidden(8, 20)], management: { maxShadowTrackingAge: 5 } });
    answer(ids(dump).size, 2, 'ids');
  });

  // Whether shadow age counts on frames without inference is not known of NVIDIA's library.
  test('does not age on frames that were not inferred', async () => {
    const dump = await track({
      scenes: [sceneOf(30, (n) => [mover(n / 2)].map((o) => ({ ...o, left: 2 * Math.round(o.left / 2) })))],
      interval: 4,
      management: { maxShadowTrackingAge: 0, probationAge: 1 },
    });
    const reported = at(dump, 't.src').filter((f) => rectangles(f).length > 0);
    openAnswer([...new Set(reported.map((f) => f.inferred))], [true], 'bInferDone of frames with objects');
    openAnswer(
      reported.map((f) => f.frame),
      [5, 10, 15, 20, 25],
      'frames with objects',
    );
    openAnswer(ids(dump).size, 1, 'ids');
  });
});

describe('a target of NvSORT', () => {
  about('tracking', 'DeepStream 9.1 guide: multi-object tracker (closed library), NvSORT');

  test('goes on between inferred frames, in one step with its object', async () => {
    const scene = sceneOf(30, (n) => [mover(n)]);
    const dump = await track({
      scenes: [scene],
      interval: 4,
      management: { probationAge: 1 },
      estimator: {
        stateEstimatorType: 2,
        noiseWeightVar4Loc: 0.03,
        noiseWeightVar4Vel: 0.002,
        useAspectRatio: 1,
      },
    });
    const frames = at(dump, 't.src');
    openAnswer(
      frames.map((f) => rectangles(f).length),
      frames.map(({ frame }) => Number(frame >= 5)),
      'objects of each frame, every fifth inferred',
    );
    answer(new Set(frames.flatMap((f) => rectangles(f).map((o) => o.id))).size, 1, 'ids');
    const between = frames.filter((f) => !f.inferred && f.frame > 15);
    expect(between.length).toBeGreaterThan(0);
    for (const { frame, objects } of between) {
      const [object] = objects;
      expect(object).toMatchObject({
        confidence: expect.closeTo(-0.1, 5) as number,
        detector: [0, 0, 0, 0],
        label: 'red',
        class: kind('red'),
      });
      const { left, top, width, height } = mover(frame);
      const share = overlap(toBox(object?.box ?? [0, 0, 0, 0]), { left, top, width, height });
      expect(share, `frame ${frame}`).toBeGreaterThan(0.8);
    }
  });
});

describe('the life of a stream', () => {
  about('tracking', `${ELEMENT}: events and stream life`);

  test('PAD_DELETED drops its targets: a re-used pad has new ids', async () => {
    const detector = await writeDetector(join(folder, 'reused.txt'));
    const config = await writeTracker(join(folder, 'reused.yml'), { maxShadowTrackingAge: 100 });
    const still = sceneOf(8, () => [mover(0)]);
    const input = await sceneSource(join(folder, 'reused.i420'), still);
    const mux =
      'nvstreammux name=m width=640 height=360 batch-size=2 batched-push-timeout=1000 drop-pipeline-eos=1';
    const elements = [
      `${pushedSource('a')} ! m.sink_0 ${mux}`,
      `nvinfer config-file-path=${detector}`,
      `nvtracker name=t ll-lib-file=${trackerLibrary()} ll-config-file=${config}`,
      'fakesink async=false sync=false',
    ];
    const play = (time: number): string[] => [`add in m.sink_1 ${input}`, `wait t.src/stream-eos ${time}`];
    const leave = (time: number): string[] => ['remove in', `wait t.src/pad-deleted ${time}`];
    const dump = await metadump(elements.join(' ! '), {
      pads: ['t.src'],
      script: ['push a 0', ...play(1), ...leave(1), ...play(2), ...leave(2), 'quit'],
    });
    const ids = at(dump, 't.src', 1).flatMap((f) => rectangles(f).map((o) => o.id));
    const half = ids.length / 2;
    expect(half).toBeGreaterThan(3);
    const [first, second] = [new Set(ids.slice(0, half)), new Set(ids.slice(half))];
    answer([first.size, second.size], [1, 1], 'ids of the first stream, and of the second');
    answer(ids[half] === ids[0], false, 'the same id');
  });

  /** Ids of one still object, with a STREAM_RESET in the middle. The sink keeps time, so that there is a middle. */
  async function reset(name: string, tracker: string): Promise<Set<string>> {
    const detector = await writeDetector(join(folder, `${name}.txt`));
    const config = await writeTracker(join(folder, `${name}.yml`), { maxShadowTrackingAge: 100 });
    const still = sceneOf(20, () => [mover(0)]);
    const elements = [
      `${await sceneSource(join(folder, `${name}.i420`), still)} ! m.sink_0`,
      'nvstreammux name=m width=640 height=360 batch-size=1',
    ];
    const chain = [
      `nvinfer config-file-path=${detector}`,
      `nvtracker name=t ll-lib-file=${trackerLibrary()} ll-config-file=${config} ${tracker}`,
      'fakesink sync=true',
    ];
    const dump = await metadump([elements.join(' '), ...chain].join(' ! '), {
      pads: ['t.src'],
      script: ['wait t.src/frame 10', 'send t.sink stream-reset 0', 'wait t.src/eos'],
    });
    return new Set(at(dump, 't.src').flatMap((f) => rectangles(f).map((o) => o.id)));
  }

  test('STREAM_RESET drops its targets, as long as bit 0 of tracking-id-reset-mode is set', async () => {
    answer((await reset('reset', '')).size, 2, 'ids of one object, by default');
    answer((await reset('kept', 'tracking-id-reset-mode=0')).size, 1, 'ids of one object, mode 0');
  });
});

describe('failures', () => {
  about('configuration', `${ELEMENT}: start-up and errors`);

  const source = pushedSource('a');
  const mux = 'nvstreammux name=m width=640 height=360';

  test.each([
    ['no low-level library', ''],
    ['a low-level library that is not there', 'll-lib-file=/nowhere/libtracker.so'],
    ['a low-level library that is none', 'll-lib-file=libm.so.6'],
    ['a file that is not there', `ll-lib-file=${trackerLibrary()} ll-config-file=/nowhere/tracker.yml`],
  ])('%s: it does not start, and says nothing on the bus', async (_, settings) => {
    const dump = await metadump(
      `${source} ! m.sink_0 ${mux} batch-size=1 ! nvtracker name=last ${settings} ! fakesink`,
    );
    answer([dump.stateFailed, dump.errors], [true, []], 'the state change fails, errors on the bus');
  });

  test('more frames in a batch than it was told of: ERROR STREAM/FAILED', async () => {
    const config = await writeTracker(join(folder, 'failing.yml'));
    const settings = `ll-lib-file=${trackerLibrary()} ll-config-file=${config}`;
    const dump = await metadump(
      `${source} ! m.sink_0 ${pushedSource('b')} ! m.sink_1 ${mux} batch-size=2 ! nvtracker name=last ${settings} ! fakesink`,
      // Asked for the batch size, nobody answers: the tracker assumes 1.
      { script: ['deafen last.sink', 'play', 'push a 0', 'push b 0', 'wait batch'] },
    );
    expect(dump.errors).toMatchObject([{ domain: 'gst-stream-error-quark', error: 1, from: 'last' }]);
    expect(dump.errors[0]?.message).toContain('exceeds maximum');
  });
});
