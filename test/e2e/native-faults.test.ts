/** The stand-in fails on request, and what the addon makes of it. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createBreadcrumb, readBreadcrumb } from '../../src/native/breadcrumb.js';
import { loadBinding } from '../../src/native/loader.js';
import type { NativeEvent, SlotCounter } from '../../src/native/types.js';
import { type Camsim, startCamsim } from '../support/camsim.js';
import { type OpenPipeline, openPipeline } from '../support/open-pipeline.js';
import { footage, H264, root } from '../support/paths.js';
import { Running } from '../support/process.js';
import { type TempDir, tempDir } from '../support/temp.js';
import { pass, until } from '../support/wait.js';

const NVIDIA = loadBinding().info().provider === 'nvidia';

let dir: TempDir;
let file: string;
let cameras: Camsim;

beforeAll(async () => {
  dir = await tempDir();
  file = join(dir.path, 'faults');
  process.env.WEIR_STANDIN_FAULTS = file; // before the first pipeline loads the plugin
  cameras = await startCamsim({
    cameras: [
      { id: 'small', file: H264, fps: 15 },
      { id: 'large', file: footage('vtest-576.h264'), fps: 15 },
    ],
  });
});
afterAll(async () => {
  await cameras[Symbol.asyncDispose]();
  await dir.remove();
});
beforeEach(() => rmSync(file, { force: true }));

/** From now on. As a whole: whoever reads sees the old or the new. */
function askFor(...faults: readonly string[]): void {
  writeFileSync(`${file}.new`, faults.map((line) => `${line}\n`).join(''));
  renameSync(`${file}.new`, file);
}

const uri = (id: string): string => cameras.uris[id] ?? '';

async function playing(): Promise<OpenPipeline> {
  const pipeline = await openPipeline();
  await pipeline.connect(0, uri('small'));
  await until('pictures pass', () => pipeline.counter(0, 'inferred') > 0);
  return pipeline;
}

const told = (pipeline: OpenPipeline, type: NativeEvent['type']) =>
  pipeline.events.find((event) => event.type === type);

describe.skipIf(NVIDIA)('inference', () => {
  test('hangs and goes on; other threads do not', async () => {
    await using pipeline = await playing();
    askFor('infer-hang');
    const still = async (): Promise<boolean> => {
      const before = pipeline.counter(0, 'frames');
      await pass(500);
      return pipeline.counter(0, 'frames') === before;
    };
    await until('no picture passes', still, { everyMs: 0 });
    const decoded = pipeline.counter(0, 'decoded');
    await until('the camera goes on', () => pipeline.counter(0, 'decoded') > decoded + 5);
    const frames = pipeline.counter(0, 'frames');
    askFor();
    await until('pictures pass again', () => pipeline.counter(0, 'frames') > frames + 5);
    expect(pipeline.events.filter(({ type }) => type.endsWith('error'))).toEqual([]);
  });

  test.each([
    ['infer-error cudaErrorIllegalAddress', 'inference failed: cudaErrorIllegalAddress'],
    ['surface-error', 'inference failed: NvBufSurfaceMap failed'],
  ])("fails by %s, which is the pipeline's failure", async (fault, message) => {
    await using pipeline = await playing();
    askFor(fault);
    const failed = await until('the pipeline fails', () => told(pipeline, 'pipeline-error'));
    expect(failed).toMatchObject({ cause: 'pipeline', message: expect.stringContaining(message) });
    expect(told(pipeline, 'source-error')).toBeUndefined();
  });

  test('does not start, and says why', async () => {
    askFor('infer-start-error Cuda failure: out of memory');
    await expect(openPipeline()).rejects.toMatchObject({
      message: expect.stringContaining('Cuda failure: out of memory'),
      cause: expect.objectContaining({ code: 'START_FAILED' }),
    });
  });
});

describe.skipIf(NVIDIA)('inference at a rate', () => {
  const SLOTS = [...Array(8).keys()];

  test('that there is no time for falls for all streams alike, and frames go on', async () => {
    askFor('infer-slow 5');
    await using pipeline = await openPipeline({ rate: 15, slots: SLOTS.length });
    const all = (name: SlotCounter) => SLOTS.map((slot) => pipeline.counter(slot, name));
    await Promise.all(SLOTS.map((slot) => pipeline.connect(slot, uri('small'))));
    await until('all streams flow', () => Math.min(...all('inferred')) >= 3);
    const names = ['inferred', 'shed', 'frames', 'droppedDecoded'] as const;
    const before = Object.fromEntries(names.map((name) => [name, all(name)]));
    const grown = (name: SlotCounter) => all(name).map((count, slot) => count - (before[name]?.[slot] ?? 0));
    await until('each has had twenty turns', () => Math.min(...grown('inferred')) >= 20);
    const turns = grown('inferred');
    expect(Math.max(...turns) / Math.min(...turns)).toBeLessThanOrEqual(1.2);
    for (const each of grown('shed')) expect(each).toBeGreaterThan(10);
    const sum = (name: SlotCounter) => grown(name).reduce((a, b) => a + b);
    // Waiting for the detector alone would lose most of them; a machine that is busy may lose one.
    expect(sum('droppedDecoded')).toBeLessThan(sum('frames') / 20);
  });
});

describe.skipIf(NVIDIA)('a source', () => {
  test('that finds no decoder left fails the pipeline, not itself', async () => {
    await using pipeline = await playing();
    askFor('decoder-error out of decoder instances');
    const failed = await until('the pipeline fails', () => told(pipeline, 'pipeline-error'));
    expect(failed).toMatchObject({ cause: 'pipeline', message: 'slot0: out of decoder instances' });
    expect(told(pipeline, 'source-error')).toBeUndefined();
  });

  test('whose decoder fails otherwise fails alone', async () => {
    await using pipeline = await playing();
    askFor('decoder-error profile 244 is not supported');
    const failed = await until('the source fails', () => told(pipeline, 'source-error'));
    expect(failed).toMatchObject({ slot: 0, message: 'profile 244 is not supported' });
    expect(told(pipeline, 'pipeline-error')).toBeUndefined();
  });
});

describe.skipIf(NVIDIA)('a crash', () => {
  const script = join(root, 'test/support/crashing-pipeline.ts');
  const nobody = { token: 0, slot: -1, stage: 'unknown', thread: 'infer:out' };

  test.each([
    { fault: 'mux-crash 768x576', crumb: { token: 2, slot: 1, stage: 'mux', thread: 'slot1-decoded:s' } },
    { fault: 'infer-crash 768x576', crumb: nobody },
  ])('by $fault is blamed on whoever is known', async ({ fault, crumb }) => {
    const breadcrumb = join(dir.path, 'breadcrumb');
    createBreadcrumb(breadcrumb);
    const args = ['--import', 'tsx', script, breadcrumb, uri('small'), uri('large')];
    await using child = new Running(process.execPath, args, { cwd: root });
    await child.line((line) => line === 'playing');
    expect(readBreadcrumb(breadcrumb)).toBeUndefined();
    askFor(fault);
    expect(await child.ended()).toEqual({ code: null, signal: 'SIGSEGV' });
    expect(readBreadcrumb(breadcrumb)).toEqual({ signal: 'SIGSEGV', ...crumb });
  });
});
