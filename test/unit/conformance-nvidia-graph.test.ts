/** Every property that a graph for NVIDIA sets, held against all that is known of the element, not against our extract. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { propertyUses, type PropertyUse } from '../../src/conformance/graph-fit.js';
import { CATALOGUE, valueFault } from '../../src/deepstream/index.js';
import { type Graph, graph, sourceParams } from '../../src/graph/index.js';
import { formatProblems, parseSpec } from '../../src/spec/index.js';
import type { ApplianceSpec } from '../../src/spec/types.js';
import { root } from '../support/paths.js';

interface Fact {
  readonly name: string;
  readonly type: string;
  readonly default?: unknown;
  readonly min?: number;
  readonly max?: number;
  readonly enum?: Readonly<Record<string, string>>;
  readonly access: string;
  readonly in_7_1?: boolean;
}

const facts = JSON.parse(readFileSync(join(root, 'test/contract/data/elements.json'), 'utf8')) as {
  elements: Readonly<Record<string, { properties: readonly Fact[] }>>;
};

const factsOf = (element: string): readonly Fact[] | undefined =>
  (facts.elements[element] ?? facts.elements[`${element} (legacy)`])?.properties;

function spec(pipeline: object, streams: readonly object[] = []): ApplianceSpec {
  const whole = {
    appliance: 'a',
    modelDir: '/models',
    mediaRoot: '/media',
    pipelines: [{ id: 'main', detector: { model: 'tiny' }, streams, ...pipeline }],
  };
  const result = parseSpec(JSON.stringify(whole), 'weir.yaml', {
    modelsDir: join(root, 'test/unit/models'),
    env: {},
  });
  if (!result.ok) throw new Error(formatProblems(result.problems));
  return result.spec;
}

const SPECS: Readonly<Record<string, ApplianceSpec>> = {
  'the smallest': spec({}),
  'many slots': spec({ slots: 64 }),
  'a rate': spec({ detector: { model: 'tiny', rate: 5 } }),
  'an interval': spec({ detector: { model: 'tiny', interval: 3 } }),
  'a second GPU': spec({ detector: { model: 'tiny', gpu: 1 } }),
  'padding and a small picture': spec({ mux: { width: 320, height: 240, padding: true } }),
  'no tracker': spec({ tracker: { algorithm: 'none' } }),
  'tracked classes': spec({ tracker: { classes: ['car', 'person'] } }),
  'a large tracker': spec({ tracker: { width: 1920, height: 1088 } }),
};

const plans = Object.values(SPECS).map((s) =>
  graph(s, 'main', 'nvidia', { configDir: '/run/weir', libDir: '/lib' }),
);

/** What is wrong with a use by the facts; undefined when nothing is. */
function fault({ element, property, value }: PropertyUse): string | undefined {
  const fact = factsOf(element)?.find((p) => p.name === property);
  if (!fact) return 'no such property';
  if (!fact.access.includes('write')) return 'cannot be written';
  if (value === undefined) return undefined;
  if (fact.type === 'boolean') return typeof value === 'boolean' ? undefined : 'no boolean';
  if (fact.type === 'string') return typeof value === 'string' ? undefined : 'no text';
  if (fact.enum) {
    const known = typeof value === 'number' ? Object.keys(fact.enum) : Object.values(fact.enum);
    return known.includes(String(value)) ? undefined : `none of ${known.join(', ')}`;
  }
  if (typeof value !== 'number') return 'no number';
  const { min = -Infinity, max = Infinity } = fact;
  return value >= min && value <= max && Number.isInteger(value) ? undefined : `not from ${min} to ${max}`;
}

