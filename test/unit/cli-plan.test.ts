import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { deviceOf } from '../../src/cli/commands/plan.js';
import { assumedFormat, parseAssumption } from '../../src/cli/plan/assume.js';
import { probeAll } from '../../src/cli/plan/probed.js';
import type { ProbeOptions, ProbeReport } from '../../src/probe/index.js';
import { SOURCES } from '../../src/planner/index.js';
import { loadSpec, WeirError } from '../../src/spec/index.js';
import { weir, withSpec } from '../support/cli.js';
import { root } from '../support/paths.js';

interface Told {
  readonly count?: number;
  readonly detector?: string;
  readonly mux?: string;
  readonly fps?: number;
}

/** Weights that are not there. */
function specText({
  count = 30,
  detector = '{model: synthetic, precision: fp16}',
  mux = '{}',
  fps = 15,
}: Told = {}) {
  const streams = Array.from(
    { length: count },
    (_, i) => `      - {id: cam-${i + 1}, uri: "rtsp://192.0.2.${i + 1}/sub", fps: ${fps}}`,
  );
  const head = ['appliance: gate', 'modelDir: ./none', 'pipelines:', '  - id: main'];
  return [...head, `    mux: ${mux}`, `    detector: ${detector}`, '    streams:', ...streams, ''].join('\n');
}

/** PeopleNet as its manifest would be, with weights of 8 MiB. */
function addPeopleNet(dir: string): void {
  const manifest = readFileSync(join(root, 'test/unit/models/tiny.yaml'), 'utf8');
  const own = manifest
    .replace(/^name: .*$/m, 'name: peoplenet')
    .replace(/^file: .*$/m, 'file: peoplenet.onnx')
    .replace(/width: \d+/, 'width: 960')
    .replace(/height: \d+/, 'height: 544');
  writeFileSync(join(dir, 'peoplenet.yaml'), own);
  copyFileSync(join(root, 'test/unit/models/labels.txt'), join(dir, 'labels.txt'));
  writeFileSync(join(dir, 'peoplenet.onnx'), '');
  truncateSync(join(dir, 'peoplenet.onnx'), 8 * 2 ** 20);
}

const PEOPLENET = '{model: ./peoplenet.yaml, precision: int8, interval: 2}';

