import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MODULES } from '../../src/device/modules.js';
import { CONSTANTS, PASSES } from '../../src/planner/data/constants.js';
import { DEVICES } from '../../src/planner/data/devices.js';
import { PUBLISHED } from '../../src/planner/data/published.js';
import { SOURCES } from '../../src/planner/data/sources.js';
import { TRUST } from '../../src/planner/types.js';

/** Nothing is zero that is not known: every figure is above it, or null. */
const figure = z.number().positive();
const word = z.string().min(1);
const origin = {
  source: z.enum(Object.keys(SOURCES) as [string, ...string[]]),
  trust: z.enum(TRUST).exclude(['given']),
};
const rate = z.strictObject({
  streams1080p30: figure.int().nullable(),
  mpixPerSecond: figure.nullable(),
  maxMbps: figure.nullable(),
  ...origin,
});
const device = z.strictObject({
  kind: z.enum(['jetson', 'dgpu']),
  id: z.string().regex(/^[a-z0-9-]+$/),
  name: word,
  family: z.enum(['Nano', 'TX2', 'Xavier', 'Orin', 'Thor', 'GPU']),
  gpu: z.strictObject({ arch: word, computeCapability: z.string().regex(/^\d+\.\d$/), sm: figure.int() }),
  ai: z.strictObject({
    marketing: word.optional(),
    int8DenseTops: z.union([figure, z.literal('none')]).nullable(),
    fp16DenseTflops: figure.nullable(),
    fp8DenseTflops: figure.optional(),
    ...origin,
  }),
  super: z
    .strictObject({ marketing: word, int8DenseTops: figure.nullable(), gbPerSecond: figure, ...origin })
    .optional(),
  memory: z.strictObject({ gib: figure.int(), gbPerSecond: figure, unified: z.boolean(), ...origin }),
  dla: z.int().min(0).max(2),
  decode: z.strictObject({
    engines: figure.int(),
    h264: rate,
    h265: rate,
    av1: z.union([rate, z.literal('none')]).nullable(),
  }),
  h265At70W: z.strictObject({ streams1080p30: figure.int(), ...origin }).optional(),
  videoClockMhz: figure.optional(),
  encode: z.union([
    z.literal('none'),
    z.strictObject({ h264: rate.nullable(), h265: rate.nullable(), listed: word.optional() }),
  ]),
  jpeg: z
    .strictObject({ engines: figure.int(), mpixPerSecondPerEngine: figure.nullable(), ...origin })
    .nullable(),
  power: word.optional(),
  lastDeepstream: z.string().regex(/^\d+\.\d+(\.\d+)?$/),
});
const published = z.strictObject({
  device: z.enum(DEVICES.map(({ id }) => id)),
  model: z.string().regex(/^[a-z0-9]+$/),
  precision: z.enum(['fp16', 'int8']),
  width: figure.int(),
  height: figure.int(),
  fps: figure,
  of: z.enum(['engine', 'pipeline']),
  batch: figure.int().nullable(),
  superMode: z.boolean(),
  ...origin,
});

describe('the figures', () => {
  it.each(DEVICES)('of $name have a source, a trust level and no zero', (each) => {
    expect(device.parse(each)).toEqual(each);
  });

  it('refuse what the check is for', () => {
    const [nano] = DEVICES;
    const bad = { ...nano, memory: { ...nano?.memory, gbPerSecond: 0 } };
    expect(device.safeParse(bad).success).toBe(false);
    expect(device.safeParse({ ...nano, more: 1 }).success).toBe(false);
  });

  it('name each device and module once', () => {
    const ids = DEVICES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const jetsons = DEVICES.filter(({ kind }) => kind === 'jetson').map(({ id }) => id);
    expect(MODULES.map(({ id }) => id)).toEqual(jetsons);
  });

  it('that were published are of known devices, each once', () => {
    expect(z.array(published).parse(PUBLISHED)).toEqual(PUBLISHED);
    const keys = PUBLISHED.map(({ fps: _, ...key }) => JSON.stringify(key));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('without a source are unconfirmed, and say so', () => {
    const rates = DEVICES.flatMap(({ decode: { h264, h265 } }) => [h264, h265]);
    const sourceless = rates.filter(({ source }) => source === 'none');
    expect(sourceless.map(({ trust }) => trust)).toEqual(['unconfirmed', 'unconfirmed', 'unconfirmed']);
  });

  it('of the formula are those of the planning page', () => {
    expect(Object.entries(CONSTANTS).map(([name, { value, trust }]) => [name, value, trust])).toEqual([
      ['codecMargin', 0.9, 'vendor'],
      ['smallFrame', 0.8, 'unconfirmed'],
      ['memoryShare', 0.6, 'derived'],
      ['pipelineEfficiency', 0.6, 'derived'],
      ['systemBytes', 1.5e9, 'derived'],
    ]);
    const passes = Object.values(PASSES).reduce((sum, { stream, mux }) => sum + stream + mux, 0);
    expect(passes).toBe(9);
  });
});
