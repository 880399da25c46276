/** What is made of the answers of gst-inspect-1.0. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deepReport, graphRows } from '../../src/conformance/deep.js';
import { misfits, propertyUses } from '../../src/conformance/graph-fit.js';
import { inspectElements, parseInspection } from '../../src/conformance/inspection.js';
import { askedElements, propertyRows } from '../../src/conformance/property-questions.js';
import type { PropertyFacts } from '../../src/deepstream/index.js';
import { type Graph, graph } from '../../src/graph/index.js';
import { parseSpec } from '../../src/spec/index.js';
import { root } from '../support/paths.js';
import { fakeBinding } from '../support/fake-binding.js';
import { inspectedMachine } from '../support/inspected.js';

const PRINTED = `Using NVIDIA's library, which talks first
Factory Details:
  Rank                     none (0)

Pad Templates:
  SINK template: 'sink_%u'
    Availability: On request
    Capabilities:
      video/x-raw(memory:NVMM)
                 format: { (string)NV12, (string)RGBA }

Element Properties:

  batch-size          : Maximum number of buffers
                        flags: readable, writable
                        Unsigned Integer. Range: 0 - 1024 Default: 0 

  Enableperf          : Capitals happen
                        flags: writable, changeable only in NULL or READY state
                        Boolean. Default: false

  leaky               : Where it leaks
                        flags: readable, writable
                        Enum "GstQueueLeaky" Default: 2, "downstream"
                           (0): no               - Not Leaky
                           (2): downstream       - Old buffers

  rate-of-a-property-with-a-long-name: Words
                        flags: readable
                        Float. Range:               0 -            1000 Default:               0.5 

  caps                : Allowed
                        flags: readable, writable
                        Caps (NULL)

Element Signals:

  "model-updated" :  void user_function (GstElement * object)
`;

describe('the text of gst-inspect-1.0', () => {
  it('is understood, also among what libraries print', () => {
    expect(parseInspection(PRINTED)).toEqual({
      pads: [
        {
          name: 'sink_%u',
          direction: 'sink',
          presence: 'request',
          caps: { 'video/x-raw(memory:NVMM)': ['NV12', 'RGBA'] },
        },
      ],
      properties: {
        'batch-size': { type: 'uint', value: 0, min: 0, max: 1024, readable: true, writable: true },
        Enableperf: { type: 'boolean', value: false, readable: false, writable: true },
        leaky: {
          type: 'enum',
          value: 2,
          values: { 0: 'no', 2: 'downstream' },
          readable: true,
          writable: true,
        },
        'rate-of-a-property-with-a-long-name': {
          type: 'float',
          value: 0.5,
          min: 0,
          max: 1000,
          readable: true,
          writable: false,
        },
        caps: { type: 'Caps (NULL)', readable: true, writable: true },
      },
      signals: ['model-updated'],
    });
  });

  it.each(['', 'nonsense', 'Element Properties:\n', 'Element Properties:\n\n  x : \n'])(
    'may be anything: %j',
    (text) => {
      expect(parseInspection(text)).toMatchObject({ pads: [], signals: [] });
    },
  );
});

const at = { configDir: '/run/weir', libDir: '/lib' };

function plan(provider: 'standin' | 'nvidia', tracker: object = {}): Graph {
  const whole = {
    appliance: 'a',
    modelDir: '/m',
    pipelines: [{ id: 'main', detector: { model: 'tiny' }, tracker }],
  };
  const result = parseSpec(JSON.stringify(whole), 'x', {
    modelsDir: join(root, 'test/unit/models'),
    env: {},
  });
  if (!result.ok) throw new Error('the spec is wrong');
  return graph(result.spec, 'main', provider, at);
}

/** Messages and remedies of what does not fit on such a machine. */
async function wrong(
  made: Graph,
  changes: Parameters<typeof inspectedMachine>[0],
): Promise<(readonly [string, string])[]> {
  const uses = propertyUses([made]);
  const found = await inspectElements(
    inspectedMachine(changes),
    uses.map(({ element }) => element),
  );
  return misfits(uses, found).map(({ message, remedy }) => [message, remedy]);
}

