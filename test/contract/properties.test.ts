import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { about, answer, deviation } from './ask.js';
import type { InspectedElement, InspectedPad, InspectedProperty } from '../../src/conformance/inspection.js';
import { shown } from '../../src/conformance/report.js';
import { inspect } from './gst-inspect.js';
import { providerUnderTest } from './provider.js';

interface PropertyFacts {
  readonly name: string;
  readonly type: string;
  readonly default?: unknown;
  readonly min?: number;
  readonly max?: number;
  readonly enum?: Readonly<Record<string, string>>;
  readonly access: string;
  readonly note?: string;
  /** What a new instance has, where that is not its GParamSpec's default: gst-inspect prints the instance's value. */
  readonly start?: unknown;
  /** False: reading it back gives another field of NVIDIA's element, so the value says nothing. */
  readonly read_back?: boolean;
}

interface ElementFacts {
  readonly source: string;
  readonly pads: readonly { name: string; direction: string; presence: string; caps: string }[];
  readonly properties: readonly PropertyFacts[];
  readonly signals: readonly { name: string }[];
}

const { elements } = JSON.parse(readFileSync(new URL('data/elements.json', import.meta.url), 'utf8')) as {
  elements: Readonly<Record<string, ElementFacts>>;
};

/** Factory → its entry in elements.json. The legacy mux is the default. */
const ELEMENTS: Readonly<Record<string, string>> = {
  nvstreammux: 'nvstreammux (legacy)',
  nvstreamdemux: 'nvstreamdemux',
  nvinfer: 'nvinfer',
  nvtracker: 'nvtracker',
  nvdsosd: 'nvdsosd',
};

/** All that the stand-in's elements have beyond NVIDIA's. */
const STANDIN_ONLY: Readonly<
  Record<
    string,
    {
      readonly caps?: Readonly<Record<string, InspectedPad['caps']>>;
      readonly properties?: readonly string[];
      /** Its number in docs/stand-in.md. */
      readonly deviation: number;
    }
  >
> = {
  nvstreammux: { deviation: 1, caps: { 'sink_%u': { 'video/x-raw': ['I420', 'NV12'] } } },
  nvstreamdemux: { deviation: 2, caps: { 'src_%u': { 'video/x-raw': ['I420', 'NV12'] } } },
  nvdsosd: {
    deviation: 3,
    caps: { sink: { 'video/x-raw': ['I420', 'NV12'] }, src: { 'video/x-raw': ['I420', 'NV12'] } },
  },
  nvinfer: { deviation: 5, properties: ['stream-rate', 'inference-threads', 'longest-wait'] },
};

/** Properties of GStreamer's base classes. */
const INHERITED = new Set(['name', 'parent', 'qos']);

const provider = providerUnderTest();
const standin = provider.name === 'standin';

describe.each(Object.entries(ELEMENTS))('%s', (factory, key) => {
  const facts = elements[key] as ElementFacts;
  about('properties', `DeepStream 9.1: ${facts.source}`);
  let seen: InspectedElement;
  const own = standin ? STANDIN_ONLY[factory] : undefined;

  beforeAll(async () => {
    const found = await inspect(factory, provider);
    if (!found) throw new Error(`gst-inspect-1.0 finds no ${factory}`);
    seen = found;
  });

  test('has the pad templates', () => {
    for (const { name, direction, presence, caps } of facts.pads) {
      const pad = seen.pads.find((p) => p.name === name);
      const extra = own?.caps?.[name];
      const ofNvidia = sortFormats({ name, direction, presence, caps: nvmmCaps(caps) });
      const expected = { ...ofNvidia, caps: { ...ofNvidia.caps, ...extra } };
      if (extra && own) deviation(own.deviation, pad && sortFormats(pad), shown(ofNvidia), name);
      else answer(pad && sortFormats(pad), expected, name);
      expect(pad && sortFormats(pad)).toEqual(expected);
    }
    expect(seen.pads).toHaveLength(facts.pads.length);
  });

  test('has the properties, and no others', () => {
    const known = new Set(facts.properties.map((p) => p.name));
    const required = facts.properties.filter((p) => !isUnconfirmed(p)).map((p) => p.name);
    const names = Object.keys(seen.properties).filter((name) => !INHERITED.has(name));
    answer(
      required.filter((name) => !names.includes(name)),
      [],
      'missing',
    );
    const others = names.filter((name) => !known.has(name)).sort();
    if (own?.properties) deviation(own.deviation, others, 'no others', 'others');
    else answer(others, [], 'others');
    expect(others).toEqual([...(own?.properties ?? [])].sort());
  });

  test.for(facts.properties.map((p) => [p.name, p] as const))(
    '%s has type, range and start value',
    ([name, p], { skip }) => {
      const property = seen.properties[name];
      if (!property && isUnconfirmed(p)) return skip('absent, and whether NVIDIA has it is not known');
      const value = startValue(p);
      answer(property && describeSeen(property, p, value), describeFacts(p, value));
    },
  );

  test('has the signals', () => {
    const missing = facts.signals.map((s) => s.name).filter((name) => !seen.signals.includes(name));
    answer(missing, [], 'missing');
  });
});

