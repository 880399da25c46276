/** What every benchmark stands on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { benchOptions } from '../bench/lib/options.js';
import { barChart, lineChart } from '../bench/lib/plot.js';
import { cpuOfTree } from '../bench/lib/processes.js';
import { inTurns } from '../bench/lib/rounds.js';
import { line, median, ratios, showSpread, spread } from '../bench/lib/statistics.js';
import { markdownTable, textTable } from '../bench/lib/table.js';

test.each([
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
  [[7], 7],
])('the median of %j is %d', (values, expected) => expect(median(values)).toBe(expected));

test('ratios are taken within a round, not between medians', () => {
  expect(ratios([1, 20, 3], [2, 10, 3])).toEqual({ median: 1, least: 0.5, most: 2, all: [0.5, 2, 1] });
});

test('a spread is shown with its ends, a single value without', () => {
  expect([showSpread(spread([1, 2, 4])), showSpread(spread([1.234]), 1)]).toEqual([
    '2.00 (1.00–4.00)',
    '1.2',
  ]);
});

test('one bad point does not move the line through the others', () => {
  const { slope, intercept } = line([
    [1, 3],
    [2, 5],
    [3, 100],
    [4, 9],
    [5, 11],
  ]);
  expect([slope, intercept]).toEqual([2, 1]);
});

test('contestants take turns, every other round backwards', async () => {
  const order: string[] = [];
  const contestants = ['a', 'b', 'c'].map((name) => ({
    name,
    measure: async (round: number, earlier: ReadonlyMap<string, string>) => {
      order.push(`${name}${round}`);
      return `${name}${round} after ${[...earlier.keys()].join()}`;
    },
  }));
  const samples = await inTurns(contestants, { rounds: 2 });
  expect(order).toEqual(['a1', 'b1', 'c1', 'c2', 'b2', 'a2']);
  expect(samples.get('a')).toEqual(['a1 after ', 'a2 after c,b']);
});

test('CPU time of a process is that of its children too, alive or ended', async () => {
  const burn = 'const end = process.cpuUsage().user + 3e5; while (process.cpuUsage().user < end);';
  const child = `require('child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(burn)}]);`;
  const shell = spawn(process.execPath, ['-e', `${child} console.log(''); process.stdin.resume()`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    await once(shell.stdout, 'data');
    expect(cpuOfTree(shell.pid ?? -1)).toBeGreaterThanOrEqual(0.3);
  } finally {
    shell.kill('SIGKILL');
  }
});

test('options have the types of their defaults', () => {
  const defaults = { streams: 8, sizes: [1, 2], model: 'm' };
  const read = (...argv: string[]) => benchOptions(defaults, argv);
  expect(read().values).toEqual(defaults);
  expect(read('--streams', '4', '--sizes', '3,5', '--json')).toEqual({
    values: { streams: 4, sizes: [3, 5], model: 'm' },
    json: true,
  });
  expect(() => read('--streams', 'many')).toThrow('--streams: "many" is no number');
  expect(() => read('--cameras', '4')).toThrow('cameras');
});

test('a table leans numbers to the right, and survives a pipe in Markdown', () => {
  const table = {
    head: ['who', 'ms'],
    rows: [
      ['a|b', '1.5'],
      ['c', '12'],
    ],
  };
  expect(textTable(table)).toBe('who   ms\n---  ---\na|b  1.5\nc     12');
  expect(markdownTable(table)).toBe('| who | ms |\n|---|---:|\n| a\\|b | 1.5 |\n| c | 12 |');
});

test('a chart draws every point that is known, and none that is not', () => {
  const chart = lineChart({
    title: 'a < b',
    x: 'streams',
    y: 'ms',
    logarithmic: true,
    series: [
      {
        name: 'one',
        points: [
          { x: 1, y: 1, least: 0.5, most: 3 },
          { x: 8, y: 80 },
        ],
      },
      {
        name: 'two',
        points: [
          { x: 1, y: 10 },
          { x: 8, y: Number.NaN },
        ],
      },
    ],
  });
  expect(chart.match(/<circle/g)).toHaveLength(3);
  expect(chart).toContain('<title>a &lt; b</title>');
  expect(chart).not.toContain('NaN');
});

test('bars stand in groups, one colour per series', () => {
  const point = (x: number) => ({ x, y: x + 1 });
  const chart = barChart({
    title: 't',
    y: 'y',
    groups: ['g', 'h'],
    series: [
      { name: 'one', points: [0, 1].map(point) },
      { name: 'two', points: [0, 1].map(point) },
    ],
  });
  expect(chart.match(/<rect [^>]*fill="#0072b2"/g)).toHaveLength(3);
  expect(chart.match(/<rect [^>]*fill="#d55e00"/g)).toHaveLength(3);
});
