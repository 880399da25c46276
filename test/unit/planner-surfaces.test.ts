import { describe, expect, it } from 'vitest';
import { heldPictures, planInput, surfaces } from '../../src/planner/index.js';
import { parseSpec } from '../../src/spec/index.js';

describe('pictures a decoder holds', () => {
  it.each([
    ['h264', 1920, 1080, 4],
    ['h264', 1280, 720, 9],
    ['h264', 640, 360, 16],
    ['h264', 3840, 2160, 5],
    ['h265', 1920, 1080, 6],
    ['h265', 1280, 720, 12],
    ['h265', 640, 360, 16],
    ['h265', 3840, 2160, 6],
  ] as const)('of %s %dx%d are %d', (codec, width, height, held) => {
    expect(heldPictures({ codec, width, height })).toBe(held);
  });
});

it('what a spec leaves out of its streams is planned so', () => {
  const camera = '{id: a, uri: "rtsp://c/a", decode: keyframes, maxFps: 0.5}';
  const text = `{appliance: a, pipelines: [{id: main, detector: {model: synthetic}, streams: [${camera}]}]}`;
  const result = parseSpec(text, 'weir.yaml', { baseDir: '/etc/weir', env: {} });
  if (!result.ok) throw new Error('the spec is not valid');
  const made = planInput(result.spec, { format: () => ({}), engineBytes: () => null });
  expect(made.pipelines[0]?.streams[0]).toMatchObject({
    decode: 'keyframes',
    keyFramesEvery: 1,
    maxFps: 0.5,
  });
});

describe('surfaces of a spec', () => {
  const planned = (tracker: string) => {
    const text = `appliance: a
pipelines:
  - id: main
    detector: {model: synthetic}
    tracker: {algorithm: ${tracker}}
    streams: [{id: a, uri: "rtsp://c/a"}, {id: b, uri: "rtsp://c/b"}]
`;
    const result = parseSpec(text, 'weir.yaml', { baseDir: '/etc/weir', env: {} });
    if (!result.ok) throw new Error('the spec is not valid');
    const format = ({ id }: { readonly id: string }) => (id === 'b' ? { width: 640, height: 360 } : {});
    return planInput(result.spec, { format, engineBytes: () => null });
  };

  it('come from what the graph sets, and from the defaults of its elements', () => {
    const rows = surfaces(planned('iou'));
    const lines = rows.map(({ what, count, width, height, bytes, why }) =>
      [what, count, `${width}x${height}`, bytes, why].join(' | '),
    );
    expect(lines.join('\n')).toMatchInlineSnapshot(`
      "decoder | 9 | 1920x1080 | 27993600 | 1 · (4 pictures held + 1 in work + num-extra-surfaces 4)
      decoder | 21 | 640x360 | 7257600 | 1 · (16 pictures held + 1 in work + num-extra-surfaces 4)
      mux | 48 | 1280x720 | 66355200 | buffer-pool-size 6 · 8 slots
      detector | 24 | 640x360 | 22118400 | 3 buffers · batch 8
      tracker | 32 | 960x544 | 66846720 | 4 buffers · 8 slots"
    `);
  });

  it('of a tracker are none without one', () => {
    expect(surfaces(planned('none')).map(({ what }) => what)).toEqual([
      'decoder',
      'decoder',
      'mux',
      'detector',
    ]);
  });

  it('are of a graph whose frames pass decoder, mux, detector and tracker', () => {
    const [pipeline] = planned('iou').pipelines;
    expect(pipeline?.graph).toEqual({
      elements: [
        ...['nvv4l2decoder', 'nvstreammux', 'nvinfer', 'nvtracker'],
        ...['tee', 'fakesink', 'queue', 'nvstreamdemux'],
      ],
      extraSurfaces: 4,
      muxPool: 6,
    });
  });
});
