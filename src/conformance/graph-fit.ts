/** Whether the elements of this machine take what the graphs set. */
import { CATALOGUE, type PropertyFacts, valueFault } from '../deepstream/index.js';
import { allNodes, type Graph, type Scalar } from '../graph/index.js';
import type { InspectedElement, InspectedProperty } from './inspection.js';

/** One property as the graphs set it. */
export interface PropertyUse {
  readonly element: string;
  readonly property: string;
  /** Absent where it is filled in when a stream connects. */
  readonly value?: Scalar;
}

export interface Misfit extends PropertyUse {
  /** What GStreamer says. */
  readonly message: string;
  readonly remedy: string;
}

/** Every property that is set, each value once, by element and name. */
export function propertyUses(plans: readonly Graph[]): PropertyUse[] {
  const uses = plans.flatMap(allNodes).flatMap(({ element, props }) =>
    Object.entries(props).map(([property, value]): PropertyUse => {
      return typeof value === 'object' ? { element, property } : { element, property, value };
    }),
  );
  const byText = new Map(uses.map((use) => [JSON.stringify(use), use]));
  return [...byText.entries()].sort(([a], [b]) => a.localeCompare(b)).map(([, use]) => use);
}

/** Uses that do not fit; those of elements that were not found are left out. */
export function misfits(
  uses: readonly PropertyUse[],
  found: ReadonlyMap<string, InspectedElement>,
): Misfit[] {
  return uses.flatMap((use) => {
    const element = found.get(use.element);
    const message = element && fault(use, element);
    return message ? [{ ...use, message, remedy: remedy(use) }] : [];
  });
}

function fault({ element, property, value }: PropertyUse, seen: InspectedElement): string | undefined {
  const place = `${element}: property "${property}"`;
  const known = Object.hasOwn(seen.properties, property) ? seen.properties[property] : undefined;
  if (!known)
    return `${place} does not exist${value === undefined ? '' : `; the graph sets it to "${value}"`}`;
  if (!known.writable) return `${place} cannot be set`;
  const expected = value === undefined ? undefined : expectation(known, value);
  return expected && `${place} cannot be "${value}"; expected ${expected}`;
}

/** By the words of the catalogue. */
const TYPES: Readonly<Record<string, PropertyFacts['type']>> = {
  int: 'int',
  uint: 'uint',
  int64: 'int64',
  uint64: 'uint64',
  float: 'double',
  double: 'double',
  boolean: 'boolean',
  string: 'string',
  enum: 'enum',
};

/** Undefined when the value is right. Types that are given as text (caps, flags) take any text. */
function expectation(seen: InspectedProperty, value: Scalar): string | undefined {
  const type = TYPES[seen.type] ?? 'string';
  const { min, max, values } = seen;
  const range = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
  return valueFault({ type, ...range, ...(values && { values }) }, value);
}

const OTHER_RELEASE =
  'the DeepStream or GStreamer here is another one than Weir was written for; report what weir doctor --deep --json says';

function remedy({ element, property }: PropertyUse): string {
  const facts = CATALOGUE.get(element)?.properties[property];
  return facts?.in71 === false ? 'DeepStream 9.0 brought it: leave out what asks for it' : OTHER_RELEASE;
}
