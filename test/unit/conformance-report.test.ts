import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deviations } from '../../scripts/conformance/deviations.js';
import { markdown } from '../../scripts/conformance/markdown.js';
import { conformancePage } from '../../scripts/conformance/page.js';
import { conformanceReport, differing, type Row, shown, summarise } from '../../src/conformance/report.js';
import { root } from '../support/paths.js';

const VERSIONS = {
  provider: 'standin',
  deepstream: '0.1.0',
  gstreamer: '1.22.0',
  node: '20.0.0',
  weir: '0.1.0',
};

const row = (more: Partial<Row> = {}): Row => ({
  group: 'tracking',
  question: 'keeps ids',
  expected: '1',
  answer: '1',
  verdict: 'same',
  source: 'guide',
  ...more,
});

const ROWS: readonly Row[] = [
  row(),
  row({ group: 'osd', question: 'draws a | b', answer: '2', verdict: 'differs' }),
  row({ answer: 'system memory', verdict: 'differs', deviation: 1 }),
  row({ expected: 'not known', verdict: 'unknown' }),
];

describe('a report', () => {
  it('counts a known deviation as such and nowhere else', () => {
    expect(summarise(ROWS)).toEqual([
      { group: 'tracking', asked: 3, same: 1, deviations: 1, differs: 0, unknown: 1 },
      { group: 'osd', asked: 1, same: 0, deviations: 0, differs: 1, unknown: 0 },
    ]);
    expect(differing(ROWS)).toEqual([ROWS[1]]);
  });

  it('is sorted by group and says its schema', () => {
    const report = conformanceReport(VERSIONS, [...ROWS].reverse());
    expect(report.schema).toBe('weir.conformance.v1');
    expect(report.rows.map(({ group }) => group)).toEqual(['tracking', 'tracking', 'tracking', 'osd']);
  });

  it('can be read', () => {
    expect(markdown(conformanceReport(VERSIONS, ROWS))).toMatchInlineSnapshot(`
      "# What is known of NVIDIA's elements, and what was answered

      Asked of: standin 0.1.0, GStreamer 1.22.0, Node 20.0.0, Weir 0.1.0.

      | Group | Asked | Same | Known deviations | Differ | Not known |
      |---|---|---|---|---|---|
      | tracking | 3 | 1 | 1 | 0 | 1 |
      | drawing | 1 | 0 | 0 | 1 | 0 |
      | all | 4 | 1 | 1 | 1 | 1 |

      **1 answers differ.**

      Known deviations:

      1. \`nvstreammux\` takes system memory, I420 or NV12, straight from a CPU decoder, and refuses \`memory:NVMM\`.

      ## tracking

      | Question | Expected | Answer | Verdict | Source |
      |---|---|---|---|---|
      | keeps ids | 1 | 1 | same | guide |
      | keeps ids | 1 | system memory | known deviation 1 | guide |
      | keeps ids | not known | 1 | unknown | guide |

      ## drawing

      | Question | Expected | Answer | Verdict | Source |
      |---|---|---|---|---|
      | draws a \\| b | 1 | 2 | **differs** | guide |
      "
    `);
  });

  it.each([
    ['text as it is', 'a  b\nc', 'a b c'],
    ['a 64-bit number', 2n ** 64n, '"18446744073709551616"'],
    ['nothing', undefined, 'nothing'],
    ['sets', new Set([1, 2]), '[1,2]'],
    ['what is long, cut', 'x'.repeat(400), `${'x'.repeat(299)}…`],
  ])('shows %s', (_, value, text) => expect(shown(value)).toBe(text));
});

describe('docs/conformance.md', () => {
  const page = readFileSync(join(root, 'docs/conformance.md'), 'utf8');

  it('has the deviations of docs/stand-in.md, and no others', () => {
    const listed = [...page.matchAll(/^(\d+)\. (.*) \((?:no question shows it|\d+ questions?)\)$/gm)];
    expect(listed.map(([, number, text]) => ({ number: Number(number), text }))).toEqual(deviations());
    expect(deviations().length).toBeGreaterThan(10);
  });

  it('is what the generator writes, before and behind its counts', () => {
    const around = (text: string) => [text.split('## The stand-in')[0], text.split('## DeepStream 7.1')[1]];
    expect(around(page)).toEqual(around(conformancePage(conformanceReport(VERSIONS, []))));
    expect(around(page)).not.toContain(undefined);
  });
});