describe('what a graph sets', () => {
  const OTHER =
    'the DeepStream or GStreamer here is another one than Weir was written for; report what weir doctor --deep --json says';

  it.each(['standin', 'nvidia'] as const)('fits the elements of the catalogue (%s)', async (provider) => {
    expect(await wrong(plan(provider), {})).toEqual([]);
  });

  it.each<[string, Record<string, Record<string, PropertyFacts | undefined>>, string]>([
    [
      'a property that is not there',
      { nvstreammux: { 'drop-pipeline-eos': undefined } },
      'nvstreammux: property "drop-pipeline-eos" does not exist; the graph sets it to "true"',
    ],
    [
      'one that is filled in later',
      { rtspsrc: { 'user-id': undefined } },
      'rtspsrc: property "user-id" does not exist',
    ],
    [
      'another type',
      { nvstreammux: { 'live-source': { type: 'int', min: 0, max: 1 } } },
      'nvstreammux: property "live-source" cannot be "true"; expected a whole number from 0 to 1',
    ],
    [
      'a narrower range',
      { nvv4l2decoder: { 'num-extra-surfaces': { type: 'uint', min: 5, max: 24 } } },
      'nvv4l2decoder: property "num-extra-surfaces" cannot be "4"; expected a whole number from 5 to 24',
    ],
    [
      'a value that an enumeration lacks',
      { nvdsosd: { 'process-mode': { type: 'enum', values: { 0: 'CPU_MODE' } } } },
      'nvdsosd: property "process-mode" cannot be "1"; expected one of 0 (CPU_MODE)',
    ],
  ])('is told by element, property and value: %s', async (_, changes, message) => {
    expect(await wrong(plan('nvidia'), changes)).toEqual([[message, OTHER]]);
  });

  it('is told with the release that has it, where that is known', async () => {
    const classes = plan('nvidia', { classes: ['car'] });
    expect(await wrong(classes, { nvtracker: { 'operate-on-class-ids': undefined } })).toEqual([
      [
        'nvtracker: property "operate-on-class-ids" does not exist; the graph sets it to "2"',
        'DeepStream 9.0 brought it: leave out what asks for it',
      ],
    ]);
  });

  it('is a row per element', async () => {
    const uses = propertyUses([plan('nvidia')]);
    const machine = inspectedMachine({ nvjpegenc: undefined, nvinfer: { 'unique-id': undefined } });
    const rows = graphRows(
      uses,
      await inspectElements(
        machine,
        uses.map(({ element }) => element),
      ),
    );
    expect(
      rows.filter(({ verdict }) => verdict === 'differs').map(({ question, answer }) => [question, answer]),
    ).toEqual([
      [
        'nvinfer: takes what the graphs set (batch-size, config-file-path, unique-id)',
        'nvinfer: property "unique-id" does not exist; the graph sets it to "1"',
      ],
      ['nvjpegenc: takes what the graphs set (quality)', 'there is no such element'],
    ]);
  });
});

describe('properties of the elements', () => {
  async function rows(
    changes: Parameters<typeof inspectedMachine>[0],
    provider: 'standin' | 'nvidia' = 'nvidia',
  ) {
    const names = askedElements(provider);
    return propertyRows(names, await inspectElements(inspectedMachine(changes), names));
  }
  const odd = (all: Awaited<ReturnType<typeof rows>>) =>
    all
      .filter(({ verdict }) => verdict !== 'same')
      .map(({ question, answer, verdict, deviation }) => ({
        question,
        answer,
        verdict,
        ...(deviation !== undefined && { deviation }),
      }));

  it('are those of the catalogue; what only the stand-in has is a known deviation', async () => {
    const all = await rows({}, 'standin');
    expect(odd(all)).toEqual([
      {
        question: 'nvinfer: has no other properties',
        answer: 'inference-threads, longest-wait, stream-rate',
        verdict: 'differs',
        deviation: 5,
      },
    ]);
    expect(all.length).toBeGreaterThan(70);
    expect(all.every(({ source }) => source.startsWith('DeepStream 9.1: '))).toBe(true);
  });

  it('differ by type, range and start value; whose existence is doubtful may be missing', async () => {
    const own = {
      nvinfer: { 'stream-rate': undefined, 'inference-threads': undefined, 'longest-wait': undefined },
    };
    const all = await rows({
      ...own,
      nvstreammux: { 'batch-size': { type: 'uint', default: 1, min: 0, max: 512 }, 'sort-batch': undefined },
      nvtracker: { 'tracker-width': undefined, 'new-thing': { type: 'int', default: 0 } },
      nvdsosd: undefined,
    });
    expect(odd(all)).toEqual([
      {
        question: 'nvstreammux batch-size: type, range and start value',
        answer: '{"type":"uint","start":1,"min":0,"max":512}',
        verdict: 'differs',
      },
      {
        question: 'nvstreammux sort-batch: type, range and start value',
        answer: 'there is no such property',
        verdict: 'unknown',
      },
      {
        question: 'nvtracker tracker-width: type, range and start value',
        answer: 'there is no such property',
        verdict: 'differs',
      },
      { question: 'nvtracker: has no other properties', answer: 'new-thing', verdict: 'unknown' },
      { question: 'nvdsosd: exists', answer: 'no', verdict: 'differs' },
    ]);
  });
});

describe('the report of doctor --deep', () => {
  const options = {
    provider: 'standin',
    plans: [plan('standin')],
    weir: '0.1.0',
    run: async () => [],
  } as const;

  it('has the versions and a row for all that was asked', async () => {
    const report = await deepReport({ ...options, binding: fakeBinding(), machine: inspectedMachine() });
    expect(report.versions).toEqual({
      provider: 'standin',
      deepstream: '1.22.0',
      gstreamer: '1.22.0',
      node: process.versions.node,
      weir: '0.1.0',
    });
    expect(report.summary.map(({ group, differs }) => [group, differs])).toEqual([
      ['properties', 0],
      ['graph', 0],
    ]);
  });

  it.each([
    ['Version: 7.1\nGCID: 39264302\n', '7.1'],
    ['Version: 9.1.0', '9.1.0'],
    ['nothing known', undefined],
    [undefined, undefined],
  ])('reads the version of the SDK: %j', async (text, version) => {
    const binding = { ...fakeBinding(), info: () => ({ gstreamer: '1.20.3', provider: 'nvidia' }) };
    const paths: string[] = [];
    const machine = {
      ...inspectedMachine(),
      read: async (path: string) => {
        paths.push(path);
        return text;
      },
    };
    const { versions } = await deepReport({ ...options, binding, machine, env: { DEEPSTREAM_ROOT: '/ds' } });
    expect(versions.deepstream).toBe(version);
    expect(paths).toEqual(['/ds/version']);
  });
});
