/** The demo, as somebody runs it who has just set everything up. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CLI } from '../support/appliance.js';
import { run } from '../support/process.js';
import { tempDir } from '../support/temp.js';

interface Summary {
  readonly wallSeconds: number;
  readonly streams: readonly {
    readonly id: string;
    readonly framesInferred: number;
    readonly detections: number;
    readonly tracks: number;
    readonly published: number;
  }[];
}

/** Inferences per second and camera that the demo asks for. */
const RATE = 5;

test('shows its cameras, infers as often as it says and no more, and ends with pictures and nothing amiss', async () => {
  await using out = await tempDir();
  const options = ['--streams', '2', '--for', '8', '--json', '--out', out.path];
  const { code, stdout, stderr } = await run(process.execPath, [CLI, 'demo', ...options]);
  expect(code, stderr).toBe(0);
  const { wallSeconds, streams } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Summary;
  expect(streams.map(({ id }) => id)).toEqual(['cam-1', 'cam-2']);
  for (const { id, framesInferred, detections, tracks, published } of streams) {
    expect(Math.min(detections, tracks, published), id).toBeGreaterThan(0);
    expect(framesInferred, id).toBeGreaterThan(RATE);
    expect(framesInferred, id).toBeLessThanOrEqual(RATE * wallSeconds + 2);
    const picture = await readFile(join(out.path, `${id}.jpg`));
    expect(picture.subarray(0, 2), id).toEqual(Buffer.from([0xff, 0xd8]));
  }
  const log = await readFile(join(out.path, 'appliance.log'), 'utf8');
  expect(log).toContain('JetStream takes events');
  expect(log).not.toContain('JetStream does not take events');
});
