/** Doctor's checks of the device, on trees written after documentation: nothing here was asked of a Jetson. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Check, failed, passed, warned } from '../../src/cli/doctor/check.js';
import { examineDevice } from '../../src/cli/doctor/device.js';
import { examine } from '../../src/cli/doctor/examine.js';
import { formatChecks } from '../../src/cli/doctor/table.js';
import { RELEASES, SUPPORTED } from '../../src/device/releases.js';
import { fakeBinding } from '../support/fake-binding.js';
import { root } from '../support/paths.js';
import {
  changed,
  type Changes,
  DEVICES,
  EMPTY,
  recordedDevices,
  recordedMachine,
  recordedTree,
} from '../support/recorded-machine.js';

const ROOT = '/opt/nvidia/deepstream/deepstream';
const GST = '/usr/lib/aarch64-linux-gnu/gstreamer-1.0';
const REGISTRY = '/home/weir/.cache/gstreamer-1.0/registry.aarch64.bin';
const FIND = `find -L ${GST} ${ROOT}/lib/gst-plugins -maxdepth 1 -name *.so -cnewer ${REGISTRY}`;
const DPKG = 'dpkg-query -W -f ${db:Status-Status} ${Version}\\n';
const cameras = (count: number) => Array.from({ length: count }, (_, i) => `rtsp://192.0.2.${i + 1}/main`);

interface Options {
  readonly provider?: string;
  readonly streams?: readonly string[];
}

async function checks(id: string, changes: Changes = {}, options: Options = {}): Promise<Check[]> {
  const tree = id === '' ? EMPTY : recordedTree(id);
  const { provider = 'nvidia', streams = cameras(4) } = options;
  return examineDevice({
    machine: recordedMachine(changed(tree, changes)),
    env: { HOME: '/home/weir' },
    addon: { provider, gstreamer: tree.gstreamer ?? 'GStreamer 1.22.0' },
    modelDir: '/var/lib/weir/models',
    streams,
  });
}

async function check(name: string, ...from: Parameters<typeof checks>): Promise<string> {
  const found = (await checks(...from)).find((each) => each.name === name);
  return found ? line(found) : 'none';
}

function line({ name, ok, warning, detail, remedy }: Check): string {
  const result = ok ? (warning ? 'warning' : 'ok') : 'FAILED';
  return `${name}: ${result}: ${detail}${remedy === undefined ? '' : `\n  → ${remedy}`}`;
}

describe('doctor, of a device', () => {
  it.each(recordedDevices())('finds what %s is', async (id) => {
    const text = (await checks(id)).map(line).join('\n');
    await expect(`${text}\n`).toMatchFileSnapshot(join(DEVICES, `${id}.doctor.txt`));
  });

  it.each(recordedDevices())('asks %s only for what its tree has', async (id) => {
    const machine = recordedMachine(recordedTree(id));
    const addon = { provider: 'nvidia', gstreamer: 'GStreamer 1.20.3' };
    await examineDevice({ machine, env: { HOME: '/home/weir' }, addon, modelDir: '/var/lib/weir/models' });
    expect(machine.unknown).toEqual([]);
  });

  it('says nothing of a laptop, and little of one with a GPU', async () => {
    expect(await checks('', {}, { provider: 'standin' })).toEqual([]);
    const smi = 'nvidia-smi --query-gpu=name,compute_cap --format=csv,noheader';
    const dgpu = await checks('', {
      programs: {
        [smi]: 'NVIDIA L4, 8.9\n',
        [`${DPKG} libnvinfer[0-9]*`]: 'installed 10.16.2.10-1+cuda13.2\n',
      },
      files: {
        [`${ROOT}/version`]: 'Version: 9.1.0\n',
        '/usr/local/cuda/version.json': '{"cuda": {"version": "13.2.2"}}',
      },
      folders: { '/dev': ['nvidia0', 'nvidiactl'] },
    });
    expect(dgpu.map(line).join('\n')).toMatchInlineSnapshot(`
      "device: ok: NVIDIA L4, compute capability 8.9
      deepstream: ok: 9.1.0
      cuda: ok: 13.2, as DeepStream 9.1 expects
      tensorrt: ok: 10.16.2, as DeepStream 9.1 expects
      gstreamer release: warning: 1.22.0; DeepStream 9.1 is made for 1.24
        → install the one DeepStream 9.1's installation guide names
      plugins: ok: no registry yet
      gpu access: FAILED: this user may not use /dev/nvidia0 /dev/nvidiactl; groups: unknown
        → sudo usermod -aG video,render <user of weir>, then log in anew, or restart the service"
    `);
  });

  it('fails an empty machine the addon for NVIDIA is on, each time with a remedy', async () => {
    const found = await checks('');
    expect(found.map(line).join('\n')).toMatchInlineSnapshot(`
      "device: FAILED: nvidia-smi names no GPU
        → install NVIDIA's driver
      deepstream: FAILED: not found in /opt/nvidia/deepstream/deepstream
        → install DeepStream 7.1 (JetPack 6.1 or 6.2) or DeepStream 9.1 (JetPack 7.2)
      cuda: warning: not found in /usr/local/cuda
        → apt-get install nvidia-jetpack, or the toolkit of your driver
      tensorrt: FAILED: neither the package libnvinfer nor NvInferVersion.h is there: nvinfer cannot run
        → apt-get install tensorrt libnvinfer-bin libnvinfer-dev
      gstreamer release: ok: 1.22.0
      plugins: ok: no registry yet
      gpu access: FAILED: no device node of a GPU in /dev
        → in a container, run it with NVIDIA's runtime; else install the driver or JetPack anew"
    `);
  });

  it('warns where the addon is for the stand-in, whatever NVIDIA lacks', async () => {
    const bare = { files: { [`${ROOT}/version`]: null }, programs: { [`${DPKG} libnvinfer[0-9]*`]: null } };
    const found = await checks('orin-nx-16gb', bare, { provider: 'standin' });
    expect(found.every(({ ok }) => ok)).toBe(true);
    const warnings = found.filter(({ warning }) => warning).map(({ name }) => name);
    expect(warnings).toEqual(['provider', 'deepstream', 'tensorrt']);
  });

  const TROUBLES: readonly [what: string, name: string, id: string, changes: Changes, line: string][] = [
    [
      'DeepStream 9.1 on JetPack 6',
      'deepstream',
      'orin-nx-16gb',
      { files: { [`${ROOT}/version`]: 'Version: 9.1.0\n' } },
      'deepstream: FAILED: 9.1.0 is for JetPack 7.2 (L4T 39.2); this is JetPack 6.2 (L4T 36.4.3)\n' +
        '  → install DeepStream 7.1 (JetPack 6.1 or 6.2)',
    ],
    [
      'DeepStream 7.1 on Thor',
      'deepstream',
      'thor-t5000',
      { files: { [`${ROOT}/version`]: 'Version: 7.1.0\n' } },
      'deepstream: FAILED: 7.1.0 does not run on Jetson T5000 128GB (AGX Thor dev kit)\n  → install DeepStream 9.1 (JetPack 7.2)',
    ],
    [
      'a newer Jetson Linux of the same generation',
      'deepstream',
      'orin-nx-16gb',
      { files: { '/etc/nv_tegra_release': '# R36 (release), REVISION: 5.0, GCID: 1\n' } },
      'deepstream: warning: 7.1.0 is for JetPack 6.1 or 6.2 (L4T 36.4); this is JetPack 6.2.2 (L4T 36.5.0)\n' +
        '  → install JetPack 6.1 or 6.2, or watch for what differs',
    ],
    [
      'DeepStream 9.2',
      'deepstream',
      'thor-t5000',
      { files: { [`${ROOT}/version`]: 'Version: 9.2.0\n' } },
      'deepstream: warning: 9.2.0; Weir is meant for 7.1 and 9.1\n' +
        '  → install DeepStream 9.1 (JetPack 7.2), or watch for what differs',
    ],
    [
      'DeepStream 6.3',
      'deepstream',
      'orin-nx-16gb',
      { files: { [`${ROOT}/version`]: 'Version: 6.3.0\n' } },
      'deepstream: FAILED: 6.3.0; Weir is meant for 7.1 and 9.1\n  → install DeepStream 7.1 (JetPack 6.1 or 6.2)',
    ],
    [
      'no TensorRT',
      'tensorrt',
      'orin-nx-16gb',
      { programs: { [`${DPKG} libnvinfer[0-9]*`]: null } },
      'tensorrt: FAILED: neither the package libnvinfer nor NvInferVersion.h is there: nvinfer cannot run\n' +
        '  → apt-get install tensorrt libnvinfer-bin libnvinfer-dev',
    ],
    [
      'a TensorRT of another JetPack',
      'tensorrt',
      'orin-nx-16gb',
      { programs: { [`${DPKG} libnvinfer[0-9]*`]: 'installed 8.6.2.3-1+cuda12.2\n' } },
      'tensorrt: warning: 8.6.2; DeepStream 7.1 is made for 10.3\n' +
        "  → install the one DeepStream 7.1's installation guide names",
    ],
    [
      'a module nobody knows',
      'device',
      'orin-nx-16gb',
      { files: { '/proc/device-tree/chosen/ids': '3767-0099-300\0', '/etc/nv_boot_control.conf': null } },
      'device: warning: NVIDIA Jetson Orin NX Engineering Reference Developer Kit (p3767-0099), JetPack 6.2 ' +
        '(L4T 36.4.3): a module Weir does not know\n  → report it with this line',
    ],
    [
      '10 W',
      'power mode',
      'orin-nx-16gb',
      { programs: { 'nvpmodel -q': 'NV Power Mode: 10W\n1\n' } },
      'power mode: warning: 10W caps clocks, and those of the decoders may be among them; there are also MAXN, 15W, 25W\n' +
        '  → sudo nvpmodel -m 0, where power supply and cooling allow it',
    ],
    [
      '10 W where nvpmodel may not be asked',
      'power mode',
      'orin-nx-16gb',
      { programs: { 'nvpmodel -q': null }, files: { '/var/lib/nvpmodel/status': 'pmode:0001\n' } },
      'power mode: warning: 10W caps clocks, and those of the decoders may be among them; there are also MAXN, 15W, 25W\n' +
        '  → sudo nvpmodel -m 0, where power supply and cooling allow it',
    ],
    [
      'no power mode',
      'power mode',
      'orin-nx-16gb',
      { programs: { 'nvpmodel -q': null }, files: { '/etc/nvpmodel.conf': null } },
      'power mode: warning: not known\n  → sudo nvpmodel -q',
    ],
    [
      'a capped clock',
      'clocks',
      'orin-nx-16gb',
      { files: { '/sys/class/devfreq/17000000.gpu/max_freq': '510000000\n' } },
      'clocks: warning: GPU 306 to 510 MHz, by load; it could do 918\n' +
        '  → the power mode above caps it, or a setting of your own in /sys/class/devfreq',
    ],
    [
      'a stale registry',
      'plugins',
      'orin-nx-16gb',
      { programs: { [FIND]: `${GST}/libgstrtsp.so\n${ROOT}/lib/gst-plugins/libnvdsgst_infer.so\n` } },
      `plugins: warning: newer than ${REGISTRY}: ${ROOT}/lib/gst-plugins/libnvdsgst_infer.so ${GST}/libgstrtsp.so\n` +
        `  → rm ${REGISTRY}`,
    ],
    [
      'a plugin GStreamer has given up on',
      'plugins',
      'orin-nx-16gb',
      {
        programs: {
          'gst-inspect-1.0 -b':
            'Blacklisted files:\n  libnvdsgst_infer.so\n\nTotal count: 1 blacklisted file\n',
        },
      },
      'plugins: FAILED: GStreamer has given up on libnvdsgst_infer.so\n' +
        `  → rm ${REGISTRY}; if it comes again, ldd says which library the plugin lacks`,
    ],
    [
      "the distribution's rtpmanager",
      'rtpmanager',
      'orin-nx-16gb',
      {
        programs: {
          [`md5sum ${GST}/libgstrtpmanager.so`]: `0123456789abcdef0123456789abcdef  ${GST}/libgstrtpmanager.so\n`,
        },
      },
      "rtpmanager: warning: the distribution's; NVIDIA advises its patched one for IP cameras\n" +
        '  → run update_rtpmanager.sh, which comes with DeepStream, as root',
    ],
    [
      'a user of no group',
      'gpu access',
      'orin-nx-16gb',
      { programs: { 'test -r /dev/nvmap -a -w /dev/nvmap': null, 'id -Gn': 'weir\n' } },
      'gpu access: FAILED: this user may not use /dev/nvmap; groups: weir\n' +
        '  → sudo usermod -aG video,render <user of weir>, then log in anew, or restart the service',
    ],
    [
      'a container without the GPU',
      'gpu access',
      'orin-nx-16gb',
      { folders: { '/dev': ['null'] } },
      'gpu access: FAILED: no device node of a GPU in /dev\n' +
        "  → in a container, run it with NVIDIA's runtime; else install the driver or JetPack anew",
    ],
    [
      'a full disk',
      'disk',
      'orin-nx-16gb',
      {
        programs: {
          'df -Pk /var/lib/weir/models':
            'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/mmcblk0p1 30000000 29900000 100000 99% /\n',
        },
      },
      'disk: warning: 0.1 GiB free for engines in /var/lib/weir/models\n' +
        '  → make room there, or point modelDir at a larger disk',
    ],
  ];
  it.each(TROUBLES)('notices %s', async (_, name, id, changes, expected) => {
    expect(await check(name, id, changes)).toBe(expected);
  });

  it('counts streams against the decoder, and asks of rtpmanager only with cameras', async () => {
    expect(await check('decoder', 'orin-nx-16gb', {}, { streams: cameras(30) })).toBe(
      'decoder: warning: 11 streams of H.264 or 18 of H.265 at 1080p30; the spec has 30\n' +
        '  → analyse sub-streams of 720p or less, or have the cameras send fewer frames',
    );
    expect(await check('rtpmanager', 'orin-nx-16gb', {}, { streams: ['file:///a.mp4'] })).toBe('none');
  });
});

describe('docs/operations.md', () => {
  it('lists the releases of DeepStream that are supported', () => {
    const text = readFileSync(join(root, 'docs/operations.md'), 'utf8');
    const rows = RELEASES.filter(({ deepstream }) => SUPPORTED.some((each) => each === deepstream)).map(
      (row) => {
        const modules = row.families.map((family) => family.replace(/^./, (first) => first.toUpperCase()));
        const jetpack = row.jetpack.replace(' or ', ', ');
        const cells = [row.deepstream, jetpack, row.l4t.join(', '), row.cuda, row.tensorrt, row.gstreamer];
        return `| ${[...cells, modules.join(', ')].join(' | ')} |`;
      },
    );
    expect(rows).toHaveLength(2);
    for (const row of rows) expect(text).toContain(row);
  });

  it('names every check of the device', async () => {
    const section = readFileSync(join(root, 'docs/operations.md'), 'utf8')
      .split(/^## /m)
      .find((part) => part.startsWith('Doctor'));
    const names = (await checks('orin-nx-16gb', {}, { provider: 'standin' })).map(({ name }) => name);
    expect(names.filter((name) => !section?.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('doctor, whole', () => {
  it('prints three results', () => {
    const three = [passed('a', 'fine'), warned('b', 'so so', 'look'), failed('c', 'broken', 'mend')];
    expect(formatChecks(three)).toMatchInlineSnapshot(`
      "check  result   detail
      a      ok       fine
      b      warning  so so
                      → look
      c      FAILED   broken
                      → mend"
    `);
    expect(JSON.parse(JSON.stringify(three[1]))).toEqual({
      name: 'b',
      ok: true,
      warning: true,
      detail: 'so so',
      remedy: 'look',
    });
  });

  it('asks the machine it is given, and says nothing more of one that is no Jetson', async () => {
    const binding = fakeBinding();
    const jetson = await examine({
      binding,
      machine: recordedMachine(recordedTree('orin-nano-8gb')),
      env: {},
    });
    expect(jetson.find(({ name }) => name === 'encoder')?.detail).toMatch(
      /^none: live view of annotated video/,
    );
    const plain = await examine({ binding, machine: recordedMachine(EMPTY), env: {} });
    expect(plain.some(({ name }) => name === 'device')).toBe(false);
  });
});
