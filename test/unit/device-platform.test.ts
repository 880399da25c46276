/** What is read of a machine, from trees written after documentation: none was recorded on a device. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MODULES, moduleOf } from '../../src/device/modules.js';
import { isJetson, readPlatform } from '../../src/device/read-platform.js';
import { isOf, jetpackOf, releaseOf, RELEASES, releasesFor, SUPPORTED } from '../../src/device/releases.js';
import {
  changed,
  EMPTY,
  recordedDevices,
  recordedMachine,
  recordedTree,
} from '../support/recorded-machine.js';

const ROOT = '/opt/nvidia/deepstream/deepstream';
const read = (tree = EMPTY) => readPlatform(recordedMachine(tree), ROOT);
const TREE = '/proc/device-tree';
const DPKG = 'dpkg-query -W -f ${db:Status-Status} ${Version}\\n';
const TENSORRT = `${DPKG} libnvinfer[0-9]*`;

describe('the platform', () => {
  it('has a tree for each module Weir knows', () => {
    expect(recordedDevices().sort()).toEqual(MODULES.map(({ id }) => id).sort());
  });

  it.each(MODULES)('of $id is told from its tree', async ({ id, parts, family }) => {
    const tree = recordedTree(id);
    expect(tree.source).toMatch(/^Written from documentation/);
    const platform = await read(tree);
    expect(parts).toContain(platform.part);
    expect(moduleOf(platform.part)).toMatchObject({ id, family });
    expect(await isJetson(recordedMachine(tree))).toBe(true);
    expect(Object.keys(platform).sort()).toEqual(
      ['computeCapability', 'cuda', 'deepstream', 'gpu', 'l4t', 'model', 'part', 'tensorrt'].sort(),
    );
  });

  it('is what the files say', async () => {
    expect(await read(recordedTree('orin-nx-16gb'))).toMatchInlineSnapshot(`
      {
        "computeCapability": "8.7",
        "cuda": "12.6",
        "deepstream": "7.1.0",
        "gpu": "Orin",
        "l4t": "36.4.3",
        "model": "NVIDIA Jetson Orin NX Engineering Reference Developer Kit",
        "part": "p3767-0000",
        "tensorrt": "10.3.0",
      }
    `);
    expect(await read(recordedTree('thor-t5000'))).toMatchInlineSnapshot(`
      {
        "computeCapability": "11.0",
        "cuda": "13.2",
        "deepstream": "9.1.0",
        "gpu": "NVIDIA Thor",
        "l4t": "39.2.0",
        "model": "NVIDIA Jetson AGX Thor Developer Kit",
        "part": "p3834-0008",
        "tensorrt": "10.16.2",
      }
    `);
    expect(await read(recordedTree('jetson-nano'))).toMatchInlineSnapshot(`
      {
        "computeCapability": "5.3",
        "cuda": "10.2",
        "deepstream": "6.0.1",
        "gpu": "NVIDIA Tegra X1",
        "l4t": "32.7.1",
        "model": "NVIDIA Jetson Nano Developer Kit",
        "part": "p3448-0000",
        "tensorrt": "8.2.1",
      }
    `);
  });

  it('of an empty machine is empty', async () => {
    expect(await read()).toEqual({});
    expect(await isJetson(recordedMachine(EMPTY))).toBe(false);
  });

  it("of another machine has its GPU from NVIDIA's tool", async () => {
    const smi = 'nvidia-smi --query-gpu=name,compute_cap --format=csv,noheader';
    const platform = (text: string) => read({ ...EMPTY, programs: { [smi]: text } });
    expect(await platform('NVIDIA L4, 8.9\nTesla T4, 7.5\n')).toEqual({
      gpu: 'NVIDIA L4',
      computeCapability: '8.9',
    });
    expect(await platform('No devices were found\n')).toEqual({});
  });

  const nx = recordedTree('orin-nx-16gb');
  const PARTS: readonly [from: string, file: string, text: string, part: string | undefined][] = [
    ['chosen/ids', `${TREE}/chosen/ids`, '3767-0003-300 3768-0000-ES1\0', 'p3767-0003'],
    [
      'TNSPEC',
      '/etc/nv_boot_control.conf',
      'TNSPEC 3767-300-0004-N.2-1-1-jetson-orin-nano-devkit-\n',
      'p3767-0004',
    ],
    ['boardids', `${TREE}/nvidia,boardids`, '3701:0005\0', 'p3701-0005'],
    [
      'compatible',
      `${TREE}/compatible`,
      'nvidia,p3768-0000+p3767-0001-super\0nvidia,tegra234\0',
      'p3767-0001',
    ],
    ['an unknown variant', `${TREE}/compatible`, 'nvidia,p3768-0000+p3767-0099\0', 'p3767-0099'],
    ['a carrier alone', `${TREE}/compatible`, 'nvidia,p3768-0000\0nvidia,tegra234\0', undefined],
    ['a serial number', `${TREE}/chosen/ids`, '1423767-00001-3767\0', undefined],
  ];
  it.each(PARTS)('has the part number from %s', async (_, file, text, part) => {
    const bare = { ...nx, files: { [file]: text }, folders: {} };
    expect((await read(bare)).part).toBe(part);
  });

  it("believes the module rather than its carrier's device tree", async () => {
    expect((await read(recordedTree('orin-nx-8gb'))).part).toBe('p3767-0001');
  });

  const ODD: readonly [
    what: string,
    key: 'l4t' | 'deepstream' | 'cuda' | 'tensorrt',
    Parameters<typeof changed>[1],
    string | undefined,
  ][] = [
    ['another wording', 'l4t', { files: { '/etc/nv_tegra_release': 'R36.4.3' } }, '36.4.3'],
    [
      'no word at all',
      'l4t',
      { files: { '/etc/nv_tegra_release': null }, programs: { [`${DPKG} nvidia-l4t-core`]: null } },
      undefined,
    ],
    [
      'a first release',
      'l4t',
      { files: { '/etc/nv_tegra_release': '# R38 (release), REVISION: 2.0, GCID: 1\n' } },
      '38.2.0',
    ],
    ['an empty file', 'deepstream', { files: { [`${ROOT}/version`]: '' } }, undefined],
    ['two numbers', 'deepstream', { files: { [`${ROOT}/version`]: 'Version: 5.0\nGCID: 1\n' } }, '5.0'],
    ['words', 'deepstream', { files: { [`${ROOT}/version`]: 'Version: latest\n' } }, undefined],
    ['no file but a folder', 'cuda', { files: { '/usr/local/cuda/version.json': null } }, '12.6'],
    [
      'broken JSON',
      'cuda',
      {
        files: { '/usr/local/cuda/version.json': '{"cuda"' },
        folders: { '/usr/local': ['cuda-12.2', 'cuda-12.6'] },
      },
      undefined,
    ],
    ['a removed package', 'tensorrt', { programs: { [TENSORRT]: 'config-files 8.6.2\n' } }, undefined],
    [
      'a header',
      'tensorrt',
      {
        programs: { [TENSORRT]: null },
        files: {
          '/usr/include/aarch64-linux-gnu/NvInferVersion.h':
            '#define NV_TENSORRT_MAJOR 10 //!< x\n#define NV_TENSORRT_MINOR 3\n#define NV_TENSORRT_PATCH 0\n',
        },
      },
      '10.3.0',
    ],
    [
      'the newer header',
      'tensorrt',
      {
        programs: { [TENSORRT]: null },
        files: {
          '/usr/include/aarch64-linux-gnu/NvInferVersion.h':
            '#define TRT_MAJOR_ENTERPRISE 10\n#define TRT_MINOR_ENTERPRISE 14\n#define TRT_PATCH_ENTERPRISE 1\n#define NV_TENSORRT_MAJOR TRT_MAJOR_ENTERPRISE\n',
        },
      },
      '10.14.1',
    ],
  ];
  it.each(ODD)('from %s: %s', async (_, key, changes, value) => {
    expect((await read(changed(nx, changes)))[key]).toBe(value);
  });

  it('never fails, whatever the files hold', async () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...Object.values(nx.files)),
    );
    const files = fc.record(Object.fromEntries(Object.keys(nx.files).map((path) => [path, text])));
    await fc.assert(
      fc.asyncProperty(files, text, async (some, output) => {
        const programs = Object.fromEntries(Object.keys(nx.programs).map((line) => [line, output]));
        const platform = await read({ ...nx, files: some, programs });
        for (const value of Object.values(platform)) expect(value).toMatch(/^[\x20-\x7e]{1,100}$/);
      }),
      { numRuns: 200 },
    );
  });
});

describe('releases', () => {
  it('name the JetPack of a Jetson Linux, or its generation', () => {
    const names = ['36.4.0', '36.4.3', '36.4.7', '38.4.0', '39.2.0', '40.1.0'].map(jetpackOf);
    expect(names).toEqual(['6.1', '6.2', '6.x', '7.1', '7.2', undefined]);
  });

  it('are found by the beginning of a version', () => {
    expect(releaseOf('7.1.0')?.l4t).toEqual(['36.4']);
    expect(releaseOf('9.10.0')).toBeUndefined();
    expect([isOf('36.4.3', '36.4'), isOf('36.40.1', '36.4'), isOf('36.4', '36.4')]).toEqual([
      true,
      false,
      true,
    ]);
    expect(SUPPORTED.every((each) => RELEASES.some(({ deepstream }) => deepstream === each))).toBe(true);
  });

  it('reach the modules DeepStream still supports', () => {
    const reach = MODULES.map(({ id, parts: [part] }) => {
      const releases = releasesFor(part === undefined ? {} : { part }).map(({ deepstream }) => deepstream);
      return `${id}: ${releases.join(' ') || 'none'}`;
    });
    expect(reach).toMatchInlineSnapshot(`
      [
        "jetson-nano: none",
        "jetson-tx2: none",
        "xavier-nx: none",
        "agx-xavier: none",
        "orin-nano-4gb: 7.1 9.1",
        "orin-nano-8gb: 7.1 9.1",
        "orin-nx-8gb: 7.1 9.1",
        "orin-nx-16gb: 7.1 9.1",
        "agx-orin-32gb: 7.1 9.1",
        "agx-orin-64gb: 7.1 9.1",
        "agx-orin-industrial: 7.1 9.1",
        "thor-t4000: 9.1",
        "thor-t5000: 9.1",
      ]
    `);
  });

  it('list every part number once', () => {
    const parts = MODULES.flatMap((module) => module.parts);
    expect(new Set(parts).size).toBe(parts.length);
    for (const part of parts) expect(part).toMatch(/^p\d{4}-\d{4}$/);
  });
});
