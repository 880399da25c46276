/**
 * Whatever objects there are, messages of every format are read by others, and say the same of the same objects: those
 * with numbers that are numbers, and a box that is in the picture.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Detections, readDetections } from '../../src/messages/detections.js';
import { INDEX_STRIDE } from '../../src/native/types.js';
import { type BatchSource, type Frame, loadSource, type SourceOptions } from '../bench/metadata/source.js';
import type { Format } from '../bench/metadata/ways.js';
import { buildDir, root } from '../support/paths.js';
import { wireFaults } from '../support/wire.js';

const PICTURE = { width: 1920, height: 1080 };
const SIZE = { streams: 3, objects: 12 };
const UNTRACKED = String(2n ** 64n - 1n);
const published = protobuf.loadSync(join(root, 'docs/weir.proto')).lookupType('weir.v1.Detections');
const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

beforeAll(() => {
  execFileSync('cmake', ['--build', buildDir, '--target', 'weir_bench'], { stdio: 'ignore' });
}, 300_000);

/** What the native side hands over for one batch. */
async function handedOver<T>(options: Pick<SourceOptions, 'way' | 'seed'>, read: Read<T>): Promise<T[]> {
  const Source = loadSource();
  const all: T[] = [];
  const source = new Source({ ...SIZE, ...options }, (frames?: readonly Frame[]) => {
    all.push(...read(source, frames ?? []));
    source.done();
  });
  await source.run(1, 0);
  source.close();
  return all;
}

type Read<T> = (source: BatchSource, frames: readonly Frame[]) => T[];

const objects = (seed: number): Promise<Frame[]> =>
  handedOver({ way: 'objects', seed }, (_, frames) => [...frames]);

const messages = (way: Format, seed: number): Promise<Buffer[]> =>
  handedOver({ way, seed }, (source) => {
    const found: Buffer[] = [];
    for (let batch = source.takeBatch(); batch; batch = source.takeBatch()) {
      const { bytes, index } = batch;
      for (let at = 0; at < index.length; at += INDEX_STRIDE) {
        const offset = index[at + 1] ?? 0;
        found.push(Buffer.from(bytes.subarray(offset, offset + (index[at + 2] ?? 0))));
      }
      source.releaseBatch(batch.id);
    }
    return found;
  });

type Raw = Frame['objects'][number];

/** The part of the box that is in the picture; undefined where none is. */
function cut({ left, top, width, height }: Raw) {
  const [right, bottom] = [left + width, top + height];
  if (![left, top, right, bottom].every(Number.isFinite)) return undefined;
  const [x, y] = [Math.max(left, 0), Math.max(top, 0)];
  const box = {
    left: x,
    top: y,
    width: Math.min(right, PICTURE.width) - x,
    height: Math.min(bottom, PICTURE.height) - y,
  };
  return box.width > 0 && box.height > 0 ? box : undefined;
}

const shown = (frame: Frame): Raw[] =>
  frame.objects.filter((object) => Number.isFinite(object.confidence) && cut(object) !== undefined);

/** How many replacement characters stand for spoilt bytes is up to whoever decodes them. */
const readable = (label: string): string => label.replace(/\uFFFD+/g, '\uFFFD');

const clamp = (value: number): number => Math.min(1, Math.max(-1, value));

/** Faults of a message against the objects it should show; `slack` is what its numbers may be off by. */
function compare(frame: Frame, message: Detections, slack: { box: number; confidence: number }): string[] {
  const expected = shown(frame);
  if (message.objects.length !== expected.length)
    return [`${message.objects.length} objects instead of ${expected.length}`];
  return expected.flatMap((raw, i) => {
    const found = message.objects[i];
    const box = cut(raw);
    if (!found || !box) return ['nothing'];
    const off = Object.entries(box).filter(
      ([edge, value]) => !(Math.abs(found.box[edge as keyof typeof box] - value) <= slack.box),
    );
    return [
      ...off.map(([edge, value]) => `${edge} ${found.box[edge as keyof typeof box]} instead of ${value}`),
      ...((found.id ?? UNTRACKED) === raw.id ? [] : [`id ${found.id} instead of ${raw.id}`]),
      ...(readable(found.label) === readable(raw.label)
        ? []
        : [`label ${found.label} instead of ${raw.label}`]),
      ...(Math.abs((found.confidence ?? NaN) - clamp(raw.confidence)) <= slack.confidence
        ? []
        : ['confidence']),
    ];
  });
}

/** Two decimals, four of the confidence, and what a float adds. */
const ROUNDED = { box: 0.0051, confidence: 0.000051 };

const text = new TextDecoder('utf-8', { fatal: true });

describe('objects at random', () => {
  it('are JSON that fits the schema', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const [frames, bytes] = [await objects(seed), await messages('json', seed)];
        expect(bytes).toHaveLength(SIZE.streams);
        for (const [i, frame] of frames.entries()) {
          const message = JSON.parse(text.decode(bytes[i])) as Detections;
          expect(wireFaults(message)).toEqual([]);
          expect(compare(frame, message, ROUNDED)).toEqual([]);
        }
      }),
    );
  });

  it('are protobuf of the published schema, which our reader reads as the library does', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const [frames, bytes] = [await objects(seed), await messages('protobuf', seed)];
        const json = (await messages('json', seed)).map((each) => JSON.parse(each.toString()) as Detections);
        for (const [i, frame] of frames.entries()) {
          const [raw, own] = [bytes[i] as Buffer, readDetections(bytes[i] as Buffer)];
          if (!own) return expect.unreachable();
          const options = { longs: String, defaults: true, arrays: true };
          const read = published.toObject(published.decode(raw), options) as Pick<Detections, 'objects'>;
          const withIds = read.objects.map((each) => ({ ...each, id: each.id || UNTRACKED }));
          expect(compare(frame, { ...own, objects: withIds }, { box: 2e-4, confidence: 1e-7 })).toEqual([]);
          expect(compare(frame, own, ROUNDED)).toEqual([]);
          const classes = (of: Pick<Detections, 'objects'> | undefined) =>
            of?.objects.map((each) => each.class);
          expect([classes(read), classes(own)]).toEqual([classes(json[i]), classes(json[i])]);
        }
      }),
    );
  });

  it('are six fields each in the minimal schema', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const [frames, bytes] = [await objects(seed), await messages('nvds-minimal', seed)];
        for (const [i, frame] of frames.entries()) {
          const { objects: found } = JSON.parse(text.decode(bytes[i])) as { objects: string[] };
          const expected = shown(frame);
          expect(found).toHaveLength(expected.length);
          for (const [k, raw] of expected.entries()) {
            const [id, left, top, right, bottom, label = '', ...more] = found[k]?.split('|') ?? [];
            expect([id, more]).toEqual([raw.id, []]);
            expect(readable(label)).toBe(readable(raw.label.replaceAll('|', '/')));
            const edges = [raw.left, raw.top, raw.left + raw.width, raw.top + raw.height];
            for (const [n, edge] of [left, top, right, bottom].entries()) {
              const value = edges[n] ?? NaN;
              expect(Math.abs(Number(edge) - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-5 + 1e-3);
            }
          }
        }
      }),
    );
  });
});
