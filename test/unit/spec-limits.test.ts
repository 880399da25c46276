import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { formatProblems, parseSpec, parseStream } from '../../src/spec/index.js';
import { findLimitHit } from '../../src/spec/limits.js';

function complaint(text: string): string {
  const result = parseSpec(text, 'x.yaml');
  return result.ok ? 'valid' : formatProblems(result.problems);
}

const aliasBomb = [
  'a0: &a0 [x, x, x, x, x, x, x, x, x]',
  ...Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`),
].join('\n');

const HOSTILE: readonly (readonly [name: string, text: string, message: string])[] = [
  ['alias bomb', aliasBomb, 'aliases expand to too much'],
  ['an alias of what it is part of', 'a: &a [*a]', 'an alias needs a name that was anchored before'],
  ['deep flow lists', '['.repeat(1024), 'nested deeper than 64 levels'],
  ['flow lists 10,000 deep', '['.repeat(10_000), 'nested deeper than 64 levels'],
  ['deep flow maps', '{a: '.repeat(1024), 'nested deeper than 64 levels'],
  ['deep flow lists that pretend to close in quotes', '["]", '.repeat(1024), 'nested deeper than 64 levels'],
  ['deep lists on one line', '- '.repeat(10_000), 'nested deeper than 64 levels'],
  ['deep explicit keys', '? '.repeat(10_000), 'nested deeper than 64 levels'],
  [
    'deep maps by indentation',
    Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}k:`).join('\n'),
    'nested deeper than 64 levels',
  ],
  [
    'deep lists by indentation',
    Array.from({ length: 500 }, (_, i) => `${' '.repeat(i * 4)}- - - a:`).join('\n'),
    'nested deeper than 64 levels',
  ],
  [
    '20,000 keys',
    Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n'),
    'more than 5000 entries in one map or list',
  ],
  [
    '20,000 keys in a flow map',
    `{${Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join(', ')}}`,
    'more than 5000 entries in one map or list',
  ],
  [
    '20,000 items',
    Array.from({ length: 20_000 }, () => '- 1').join('\n'),
    'more than 5000 entries in one map or list',
  ],
  ['ten megabytes', 'k: [1, 2]\n'.repeat(1_000_000), 'larger than 1048576 bytes'],
  ['two mebibytes', `a: ${'x'.repeat(2 * 1024 * 1024)}`, 'larger than 1048576 bytes'],
];

describe('text made to hurt the parser', () => {
  it.each(HOSTILE)('%s is refused, a hundred times in one process', (_name, text, message) => {
    for (let i = 0; i < 100; i++) expect(complaint(text)).toContain(message);
  });

  it('is told with its line', () => {
    const text = `a: 1\nb:\n${Array.from({ length: 6000 }, (_, i) => `  k${i}: 1`).join('\n')}`;
    expect(complaint(text)).toBe(
      'x.yaml:5003:8: more than 5000 entries in one map or list\n    split the file, or remove what was generated into it',
    );
  });
});

describe('a stream that was never text', () => {
  const deep = (levels: number): unknown => {
    let value: unknown = 'x';
    for (let i = 0; i < levels; i++) value = i % 2 ? [value] : { a: value };
    return value;
  };
  const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, i]));

  it.each([
    ['10,000 deep', { id: 'a', uri: deep(10_000) }],
    ['10,000 deep in a key nobody knows', { id: 'a', uri: 'rtsp://c/1', [`x`]: deep(10_000) }],
    ['20,000 keys', { id: 'a', uri: 'rtsp://c/1', ...many }],
    ['ten megabytes', { id: 'a', uri: `rtsp://c/${'x'.repeat(10 * 1024 * 1024)}` }],
    ['a key named __proto__', JSON.parse('{"id":"a","uri":"rtsp://c/1","__proto__":{"fps":1}}') as object],
    ['nothing', undefined],
    ['itself a list', []],
  ])('is refused: %s', (_name, value) => {
    expect(() => parseStream(value)).toThrow(expect.objectContaining({ code: 'SPEC_INVALID' }));
  });
});

describe('harmless text', () => {
  const HARMLESS = [
    Array.from({ length: 60 }, (_, i) => `${' '.repeat(i)}k:`).join('\n'),
    `${'['.repeat(60)}${']'.repeat(60)}`,
    Array.from({ length: 4000 }, (_, i) => `k${i}: {a: [1, 2], b: "]["}`).join('\n'),
    `text: |\n${Array.from({ length: 8000 }, (_, i) => `  line ${i}: [[[`).join('\n')}\nnext: 1`,
    'quoted: "[[[[{{{{"\n# comment [[[[\nplain: a [ b',
  ];
  it.each(HARMLESS.map((text, i) => [i, text] as const))('%i passes', (_i, text) => {
    expect(findLimitHit(text)).toBeUndefined();
    expect(() => parse(text)).not.toThrow();
  });
});
