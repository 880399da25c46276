import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../src/graph/types.js';
import { addonCandidates, built, loadBinding } from '../../src/native/loader.js';
import { Pipeline } from '../../src/native/pipeline.js';
import { PIPELINE_COUNTERS, SLOT_COUNTERS } from '../../src/native/types.js';
import { WeirError } from '../../src/spec/error.js';
import { ALL_FRAMES } from '../support/all-frames.js';
import { type FakePipeline, fakeBinding } from '../support/fake-binding.js';
import { withTempDir } from '../support/temp.js';

const graph = { slots: { count: 2 } } as unknown as Graph;
const handlers = { onEvent: () => {}, onBatch: () => {} };

function failure(act: () => unknown): WeirError {
  try {
    act();
  } catch (error) {
    if (error instanceof WeirError) return error;
    throw error;
  }
  throw new Error('did not throw');
}

describe('the addon', () => {
  it('that is not there is reported with every place tried, and the remedy', () => {
    const error = failure(() => loadBinding(['/nowhere/a.node', '/nowhere/b.node']));
    expect(error).toMatchObject({
      code: 'NATIVE_MISSING',
      message:
        'the native addon cannot be loaded; tried /nowhere/a.node: no such file; /nowhere/b.node: no such file',
      remedy: 'run scripts/setup to build it, or point WEIR_ADDON at a built weir.node',
    });
  });

  it('that cannot be loaded is reported with the reason', async () => {
    await withTempDir((dir) => {
      const file = join(dir, 'weir.node');
      writeFileSync(file, 'not a library');
      expect(failure(() => loadBinding([file])).message).toContain(`${file}: `);
    });
  });

  it('is looked for where WEIR_ADDON says, and what was built with it beside it', () => {
    expect(addonCandidates({ WEIR_ADDON: '/opt/x/weir.node' })).toEqual(['/opt/x/weir.node']);
    expect(built('lib', { WEIR_ADDON: '/opt/x/weir.node' })).toBe('/opt/x/lib');
    expect(addonCandidates({})).toEqual([expect.stringMatching(/\/build\/native\/weir\.node$/)]);
  });

  it('finds our GStreamer plugins, once', async () => {
    const before = process.env.GST_PLUGIN_PATH;
    try {
      await withTempDir((dir) => {
        const [addon, plugins] = [join(dir, 'weir.node'), join(dir, 'gstreamer-1.0')];
        writeFileSync(addon, 'not a library');
        mkdirSync(plugins);
        process.env.GST_PLUGIN_PATH = '/other';
        for (let i = 0; i < 2; i++) failure(() => loadBinding([addon]));
        expect(process.env.GST_PLUGIN_PATH).toBe(`${plugins}:/other`);
      });
    } finally {
      if (before === undefined) delete process.env.GST_PLUGIN_PATH;
      else process.env.GST_PLUGIN_PATH = before;
    }
  });
});

describe('a pipeline', () => {
  const open = (): [Pipeline, FakePipeline] => {
    const binding = fakeBinding();
    const pipeline = Pipeline.open(graph, handlers, binding);
    return [pipeline, binding.pipelines[0] as FakePipeline];
  };

  it('keeps the native code of a failure where the catalogue knows it', async () => {
    const [pipeline, native] = open();
    native.failures.set('snapshot', Object.assign(new Error('no picture within 5 s'), { code: 'TIMEOUT' }));
    await expect(pipeline.snapshot(0)).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'no picture within 5 s',
    });
    native.failures.set('snapshot', Object.assign(new Error('x'), { code: 'ERR_ODD' }));
    await expect(pipeline.snapshot(0)).rejects.toMatchObject({ code: 'PIPELINE_FAILED' });
  });

  it('that cannot be made for want of an element says what to do', () => {
    const refuse = Object.assign(new Error('no element "nvinfer"'), { code: 'ELEMENT_MISSING' });
    const error = failure(() => Pipeline.open(graph, handlers, fakeBinding({ refuse })));
    expect(error).toMatchObject({ code: 'ELEMENT_MISSING', remedy: expect.stringContaining('weir doctor') });
  });

  it('gives the same view of its counters each time, refreshed', () => {
    const [pipeline, native] = open();
    const counters = pipeline.counters();
    native.setCounter(1, 'inferred', 3);
    expect(pipeline.counters()).toBe(counters);
    expect([counters.slot(0, 'inferred'), counters.slot(1, 'inferred')]).toEqual([0, 3]);
    expect(counters.pipeline('batches')).toBe(0);
  });

  it('has a column for every counter', () => {
    const [pipeline, native] = open();
    const counters = pipeline.counters();
    SLOT_COUNTERS.forEach((name, i) => native.setCounter(1, name, 100 + i));
    PIPELINE_COUNTERS.forEach((name, i) => native.setPipelineCounter(name, 200 + i));
    expect(SLOT_COUNTERS.map((name) => counters.slot(1, name))).toEqual(SLOT_COUNTERS.map((_, i) => 100 + i));
    expect(PIPELINE_COUNTERS.map((name) => counters.pipeline(name))).toEqual(
      PIPELINE_COUNTERS.map((_, i) => 200 + i),
    );
  });

  it('says whose a message is by the token of its source, whoever has the slot by then', async () => {
    const [pipeline, native] = open();
    const source = { template: 'rtsp', stream: 'a', epoch: 1, ...ALL_FRAMES, params: {} };
    await pipeline.addSource(1, { ...source, token: 7 });
    native.deliver([{ slot: 1, text: '{}', objects: 3 }]);
    await pipeline.removeSource(1);
    await pipeline.addSource(1, { ...source, stream: 'b', token: 8 });
    expect([...(pipeline.takeBatch()?.index ?? [])]).toEqual([7, 0, 2, 3, 0]);
  });

  it('stops once however often it is closed', async () => {
    const [pipeline, native] = open();
    {
      await using closing = pipeline;
      await closing.close();
    }
    expect(native.calls).toEqual(['stop']);
  });
});
