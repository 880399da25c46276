import { describe, expect, it } from 'vitest';
import { type Film, filmRun } from '../../src/conformance/film-run.js';
import type { Row } from '../../src/conformance/report.js';
import { type FakeBinding, fakeBinding, type FakePipeline } from '../support/fake-binding.js';
import { readSpec, specText } from '../support/spec.js';
import { withTempDir } from '../support/temp.js';

const FILM = { path: '/films/a.h264', fps: 10 };
const SPEC = readSpec(specText('nats://127.0.0.1:1', { slots: 2 }));

interface Scene {
  /** Of the objects of every frame, by playing. */
  readonly ids?: readonly (readonly string[])[];
  readonly numbers?: (i: number) => number;
  readonly lost?: number;
  /** Before anything is asked. */
  readonly prepare?: (pipeline: FakePipeline) => void;
  /** Instead of showing a film. */
  readonly source?: (pipeline: FakePipeline) => void;
}

const FRAMES = 15;

/** A binding whose pipeline shows the scene whenever a source is added. */
function binding(scene: Scene): FakeBinding {
  const fake = fakeBinding();
  const { Pipeline } = fake;
  fake.Pipeline = class extends Pipeline {
    constructor(...args: ConstructorParameters<typeof Pipeline>) {
      super(...args);
      const pipeline = this as unknown as FakePipeline;
      scene.prepare?.(pipeline);
      pipeline.addSource = async (slot, source) => {
        pipeline.sources.set(slot, source);
        queueMicrotask(() => (scene.source ? scene.source(pipeline) : show(pipeline, source.token, scene)));
      };
    }
  };
  return fake;
}

function show(
  pipeline: FakePipeline,
  token: number,
  { ids = [['1'], ['2']], numbers = (i) => i, lost = 0 }: Scene,
): void {
  const objects = (ids[token - 1] ?? []).map((id) => (id === '' ? {} : { id }));
  pipeline.setCounter(0, 'muxed', FRAMES);
  pipeline.setCounter(0, 'frames', FRAMES - lost);
  for (let i = 0; i < FRAMES; i++) {
    pipeline.deliver([
      { token, text: JSON.stringify({ frame: numbers(i), objects }), objects: objects.length },
    ]);
  }
}

async function run(scene: Scene = {}, film: Film | null = FILM): Promise<Row[]> {
  const rows: Row[] = [];
  const options = { binding: binding(scene), spec: SPEC, film: film ?? undefined, waitMs: 200 };
  await withTempDir((dir) => filmRun({ ...options, dir }, (row) => void rows.push(row)));
  return rows;
}

const odd = (rows: readonly Row[]) =>
  rows
    .filter(({ verdict }) => verdict !== 'same')
    .map(({ question, answer, verdict }) => [question, answer, verdict]);

describe('a film in a pipeline', () => {
  it('is asked about in this order', async () => {
    const rows = await run();
    expect(odd(rows)).toEqual([]);
    expect(rows.map(({ question }) => question)).toEqual([
      'plays without a camera',
      'shows a film',
      'numbers frames upwards',
      'plays on when its last source is removed',
      'hands on every picture that entered the mux',
      'shows a film on the slot that was used before',
      'reports no detection without a track',
      'gives new ids on a slot that was used before',
      'reports no failure of its own',
      'stops',
    ]);
  });

  it.each<[string, Scene, [string, string, string][]]>([
    [
      'frames that are numbered twice',
      { numbers: (i) => (i === 3 ? 2 : i) },
      [['numbers frames upwards', '[0,1,2,2,4,5,6,7,8,9,10,11,12,13,14]', 'differs']],
    ],
    [
      'pictures that are lost',
      { lost: 2 },
      [['hands on every picture that entered the mux', '2 lost', 'differs']],
    ],
    [
      'ids that come back',
      { ids: [['7', '8'], ['8']] },
      [['gives new ids on a slot that was used before', 'shared: 8', 'differs']],
    ],
    [
      'detections without a track',
      { ids: [['1', ''], ['2']] },
      [['reports no detection without a track', '15 without', 'differs']],
    ],
    [
      'a model that finds nothing',
      { ids: [[], []] },
      [['tracks what it detects', 'the model of this pipeline finds nothing in the film', 'unknown']],
    ],
    [
      'a pipeline that does not start',
      { prepare: (p) => p.failures.set('start', new Error('no engine')) },
      [['plays without a camera', 'no engine', 'differs']],
    ],
    [
      'a source that cannot be removed',
      { prepare: (p) => p.failures.set('removeSource', new Error('it hangs')) },
      [['plays on when its last source is removed', 'it hangs', 'differs']],
    ],
    [
      'a pipeline that cannot be stopped',
      { prepare: (p) => p.failures.set('stop', new Error('it hangs')) },
      [['stops', 'it hangs', 'differs']],
    ],
  ])('tells %s', async (_, scene, expected) => expect(odd(await run(scene))).toEqual(expected));

  it('tells why a film is not shown', async () => {
    const message = 'no decoder';
    const fail = (p: FakePipeline) =>
      p.emit({ type: 'source-error', slot: 0, epoch: 1, cause: 'decode', message });
    expect(odd(await run({ source: fail }))).toEqual([['shows a film', message, 'differs']]);
    expect(odd(await run({ source: () => undefined }))).toEqual([
      ['shows a film', 'nothing for 0.2 s', 'differs'],
    ]);
  });

  it('that is not on the machine is not asked for', async () => {
    expect((await run({}, null)).map(({ question, answer, verdict }) => [question, answer, verdict])).toEqual(
      [
        ['plays without a camera', 'yes', 'same'],
        ['shows a film', 'there is no film on this machine', 'unknown'],
        ['stops', 'yes', 'same'],
      ],
    );
  });
});
