import { describe, expect, test } from 'vitest';
import { quantile, times } from '../support/times.js';
import { trend } from '../support/trend.js';

const noise = (seed: number): number => Math.abs(Math.sin(seed * 12.9898) * 43_758.5453) % 1;

describe('trend', () => {
  test('growth above the noise is found, with its slope', () => {
    const grown = Array.from({ length: 40 }, (_, i) => 100 + 2 * i + 10 * noise(i));
    const { slope, chance } = trend(grown);
    expect(slope).toBeCloseTo(2, 0);
    expect(chance).toBeLessThan(0.001);
  });

  test('noise is not growth', () => {
    expect(trend(Array.from({ length: 40 }, (_, i) => noise(i))).chance).toBeGreaterThan(0.01);
  });

  test('one outlier does not make a trend', () => {
    const { slope, chance } = trend([...Array.from({ length: 20 }, () => 5), 1000]);
    expect(slope).toBe(0);
    expect(chance).toBeGreaterThan(0.01);
  });

  test('constant and shrinking series do not grow', () => {
    expect(trend([3, 3, 3, 3, 3, 3]).chance).toBeGreaterThan(0.4);
    expect(trend([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]).chance).toBeGreaterThan(0.99);
  });
});

describe('times', () => {
  test('a quantile is a value that was seen', () => {
    const values = Array.from({ length: 20 }, (_, i) => 20 - i);
    expect(quantile(values, 0.5)).toBe(10);
    expect(quantile(values, 0.95)).toBe(19);
    expect(quantile(values, 1)).toBe(20);
    expect(quantile([7], 0.95)).toBe(7);
  });

  test('nothing measured is nothing told', () => {
    expect(times([])).toBeUndefined();
    expect(times([1.4, 2.6])).toEqual({ count: 2, median: 1, p95: 3, worst: 3, all: [1, 3] });
  });
});