test('every start value that differs from the default is marked in the facts', () => {
  const of = (wanted: (p: PropertyFacts) => boolean): string[] =>
    Object.entries(ELEMENTS).flatMap(([factory, key]) =>
      (elements[key] as ElementFacts).properties.filter(wanted).map((p) => `${factory}.${p.name}`),
    );
  const noted = of((p) => /\binstance\b/.test(p.note ?? ''));
  expect(of((p) => p.start !== undefined || p.read_back === false)).toEqual(noted);
  expect(noted.length).toBeGreaterThan(3);
});

/** Named in applications only, or by hearsay. */
function isUnconfirmed(p: PropertyFacts): boolean {
  return p.default === 'unconfirmed' || /is unconfirmed/.test(p.note ?? '');
}

/** Undefined where nothing is known of it. */
function startValue(p: PropertyFacts): unknown {
  if (p.type === 'pointer' || p.default === 'unconfirmed') return undefined;
  return p.read_back === false ? undefined : (p.start ?? p.default);
}

function describeFacts(p: PropertyFacts, value: unknown): Record<string, unknown> {
  return {
    type: p.type,
    ...(value === undefined ? {} : { value }),
    ...(p.min === undefined ? {} : { min: p.min, max: p.max }),
    ...(p.enum ? { values: withoutOptional(p.enum, p.enum) } : {}),
    access: p.access,
  };
}

/** What was seen, in so far as the facts speak of it. */
function describeSeen(seen: InspectedProperty, p: PropertyFacts, value: unknown): Record<string, unknown> {
  return {
    type: p.type.split(' or ').includes(seen.type) ? p.type : seen.type,
    ...(value === undefined ? {} : { value: seen.value }),
    ...(p.min === undefined ? {} : { min: seen.min, max: seen.max }),
    ...(p.enum ? { values: withoutOptional(seen.values ?? {}, p.enum) } : {}),
    access: [seen.readable ? 'read' : '', seen.writable ? 'write' : ''].filter(Boolean).join('-'),
  };
}

/** Without the values that only some builds have. */
function withoutOptional(
  values: Readonly<Record<string, string>>,
  facts: Readonly<Record<string, string>>,
): Record<string, string> {
  const optional = (value: string): boolean => facts[value]?.includes(' (only in builds') ?? false;
  return Object.fromEntries(Object.entries(values).filter(([value]) => !optional(value)));
}

/** `video/x-raw(memory:NVMM), format in {NV12, RGBA}; remarks` */
function nvmmCaps(text: string): InspectedPad['caps'] {
  const [, structure, formats] = /^(\S+), format in \{([^}]+)\}/.exec(text) ?? [];
  if (!structure || !formats) throw new Error(`caps not understood: ${text}`);
  return { [structure]: formats.split(', ') };
}

function sortFormats<P extends { caps: InspectedPad['caps'] }>(pad: P): P {
  return { ...pad, caps: Object.fromEntries(Object.entries(pad.caps).map(([k, v]) => [k, [...v].sort()])) };
}
