/** The overlay of operators' changes over a spec, by examples and by a model of it. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStream, sameStream } from '../../src/spec/stream.js';
import {
  baseOf,
  findStream,
  pipelinesOf,
  type SpecFile,
  streamsOf,
} from '../../src/supervisor/state/base.js';
import {
  desiredSpec,
  desiredStream,
  origin,
  withoutStream,
  withQuarantine,
  withStream,
} from '../../src/supervisor/state/desired.js';
import type { JsonObject } from '../../src/supervisor/state/json.js';
import { normalise, withApplied } from '../../src/supervisor/state/normalise.js';
import {
  EMPTY_STATE,
  type SavedState,
  savedStateSchema,
  specHash,
} from '../../src/supervisor/state/saved-state.js';

type Streams = readonly JsonObject[];

const stream = (id: string, more: JsonObject = {}): JsonObject => ({
  id,
  uri: `rtsp://192.0.2.1/${id}`,
  ...more,
});
const pipeline = (id: string, streams: Streams, more: JsonObject = {}): JsonObject => ({
  ...{ id, detector: { model: 'synthetic' }, streams },
  ...more,
});
const spec = (...pipelines: Streams): JsonObject => ({ appliance: 'gate', pipelines });
const fileOf = (of: JsonObject): SpecFile => ({ spec: of, hash: specHash(JSON.stringify(of)) });

/** What is desired, as `pipeline: ids`. */
function layout(base: JsonObject, saved: SavedState): readonly string[] {
  const ids = (each: JsonObject) => streamsOf(each).map(({ id }) => String(id));
  return pipelinesOf(desiredSpec(base, saved)).map((each) => `${String(each.id)}: ${ids(each).join(' ')}`);
}

const base = spec(
  pipeline('main', [stream('gate'), stream('yard'), stream('door')], { slots: 8 }),
  pipeline('side', [stream('roof')]),
);

describe('what is desired', () => {
  it('is the spec where operators did nothing', () => {
    expect(desiredSpec(base, EMPTY_STATE)).toBe(base);
  });

  it('has what was changed in its place, what was added behind, and not what was removed', () => {
    let saved = withStream(base, EMPTY_STATE, { pipeline: 'main', stream: stream('z-new') });
    saved = withStream(base, saved, { pipeline: 'main', stream: stream('a-new') });
    saved = withStream(base, saved, { pipeline: 'main', stream: stream('gate', { fps: 5 }) });
    saved = withoutStream(base, saved, 'yard');
    expect(layout(base, saved)).toEqual(['main: gate door a-new z-new', 'side: roof']);
    expect(desiredStream(base, saved, 'gate')?.stream.fps).toBe(5);
    expect(['gate', 'door', 'a-new'].map((id) => origin(base, saved, id))).toEqual([
      'changed',
      'spec',
      'added',
    ]);
    expect(saved.generation).toBe(4);
  });

  it('keeps everything else a spec says', () => {
    const saved = withoutStream(base, EMPTY_STATE, 'yard');
    const [main, side] = pipelinesOf(desiredSpec(base, saved));
    expect(main).toMatchObject({ slots: 8, detector: { model: 'synthetic' } });
    expect(side).toBe(pipelinesOf(base)[1]);
  });

  it('has a stream that moved in its new pipeline alone', () => {
    const saved = withStream(base, EMPTY_STATE, { pipeline: 'side', stream: stream('yard') });
    expect(layout(base, saved)).toEqual(['main: gate door', 'side: roof yard']);
    expect(origin(base, saved, 'yard')).toBe('changed');
  });

  it('is the spec again where everything was taken back', () => {
    let saved = withStream(base, EMPTY_STATE, { pipeline: 'side', stream: stream('yard', { fps: 5 }) });
    saved = withoutStream(base, saved, 'gate');
    saved = withStream(base, saved, { pipeline: 'main', stream: stream('gate') });
    saved = withStream(base, saved, { pipeline: 'main', stream: stream('yard') });
    expect([saved.streams, saved.generation]).toEqual([{}, 4]);
  });

  it('does not change by what means the same', () => {
    const spelt = stream('gate', { uri: { analyse: 'rtsp://192.0.2.1/gate' }, fps: 15 });
    expect(withStream(base, EMPTY_STATE, { pipeline: 'main', stream: spelt })).toBe(EMPTY_STATE);
    expect(withoutStream(base, EMPTY_STATE, 'nobody')).toBe(EMPTY_STATE);
  });

  it('has no pipelines but those of the spec', () => {
    expect(() => withStream(base, EMPTY_STATE, { pipeline: 'attic', stream: stream('a') })).toThrow(
      'no pipeline "attic"; there are main, side',
    );
  });

  it('takes the names of JavaScript for names', () => {
    for (const id of ['constructor', '__proto__']) {
      expect(withoutStream(base, EMPTY_STATE, id)).toBe(EMPTY_STATE);
      expect(withQuarantine(EMPTY_STATE, id)).toBe(EMPTY_STATE);
      const saved = withStream(base, EMPTY_STATE, { pipeline: 'side', stream: stream(id) });
      expect(Object.getPrototypeOf(saved.streams)).toBe(Object.prototype);
      expect(Object.keys(saved.streams)).toEqual([id]);
      expect(layout(base, saved)[1]).toBe(`side: roof ${id}`);
      expect(withoutStream(base, saved, id).streams).toEqual({});
    }
    expect('uri' in {}).toBe(false);
  });
});

