/** What gst-inspect-1.0 prints, for tests without GStreamer. */
import type { Machine } from '../../src/device/machine.js';
import { CATALOGUE, type PropertyFacts } from '../../src/deepstream/index.js';
import { EMPTY, recordedMachine } from './recorded-machine.js';

const WORDS: Readonly<Record<PropertyFacts['type'], string>> = {
  int: 'Integer',
  uint: 'Unsigned Integer',
  int64: 'Integer64',
  uint64: 'Unsigned Integer64',
  double: 'Double',
  boolean: 'Boolean',
  string: 'String',
  enum: 'Enum "Some"',
};

function propertyText(name: string, p: PropertyFacts): string {
  const range = p.min === undefined && p.max === undefined ? '' : ` Range: ${p.min ?? 0} - ${p.max ?? 1e6}`;
  const value = p.default === undefined ? 'null' : String(p.default);
  const values = Object.entries(p.values ?? {}).map(
    ([number, nick]) => `${' '.repeat(27)}(${number}): ${nick.split(' ')[0]} - words`,
  );
  return [
    `  ${name} : words`,
    `${' '.repeat(24)}flags: readable, writable`,
    `${' '.repeat(24)}${WORDS[p.type]}.${range} Default: ${value} `,
    ...values,
  ].join('\n');
}

/** An element that is as the catalogue says, but for what is changed (undefined: is not there). */
export function inspection(
  element: string,
  changes: Readonly<Record<string, PropertyFacts | undefined>> = {},
): string {
  const facts = { ...CATALOGUE.get(element)?.properties, ...changes };
  const properties = Object.entries(facts).flatMap(([name, p]) => (p ? [propertyText(name, p)] : []));
  return `Factory Details:\n  Rank  none (0)\n\nElement Properties:\n\n${properties.join('\n\n')}\n`;
}

/** A machine whose gst-inspect-1.0 knows all elements of the catalogue but those that are missing. */
export function inspectedMachine(
  changes: Readonly<Record<string, Readonly<Record<string, PropertyFacts | undefined>> | undefined>> = {},
): Machine {
  return {
    ...recordedMachine(EMPTY),
    run: async (command, args) => {
      const element = args.at(-1) ?? '';
      const missing = Object.hasOwn(changes, element) && changes[element] === undefined;
      if (command !== 'env' || !CATALOGUE.has(element) || missing) return undefined;
      return inspection(element, changes[element]);
    },
  };
}