describe('the graph for NVIDIA', () => {
  const uses = propertyUses(plans);
  const ofNvidia = uses.filter(({ element }) => factsOf(element) !== undefined);

  it('sets something of each element of NVIDIA it uses but the demux, those of sources and branches too', () => {
    expect([...new Set(ofNvidia.map(({ element }) => element))].sort()).toEqual([
      'nvdsosd',
      'nvinfer',
      'nvjpegenc',
      'nvstreammux',
      'nvtracker',
      'nvv4l2decoder',
      'nvvideoconvert',
    ]);
  });

  it.each(ofNvidia.map((use) => [`${use.element} ${use.property} = ${use.value}`, use] as const))(
    '%s exists and admits the value',
    (_, use) => expect(fault(use)).toBeUndefined(),
  );

  it("sets of GStreamer's elements only what is allowed, with values they take", () => {
    const others = uses.filter(({ element }) => factsOf(element) === undefined);
    const wrong = others.filter(({ element, property, value }) => {
      const known = CATALOGUE.get(element)?.properties[property];
      return !known || (value !== undefined && valueFault(known, value) !== undefined);
    });
    expect(wrong).toEqual([]);
    expect(others.length).toBeGreaterThan(20);
  });

  it.each<[PropertyUse, string]>([
    [{ element: 'nvstreammux', property: 'widht', value: 1 }, 'no such property'],
    [{ element: 'nvstreammux', property: 'batch-size', value: 1025 }, 'not from 0 to 1024'],
    [{ element: 'nvstreammux', property: 'nvbuf-memory-type', value: 9 }, 'none of 0, 1, 2, 3, 4'],
    [{ element: 'nvtracker', property: 'tracker-width', value: 1.5 }, 'not from 0 to 4294967295'],
    [{ element: 'nvinfer', property: 'config-file-path', value: 1 }, 'no text'],
  ])('would not pass with %o', (use, message) => expect(fault(use)).toBe(message));
});

it('takes what fills the holes when a camera connects', () => {
  const made = spec({}, [{ id: 'cam-1', uri: 'rtsp://192.0.2.1/a', latencyMs: 200 }]);
  const [stream] = made.pipelines[0]?.streams ?? [];
  if (!stream) throw new Error('no stream');
  const { template, params } = sourceParams(stream);
  const nodes = (plans[0] as Graph).templates.sources[template]?.nodes ?? [];
  const filled = nodes.flatMap(({ element, props }) =>
    Object.entries(props).flatMap(([property, value]) => {
      const given = typeof value === 'object' ? params[value.hole] : undefined;
      const known = CATALOGUE.get(element)?.properties[property];
      return given === undefined ? [] : [[property, known ? valueFault(known, given) : 'not allowed']];
    }),
  );
  expect(filled).toEqual([
    ['location', undefined],
    ['protocols', undefined],
    ['latency', undefined],
  ]);
});

describe('what is known of DeepStream 7.1', () => {
  const marks = (element: string) =>
    (factsOf(element) ?? []).filter((p) => p.in_7_1 !== undefined).map((p) => [p.name, p.in_7_1]);

  it('is marked in the catalogue as in the facts', () => {
    const listed = [...CATALOGUE].flatMap(([element, { properties }]) =>
      Object.entries(properties).flatMap(([name, { in71 }]) =>
        in71 === undefined ? [] : [[element, name, in71]],
      ),
    );
    const known = [...CATALOGUE.keys()].flatMap((element) =>
      marks(element).map((mark) => [element, ...mark]),
    );
    expect(listed).toEqual(known);
  });

  it('covers all that the graphs set of the mux', () => {
    const set = propertyUses(plans).filter(({ element }) => element === 'nvstreammux');
    const there = new Map(marks('nvstreammux') as [string, boolean][]);
    expect(set.filter(({ property }) => there.get(property) !== true)).toEqual([]);
  });

  it('says that tracked classes are asked of a property that came later', () => {
    expect(marks('nvtracker')).toEqual([['operate-on-class-ids', false]]);
    const users = Object.entries(SPECS).filter(([, s]) =>
      propertyUses([graph(s, 'main', 'nvidia', { configDir: '/c', libDir: '/l' })]).some(
        ({ property }) => property === 'operate-on-class-ids',
      ),
    );
    expect(users.map(([name]) => name)).toEqual(['tracked classes']);
  });
});