describe('a quarantine', () => {
  const why = { since: '2026-01-01T00:00:00.000Z', reason: 'crashed its worker 3 times' };

  it('begins, ends, and ends with its stream', () => {
    const begun = withQuarantine(EMPTY_STATE, 'gate', why);
    expect([begun.quarantine, begun.generation]).toEqual([{ gate: why }, 1]);
    expect(withQuarantine(begun, 'gate', { ...why })).toBe(begun);
    expect(withQuarantine(begun, 'gate').quarantine).toEqual({});
    expect(withQuarantine(EMPTY_STATE, 'gate')).toBe(EMPTY_STATE);
    expect(withoutStream(base, begun, 'gate').quarantine).toEqual({});
  });

  it('ends where the spec has its stream no more', () => {
    const begun = withQuarantine(withQuarantine(EMPTY_STATE, 'gate', why), 'roof', why);
    const { state } = normalise(fileOf(spec(pipeline('main', [stream('gate')]))), begun);
    expect(state.quarantine).toEqual({ gate: why });
  });
});

describe('an edited spec file', () => {
  const added = withStream(base, EMPTY_STATE, { pipeline: 'side', stream: stream('new') });

  it('leaves what operators did where it can be', () => {
    const edited = fileOf(spec(pipeline('side', [stream('porch')])));
    const { state, notes } = normalise(edited, added);
    expect([layout(edited.spec, state), notes]).toEqual([['side: porch new'], []]);
    expect(state).toBe(added);
  });

  it('says what of it is lost with a pipeline', () => {
    const edited = fileOf(spec(pipeline('main', [stream('gate')])));
    const { state, notes } = normalise(edited, added);
    expect(state.streams).toEqual({});
    expect(notes).toEqual([
      'stream "new": what was set at run time is dropped: there is no pipeline "side" any more',
    ]);
  });

  it('says what of it does not fit the slots, the last first', () => {
    const more = ['n1', 'n2', 'n3'].reduce(
      (saved, id) => withStream(base, saved, { pipeline: 'main', stream: stream(id) }),
      withStream(base, EMPTY_STATE, { pipeline: 'main', stream: stream('roof') }),
    );
    const edited = fileOf(
      spec(
        pipeline('main', [stream('gate'), stream('yard')], { slots: 4 }),
        pipeline('side', [stream('roof')]),
      ),
    );
    const { state, notes } = normalise(edited, more);
    expect(layout(edited.spec, state)).toEqual(['main: gate yard n1 n2', 'side: roof']);
    expect(notes).toEqual(
      ['roof', 'n3'].map(
        (id) => `stream "${id}": what was set at run time is dropped: its pipeline has no slot for it`,
      ),
    );
  });

  it('says what of it the spec does not allow any more', () => {
    const refuse = ({ id }: JsonObject) => (id === 'new' ? 'file: is off' : undefined);
    const { state, notes } = normalise(fileOf(base), added, refuse);
    expect([state.streams, notes]).toEqual([
      {},
      ['stream "new": what was set at run time is dropped: file: is off'],
    ]);
  });

  it('that says what operators said takes it over', () => {
    const edited = fileOf(spec(pipeline('side', [stream('roof'), stream('new')])));
    const { state, notes } = normalise(edited, withoutStream(base, added, 'door'));
    expect([state.streams, notes]).toEqual([{}, []]);
  });
});

