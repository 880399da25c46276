import { expect, it } from 'vitest';
import { printable } from '../../src/net/printable.js';

it.each([
  ['plain words', 'plain words'],
  ['a\u001b[31mred\u001b[0m', 'a [31mred [0m'],
  ['two\r\nlines\ttab', 'two lines tab'],
  ['turned\u202earound\u2066', 'turned around'],
  ['\u0000', ''],
  ['zero\u200bwidth', 'zero width'],
  ['摄像机 é', '摄像机 é'],
])('%j is printed as %j', (text, line) => expect(printable(text)).toBe(line));

it('is cut', () => expect(printable('x'.repeat(500), 10)).toBe(`${'x'.repeat(9)}…`));
