/** What GStreamer says of an element on this machine, asked of its own tool. */
import type { Machine } from '../device/machine.js';

export interface InspectedPad {
  readonly name: string;
  readonly direction: 'sink' | 'src';
  readonly presence: 'always' | 'request' | 'sometimes';
  /** `video/x-raw(memory:NVMM)` → formats; without a list of formats, none. */
  readonly caps: Readonly<Record<string, readonly string[]>>;
}

export interface InspectedProperty {
  readonly type: string;
  /** What a new instance has. Undefined for pointers and objects. */
  readonly value?: string | number | boolean | null;
  readonly min?: number;
  readonly max?: number;
  /** Of an enum: number → nick. */
  readonly values?: Readonly<Record<string, string>>;
  readonly readable: boolean;
  readonly writable: boolean;
}

export interface InspectedElement {
  readonly pads: readonly InspectedPad[];
  readonly properties: Readonly<Record<string, InspectedProperty>>;
  readonly signals: readonly string[];
}

/** The first look after an installation reads every plugin there is. */
const INSPECT_MS = 60_000;
/** In no language but the one that is understood below. */
const INSPECT = ['LC_ALL=C', 'gst-inspect-1.0', '--no-colors'] as const;
const AT_ONCE = 4;

/** Undefined when there is no such element, or no gst-inspect-1.0. */
export async function inspectElement(
  machine: Pick<Machine, 'run'>,
  name: string,
): Promise<InspectedElement | undefined> {
  const text = await machine.run('env', [...INSPECT, name], INSPECT_MS);
  return text === undefined ? undefined : parseInspection(text);
}

/** Those of the elements that are there, by name. */
export async function inspectElements(
  machine: Pick<Machine, 'run'>,
  names: Iterable<string>,
): Promise<ReadonlyMap<string, InspectedElement>> {
  const waiting = [...new Set(names)];
  const found = new Map<string, InspectedElement>();
  const work = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const element = await inspectElement(machine, name);
      if (element) found.set(name, element);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

/** The text of gst-inspect-1.0; what NVIDIA's libraries print around it does no harm. */
export function parseInspection(text: string): InspectedElement {
  return {
    pads: section(text, 'Pad Templates')
      .split(/^(?= {2}(?:SINK|SRC) template)/m)
      .flatMap(parsePad),
    properties: Object.fromEntries(
      section(text, 'Element Properties')
        .split(/^(?= {2}[A-Za-z])/m)
        .flatMap(parseProperty),
    ),
    signals: [...section(text, 'Element Signals').matchAll(/^ {2}"([^"]+)"/gm)].map(
      ([, name]) => name as string,
    ),
  };
}

/** The indented and empty lines behind a title. */
function section(text: string, title: string): string {
  const [, body = ''] = new RegExp(`^${title}:\\n((?: .*\\n|\\n(?= ))*)`, 'm').exec(text) ?? [];
  return body;
}

const PRESENCE = { Always: 'always', 'On request': 'request', Sometimes: 'sometimes' } as const;

function parsePad(text: string): InspectedPad[] {
  const [, direction, name] = /(SINK|SRC) template: '(.+)'/.exec(text) ?? [];
  const [, availability] = /Availability: (.+)/.exec(text) ?? [];
  if (!name) return [];
  const caps: Record<string, string[]> = {};
  let last: string[] = [];
  for (const line of text.split('\n')) {
    const [, structure] = /^ {6}(\S.*)$/.exec(line) ?? [];
    if (structure && !line.includes(':  ')) caps[structure] = last = [];
    const [, formats] = /^\s+format: (.+)$/.exec(line) ?? [];
    if (formats)
      last.push(
        ...formats
          .replace(/\(string\)|[{}]/g, '')
          .split(/,\s*/)
          .map((f) => f.trim()),
      );
  }
  return [
    {
      name,
      direction: direction === 'SINK' ? 'sink' : 'src',
      presence: PRESENCE[availability as keyof typeof PRESENCE],
      caps,
    },
  ];
}

/** gst-inspect's words for GObject's types. */
const TYPES: readonly (readonly [string, string])[] = [
  ['Unsigned Integer64', 'uint64'],
  ['Unsigned Integer', 'uint'],
  ['Integer64', 'int64'],
  ['Integer', 'int'],
  ['Boolean', 'boolean'],
  ['String', 'string'],
  ['Double', 'double'],
  ['Float', 'float'],
  ['Enum', 'enum'],
  ['Pointer', 'pointer'],
  ['Object', 'object'],
];

function parseProperty(text: string): [string, InspectedProperty][] {
  const [, name] = /^ {2}([\w-]+)\s*:/.exec(text) ?? [];
  const [, flags = ''] = /flags: (.*)/.exec(text) ?? [];
  if (!name) return [];
  const [, typeLine = ''] = /flags: .*\n\s+(.*)/.exec(text) ?? [];
  const [, type = typeLine] = TYPES.find(([word]) => typeLine.startsWith(word)) ?? [];
  const [, min, max] = /Range:\s+(\S+) -\s+(\S+)/.exec(typeLine) ?? [];
  const values = Object.fromEntries(
    [...text.matchAll(/^\s+\((-?\d+)\): (\S+)\s+- /gm)].map(([, n, nick]): [string, string] => [
      n as string,
      nick as string,
    ]),
  );
  return [
    [
      name,
      {
        type,
        value: parseValue(type, typeLine),
        ...(min === undefined ? {} : { min: Number(min), max: Number(max) }),
        ...(type === 'enum' ? { values } : {}),
        readable: /\breadable\b/.test(flags),
        writable: /\bwritable\b/.test(flags),
      } as InspectedProperty,
    ],
  ];
}

function parseValue(type: string, line: string): InspectedProperty['value'] {
  const [, text] = /Default:\s+(.*?)\s*$/.exec(line) ?? [];
  if (text === undefined) return undefined;
  if (type === 'boolean') return text === 'true';
  if (type === 'string') return text === 'null' ? null : text.replace(/^"(.*)"$/, '$1');
  return Number.parseFloat(text);
}