describe('an applied spec', () => {
  const file = fileOf(base);
  const other = spec(pipeline('main', [stream('gate'), stream('north')]));

  it('takes the place of the file', () => {
    const { state, notes } = withApplied(file, EMPTY_STATE, other);
    expect(baseOf(file, state)).toEqual({ spec: other, from: 'applied' });
    expect([state.generation, notes]).toEqual([1, []]);
    expect(savedStateSchema.parse(state)).toEqual(state);
    expect(withApplied(file, state, structuredClone(other)).state).toBe(state);
  });

  it('ends what operators did, or keeps it where it can be', () => {
    let saved = withStream(base, EMPTY_STATE, { pipeline: 'main', stream: stream('new') });
    saved = withStream(base, saved, { pipeline: 'side', stream: stream('more') });
    expect(withApplied(file, saved, other).state.streams).toEqual({});
    const { state, notes } = withApplied(file, saved, other, { keep: true });
    expect(layout(other, state)).toEqual(['main: gate north new']);
    expect(notes).toHaveLength(1);
  });

  it('loses to a file that is edited afterwards, for good', () => {
    const { state } = withApplied(file, EMPTY_STATE, other);
    const edited = fileOf(spec(pipeline('main', [])));
    const told = normalise(edited, state);
    expect(told.base).toEqual({ spec: edited.spec, from: 'file' });
    expect(told.notes).toEqual(['the spec file was edited after another spec was applied: the file counts']);
    expect(baseOf(file, told.state).from).toBe('file');
  });

  it('that is what the file says is the file', () => {
    const { state } = withApplied(file, EMPTY_STATE, other);
    const back = withApplied(file, state, structuredClone(base)).state;
    expect([baseOf(file, back).from, back.generation, 'applied' in back]).toEqual(['file', 2, false]);
    expect(withApplied(file, EMPTY_STATE, base).state).toBe(EMPTY_STATE);
  });
});

const IDS = ['a', 'b', 'c', 'd', 'constructor'];
const PIPELINES = ['main', 'side', 'yard'];

interface Place {
  readonly pipeline: string;
  readonly stream: JsonObject;
}

const anyId = fc.constantFrom(...IDS);
/** 15 is the default: written down or not, it means the same. */
const anyMore = fc.constantFrom<JsonObject>({}, { fps: 15 }, { fps: 5 }, { transport: 'udp' });
const anyPlace = fc
  .record({ id: anyId, pipeline: fc.constantFrom(...PIPELINES), more: anyMore })
  .map(({ id, pipeline, more }): Place => ({ pipeline, stream: stream(id, more) }));
const anySpec = fc
  .record({
    pipelines: fc.subarray(PIPELINES, { minLength: 1 }),
    places: fc.uniqueArray(anyPlace, { selector: ({ stream: { id } }) => id }),
  })
  .map(({ pipelines, places }) =>
    spec(
      ...pipelines.map((id) =>
        pipeline(
          id,
          places.flatMap((place) => (place.pipeline === id ? [place.stream] : [])),
        ),
      ),
    ),
  );

type Act =
  | { readonly type: 'put'; readonly place: Place }
  | { readonly type: 'drop'; readonly id: string }
  | { readonly type: 'edit'; readonly spec: JsonObject }
  | { readonly type: 'apply'; readonly spec: JsonObject; readonly keep: boolean };

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('put' as const), place: anyPlace }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('drop' as const), id: anyId }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('edit' as const), spec: anySpec }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('apply' as const), spec: anySpec, keep: fc.boolean() }),
  },
);

/** The plainest thing that does it: what the base says, and what was said last about each id. */
class Model {
  readonly said = new Map<string, Place | null>();

  constructor(public base: JsonObject) {}

  desired(id: string): Place | undefined {
    const said = this.said.get(id);
    return said === undefined ? findStream(this.base, id) : (said ?? undefined);
  }

  /** Whether anything that is desired changes by it. */
  act(act: Act): boolean {
    const before = IDS.map((id) => this.desired(id));
    if (act.type === 'put') {
      if (this.has(act.place.pipeline)) this.said.set(String(act.place.stream.id), act.place);
    } else if (act.type === 'drop') {
      this.said.set(act.id, null);
    } else {
      this.base = act.spec;
      if (act.type === 'apply' && !act.keep) this.said.clear();
      for (const [id, place] of this.said) if (place && !this.has(place.pipeline)) this.said.delete(id);
    }
    for (const [id, place] of this.said) if (same(place, findStream(this.base, id))) this.said.delete(id);
    return !IDS.every((id, i) => same(before[i], this.desired(id)));
  }

