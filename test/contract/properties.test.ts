import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { InspectedElement, InspectedPad, InspectedProperty } from '../../src/conformance/inspection.js';
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
}

interface ElementFacts {
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

/**
 * Where a new instance starts with something else than its GParamSpec's default, which the facts give:
 * gst-inspect prints the instance's value.
 */
const STARTS_WITH: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  nvtracker: { 'tracking-id-reset-mode': 1 },
  nvdsosd: {
    'display-mask': false,
    'clock-font': 'Serif',
    'clock-color': 0xff0000ff,
  },
};

/** Reading these back gives another field of NVIDIA's element: the value says nothing. */
const NOT_READ_BACK: Readonly<Record<string, readonly string[]>> = { nvdsosd: ['clock-font-size'] };

/** All that the stand-in's elements have beyond NVIDIA's. */
const STANDIN_ONLY: Readonly<
  Record<
    string,
    {
      readonly caps?: Readonly<Record<string, InspectedPad['caps']>>;
      readonly properties?: readonly string[];
    }
  >
> = {
  nvstreammux: { caps: { 'sink_%u': { 'video/x-raw': ['I420', 'NV12'] } } },
  nvstreamdemux: { caps: { 'src_%u': { 'video/x-raw': ['I420', 'NV12'] } } },
  nvdsosd: {
    caps: { sink: { 'video/x-raw': ['I420', 'NV12'] }, src: { 'video/x-raw': ['I420', 'NV12'] } },
  },
  nvinfer: { properties: ['stream-rate', 'inference-threads'] },
};

/** Properties of GStreamer's base classes. */
const INHERITED = new Set(['name', 'parent', 'qos']);

const provider = providerUnderTest();
const standin = provider.name === 'standin';

describe.each(Object.entries(ELEMENTS))(`${provider.name}'s %s`, (factory, key) => {
  const facts = elements[key] as ElementFacts;
  let seen: InspectedElement;

  beforeAll(async () => {
    const found = await inspect(factory, provider);
    if (!found) throw new Error(`gst-inspect-1.0 finds no ${factory}`);
    seen = found;
  });

  test('has the pad templates', () => {
    const extra = standin ? STANDIN_ONLY[factory]?.caps : undefined;
    const expected = facts.pads.map(({ name, direction, presence, caps }) => ({
      name,
      direction,
      presence,
      caps: { ...nvmmCaps(caps), ...extra?.[name] },
    }));
    expect(byName(seen.pads.map(sortFormats))).toEqual(byName(expected.map(sortFormats)));
  });

  test('has the properties, and no others', () => {
    const known = new Set(facts.properties.map((p) => p.name));
    const required = facts.properties.filter((p) => !isUnconfirmed(p)).map((p) => p.name);
    const names = Object.keys(seen.properties).filter((name) => !INHERITED.has(name));
    expect(names).toEqual(expect.arrayContaining(required));
    const own = standin ? (STANDIN_ONLY[factory]?.properties ?? []) : [];
    expect(names.filter((name) => !known.has(name)).sort()).toEqual([...own].sort());
  });

  test.for(facts.properties.map((p) => [p.name, p] as const))(
    '%s has type, range and start value',
    ([name, p], { skip }) => {
      const property = seen.properties[name];
      if (!property && isUnconfirmed(p)) return skip('absent, and whether NVIDIA has it is not known');
      expect(property, `property ${name}`).toBeDefined();
      const value = startValue(factory, p);
      expect(describeSeen(property as InspectedProperty, p, value)).toEqual(describeFacts(p, value));
    },
  );

  test('has the signals', () => {
    expect(seen.signals).toEqual(expect.arrayContaining(facts.signals.map((s) => s.name)));
  });
});

test('every start value that differs from the default is known', () => {
  const noted = Object.entries(ELEMENTS).flatMap(([factory, key]) =>
    (elements[key] as ElementFacts).properties
      .filter((p) => /\binstance\b/.test(p.note ?? ''))
      .map((p) => `${factory}.${p.name}`),
  );
  const handled = [
    ...Object.entries(STARTS_WITH).flatMap(([factory, values]) =>
      Object.keys(values).map((p) => `${factory}.${p}`),
    ),
    ...Object.entries(NOT_READ_BACK).flatMap(([factory, names]) => names.map((p) => `${factory}.${p}`)),
  ];
  expect(handled.sort()).toEqual(noted.sort());
});

/** Named in applications only, or by hearsay. */
function isUnconfirmed(p: PropertyFacts): boolean {
  return p.default === 'unconfirmed' || /is unconfirmed/.test(p.note ?? '');
}

/** Undefined where nothing is known of it. */
function startValue(factory: string, p: PropertyFacts): unknown {
  if (p.type === 'pointer' || p.default === 'unconfirmed') return undefined;
  if (NOT_READ_BACK[factory]?.includes(p.name)) return undefined;
  return STARTS_WITH[factory]?.[p.name] ?? p.default;
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

function byName<P extends { name: string }>(pads: readonly P[]): P[] {
  return [...pads].sort((a, b) => a.name.localeCompare(b.name));
}
