import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import type { Platform } from '../../src/device/platform.js';
import { root } from '../support/paths.js';
import { Running } from '../support/process.js';
import { built } from '../../src/native/loader.js';
import { ERRORS } from '../../src/spec/error.js';
import { weir } from '../support/cli.js';
import { orin, tinyOnnx, writeTinyModel } from '../support/engines.js';
import { type TempDir, tempDir } from '../support/temp.js';
import { writeTrtexec } from '../support/trtexec.js';

/** The machine the commands run on. */
let platform: Platform;
vi.mock('../../src/device/read-platform.js', () => ({ readPlatform: async () => platform }));

let dir: TempDir;
let spec: string;
let trtexec: string;
beforeEach(async () => {
  dir = await tempDir();
  platform = orin();
  spec = join(dir.path, 'weir.yaml');
  trtexec = writeTrtexec(dir.path, '10.3');
  await writeTinyModel(dir.path);
  writeSpec({});
});
afterEach(() => dir.remove());

const writeSpec = (...more: readonly object[]) => {
  const pipelines = more.map((detector, i) => ({
    ...{ id: ['main', 'side'][i], detector: { model: './tiny.yaml', batch: 4, ...detector } },
  }));
  writeFileSync(spec, JSON.stringify({ appliance: 'gate', modelDir: dir.path, pipelines }));
};
const engine = (name: string) => join(dir.path, `tiny.onnx_${name}.engine`);
/** What a command wrote, with the places and times that change taken out. */
const shown = (text: string) =>
  text.replaceAll(`${dir.path}/`, '').replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>');
const build = (...more: string[]) =>
  weir('engine', 'build', spec, '--unchecked', '--trtexec', trtexec, ...more);

describe('weir engine build', () => {
  it('builds what the spec needs, then skips it', async () => {
    writeSpec({}, { precision: 'fp16' });
    const first = await build();
    expect(first.code).toBe(0);
    expect(shown(first.stdout)).toBe('tiny.onnx_b4_gpu0_fp32.engine\ntiny.onnx_b4_gpu0_fp16.engine\n');
    expect(shown(first.stderr).replace(/\d+ s/g, 'N s')).toMatchInlineSnapshot(`
      "building tiny.onnx_b4_gpu0_fp32.engine; what trtexec says: tiny.onnx_b4_gpu0_fp32.engine.log
        N s: trtexec is started
        N s: TensorRT starts
        N s: the model is read
        N s: kernels are tried for every layer
        N s: the engine is written
      built tiny.onnx_b4_gpu0_fp32.engine in N s: it is not there
      building tiny.onnx_b4_gpu0_fp16.engine; what trtexec says: tiny.onnx_b4_gpu0_fp16.engine.log
        N s: trtexec is started
        N s: TensorRT starts
        N s: the model is read
        N s: kernels are tried for every layer
        N s: the engine is written
      built tiny.onnx_b4_gpu0_fp16.engine in N s: it is not there
      "
    `);
    const second = await build();
    expect(shown(second.stderr)).toMatchInlineSnapshot(`
      "skipped tiny.onnx_b4_gpu0_fp32.engine: it was built for this at <time>
      skipped tiny.onnx_b4_gpu0_fp16.engine: it was built for this at <time>
      "
    `);
  });

  it('prints JSON', async () => {
    const { stdout } = await build('--json');
    expect(JSON.parse(stdout)).toEqual({
      engines: [
        {
          ...{ engine: engine('b4_gpu0_fp32'), outcome: 'built', why: 'it is not there' },
          ...{ bytes: expect.any(Number), seconds: expect.any(Number) },
        },
      ],
    });
  });

  it('only says what it would run', async () => {
    writeSpec({ precision: 'fp16', dla: 1, engine: './an engine' });
    const more = [
      '--workspace',
      '2048',
      '--pool',
      'dlaSRAM=1',
      '--pool',
      'dlaLocalDRAM=64',
      '--optimisation',
      '5',
    ];
    const { stdout } = await build('--dry-run', '--timing-cache', '/t', ...more);
    expect(shown(stdout)).toMatchInlineSnapshot(`
      "trtexec --onnx=tiny.onnx '--saveEngine=an engine' --skipInference --device=0 --fp16 --minShapes=input:4x3x32x64 --optShapes=input:4x3x32x64 --maxShapes=input:4x3x32x64 --useDLACore=1 --allowGPUFallback --memPoolSize=workspace:2048M,dlaSRAM:1M,dlaLocalDRAM:64M --timingCacheFile=/t --builderOptimizationLevel=5
      "
    `);
    expect(readdirSync(dir.path).filter((name) => name.includes('engine'))).toEqual([]);
  });

  it('builds for a model without a spec', async () => {
    vi.stubEnv('WEIR_MODEL_DIR', dir.path);
    vi.stubEnv('WEIR_TRTEXEC', trtexec);
    const model = [
      '--model',
      join(dir.path, 'tiny.yaml'),
      '--batch',
      '2',
      '--precision',
      'fp16',
      '--gpu',
      '1',
    ];
    const { stdout, code } = await weir('engine', 'build', '--unchecked', ...model);
    vi.unstubAllEnvs();
    expect([stdout, code]).toEqual([`${engine('b2_gpu1_fp16')}\n`, 0]);
  });

  it.each<readonly [string[], number, string]>([
    [['--batch', '2'], 64, 'error USAGE: --batch: only with --model; in a spec its detector says that\n'],
    [['--model', 'tiny'], 64, 'error USAGE: a spec and --model exclude each other\n'],
    [
      ['--pool', 'workspace=1'],
      64,
      expect.stringContaining('Expected dlaSRAM, dlaLocalDRAM, dlaGlobalDRAM') as string,
    ],
    [['--pool', 'dlaSRAM=x'], 64, expect.stringContaining('Expected a number from 1 to 1048576.') as string],
    [['--optimisation', '6'], 64, expect.stringContaining('Expected a number from 0 to 5.') as string],
    [
      ['--trtexec', '/nowhere/trtexec'],
      69,
      'error ENGINE_BUILDER_MISSING: there is no trtexec at /nowhere/trtexec\n' +
        "  install NVIDIA's package libnvinfer-bin (on a Jetson: nvidia-jetpack), or name it with --trtexec or WEIR_TRTEXEC\n",
    ],
  ])('refuses %j', async (more, code, stderr) => {
    const result = await build(...more);
    expect(result).toEqual({ stdout: '', stderr, code });
  });

  it('refuses a precision nobody has, as a spec would', async () => {
    const { stderr, code } = await weir(
      'engine',
      'build',
      '--model',
      join(dir.path, 'tiny.yaml'),
      '--precision',
      'fp8',
    );
    expect(code).toBe(64);
    expect(stderr).toContain('pipelines[0].detector.precision: got "fp8", expected fp32, fp16 or int8');
  });

  it('says where there is no TensorRT', async () => {
    platform = {};
    expect(await build()).toMatchObject({
      code: 69,
      stderr:
        "error ENGINE_BUILDER_MISSING: TensorRT's version cannot be told on this machine\n" +
        '  engines are built where TensorRT is installed, on the machine that will load them\n',
    });
  });
});