  has(id: string): boolean {
    return pipelinesOf(this.base).some((each) => each.id === id);
  }
}

function same(a: Place | null | undefined, b: Place | null | undefined): boolean {
  if (!a || !b) return !a && !b;
  return a.pipeline === b.pipeline && sameStream(parseStream(a.stream), parseStream(b.stream));
}

/** The real thing: a file, and a state over it. */
class Appliance {
  saved: SavedState = EMPTY_STATE;

  constructor(public file: SpecFile) {}

  get base(): JsonObject {
    return baseOf(this.file, this.saved).spec;
  }

  act(act: Act): void {
    if (act.type === 'put' && pipelinesOf(this.base).some(({ id }) => id === act.place.pipeline))
      this.saved = withStream(this.base, this.saved, act.place);
    if (act.type === 'drop') this.saved = withoutStream(this.base, this.saved, act.id);
    if (act.type === 'apply') this.saved = withApplied(this.file, this.saved, act.spec, act).state;
    if (act.type === 'edit') {
      // A file that was saved anew differs from the one before, whatever it says.
      const hash = specHash(`${this.file.hash} edited`);
      this.file = { spec: act.spec, hash };
      this.saved = normalise(this.file, this.saved).state;
    }
  }
}

describe('the overlay', () => {
  it('is what a plain model of it is, whatever operators do', () => {
    fc.assert(
      fc.property(anySpec, fc.array(anyAct, { maxLength: 25 }), (start, acts) => {
        const [model, real] = [new Model(start), new Appliance(fileOf(start))];
        for (const act of acts) {
          const { generation } = real.saved;
          const changes = model.act(act);
          real.act(act);
          if (act.type === 'put' || act.type === 'drop')
            expect(real.saved.generation - generation).toBe(changes ? 1 : 0);
          for (const id of IDS) {
            const [is, should] = [desiredStream(real.base, real.saved, id), model.desired(id)];
            expect(same(is, should)).toBe(true);
            if (!should) continue;
            const from = model.said.has(id) ? (findStream(model.base, id) ? 'changed' : 'added') : 'spec';
            expect(origin(real.base, real.saved, id)).toBe(from);
          }
          expect(normalise(real.file, real.saved).state).toBe(real.saved);
          expect(savedStateSchema.safeParse(real.saved).success).toBe(true);
          inOrder(real.base, real.saved);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('means the same before and after it is normalised, and is normalised once', () => {
    const anyEntries = fc.dictionary(anyId, fc.option(anyPlace));
    fc.assert(
      fc.property(anySpec, anyEntries, (of, entries) => {
        const streams = Object.fromEntries(
          Object.entries(entries).map(([id, place]) => [id, place && { ...place, stream: stream(id) }]),
        );
        const saved = { ...EMPTY_STATE, streams };
        const { state } = normalise(fileOf(of), saved);
        for (const id of IDS) {
          expect(same(desiredStream(of, state, id), desiredStream(of, saved, id))).toBe(true);
          expect(origin(of, state, id)).toBe(origin(of, saved, id));
        }
        expect(normalise(fileOf(of), state).state).toBe(state);
        expect(state.generation).toBe(saved.generation);
      }),
      { numRuns: 300 },
    );
  });
});

/** Every stream once, those of the base first and as there, then the others by their ids. */
function inOrder(of: JsonObject, saved: SavedState): void {
  const all = pipelinesOf(desiredSpec(of, saved)).flatMap((each) => {
    const ids = streamsOf(each).map(({ id }) => String(id));
    const declared = streamsOf(pipelinesOf(of).find(({ id }) => id === each.id) ?? {}).map(({ id }) =>
      String(id),
    );
    const kept = declared.filter((id) => ids.includes(id));
    const added = ids.filter((id) => !declared.includes(id));
    expect(ids).toEqual([...kept, ...added.sort()]);
    return ids;
  });
  expect(new Set(all).size).toBe(all.length);
  expect(new Set(all)).toEqual(new Set(IDS.filter((id) => desiredStream(of, saved, id))));
}
