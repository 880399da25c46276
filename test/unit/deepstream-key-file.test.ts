import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeyFileValue, writeKeyFile } from '../../src/deepstream/key-file.js';
import { WeirError } from '../../src/spec/index.js';
import { root } from '../support/paths.js';
import { type TempDir, tempDir } from '../support/temp.js';

interface ReadKey {
  readonly group: string;
  readonly key: string;
  readonly text: string;
  readonly items: readonly string[];
}

/** GLib itself, behind a pipe. */
class GlibReader {
  private constructor(
    private readonly dir: TempDir,
    private readonly child: ChildProcess,
    private readonly lines: Interface,
  ) {}

  static async start(): Promise<GlibReader> {
    const dir = await tempDir();
    const program = join(dir.path, 'reader');
    const flags = execFileSync('pkg-config', ['--cflags', '--libs', 'glib-2.0'], { encoding: 'utf8' })
      .trim()
      .split(/\s+/);
    execFileSync('cc', [join(root, 'test/unit/deepstream-key-file-reader.c'), '-o', program, ...flags]);
    const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
    return new GlibReader(dir, child, createInterface({ input: child.stdout }));
  }

  /** Undefined where GLib cannot parse the text. */
  async read(text: string): Promise<ReadKey[] | undefined> {
    const path = join(this.dir.path, 'config.txt');
    writeFileSync(path, text);
    const answer = once(this.lines, 'line') as Promise<[string]>;
    this.child.stdin?.write(`${path}\n`);
    const [line] = await answer;
    if (line === '!') return undefined;
    return line.split('|').slice(1).map(parseKey);
  }

  async stop(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.stdin?.end();
    await exit;
    await this.dir.remove();
  }
}

function parseKey(hex: string): ReadKey {
  const [group = '', key = '', text = '', ...items] = hex
    .trim()
    .split(' ')
    .map((word) => Buffer.from(word.slice(1), 'hex').toString());
  return { group, key, text, items };
}

let glib: GlibReader;
beforeAll(async () => {
  glib = await GlibReader.start();
});
afterAll(() => glib.stop());

/** The text of the file, or undefined where the writer refuses. Any other error fails the test. */
function write(entries: readonly (readonly [string, KeyFileValue])[]): string | undefined {
  try {
    return writeKeyFile('comment', [{ name: 'property', entries }]);
  } catch (error) {
    if (error instanceof WeirError && error.code === 'CONFIG_UNSAFE') return undefined;
    throw error;
  }
}

const SPECIAL = [
  '\\',
  ';',
  '\n',
  '\r',
  '\t',
  ' ',
  '[',
  ']',
  '=',
  '#',
  '\\s',
  '\\n',
  '\0',
  '\u0085',
  '\u2028',
  'ä',
  '😀',
  '\ud800',
];
const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.oneof(fc.constantFrom(...SPECIAL), fc.string({ maxLength: 3 })), { maxLength: 12 })
    .map((p) => p.join('')),
  fc.constantFrom('x\n[property]\ncustom-lib-path=/tmp/e.so', '[property]', '# x', ' x ', '', '\\', 'a;b;'),
);

describe('a key file', () => {
  it('gives GLib back any text unchanged, or is refused', async () => {
    await fc.assert(
      fc.asyncProperty(nasty, async (text) => {
        const file = write([
          ['labelfile-path', text],
          ['batch-size', 1],
        ]);
        if (file === undefined) return /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(text);
        const keys = await glib.read(file);
        expect(keys?.map((k) => [k.group, k.key])).toEqual([
          ['property', 'labelfile-path'],
          ['property', 'batch-size'],
        ]);
        expect(keys?.[0]?.text).toBe(text);
        return true;
      }),
      { numRuns: 2000 },
    );
  });

  it('gives GLib back any list unchanged, or is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(nasty, { minLength: 1, maxLength: 5 }), async (items) => {
        const file = write([['output-blob-names', items]]);
        if (file === undefined) return items.some((i) => i === '' || /[;\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(i));
        const keys = await glib.read(file);
        expect(keys).toHaveLength(1);
        expect(keys?.[0]?.items).toEqual(items);
        return true;
      }),
      { numRuns: 1000 },
    );
  });

  it('gives GLib back any double to the last bit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ noNaN: true, noDefaultInfinity: true }), async (number) => {
        const keys = await glib.read(write([['net-scale-factor', number]]) ?? '');
        expect(Number(keys?.[0]?.text)).toBe(number === 0 ? 0 : number);
      }),
      { numRuns: 300 },
    );
  });

  it.each<readonly [string, readonly (readonly [string, KeyFileValue])[], string]>([
    [
      'line break',
      [['onnx-file', 'a\n[property]']],
      '[property] onnx-file: control characters and line breaks are not allowed',
    ],
    [
      '";" in a list',
      [['op-tensor-files', ['a;b']]],
      '[property] op-tensor-files: an item of a list cannot hold ";"',
    ],
    ['not a number', [['interval', Number.NaN]], '[property] interval: NaN is not a finite number'],
    ['key that is no key', [['a=b', 1]], '[property] a=b: is not a key'],
    [
      'key twice',
      [
        ['a', 1],
        ['a', 2],
      ],
      '[property] a: stands here twice',
    ],
  ])('with a %s is refused, naming group and key', (_name, entries, message) => {
    expect(() => writeKeyFile('c', [{ name: 'property', entries }])).toThrow(message);
  });

  it('refuses groups and comments that are more than that', () => {
    const entries = [] as const;
    expect(() => writeKeyFile('c', [{ name: 'a]\n[property', entries }])).toThrow('is not a group name');
    expect(() =>
      writeKeyFile('c', [
        { name: 'a', entries },
        { name: 'a', entries },
      ]),
    ).toThrow('stands here twice');
    expect(() => writeKeyFile('c\n[property]', [])).toThrow('control characters');
  });
});