describe('weir plan', () => {
  it('says of thirty cameras on AGX Orin 64GB what is in the way, and the ways out', () =>
    withSpec(
      specText({ detector: PEOPLENET, mux: '{width: 1920, height: 1080}' }).replace('./none', '.'),
      async (file, dir) => {
        addPeopleNet(dir);
        const { stdout, stderr, code } = await weir(
          'plan',
          file,
          '--device',
          'agx-orin-64gb',
          '--assume',
          '/3M',
        );
        expect(code).toBe(69);
        expect(stderr).toMatchInlineSnapshot(`
          "error PLAN_TOO_LARGE: No Orin decodes 30 streams of 1920x1080 at 15 fps in H.264: the decoder would be at 122 % on Jetson AGX Orin 64GB; 24 of them would fit.
          "
        `);
        expect(stdout).toMatchInlineSnapshot(`
          "No Orin decodes 30 streams of 1920x1080 at 15 fps in H.264: the decoder would be at 122 % on Jetson AGX Orin 64GB; 24 of them would fit.
          With sub-streams at 720p this fits with 45 % to spare; with H.265 instead of H.264, with 20 % to spare.
          As it is, it could be carried by thor-t4000, thor-t5000.

          resource                               load            demand             limit       at most  source                               trust
          decoder                                1.22        933 MPix/s        765 MPix/s    24 streams  DS-10662-001                         datasheet
          bitrate of the decoder                 0.41         90 Mbit/s        220 Mbit/s    73 streams  DS-10662-001                         datasheet
          inference               0.26 (0.16 to 0.34)  150 inferences/s  582 inferences/s   116 streams  DS 7.0 performance, yolo_deepstream  derived
          memory bandwidth                       0.08         10.1 GB/s          123 GB/s   364 streams  module tables, derived               derived
          memory                                 0.05           3.2 GiB            64 GiB  1096 streams  module tables, derived               derived
          video encoder                          0.00          0 MPix/s                 -             -  -                                    -
          JPEG encoder                           0.00          0 MPix/s                 -             -  -                                    -

          What would fit:
          - sub-streams at 720p: 45 % to spare (decoder)
              uri.analyse: the cameras' sub-stream, set to 1280x720
          - H.265 instead of H.264: 20 % to spare (decoder)
              set H.265 in the cameras, for the stream of uri.analyse (browsers mostly cannot show it live)
          - 10 fps: 18 % to spare (decoder)
              set 10 frames per second in the cameras, and fps: 10 in weir.yaml
          - sub-streams at 360p: 74 % to spare (inference)
              uri.analyse: the cameras' sub-stream, set to 640x360
          - detector.rate 1 and decode: auto: 59 % to spare (bitrate of the decoder)
              detector: {rate: 1}: inferences per second and stream
              decode: auto in each stream: key frames alone while they come as often as detector.rate asks
          - key frames only, 1 s apart: 59 % to spare (bitrate of the decoder)
              decode: keyframes in each stream: nothing is tracked between key frames

          Surfaces on NVIDIA:
          pipeline  of        surfaces  size        GiB  from
          main      decoder        270  1920x1080  0.78  30 · (4 pictures held + 1 in work + num-extra-surfaces 4)
          main      mux            192  1920x1080  0.56  buffer-pool-size 6 · 32 slots
          main      detector        96  960x544    0.19  3 buffers · batch 32
          main      tracker        128  960x544    0.25  4 buffers · 32 slots

          Assumed:
          - cameras send /3M
          - where nothing else is said, cameras send 1920x1080/h264/4M, and the fps of the spec (15 where it says none)
          - 0.9 of the listed rate of a decoder or encoder is planned with
          - 0.6 of the memory's peak bandwidth is planned with
          - 0.6 of a bare engine's frames per second is what a pipeline keeps
          - 0 JPEG pictures per second and 0 encoded views at once; live view and recordings pass the camera's packets on

          Mind:
          - the power mode is not known (W: 15 to 60): decoder and encoder are as fast as listed only at the highest video clock; else give --video-clock

          Nothing here was measured on a device by Weir. Formulas and sources: docs/planning.md.
          "
        `);
      },
    ));

  it('says that sub-streams fit', () =>
    withSpec(specText({ detector: PEOPLENET }).replace('./none', '.'), async (file, dir) => {
      addPeopleNet(dir);
      const args = ['--device', 'agx-orin-64gb', '--assume', '1280x720/h264/2M', '--video-clock', '1'];
      const { stdout, code } = await weir('plan', file, ...args);
      expect(code).toBe(0);
      expect(stdout).toMatchInlineSnapshot(`
        "30 streams of 1280x720 at 15 fps in H.264 fit on Jetson AGX Orin 64GB with 45 % to spare (decoder); at most 55 such streams do.

        resource                               load            demand             limit       at most  source                               trust
        decoder                                0.54        415 MPix/s        765 MPix/s    55 streams  DS-10662-001                         datasheet
        bitrate of the decoder                 0.27         60 Mbit/s        220 Mbit/s   110 streams  DS-10662-001                         datasheet
        inference               0.26 (0.16 to 0.34)  150 inferences/s  582 inferences/s   116 streams  DS 7.0 performance, yolo_deepstream  derived
        memory                                 0.04           2.6 GiB            64 GiB  1590 streams  module tables, derived               derived
        memory bandwidth                       0.04          4.7 GB/s          123 GB/s   789 streams  module tables, derived               derived
        video encoder                          0.00          0 MPix/s                 -             -  -                                    -
        JPEG encoder                           0.00          0 MPix/s                 -             -  -                                    -

        Surfaces on NVIDIA:
        pipeline  of        surfaces  size       GiB  from
        main      decoder        420  1280x720  0.54  30 · (9 pictures held + 1 in work + num-extra-surfaces 4)
        main      mux            192  1280x720  0.25  buffer-pool-size 6 · 32 slots
        main      detector        96  960x544   0.19  3 buffers · batch 32
        main      tracker        128  960x544   0.25  4 buffers · 32 slots

        Assumed:
        - cameras send 1280x720/h264/2M
        - where nothing else is said, cameras send 1920x1080/h264/4M, and the fps of the spec (15 where it says none)
        - 0.9 of the listed rate of a decoder or encoder is planned with
        - 0.6 of the memory's peak bandwidth is planned with
        - 0.6 of a bare engine's frames per second is what a pipeline keeps
        - the video clock is at 1 of its highest
        - 0 JPEG pictures per second and 0 encoded views at once; live view and recordings pass the camera's packets on

        Nothing here was measured on a device by Weir. Formulas and sources: docs/planning.md.
        "
      `);
    }));

  it('says what is not known, and that it fits only as far as is known', () =>
    withSpec(specText({ count: 2 }), async (file) => {
      const { stdout, code } = await weir(
        'plan',
        file,
        '--device',
        'orin-nx-16',
        '--assume',
        'cam-2=640x360@10/h265/512k',
      );
      expect(code).toBe(0);
      expect(stdout).toMatchInlineSnapshot(`
        "As far as is known, 2 streams (1 of 1920x1080 at 15 fps in H.264, 1 of 640x360 at 10 fps in H.265) fit on Jetson Orin NX 16GB with 90 % to spare (memory); at most 39 such streams do.
        Not known, or not all of it: memory, memory bandwidth, bitrate of the decoder, inference.

        resource                   load           demand       limit      at most  source                  trust
        memory                  >= 0.10          1.6 GiB           ?  423 streams  module tables, derived  derived
        decoder                    0.05      33.4 MPix/s  656 MPix/s   39 streams  DS-10712-001            datasheet
        memory bandwidth        >= 0.00         0.3 GB/s           ?  404 streams  module tables, derived  derived
        video encoder              0.00         0 MPix/s           -            -  -                       -
        JPEG encoder               0.00         0 MPix/s           -            -  -                       -
        bitrate of the decoder        ?       4.5 Mbit/s           ?            -  -                       -
        inference                     ?  25 inferences/s           ?            -  -                       -

        Not known:
        - the size of the engine of synthetic: its weights are not on this machine
        - no bitrate of the decoder is known for H.264
        - no bitrate of the decoder is known for H.265
        - no frames per second are known of synthetic in fp16 on Jetson Orin NX 16GB: give --model-fps, which trtexec measures, or --gflops

        Surfaces on NVIDIA:
        pipeline  of        surfaces  size        GiB  from
        main      decoder          9  1920x1080  0.03  1 · (4 pictures held + 1 in work + num-extra-surfaces 4)
        main      decoder         21  640x360    0.01  1 · (16 pictures held + 1 in work + num-extra-surfaces 4)
        main      mux             48  1280x720   0.06  buffer-pool-size 6 · 8 slots
        main      detector        24  640x360    0.02  3 buffers · batch 8
        main      tracker         32  960x544    0.06  4 buffers · 8 slots

        Assumed:
        - cameras send cam-2=640x360@10/h265/512k
        - where nothing else is said, cameras send 1920x1080/h264/4M, and the fps of the spec (15 where it says none)
        - 0.9 of the listed rate of a decoder or encoder is planned with
        - 0.6 of the memory's peak bandwidth is planned with
        - 0.6 of a bare engine's frames per second is what a pipeline keeps
        - 0 JPEG pictures per second and 0 encoded views at once; live view and recordings pass the camera's packets on

        Mind:
        - the power mode is not known (W: 10 to 25 (40)): decoder and encoder are as fast as listed only at the highest video clock; else give --video-clock
        - 0.8 of the rate is left for pictures of less than 0.3 MPix, for the fixed cost of a frame: unconfirmed

        Nothing here was measured on a device by Weir. Formulas and sources: docs/planning.md.
        "
      `);
    }));

  it('says what no module of a family does', () =>
    withSpec(specText({ count: 250, fps: 30 }), async (file) => {
      const { stdout, code } = await weir('plan', file, '--device', 'orin-nano-8gb');
      expect(code).toBe(69);
      expect(stdout.split('\n').slice(0, 2)).toMatchInlineSnapshot(`
        [
          "No Orin decodes 250 streams of 1920x1080 at 30 fps in H.264: the decoder would be at 3840 % on Jetson Orin Nano 8GB (and Super dev kit); 6 of them would fit.",
          "With sub-streams at 360p and key frames only, 1 s apart this fits, as far as is known, with 3 % to spare.",
        ]
      `);
    }));

  it('says of a module without encoder what it cannot do', () =>
    withSpec(specText({ count: 2 }), async (file) => {
      const { stdout, stderr, code } = await weir(
        'plan',
        file,
        '--device',
        'orin-nano-8gb',
        '--encoded-views',
        '1',
      );
      expect(code).toBe(69);
      expect(stdout.split('\n')[0]).toBe(
        'Jetson Orin Nano 8GB (and Super dev kit) does not carry 2 streams of 1920x1080 at 15 fps in H.264: Jetson Orin Nano 8GB (and Super dev kit) has no video encoder.',
      );
      expect(stderr).toContain('error PLAN_TOO_LARGE: ');
    }));

  it('has nothing to say of a spec without streams', () =>
    withSpec(specText({ count: 0 }).replace('streams:', 'streams: []'), async (file) => {
      const { stdout, code } = await weir('plan', file, '--device', 'orin-nano-8gb');
      expect([code, stdout.split('\n')[0]]).toEqual([
        0,
        'Jetson Orin Nano 8GB (and Super dev kit) has nothing to do: the spec has no streams.',
      ]);
    }));

  it('prints all of it as JSON', () =>
    withSpec(specText(), async (file) => {
      const { stdout, code } = await weir('plan', file, '--device', 'agx-orin-64gb', '--json');
      const made = JSON.parse(stdout);
      expect(code).toBe(69);
      expect(Object.keys(made)).toEqual([
        ...['device', 'streams', 'mix', 'bounds', 'verdict', 'limiting', 'load', 'maxStreams'],
        ...['changes', 'carriers', 'surfaces', 'assumptions', 'warnings'],
      ]);
      expect(made.device).toEqual({ id: 'agx-orin-64gb', name: 'Jetson AGX Orin 64GB' });
      expect(made.changes[0]).toEqual({
        steps: ['720p'],
        words: 'sub-streams at 720p',
        todo: ["uri.analyse: the cameras' sub-stream, set to 1280x720"],
        verdict: 'fits-as-known',
        load: expect.closeTo(0.542, 3),
        limiting: 'decode-pixels',
        maxStreams: 55,
      });
    }));

  it('lists the devices', async () => {
    const { stdout, code } = await weir('plan', '--devices');
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "id                   name                                      GiB  H.264  H.265  trust                     DeepStream
      jetson-nano          Jetson Nano 4GB                             4      8      8  third party               6.0.1
      jetson-tx2           Jetson TX2 / TX2 NX                         4     14     14  unconfirmed               6.0.1
      xavier-nx            Jetson Xavier NX 8/16GB                     8     22     44  third party               6.3
      agx-xavier           Jetson AGX Xavier 32/64GB                  32     32     52  unconfirmed, third party  6.3
      orin-nano-4gb        Jetson Orin Nano 4GB                        4      7     11  datasheet                 9.1
      orin-nano-8gb        Jetson Orin Nano 8GB (and Super dev kit)    8      7     11  datasheet                 9.1
      orin-nx-8gb          Jetson Orin NX 8GB                          8     11     18  datasheet                 9.1
      orin-nx-16gb         Jetson Orin NX 16GB                        16     11     18  datasheet                 9.1
      agx-orin-32gb        Jetson AGX Orin 32GB                       32     11     18  datasheet                 9.1
      agx-orin-64gb        Jetson AGX Orin 64GB                       64     13     22  datasheet                 9.1
      agx-orin-industrial  Jetson AGX Orin Industrial 64GB            64     13     23  datasheet                 9.1
      thor-t4000           Jetson T4000 64GB                          64     47     43  vendor                    9.1
      thor-t5000           Jetson T5000 128GB (AGX Thor dev kit)     128     95     86  vendor                    9.1
      t4                   Tesla T4                                   16     40     36  unconfirmed               9.1
      a2                   A2                                         16     20     18  unconfirmed               9.1
      a10                  A10                                        24     40     36  unconfirmed               9.1
      l4                   L4                                         24    112    104  unconfirmed               9.1
      l40s                 L40S                                       48     84     78  unconfirmed               9.1
      a100                 A100 40GB PCIe                             40    100     90  unconfirmed               9.1
      h100                 H100 PCIe                                  80    196    182  unconfirmed               9.1

      H.264, H.265: streams of 1920x1080 at 30 fps the decoder takes as listed, without a margin. DeepStream: the last for it.
      "
    `);
    expect(JSON.parse((await weir('plan', '--devices', '--json')).stdout)).toHaveLength(20);
  });

  it.each([
    [
      ['--device', 'orin-nx'],
      64,
      'error DEVICE_UNKNOWN: several devices begin with "orin-nx"\n  name one of orin-nx-8gb, orin-nx-16gb\n',
    ],
    [
      ['--device', 'l4', '--assume', 'cam-9=640x360'],
      64,
      'error STREAM_UNKNOWN: --assume cam-9=640x360: the spec has no stream "cam-9"\n  its streams: cam-1\n',
    ],
    [
      ['--device', 'l4', '--assume', 'full-hd'],
      64,
      'error USAGE: --assume: got "full-hd", expected [STREAM=][WIDTHxHEIGHT][@FPS][/h264|/h265][/BITRATE]\n  for example --assume 1280x720@15/h264/2M, or --assume yard-*=640x360\n',
    ],
    [
      ['--device', 'l4', '--gflops', 'much'],
      64,
      "error: option '--gflops <n>' argument 'much' is invalid. Expected a number above 0, or MODEL=NUMBER.\n",
    ],
    [
      ['--device', 'l4', '--video-clock', '1.5'],
      64,
      "error: option '--video-clock <share>' argument '1.5' is invalid. Expected a number from 0.01 to 1.\n",
    ],
  ] as const)('refuses %j', (args, code, stderr) =>
    withSpec(specText({ count: 1 }), async (file) => {
      expect(await weir('plan', file, ...args)).toEqual({ stdout: '', stderr, code });
    }),
  );
});

describe('without --device', () => {
  it('plans for the module this machine is', async () => {
    expect((await deviceOf(undefined, async () => 'p3767-0000')).id).toBe('orin-nx-16gb');
  });

  it.each([
    [undefined, 'this machine is no Jetson module'],
    ['p9999-0000', 'the module p9999-0000 is not known'],
  ])('asks for one where the module is %s', async (part, message) => {
    const remedy = 'name a device with --device; weir plan --devices lists them';
    await expect(deviceOf(undefined, async () => part)).rejects.toMatchObject({
      code: 'DEVICE_UNKNOWN',
      message,
      remedy,
    });
  });
});

describe('assumptions', () => {
  it.each([
    ['1920x1080@30/h264/4M', undefined, { width: 1920, height: 1080, fps: 30, codec: 'h264', mbps: 4 }],
    ['cam-1=1280x720', 'cam-1', { width: 1280, height: 720 }],
    ['yard-*=@12.5/h265', 'yard-*', { fps: 12.5, codec: 'h265' }],
    ['/800k', undefined, { mbps: 0.8 }],
  ])('%s are read', (text, stream, format) => {
    expect(parseAssumption(text)).toEqual({ text, format, ...(stream !== undefined && { stream }) });
  });

  it.each([
    '',
    'cam-1',
    'cam-1=',
    '1920',
    '1920x',
    '@',
    '@0',
    '@241',
    '/h266',
    '/4',
    '/0M',
    '/4G',
    '10x10',
    '99999x1080',
    '1920x1080 ',
    'Cam=640x360',
    '1920x1080/4M/h264',
  ])('"%s" are refused', (text) => {
    expect(() => parseAssumption(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('of fewer streams count more than those of all, later ones more than earlier', () => {
    const given = ['cam-1=@5', '1280x720@15', 'cam-*=/h265', '@10'].map(parseAssumption);
    expect(assumedFormat('cam-1', given)).toEqual({ width: 1280, height: 720, fps: 5, codec: 'h265' });
    expect(assumedFormat('yard', given)).toEqual({ width: 1280, height: 720, fps: 10 });
  });
});

describe('cameras that are asked', () => {
  const report = (rest: Partial<ProbeReport>) =>
    ({ codec: 'H264', width: 1280, height: 720, fps: 14.98, kbitPerSecond: 1534, ...rest }) as ProbeReport;
  const text = specText({ count: 8 }).replace(
    'sub", fps: 15}',
    'sub", fps: 15, user: "${env:U}", password: "${env:P}"}',
  );

  it('tell their format, at most five at once, with login and networks of the spec', () =>
    withSpec(`${text}cameraNetworks: [192.0.2.0/24]\n`, async (file) => {
      const loaded = loadSpec(file);
      if (!loaded.ok) throw new Error('the spec is not valid');
      const asked: ProbeOptions[] = [];
      let busy = 0;
      let most = 0;
      const { formats, failures } = await probeAll(loaded.spec, async (options) => {
        asked.push(options);
        most = Math.max(most, ++busy);
        await new Promise(setImmediate);
        busy -= 1;
        if (options.uri.includes('.2/')) throw new WeirError('PROBE_FAILED', 'no picture');
        return report(options.uri.includes('.3/') ? { codec: 'MJPEG' } : {});
      });
      expect(most).toBe(5);
      expect(asked[0]).toEqual({
        uri: 'rtsp://192.0.2.1/sub',
        transport: 'tcp',
        user: '${env:U}',
        password: '${env:P}',
        networks: ['192.0.2.0/24'],
      });
      expect(formats.get('cam-1')).toEqual({ width: 1280, height: 720, fps: 15, codec: 'h264', mbps: 1.53 });
      expect([...formats.keys()]).toHaveLength(6);
      expect(failures).toEqual(['cam-2: no picture', 'cam-3: shows MJPEG 1280x720 at 14.98 fps']);
    }));
});

describe('docs/planning.md', () => {
  const page = readFileSync(join(root, 'docs/planning.md'), 'utf8');

  it('shows what the command prints', async () => {
    const [, line = '', shown] = /^```text\n\$ weir (.+)\n([^]*?)\n```$/m.exec(page) ?? [];
    vi.stubEnv('WEIR_MODEL_DIR', '/none');
    const args = line.split(' ').map((word) => (word.endsWith('.yaml') ? join(root, word) : word));
    const { stdout, stderr } = await weir(...args);
    vi.unstubAllEnvs();
    expect(`${stdout}${stderr}`).toBe(`${shown}\n`);
  });

  it('lists every source, and no other', () => {
    const rows = page.split('## Sources')[1]?.matchAll(/^\| `(\w+)` \| (.+) \| (.+) \|$/gm) ?? [];
    const listed = [...rows].map(([, key, name, title]) => [key, { name, title }]);
    expect(listed).toEqual(Object.entries(SOURCES));
  });
});