describe('weir engine list and why', () => {
  it('tell which engines fit', async () => {
    writeSpec({}, { precision: 'fp16' });
    await build();
    writeFileSync(join(dir.path, 'foreign.engine'), 'built by hand');
    writeSpec({}, { batch: 8 });
    const { stdout } = await weir('engine', 'list', spec);
    // Columns are as wide as the folder's name.
    expect(shown(stdout).replace(/ {2,}/g, '  ')).toMatchInlineSnapshot(`
      "engine  state  MiB  built  TensorRT  for  precision  pipelines
      tiny.onnx_b4_gpu0_fp32.engine  fresh  0  <time>  10.3.0  Orin  fp32  main
      tiny.onnx_b8_gpu0_fp32.engine  missing  side
      foreign.engine  unknown  0
      tiny.onnx_b4_gpu0_fp16.engine  fresh  0  <time>  10.3.0  Orin  fp16
      "
    `);
    expect(shown((await weir('engine', 'why', spec)).stdout)).toMatchInlineSnapshot(`
      "hit  tiny.onnx_b4_gpu0_fp32.engine: it was built for this at <time>
      miss tiny.onnx_b8_gpu0_fp32.engine: it is not there
      "
    `);
  });

  it('tell what is different on another machine', async () => {
    await build();
    platform = { ...orin('10.16'), gpu: 'Thor' };
    const { stdout, stderr } = await weir('engine', 'why', spec);
    expect(shown(stdout)).toBe(
      'miss tiny.onnx_b4_gpu0_fp32.engine: tensorrt was 10.3.0, is 10.16.1; gpu was Orin, is Thor\n',
    );
    expect(stderr).toBe(`Next: weir engine build ${spec}\n`);
  });

  it('print JSON', async () => {
    await build();
    platform = { ...orin(), cuda: '13.2' };
    const path = engine('b4_gpu0_fp32');
    expect(JSON.parse((await weir('engine', 'why', spec, '--json')).stdout)).toEqual({
      engines: [
        {
          ...{ engine: path, hit: false, state: 'stale', why: 'cuda was 12.6, is 13.2' },
          differences: [{ part: 'cuda', was: '12.6', is: '13.2' }],
        },
      ],
    });
    expect(JSON.parse((await weir('engine', 'list', spec, '--json')).stdout)).toEqual({
      engines: [
        {
          ...{ engine: path, state: 'stale', pipelines: ['main'], why: 'cuda was 12.6, is 13.2' },
          ...{ bytes: expect.any(Number), builtAt: expect.any(String), seconds: expect.any(Number) },
          ...{ tensorrt: '10.3.0', gpu: 'Orin', precision: 'fp32' },
        },
      ],
    });
  });
});

