import { describe, expect, it } from 'vitest';
import { type Bound, findDevice, plan, type PlannedStream, type Resource } from '../../src/planner/index.js';
import { GRAPH, pipeline, streams, thirtyCameras } from '../support/planned.js';

const AGX_ORIN = findDevice('agx-orin-64gb');
const loadOf = (bounds: readonly Bound[], resource: Resource) =>
  Number(bounds.find((each) => each.resource === resource)?.load?.toFixed(2));

describe('thirty cameras of H.264 1080p15 at 3 Mbit/s on AGX Orin 64GB, PeopleNet INT8 on every third frame', () => {
  const made = plan(thirtyCameras(), AGX_ORIN);

  it('are bound by the decoder at 24 cameras', () => {
    expect(made).toMatchObject({ verdict: 'too-large', limiting: 'decode-pixels', maxStreams: 24 });
    const loads = made.bounds.map(({ resource, load }) => [resource, Number(load?.toFixed(2))]);
    expect(Object.fromEntries(loads)).toEqual({
      'decode-pixels': 1.22,
      'decode-bitrate': 0.41,
      inference: 0.26,
      'memory-bandwidth': 0.09,
      'memory-size': 0.04,
      encode: 0,
      jpeg: 0,
    });
  });

  it('have two ways out that leave their size: H.265 and 10 fps', () => {
    const ways = made.changes.filter(({ steps }) => ['h265', '10fps'].includes(steps.join()));
    expect(ways.map(({ words, load }) => [words, Number(load.toFixed(2))])).toEqual([
      ['H.265 instead of H.264', 0.8],
      ['10 fps', 0.81],
    ]);
    expect(made.carriers).toEqual(['thor-t4000', 'thor-t5000']);
  });

  it('cost the decoder less where key frames alone are decoded, and the detector where fewer pictures go on', () => {
    const bounds = (format: object) => plan(thirtyCameras(format), AGX_ORIN).bounds;
    expect(loadOf(bounds({ keyFramesEvery: 1 }), 'decode-pixels')).toBeCloseTo(1.22 / 15, 2);
    expect(loadOf(bounds({ maxFps: 5 }), 'decode-pixels')).toBe(1.22);
    expect(loadOf(bounds({ maxFps: 5 }), 'inference')).toBeCloseTo(0.26 / 3, 2);
  });

  it('follow the rule of the workers where that is left to Weir', () => {
    const made = (rate: object, decode: PlannedStream['decode'] = 'auto') =>
      plan({ pipelines: [pipeline(streams(30, { decode }), { interval: 0, ...rate })] }, AGX_ORIN);
    const pixels = (...args: Parameters<typeof made>) => loadOf(made(...args).bounds, 'decode-pixels');
    expect(pixels({ rate: 1 })).toBeCloseTo(1.22 / 15, 2);
    expect(pixels({ rate: 2 })).toBe(1.22);
    expect(pixels({})).toBe(1.22);
    // The detector gets what it asks for, not a picture in fifteen of those that are left.
    const { demand } = made({ rate: 0.5 }).bounds.find(({ resource }) => resource === 'inference') ?? {};
    expect(demand).toBe(15);
    const reference = made({ rate: 1 }, 'reference');
    expect(loadOf(reference.bounds, 'decode-pixels')).toBe(1.22);
    expect(reference.warnings).toContain(
      "how many frames no other needs is the cameras' matter: decode: reference is planned as if there were none",
    );
  });

  it('say how each bound was computed, from which figures', () => {
    const lines = made.bounds.map(({ resource, how, trust, figures }) => {
      const from = figures.map(
        ({ name, value, unit, source, trust: t }) => `${name} ${value} ${unit} (${source}, ${t})`,
      );
      return [`${resource} [${trust}]: ${how}`, ...from.map((line) => `  ${line}`)].join('\n');
    });
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "decode-pixels [datasheet]: 30 · 1920·1080·15 / (850 MPix/s · 0.9)
        decoder, H.264 850 MPix/s (ds_agx_orin, datasheet)
      decode-bitrate [datasheet]: 30 · 3 / 220 Mbit/s
        bitrate, H.264 220 Mbit/s (ds_agx_orin, datasheet)
      inference [derived]: 150 / (970 fps · 0.6)
        peoplenet int8, bare engine 970 fps (ds70_perf, third_party)
        kept by a pipeline 0.6 of the bare engine (ds_yolo, derived)
      memory-bandwidth [derived]: (pictures 9.8 + engines 1.5 GB/s) / (204.8 GB/s · 0.6)
        memory, peak 204.8 GB/s (module_table, third_party)
        passes 7 a frame (calc, derived)
      memory-size [derived]: (system 1.40 + surfaces 1.24 + engines 0.01) / 64 GiB
        memory 64 GiB (module_table, third_party)
        surfaces 1.2360906600952148 GiB (calc, derived)
      encode [null]: nothing is encoded anew
      jpeg [null]: no pictures are asked for"
    `);
  });
});

describe('bounds', () => {
  const on = (device: string, of = thirtyCameras(), options = {}) => plan(of, findDevice(device), options);

  it('of mixed codecs and sizes add as fractions of one budget', () => {
    const h264 = streams(10, { codec: 'h264' });
    const h265 = streams(10, { codec: 'h265', width: 1280, height: 720 });
    const load = (of: typeof h264, resource: Resource) =>
      plan({ pipelines: [pipeline(of)] }, AGX_ORIN).bounds.find((each) => each.resource === resource)?.load ??
      NaN;
    for (const resource of ['decode-pixels', 'decode-bitrate', 'memory-bandwidth'] as const)
      expect(load([...h264, ...h265], resource)).toBeCloseTo(load(h264, resource) + load(h265, resource), 6);
    expect(load([...h264, ...h265], 'decode-pixels')).toBeCloseTo(311.04 / 765 + 138.24 / 1170, 6);
  });

  it('of 4K count four times 1080p', () => {
    const full = loadOf(on('agx-orin-64gb').bounds, 'decode-pixels');
    expect(
      loadOf(on('agx-orin-64gb', thirtyCameras({ width: 3840, height: 2160 })).bounds, 'decode-pixels'),
    ).toBeCloseTo(4 * full, 1);
  });

  it('leave a fifth less to small pictures', () => {
    const small = on('agx-orin-64gb', thirtyCameras({ width: 640, height: 360 }));
    expect(loadOf(small.bounds, 'decode-pixels')).toBe(
      Number(((30 * 640 * 360 * 15) / (850e6 * 0.9 * 0.8)).toFixed(2)),
    );
    expect(small.warnings).toContain(
      '0.8 of the rate is left for pictures of less than 0.3 MPix, for the fixed cost of a frame: unconfirmed',
    );
  });

  it('scale with the video clock, and warn where it is not known', () => {
    const warned = on('thor-t5000');
    expect(warned.warnings[0]).toBe(
      'the power mode is not known (W: 70, 90, 120, 130): decoder and encoder are as fast as listed only at the highest video clock (1691 MHz); else give --video-clock',
    );
    const slow = on('thor-t5000', thirtyCameras(), { videoClock: 0.5 });
    expect(slow.warnings.filter((line) => line.includes('power mode'))).toEqual([]);
    expect(slow.load).toBeCloseTo(2 * (warned.load ?? NaN), 6);
  });

  it('take the faster memory of a Super mode, and warn of a module that has none', () => {
    const limitOf = (options: object) =>
      on('orin-nano-8gb', thirtyCameras(), options).bounds.find(
        (each) => each.resource === 'memory-bandwidth',
      )?.limit;
    expect([limitOf({}), limitOf({ superMode: true })].map((limit) => limit?.toFixed(1))).toEqual([
      '40.8',
      '61.2',
    ]);
    expect(on('agx-orin-64gb', thirtyCameras(), { superMode: true }).warnings).toContain(
      'no Super power mode of Jetson AGX Orin 64GB is known: nothing is changed by it',
    );
  });

  it('know which bitrate is too much where pixels are not', () => {
    const made = on('orin-nano-8gb', thirtyCameras({ width: 640, height: 480, fps: 10, mbps: 5 }));
    expect(made).toMatchObject({ verdict: 'too-large', limiting: 'decode-bitrate', maxStreams: 23 });
  });

  it('say "not known" where there is no figure, and never zero', () => {
    const made = on('orin-nx-16gb', {
      pipelines: [pipeline(streams(4), { model: 'own', engineBytes: null })],
    });
    const unknown = made.bounds.filter(({ fits }) => fits === null);
    expect(unknown.map(({ resource, load, limit, missing }) => ({ resource, load, limit, missing })))
      .toMatchInlineSnapshot(`
      [
        {
          "limit": null,
          "load": 0.10014139115810394,
          "missing": [
            "the size of the engine of own: its weights are not on this machine",
          ],
          "resource": "memory-size",
        },
        {
          "limit": null,
          "load": 0.0212625,
          "missing": [
            "the size of the engine of own: its weights are not on this machine",
          ],
          "resource": "memory-bandwidth",
        },
        {
          "limit": null,
          "load": null,
          "missing": [
            "no bitrate of the decoder is known for H.264",
          ],
          "resource": "decode-bitrate",
        },
        {
          "limit": null,
          "load": null,
          "missing": [
            "no frames per second are known of own in int8 on Jetson Orin NX 16GB: give --model-fps, which trtexec measures, or --gflops",
          ],
          "resource": "inference",
        },
      ]
    `);
    expect(made.verdict).toBe('fits-as-known');
  });

  it('count what is known of several pipelines as the least there can be', () => {
    const known = pipeline(streams(4));
    const own = pipeline(streams(4), { model: 'own' }, { id: 'own' });
    const both = plan({ pipelines: [known, own] }, AGX_ORIN).bounds.find(
      ({ resource }) => resource === 'inference',
    );
    const alone = plan({ pipelines: [known] }, AGX_ORIN).bounds.find(
      ({ resource }) => resource === 'inference',
    );
    expect(both).toMatchObject({ load: alone?.load, limit: null, fits: null, demand: 40 });
    expect(alone?.fits).toBe(true);
  });

  it('refuse to encode on a module without encoder, and let the others', () => {
    const few = { pipelines: [pipeline(streams(2))] };
    const nano = on('orin-nano-8gb', few, { encodedViews: 1 });
    expect(nano).toMatchObject({ verdict: 'too-large', limiting: 'encode', load: null, changes: [] });
    expect(nano.bounds[0]).toMatchObject({
      load: null,
      limit: 0,
      fits: false,
      missing: ['Jetson Orin Nano 8GB (and Super dev kit) has no video encoder'],
    });
    expect(loadOf(on('orin-nano-8gb', few).bounds, 'encode')).toBe(0);
    const agx = on('agx-orin-64gb', few, { encodedViews: 2 });
    expect(loadOf(agx.bounds, 'encode')).toBe(Number(((2 * 1920 * 1080 * 15) / (930e6 * 0.9)).toFixed(2)));
    expect(on('l4', few, { encodedViews: 2 }).bounds.at(-1)).toMatchObject({
      resource: 'encode',
      load: null,
    });
  });

  it('count snapshots against the JPEG engines', () => {
    const few = { pipelines: [pipeline(streams(2))] };
    expect(loadOf(on('orin-nx-16gb', few, { snapshotsPerSecond: 30 }).bounds, 'jpeg')).toBe(0.06);
    expect(on('orin-nano-8gb', few, { snapshotsPerSecond: 30 }).verdict).toBe('fits-as-known');
  });

  it('count only the passes the graph has', () => {
    const bytes = (elements: readonly string[]) => {
      const of = { pipelines: [pipeline(streams(1), { engineBytes: 0 }, { graph: { ...GRAPH, elements } })] };
      const demand =
        plan(of, AGX_ORIN).bounds.find(({ resource }) => resource === 'memory-bandwidth')?.demand ?? 0;
      return Math.round((demand * 1e9) / (1920 * 1080 * 1.5 * 15));
    };
    expect(bytes(GRAPH.elements)).toBe(7);
    expect(bytes([...GRAPH.elements, 'nvdsosd'])).toBe(9);
    expect(bytes(['nvv4l2decoder', 'nvstreammux'])).toBe(5);
  });
});

describe('inference', () => {
  const bound = (detector: Parameters<typeof pipeline>[1], device = 'agx-orin-64gb', options = {}) => {
    const { bounds } = plan({ pipelines: [pipeline(streams(10), detector)] }, findDevice(device), options);
    return bounds.find(({ resource }) => resource === 'inference');
  };
  const yolo = { model: 'yolov7-640', width: 640, height: 640, precision: 'fp16' } as const;

  it.each([
    [
      'the largest batch not above ours',
      { ...yolo, batch: 8 },
      'agx-orin-64gb',
      {},
      'yolov7 fp16, bare engine, batch 1',
      140,
    ],
    [
      'the batch itself',
      { ...yolo, batch: 16 },
      'agx-orin-64gb',
      {},
      'yolov7 fp16, bare engine, batch 16',
      168,
    ],
    [
      'a whole pipeline before a bare engine',
      { ...yolo, model: 'yolov11s' },
      'thor-t5000',
      {},
      'yolo11s fp16, pipeline of 16 streams',
      768,
    ],
    [
      'a Super mode only where it is on',
      { ...yolo, model: 'yolo11s' },
      'orin-nano-8gb',
      { superMode: true },
      'yolo11s fp16, bare engine, batch 1',
      137,
    ],
    [
      'a given rate before all',
      yolo,
      'agx-orin-64gb',
      { modelFps: new Map([['*', 99]]) },
      'yolov7-640, bare engine',
      99,
    ],
  ])('takes %s', (_, detector, device, options, name, value) => {
    expect(bound(detector, device, options)?.figures[0]).toMatchObject({ name, value });
  });

  it.each([
    ['another precision', { ...yolo, precision: 'fp32' }, 'agx-orin-64gb'],
    ['another size', { ...yolo, width: 320 }, 'agx-orin-64gb'],
    ['another model that begins alike', { ...yolo, model: 'yolov7x' }, 'agx-orin-64gb'],
    ['a module in Super mode', { ...yolo, model: 'yolo11s' }, 'orin-nano-8gb'],
  ] as const)('does not take a figure of %s', (_, detector, device) => {
    expect(bound(detector, device)).toMatchObject({ load: null, fits: null, figures: [] });
  });

  it('estimates by operations, and says so', () => {
    const options = { modelGflops: new Map([['own', 21.5]]) };
    const made = bound({ ...yolo, model: 'own', batch: 8 }, 'orin-nano-8gb', options);
    expect(made?.figures[0]).toMatchObject({ source: 'calc', trust: 'derived' });
    expect(made?.figures[0]?.value).toBeCloseTo((10.2e12 * 0.3) / 21.5e9, 6);
    expect(bound({ ...yolo, model: 'own', precision: 'fp32' }, 'orin-nano-8gb', options)?.load).toBeNull();
  });

  it('follows detector.rate as nvinfer would', () => {
    expect(bound({ interval: undefined, rate: 5 } as never)?.demand).toBe(50);
    expect(bound({ interval: 0 })?.demand).toBe(150);
  });

  it('warns where the worst of its range would not fit', () => {
    const { verdict, warnings } = plan(
      { pipelines: [pipeline(streams(20), { interval: 0, model: 'own' })] },
      AGX_ORIN,
      { modelFps: new Map([['own', 550]]) },
    );
    expect(verdict).toBe('fits');
    expect(warnings.at(-1)).toBe(
      "where a pipeline keeps little of the engine's rate, inference would be at 121 %",
    );
  });
});

describe('changes', () => {
  it('that take least away come first, pairs only where neither step alone is enough', () => {
    const { changes } = plan(thirtyCameras({ fps: 30, mbps: 4 }), AGX_ORIN);
    expect(changes.map(({ steps, load }) => `${steps.join(' + ')}: ${load.toFixed(2)}`))
      .toMatchInlineSnapshot(`
        [
          "720p + 15fps: 0.54",
          "720p + h265: 0.71",
          "h265 + 15fps: 0.80",
          "10fps: 0.81",
          "360p: 0.52",
          "rate-1 + auto: 0.55",
          "keyframes: 0.55",
        ]
      `);
  });

  it('leave the choice to Weir where the detector looks seldom enough', () => {
    const seldom = { pipelines: [pipeline(streams(30, { fps: 30, mbps: 4 }), { rate: 1 })] };
    const { changes } = plan(seldom, AGX_ORIN);
    expect(changes[0]).toMatchObject({ steps: ['auto'], words: 'decode: auto', limiting: 'decode-bitrate' });
  });

  it('of a detector rate are offered where inference is the limit', () => {
    const own = { pipelines: [pipeline(streams(20), { interval: 0 })] };
    const { limiting, changes } = plan(own, AGX_ORIN, { modelFps: new Map([['*', 300]]) });
    expect(limiting).toBe('inference');
    expect(changes[0]).toMatchObject({
      steps: ['rate-5'],
      todo: ['detector: {rate: 5}: inferences per second and stream'],
    });
  });

  it('are none where one or two are not enough', () => {
    const { changes } = plan({ pipelines: [pipeline(streams(400))] }, findDevice('orin-nano-4gb'));
    expect(changes).toEqual([]);
  });
});

describe('devices', () => {
  it.each([
    ['orin-nx-16gb', 'orin-nx-16gb'],
    ['orin-nx-16', 'orin-nx-16gb'],
    ['p3767-0003', 'orin-nano-8gb'],
    ['thor-t4', 'thor-t4000'],
  ])('are found by %s', (word, id) => {
    expect(findDevice(word).id).toBe(id);
  });

  it.each([
    ['orin-nx', 'several devices begin with "orin-nx"', 'name one of orin-nx-8gb, orin-nx-16gb'],
    [
      'agx-orin-46gb',
      'there is no device "agx-orin-46gb"',
      /^did you mean "agx-orin-(32|64)gb"\? known: jetson-nano, /,
    ],
    ['', 'there is no device ""', /^known: jetson-nano, .*, h100$/],
  ])('are not found by "%s"', (word, message, remedy) => {
    expect(() => findDevice(word)).toThrow(
      expect.objectContaining({ code: 'DEVICE_UNKNOWN', message, remedy: expect.stringMatching(remedy) }),
    );
  });
});
