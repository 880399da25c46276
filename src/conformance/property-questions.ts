/** Properties of NVIDIA's elements on this machine, held against the catalogue. */
import { CATALOGUE, type PropertyFacts, type Provider } from '../deepstream/index.js';
import type { InspectedElement, InspectedProperty } from './inspection.js';
import { type Row, shown } from './report.js';

/** The stand-in's element has what NVIDIA's has not. */
const OWN_PROPERTIES = 5;

/** Elements of the catalogue that NVIDIA has, with the facts on them. */
export function askedElements(provider: Provider): string[] {
  const entries = [...CATALOGUE.entries()];
  return entries
    .filter(([, facts]) => facts.source !== undefined && (facts.only ?? provider) === provider)
    .map(([name]) => name);
}

/** A row for each property that is known, and one for each element that has others. */
export function propertyRows(
  elements: readonly string[],
  found: ReadonlyMap<string, InspectedElement>,
): Row[] {
  return elements.flatMap((name) => {
    const facts = CATALOGUE.get(name);
    const seen = found.get(name);
    if (!facts) return [];
    if (!seen) return [missing(name, facts.source ?? '')];
    const known = Object.entries(facts.properties).filter(([, p]) => p.only === undefined);
    return [
      ...known.map(([property, p]) => propertyRow(name, property, p, seen, facts.source ?? '')),
      otherProperties(name, new Set(known.map(([property]) => property)), seen, facts.source ?? ''),
    ];
  });
}

function missing(element: string, source: string): Row {
  const question = `${element}: exists`;
  return { group: 'properties', question, expected: 'yes', answer: 'no', verdict: 'differs', source };
}

function propertyRow(
  element: string,
  property: string,
  facts: PropertyFacts,
  seen: InspectedElement,
  source: string,
): Row {
  const question = `${element} ${property}: type, range and start value`;
  const expected = shown(described(facts, facts));
  const own = seen.properties[property];
  const answer = own ? shown(describedAs(own, facts)) : 'there is no such property';
  const verdict = answer === expected ? 'same' : facts.doubtful ? 'unknown' : 'differs';
  return { group: 'properties', question, expected, answer, verdict, source };
}

/** Of GStreamer's base classes. */
const INHERITED = new Set(['name', 'parent', 'qos']);
/** Those that take no plain value are not in the catalogue. */
const OPAQUE = new Set(['pointer', 'object']);

function otherProperties(
  element: string,
  known: ReadonlySet<string>,
  { properties }: InspectedElement,
  source: string,
): Row {
  const names = Object.entries(properties).filter(([, p]) => !OPAQUE.has(p.type.toLowerCase()));
  const others = names.map(([name]) => name).filter((name) => !known.has(name) && !INHERITED.has(name));
  const own = others.every((name) => CATALOGUE.get(element)?.properties[name]?.only === 'standin');
  return {
    group: 'properties',
    question: `${element}: has no other properties`,
    expected: 'none',
    answer: others.length === 0 ? 'none' : others.sort().join(', '),
    // A newer release may have more; what it had before is asked above.
    verdict: others.length === 0 ? 'same' : own ? 'differs' : 'unknown',
    source,
    ...(others.length > 0 && own ? { deviation: OWN_PROPERTIES } : {}),
  };
}

interface Described {
  readonly default?: unknown;
  readonly min?: number;
  readonly max?: number;
  readonly values?: Readonly<Record<string, string>>;
}

/** In so far as the facts speak of it. */
function described(facts: PropertyFacts, of: Described & { readonly type: string }): object {
  return {
    type: of.type,
    ...(facts.default === undefined ? {} : { start: of.default }),
    ...(facts.min === undefined ? {} : { min: of.min }),
    ...(facts.max === undefined ? {} : { max: of.max }),
    ...(facts.values === undefined ? {} : { values: certainValues(of.values ?? {}, facts.values) }),
  };
}

/** Without those that only some builds have. */
function certainValues(
  values: Readonly<Record<string, string>>,
  facts: Readonly<Record<string, string>>,
): string {
  return Object.keys(values)
    .filter((value) => !facts[value]?.includes(' (only in builds'))
    .join(' ');
}

function describedAs({ type, value, min, max, values }: InspectedProperty, facts: PropertyFacts): object {
  const range = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
  return described(facts, {
    type: type === 'float' ? 'double' : type,
    default: value,
    ...range,
    ...(values && { values }),
  });
}
