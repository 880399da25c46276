import { join } from 'node:path';
import { run } from '../support/process.js';
import { withTempDir } from '../support/temp.js';
import type { ProviderUnderTest } from './provider.js';

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

/**
 * What `gst-inspect-1.0` says of an element. Undefined when there is no such element.
 * A registry of its own each time: a stale one would hide a plugin that failed to load before.
 */
export async function inspect(
  element: string,
  provider: ProviderUnderTest,
): Promise<InspectedElement | undefined> {
  const { code, stdout } = await withTempDir((dir) =>
    run('gst-inspect-1.0', ['--no-colors', element], {
      env: { ...provider.env, ...ourPluginsOnly(provider), GST_REGISTRY: join(dir, 'registry'), LC_ALL: 'C' },
    }),
  );
  return code === 0 ? parseInspection(stdout) : undefined;
}

/** The stand-in needs no other plugin, and scanning all of them takes seconds. */
function ourPluginsOnly(provider: ProviderUnderTest): Record<string, string> {
  return provider.name === 'standin' ? { GST_PLUGIN_SYSTEM_PATH: '' } : {};
}

export function parseInspection(text: string): InspectedElement {
  return {
    pads: section(text, 'Pad Templates')
      .split(/^(?= {2}(?:SINK|SRC) template)/m)
      .flatMap(parsePad),
    properties: Object.fromEntries(
      section(text, 'Element Properties')
        .split(/^(?= {2}[a-z])/m)
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
