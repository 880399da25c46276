/** Messages of detections read back, held against readers and writers of another make. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { readDetections } from '../../src/messages/detections.js';
import { DetectionView } from '../../src/messages/view.js';
import { root } from '../support/paths.js';
import { wireFaults } from '../support/wire.js';

const doc = readFileSync(join(root, 'docs/wire.md'), 'utf8');
const published = protobuf.loadSync(join(root, 'docs/weir.proto')).lookupType('weir.v1.Detections');

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

const float = fc.float({ min: 0, max: 5000, noNaN: true, noDefaultInfinity: true });
const object = fc.record({
  id: fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 2n }).map(String), { nil: undefined }),
  class: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  label: fc.string({ unit: 'grapheme', maxLength: 40 }),
  confidence: fc.float({ min: -1, max: 1, noNaN: true }),
  box: fc.record({ left: float, top: float, width: float, height: float }),
});
const message = fc.record({
  stream: fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,62}$/),
  run: fc.stringMatching(/^[0-9a-f]{8}\.\d{1,9}$/),
  epoch: fc.nat(),
  sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  frame: fc.nat(),
  pts: fc.option(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), { nil: undefined }),
  clock: fc.constantFrom('local' as const, 'rtcp' as const),
  width: fc.nat(8192),
  height: fc.nat(8192),
  inferred: fc.boolean(),
  objects: fc.array(object, { maxLength: 8 }),
});

const TIME = { ns: '1795374000123456789', text: '2026-11-22T19:00:00.123456Z' };

/** What the library writes of it. */
function written(value: object): Uint8Array {
  const { clock, ...rest } = value as { clock: string };
  const told = { ...rest, timeNs: TIME.ns, clock: clock === 'rtcp' ? 2 : 1 };
  return published.encode(published.fromObject(told)).finish();
}

const round = (value: number, per: number) => Math.round(Math.fround(value) * per) / per;

describe('protobuf', () => {
  it('written by a library with the published schema is read as what it is', () => {
    fc.assert(
      fc.property(message, (value) => {
        const objects = value.objects.map(({ id, confidence, box, ...rest }) => ({
          ...(id !== undefined && { id }),
          ...rest,
          confidence: round(confidence, 1e4),
          box: Object.fromEntries(Object.entries(box).map(([side, at]) => [side, round(at, 100)])),
        }));
        const { pts, ...rest } = value;
        const expected = { schema: 'weir.detections.v1', time: TIME.text, ...rest, objects };
        expect(readDetections(written(value))).toEqual(pts === undefined ? expected : { ...expected, pts });
      }),
      { numRuns: 200 },
    );
  });

  it('that is cut off or altered is refused or read, and never anything else', () => {
    fc.assert(
      fc.property(message, fc.nat(), fc.nat(255), (value, at, byte) => {
        const whole = written(value);
        const altered = Uint8Array.from(whole);
        altered[at % whole.length] = byte;
        for (const odd of [whole.subarray(0, at % whole.length), altered]) {
          const read = readDetections(odd);
          expect(read === undefined || Array.isArray(read.objects)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('with fields newer than this program is read without them', () => {
    const base = { stream: 'cam-1', run: 'r', sequence: 1, clock: 'local', objects: [] };
    // Fields 100 to 103: a varint, eight bytes, four bytes, a text.
    const newer = [0xa0, 6, 5, 0xa9, 6, 1, 2, 3, 4, 5, 6, 7, 8, 0xb5, 6, 1, 2, 3, 4, 0xba, 6, 2, 0x68, 0x69];
    const read = readDetections(Buffer.concat([written(base), Uint8Array.from(newer)]));
    expect(read).toMatchObject({ stream: 'cam-1', sequence: 1, objects: [] });
  });
});

describe('other messages', () => {
  it('in JSON are read as they are, as the documentation has them', () => {
    const example = JSON.parse(/```json\n(.*?)```/s.exec(doc)?.[1] ?? '') as object;
    expect(wireFaults(example)).toEqual([]);
    expect(readDetections(bytes(example))).toEqual(example);
  });

  it('in the minimal schema are read, with classifiers and without', () => {
    const objects = ['17|1.5|2|31.5|82|person', '18446744073709551615|0|0|1|1|car|#|red|sedan|0.75'];
    const minimal = { version: '4.0', id: '42', '@timestamp': TIME.text, sensorId: 'cam-1', objects };
    expect(readDetections(bytes(minimal))).toEqual({
      ...{ schema: 'nvds-minimal', stream: 'cam-1', frame: 42, time: TIME.text },
      objects: [
        { id: '17', label: 'person', box: { left: 1.5, top: 2, width: 30, height: 80 } },
        { label: 'car', confidence: 0.75, box: { left: 0, top: 0, width: 1, height: 1 } },
      ],
    });
  });

  it.each(['', '{', 'null', '[]', '"text"', '{}', '{"version":"4.0"}', '\n\x7fcam', '\x0a\xff\xff\xff\xff'])(
    '%j is none',
    (text) => expect(readDetections(Buffer.from(text, 'latin1'))).toBeUndefined(),
  );
});

describe('a view', () => {
  const FACTS = { objectCount: 1, ageMs: 0.5 };
  const example = bytes({ schema: 'weir.detections.v1', stream: 'cam-1', objects: [{ label: 'a' }] });

  it('decodes once, when it is looked into', () => {
    const view = new DetectionView('s', example, FACTS);
    expect(view).toMatchObject(FACTS);
    expect(view.objects).toBe(view.objects);
    expect(view.objects).toEqual([{ label: 'a' }]);
  });

  it('is of no use after its time, but what was taken from it is', () => {
    const view = new DetectionView('weir.gate.cam-1.detections', example, FACTS);
    const { message } = view;
    view.close();
    expect(view.message).toBe(message);
    expect(() => view.bytes).toThrow('a message on weir.gate.cam-1.detections was read after its time');
    const unread = new DetectionView('s', example, FACTS);
    unread.close();
    expect(() => unread.objects).toThrow('after its time');
  });
});
