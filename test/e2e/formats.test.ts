/** Every format out of the real addon, read by others: ajv, protobufjs with docs/weir.proto, and a reader of nvmsgconv's. */
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import type { Graph } from '../../src/graph/types.js';
import { type Detections, readDetections } from '../../src/messages/detections.js';
import { Pipeline } from '../../src/native/pipeline.js';
import { fakeLink } from '../support/fake-link.js';
import { startLocal } from '../support/local-worker.js';
import { footage, H264, root } from '../support/paths.js';
import { specText } from '../support/spec.js';
import { until } from '../support/wait.js';
import { wireFaults } from '../support/wire.js';

const SUBJECT = 'weir.gate.square.detections';
const MUX = { width: 320, height: 180 };
const COUNT = 5;
const published = protobuf.loadSync(join(root, 'docs/weir.proto')).lookupType('weir.v1.Detections');

/** Bytes of the first messages with objects, and what a subscriber in the process saw of them. */
async function messages(metadata: object): Promise<{ bytes: Uint8Array; seen: Detections }[]> {
  const [sent, shown, seen] = [[] as Uint8Array[], [] as Uint8Array[], [] as Detections[]];
  const link = {
    ...fakeLink(),
    publish: (subject: string, data: Uint8Array) => {
      if (subject === SUBJECT) sent.push(Uint8Array.from(data));
    },
  };
  const pipeline = {
    ...{ mux: MUX, slots: 1, metadata },
    detector: { model: 'nanodet-320x256', rate: 5 },
    tracker: { probationAge: 0 },
    streams: [{ id: 'square', uri: `file://${H264}` }],
  };
  const text = specText('nats://127.0.0.1:1', pipeline, { mediaRoot: footage('') });
  await using local = await startLocal(text, { openLink: () => link });
  local.worker.onDetections((view) => {
    shown.push(Uint8Array.from(view.bytes));
    seen.push(view.message);
  });
  const full = () => seen.filter(({ objects }) => objects.length > 0).length >= COUNT;
  await until('enough messages have objects', full);
  await local.worker.stop();
  expect(shown).toEqual(sent);
  return seen.map((each, i) => ({ bytes: sent[i] as Uint8Array, seen: each }));
}

const inside = (objects: Detections['objects'], { width, height }: { width: number; height: number }) =>
  objects.every(({ box }) => box.left + box.width <= width + 0.01 && box.top + box.height <= height + 0.01);

test('json fits the schema, and its numbers have no gap', async () => {
  const all = await messages({ format: 'json' });
  for (const [i, { bytes, seen }] of all.entries()) {
    expect(wireFaults(JSON.parse(Buffer.from(bytes).toString()))).toEqual([]);
    expect(seen).toMatchObject({ sequence: i + 1, run: all[0]?.seen.run, stream: 'square' });
    expect(inside(seen.objects, { width: 640, height: 360 })).toBe(true);
  }
});

test('protobuf is what the published schema says', async () => {
  for (const [i, { bytes, seen }] of (
    await messages({ format: 'protobuf', classes: ['person'] })
  ).entries()) {
    const read = published.toObject(published.decode(bytes), { longs: String, enums: String }) as {
      timeNs: string;
      objects?: { id?: string; label: string; class?: number; box: object; confidence: number }[];
    };
    expect(read).toMatchObject({
      ...{ stream: 'square', run: seen.run, sequence: String(i + 1), frame: seen.frame },
      ...{ clock: 'CLOCK_LOCAL', width: 640, height: 360, inferred: seen.inferred },
    });
    expect(Date.parse(seen.time)).toBe(Number(BigInt(read.timeNs) / 1_000_000n));
    // All of them: nothing is there that the library does not know.
    expect(published.encode(published.fromObject(read)).finish().length).toBeLessThanOrEqual(bytes.length);
    const objects = read.objects ?? [];
    expect(objects.map(({ id, label }) => [id, label])).toEqual(seen.objects.map((o) => [o.id, o.label]));
    expect(objects.every(({ label }) => label === 'person')).toBe(true);
    expect(inside(seen.objects, { width: 640, height: 360 })).toBe(true);
    expect(wireFaults(seen)).toEqual([]);
    expect(readDetections(bytes)).toEqual(seen);
  }
});

test('the minimal schema is read by what reads nvmsgconv, in pixels of the mux', async () => {
  const all = await messages({ format: 'nvds-minimal', trackedOnly: true });
  for (const { bytes, seen } of all) {
    const read = JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
    expect(Object.keys(read)).toEqual(['version', 'id', '@timestamp', 'sensorId', 'objects']);
    expect(read).toMatchObject({ version: '4.0', id: String(seen.frame), sensorId: 'square' });
    expect(read['@timestamp']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    for (const object of read.objects as string[]) {
      const fields = object.split('|');
      expect(fields).toHaveLength(6);
      expect(BigInt(fields[0] as string)).toBeLessThan(2n ** 64n - 1n);
      const [x1 = NaN, y1 = NaN, x2 = NaN, y2 = NaN] = fields.slice(1, 5).map(Number);
      expect([x1 < x2, y1 < y2, x2 < MUX.width * 1.1, y2 < MUX.height * 1.1]).toEqual([
        true,
        true,
        true,
        true,
      ]);
    }
  }
});

test.each([
  [{ format: 'xml' }, 'graph.messages.format is a string, expected json, protobuf or nvds-minimal'],
  [{ every: 0 }, 'graph.messages.every is 0, expected an integer from 1 to 1000000'],
  [{ minConfidence: 2 }, 'graph.messages.minConfidence is 2, expected a number from 0 to 1'],
  [{ trackedOnly: 1 }, 'graph.messages.trackedOnly is 1, expected true or false'],
  [{ classIds: [-1] }, 'graph.messages.classIds[0] is -1, expected an integer from 0 to 1000000'],
  [{ onChange: { moved: 1 } }, 'graph.messages.onChange.heartbeatMs is missing, expected a value'],
])('the addon refuses %j', (wrong, message) => {
  const messages = { format: 'json', minConfidence: 0, trackedOnly: false, every: 1, ...wrong };
  const graph = {
    ...{ provider: 'standin', nodes: [], links: [], slots: { count: 1, mux: 'mux', teePrefix: 'tee_' } },
    ...{
      metadata: { node: 'mux' },
      gate: { node: 'mux' },
      templates: { sources: {}, branches: {} },
      messages,
    },
  } as unknown as Graph;
  expect(() => Pipeline.open(graph, { onEvent: () => {}, onBatch: () => {} })).toThrow(message);
});
