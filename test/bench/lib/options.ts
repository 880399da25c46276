/** Options of a benchmark's command line: `--name value`, and `--json` for a table as JSON. */
import { parseArgs } from 'node:util';

export interface Options<Defaults> {
  readonly values: Defaults;
  readonly json: boolean;
}

type Value = number | string | readonly number[];

/** Each option has the type of its default; a list of numbers is written `1,2,4`. Throws on what it does not know. */
export function benchOptions<const Defaults extends Readonly<Record<string, Value>>>(
  defaults: Defaults,
  argv: readonly string[] = process.argv.slice(2),
): Options<{ readonly [Key in keyof Defaults]: Widened<Defaults[Key]> }> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      ...Object.fromEntries(Object.keys(defaults).map((name) => [name, text])),
      json: { type: 'boolean' as const },
    },
  });
  const given = Object.entries(defaults).map(([name, value]) => {
    const said = (values as Readonly<Record<string, string | undefined>>)[name];
    return [name, said === undefined ? value : like(name, value, said)];
  });
  return { values: Object.fromEntries(given) as never, json: values.json === true };
}

type Widened<T> = T extends number ? number : T extends string ? string : readonly number[];

function like(name: string, value: Value, said: string): Value {
  if (typeof value === 'string') return said;
  if (typeof value === 'number') return toNumber(name, said);
  return said.split(',').map((each) => toNumber(name, each));
}

function toNumber(name: string, said: string): number {
  const number = Number(said);
  if (said.trim() !== '' && Number.isFinite(number)) return number;
  throw new Error(`--${name}: "${said}" is no number`);
}
