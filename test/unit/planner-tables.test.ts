import { describe, expect, it } from 'vitest';
import {
  type CodecRate,
  decodes,
  DEVICES,
  type Device,
  findDevice,
  listedStreams,
} from '../../src/planner/index.js';
import { GPUS, MODULES, rowsOf, STREAMS_BY_DECODER, THIRTY_1080P30 } from '../support/capacity-tables.js';

const COLUMNS = [
  { width: 1920, height: 1080, fps: 30 },
  { width: 1920, height: 1080, fps: 15 },
  { width: 1920, height: 1080, fps: 10 },
  { width: 1280, height: 720, fps: 30 },
  { width: 1280, height: 720, fps: 15 },
  { width: 640, height: 360, fps: 30 },
] as const;
const CODECS = { 'H.264': 'h264', 'H.265': 'h265' } as const;
const JETSONS = DEVICES.filter(({ kind }) => kind === 'jetson');

describe('streams by decoder alone', () => {
  const rows = rowsOf(STREAMS_BY_DECODER);

  it.each(rows)('of %s in %s', (name, codec, ...cells) => {
    const device = DEVICES.find((each) => each.name === name) as Device;
    const rate = device.decode[CODECS[codec as keyof typeof CODECS]];
    expect([...COLUMNS.map((format) => String(listedStreams(rate, format))), rate.trust]).toEqual(cells);
  });

  it('are told of every module in both codecs', () => {
    expect(rows.map(([name, codec]) => `${name} ${codec}`)).toEqual(
      JETSONS.flatMap(({ name }) => ['H.264', 'H.265'].map((codec) => `${name} ${codec}`)),
    );
  });
});

describe('thirty streams of 1920x1080 at 30 fps', () => {
  it.each(['h264', 'h265'] as const)('in %s are decoded by', (codec) => {
    const format = { width: 1920, height: 1080, fps: 30, codec };
    const found: Record<string, Record<string, number | null>> = { yes: {}, paper: {}, no: {} };
    for (const device of JETSONS)
      (found[decodes(device, 30, format)] ?? {})[device.id] = listedStreams(device.decode[codec], format);
    expect(found).toEqual(THIRTY_1080P30[codec]);
  });

  it('in H.265 are decoded by T4000 even by the data sheet at 70 W', () => {
    expect(findDevice('thor-t4000').h265At70W).toMatchObject({ streams1080p30: 36, trust: 'datasheet' });
  });
});

/** Numbers of a cell, in order. */
const numbers = (cell = '') => [...cell.matchAll(/\d+(?:\.\d+)?/g)].map(([text]) => Number(text));

/** `?`: not known, or not confirmed. Pages round and cut off: within one of the last digit. */
function expectAbout(value: number | 'none' | null, cell: string): void {
  if (cell === '?' || cell === 'none') return expect(value).toBe(cell === '?' ? null : 'none');
  const [number = NaN] = numbers(cell.replace(/^FP8 /, ''));
  const digit = 10 ** -(/\.(\d+)/.exec(cell)?.[1]?.length ?? 0);
  expect(Math.abs(Number(value) - number), `${value} of ${cell}`).toBeLessThan(digit);
}

function decoderCell(rate: CodecRate | 'none' | null): string {
  if (rate === 'none') return '-';
  return `${rate?.streams1080p30}${rate?.trust === 'unconfirmed' ? '?' : ''}`;
}

describe('the table of modules', () => {
  const rows = rowsOf(MODULES);

  it('has every one', () => {
    expect(rows.map(([id]) => id)).toEqual(JETSONS.map(({ id }) => id));
  });

  it.each(rows)(
    'has the row of %s',
    (id, gpu, sm, marketing = '', int8 = '', fp16 = '', memory, dla, ...rest) => {
      const device = findDevice(id ?? '');
      const { ai, decode, encode } = device;
      const [nvdec, nvenc, power] = rest;
      expect(`${device.gpu.arch} ${device.gpu.computeCapability}`).toBe(gpu);
      expect([device.gpu.sm, device.dla]).toEqual([Number(sm), Number(dla)]);
      expect([...numbers(ai.marketing), ...numbers(device.super?.marketing)]).toEqual(numbers(marketing));
      expectAbout(ai.fp8DenseTflops ?? ai.int8DenseTops, int8);
      if (int8.includes('('))
        expectAbout(device.super?.int8DenseTops ?? null, /\((.+)\)/.exec(int8)?.[1] ?? '');
      expectAbout(ai.fp16DenseTflops, fp16);
      expect(ai.trust === 'unconfirmed').toBe(/\d\?/.test(int8 + fp16));
      expect(device.super?.trust === 'unconfirmed').toBe(marketing.endsWith('?)'));
      const [gib, gbPerSecond, gbPerSecondSuper] = numbers(memory);
      expect(device.memory).toMatchObject({ gib, gbPerSecond });
      if (gbPerSecondSuper !== undefined) expect(device.super?.gbPerSecond).toBe(gbPerSecondSuper);
      expect([decode.h264, decode.h265, decode.av1].map(decoderCell).join(' / ')).toBe(nvdec);
      expect(encode === 'none' ? encode : encode.listed).toBe(nvenc);
      expect(device.power).toBe(power);
    },
  );
});

describe('the table of GPUs', () => {
  const rows = rowsOf(GPUS);

  it('has every one', () => {
    expect(rows.map(([id]) => id)).toEqual(DEVICES.filter(({ kind }) => kind === 'dgpu').map(({ id }) => id));
  });

  it.each(rows)('has the row of %s', (id, cc, sm, compute, memory, nvdec, av1, nvenc) => {
    const { gpu, ai, decode, encode, ...device } = findDevice(id ?? '');
    expect([gpu.computeCapability, String(gpu.sm)]).toEqual([cc, sm]);
    expect([ai.int8DenseTops, ai.fp16DenseTflops]).toEqual(numbers(compute));
    expect([device.memory.gib, device.memory.gbPerSecond]).toEqual(numbers(memory));
    expect([String(decode.engines), decode.av1 === 'none' ? 'no' : 'yes']).toEqual([nvdec, av1]);
    expect(encode === 'none' ? 'no' : 'yes').toBe(nvenc);
  });
});