describe('weir engine clean', () => {
  const left = () => readdirSync(dir.path).filter((name) => /engine/.test(name) && !/lock$/.test(name));

  /** One of each kind. */
  async function clutter(): Promise<void> {
    writeSpec({}, { batch: 2 });
    await build();
    await writeTinyModel(dir.path, tinyOnnx(['M', 3, 32, 64]));
    writeSpec({});
    await build();
    const fresh = engine('b4_gpu0_fp32');
    copyFileSync(`${fresh}.json`, join(dir.path, 'gone.engine.json'));
    writeFileSync(`${fresh}.4711.building`, 'half');
    writeFileSync(join(dir.path, 'foreign.engine'), 'built by hand');
    writeFileSync(join(dir.path, 'engine.json'), '{"somebody": "else"}');
  }
  const KEPT = [
    ...['engine.json', 'foreign.engine', 'tiny.onnx_b4_gpu0_fp32.engine'],
    ...['tiny.onnx_b4_gpu0_fp32.engine.json', 'tiny.onnx_b4_gpu0_fp32.engine.log'],
  ];

  it('removes what is of no use, and says so', async () => {
    await clutter();
    const before = left();
    const dry = await weir('engine', 'clean', spec, '--dry-run');
    expect(shown(dry.stdout).replace(/\b[0-9a-f]{12}\b/g, '<hash>')).toMatchInlineSnapshot(`
      "would remove tiny.onnx_b2_gpu0_fp32.engine: onnx was <hash>, is <hash>
      would remove gone.engine.json: its engine is gone
      would remove tiny.onnx_b4_gpu0_fp32.engine.4711.building: a build that did not come to its end
      "
    `);
    expect(dry.stderr).toBe('3 files would be removed\n');
    expect(left()).toEqual(before);
    const { stdout, stderr } = await weir('engine', 'clean', spec);
    expect(stdout).toBe(dry.stdout.replaceAll('would remove', 'removed'));
    expect(stderr).toBe('3 files removed\n');
    expect(left()).toEqual(KEPT);
    expect(await weir('engine', 'clean', spec)).toMatchObject({ stdout: '', stderr: '0 files removed\n' });
  });

  it('removes engines whose model is gone', async () => {
    await build();
    rmSync(join(dir.path, 'tiny.onnx'));
    // The spec goes on with another model, in the same folder.
    writeFileSync(join(dir.path, 'tiny2.onnx'), tinyOnnx());
    const manifest = JSON.parse(readFileSync(join(dir.path, 'tiny.yaml'), 'utf8'));
    writeFileSync(
      join(dir.path, 'tiny2.yaml'),
      JSON.stringify({ ...manifest, name: 'tiny2', file: 'tiny2.onnx' }),
    );
    writeSpec({ model: './tiny2.yaml' });
    expect(shown((await weir('engine', 'clean', spec)).stdout)).toBe(
      'removed tiny.onnx_b4_gpu0_fp32.engine: its model tiny.onnx is gone\n',
    );
    expect(left()).toEqual([]);
  });

  it('leaves alone what is being built', async () => {
    await build();
    platform = { ...orin(), cuda: '13.2' };
    const script = `const sys = require(${JSON.stringify(built('weir_sys.node'))});
      globalThis.lock = sys.lockFile(process.argv[1]); console.log('locked'); setInterval(() => {}, 1e6)`;
    await using holder = new Running(process.execPath, ['-e', script, `${engine('b4_gpu0_fp32')}.lock`]);
    await holder.line((line) => line === 'locked');
    const { stdout, stderr } = await weir('engine', 'clean', spec);
    expect([stdout, shown(stderr)]).toEqual([
      '',
      'left tiny.onnx_b4_gpu0_fp32.engine: it is being built, or was built just now\n0 files removed\n',
    ]);
    expect(existsSync(engine('b4_gpu0_fp32'))).toBe(true);
  });
});

test('docs/engines.md has a remedy for every code about engines', () => {
  const page = readFileSync(join(root, 'docs/engines.md'), 'utf8');
  const [, table = ''] = page.split('## Failures and remedies');
  const named = [...table.matchAll(/^\| `(ENGINE_\w+)` \|/gm)].map(([, code]) => code);
  expect(named.sort()).toEqual(
    Object.keys(ERRORS)
      .filter((code) => code.startsWith('ENGINE_'))
      .sort(),
  );
});
