import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Progress } from '../../src/engines/index.js';
import { readRecord } from '../../src/engines/record.js';
import type { ErrorCode } from '../../src/spec/error.js';
import { build, machine, orin, tinyOnnx, writeTinyModel } from '../support/engines.js';
import { root } from '../support/paths.js';
import { run, Running } from '../support/process.js';
import { type TempDir, tempDir } from '../support/temp.js';
import { type TrtexecFault, writeTrtexec } from '../support/trtexec.js';
import { until } from '../support/wait.js';

let dir: TempDir;
let engine: string;
beforeEach(async () => {
  dir = await tempDir();
  await writeTinyModel(dir.path);
  engine = join(dir.path, 'tiny.onnx_b4_gpu0_fp32.engine');
});
afterEach(() => dir.remove());

const MODEL = ['labels-tiny.txt', 'tiny.onnx', 'tiny.yaml', 'trtexec'];
/** What lies there beside the model. */
const files = () =>
  readdirSync(dir.path)
    .filter((name) => !MODEL.includes(name))
    .map((name) => name.replace('tiny.onnx_b4_gpu0_fp32.engine', 'E'))
    .sort();
const FINISHED = ['E', 'E.json', 'E.lock', 'E.log'];

describe.each(['10.3', '10.16', '11.1'] as const)('a build by TensorRT %s', (release) => {
  it('leaves the engine, its record and the log', async () => {
    const result = await build(dir.path, { release });
    expect(result).toMatchObject({ engine, outcome: 'built', why: 'it is not there' });
    expect(files()).toEqual(FINISHED);
    const { version } = JSON.parse(readFileSync(engine, 'utf8'));
    expect(readFileSync(`${engine}.log`, 'utf8')).toContain(
      `&&&& PASSED TensorRT.trtexec [TensorRT v${version}]`,
    );
    expect(await readRecord(engine)).toMatchObject({
      format: 1,
      bytes: readFileSync(engine).length,
      onnx: join(dir.path, 'tiny.onnx'),
      fingerprint: { ...orin(release), precision: 'fp32', dla: 'none', calibration: 'none' },
    });
  });

  it('tells what it does', async () => {
    const { progress } = await build(dir.path, { release });
    expect(progress.map(({ step }) => step)).toEqual([
      ...['trtexec is started', 'TensorRT starts', 'the model is read', 'kernels are tried for every layer'],
      'the engine is written',
    ]);
    expect(progress[0]).toEqual({ engine, step: 'trtexec is started', seconds: 0, log: `${engine}.log` });
  });

  it('is skipped where the engine is fresh, unless it is forced', async () => {
    await build(dir.path, { release });
    const again = await build(dir.path, { release, fails: 'strange' });
    expect(again).toMatchObject({
      outcome: 'fresh',
      why: expect.stringMatching(/^it was built for this at 2/),
    });
    expect((await build(dir.path, { release, force: true })).outcome).toBe('built');
  });

  it('keeps what was measured in a timing cache', async () => {
    const timingCache = join(dir.path, 'timing');
    await build(dir.path, { release, timingCache });
    expect(readFileSync(timingCache, 'utf8')).toBe('measured');
  });
});

it('names engines as nvinfer does, in every precision and on a DLA core', async () => {
  writeFileSync(join(dir.path, 'a.calib'), 'ranges');
  const calibration = join(dir.path, 'a.calib');
  for (const detector of [{}, { gpu: 2, precision: 'fp16' }, { precision: 'int8', calibration }])
    await build(dir.path, { detector });
  await build(dir.path, { detector: { precision: 'fp16', dla: 1, batch: 2 } });
  expect(readdirSync(dir.path).filter((name) => name.endsWith('.engine'))).toEqual([
    'tiny.onnx_b2_dla1_fp16.engine',
    'tiny.onnx_b4_gpu0_fp32.engine',
    'tiny.onnx_b4_gpu0_int8.engine',
    'tiny.onnx_b4_gpu2_fp16.engine',
  ]);
});

it('leaves an engine nobody else may write to, whatever the mask', async () => {
  const before = process.umask(0);
  try {
    await build(dir.path);
  } finally {
    process.umask(before);
  }
  expect((await run('stat', ['-c', '%a', engine, `${engine}.json`])).stdout).toBe('644\n644\n');
});

/** Before anything is built. */
const OPERATOR = 'export the model without it, with another opset for one, or use a newer TensorRT';
const MEMORY =
  'stop what else uses the memory, the appliance for one; limit --workspace; build with a smaller detector.batch';

describe.each(['10.3', '10.16'] as const)('trtexec of TensorRT %s that fails', (release) => {
  it.each<readonly [TrtexecFault, ErrorCode, string, string]>([
    [
      'operator',
      'ENGINE_UNSUPPORTED',
      'TensorRT cannot take operator "Strange" of the model (node 146)',
      OPERATOR,
    ],
    ['importer', 'ENGINE_UNSUPPORTED', 'TensorRT cannot take operator "Stranger" of the model', OPERATOR],
    ['memory', 'ENGINE_MEMORY', 'TensorRT ran out of memory', MEMORY],
    [
      'implementation',
      'ENGINE_UNSUPPORTED',
      'TensorRT has no way to compute {ForeignNode[/a.../b]} within its limits',
      'raise --workspace, or free memory; else export the model in another way',
    ],
    [
      'disk',
      'ENGINE_DISK',
      'trtexec could not write the engine',
      'is the disk full, or the folder not writable? Make room and build again',
    ],
    ['full', 'ENGINE_DISK', 'the disk was full before the engine was written', 'make room and build again'],
    [
      'library',
      'ENGINE_BUILD_FAILED',
      'trtexec and what is installed are of different versions: ' +
        'error while loading shared libraries: libnvinfer.so.10: cannot open shared object file',
      'install TensorRT, CUDA and the driver of one JetPack or DeepStream release',
    ],
    [
      'strange',
      'ENGINE_BUILD_FAILED',
      'trtexec failed with exit code 1: [11/26/2026-12:00:00] [E] Something nobody has seen before',
      'mend what it says and build again',
    ],
    [
      'silent',
      'ENGINE_BUILD_FAILED',
      expect.stringContaining(
        'trtexec failed with exit code 3: [11/26/2026-12:00:00] [I] Finished parsing',
      ) as string,
      'mend what it says and build again',
    ],
    [
      'killed',
      'ENGINE_MEMORY',
      'trtexec was killed by SIGKILL: as a rule by the kernel, for want of memory',
      MEMORY,
    ],
    [
      'crash',
      'ENGINE_BUILD_FAILED',
      'trtexec was ended by SIGSEGV',
      'build again; if it comes again, it is a fault of TensorRT',
    ],
  ])('(%s) is understood', async (fails, code, message, remedy) => {
    const log = `${engine}.log`;
    await expect(build(dir.path, { release, fails })).rejects.toMatchObject({
      ...{ code, message, remedy: `${remedy}; its own words: ${log}` },
    });
    expect(files()).toEqual(['E.lock', 'E.log']);
  });

  it.each(['empty', 'nothing'] as const)('without saying so (%s) is found out', async (fails) => {
    await expect(build(dir.path, { release, fails })).rejects.toMatchObject({
      ...{ code: 'ENGINE_BUILD_FAILED', message: 'trtexec ended well, but wrote no engine' },
    });
    expect(files()).toEqual(['E.lock', 'E.log']);
  });
});

it('leaves the engine that is there where a new one fails', async () => {
  await build(dir.path);
  const before = [readFileSync(engine, 'utf8'), readFileSync(`${engine}.json`, 'utf8')];
  for (const fails of ['killed', 'disk', 'empty'] as const)
    await expect(build(dir.path, { fails, force: true })).rejects.toThrow();
  expect([readFileSync(engine, 'utf8'), readFileSync(`${engine}.json`, 'utf8')]).toEqual(before);
  expect(files()).toEqual(FINISHED);
});

it('knows at its first line that trtexec is of another version', async () => {
  const trtexec = writeTrtexec(dir.path, '10.3', 'hang');
  await expect(
    build(dir.path, { platform: orin('10.16'), release: '10.3', fails: 'hang', trtexec }),
  ).rejects.toMatchObject({
    code: 'ENGINE_BUILD_FAILED',
    message: 'trtexec is of TensorRT 10.3.0, installed is 10.16.1',
    remedy: 'an engine loads only in the version it was built by: name the right trtexec with --trtexec',
  });
  expect(files()).toEqual(['E.lock', 'E.log']);
});

it('says which option trtexec does not know', async () => {
  const trtexec = join(dir.path, 'old');
  writeFileSync(trtexec, '#!/bin/sh\necho "[E] Unknown option: --skipInference "; exit 1\n', { mode: 0o755 });
  await expect(build(dir.path, { trtexec })).rejects.toMatchObject({
    code: 'ENGINE_BUILD_FAILED',
    message: 'trtexec does not know the option --skipInference',
  });
});

describe('a build that is stopped', () => {
  const hanging = (stop: AbortSignal, onProgress: (progress: Progress) => void, deadlineMs = 60_000) =>
    build(dir.path, { fails: 'hang', stop, onProgress, deadlineMs });
  const unfinished = () => readdirSync(dir.path).filter((name) => name.endsWith('.building'));

  it('ends trtexec and leaves nothing', async () => {
    const stop = new AbortController();
    const building = hanging(stop.signal, () => undefined);
    const outcome = expect(building).rejects.toMatchObject({
      code: 'ENGINE_BUILD_FAILED',
      message: `the build of ${engine} was stopped: told by a test`,
      remedy: 'nothing of it is left; build again',
    });
    await until('half an engine is there', () => unfinished().length > 0);
    stop.abort('told by a test');
    await outcome;
    expect(files()).toEqual(['E.lock', 'E.log']);
  });

  it('before it began does not begin', async () => {
    await expect(hanging(AbortSignal.abort('no'), () => undefined)).rejects.toThrow('was stopped: no');
    expect(files()).toEqual(['E.lock', 'E.log']);
  });

  it('by its deadline says so', async () => {
    await expect(hanging(new AbortController().signal, () => undefined, 300)).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: `${engine} was not built within 0.005 min`,
    });
    expect(files()).toEqual(['E.lock', 'E.log']);
  });
});

describe('room for a build', () => {
  it('is looked at before: memory', async () => {
    await expect(build(dir.path, { machine: machine(512) })).rejects.toMatchObject({
      code: 'ENGINE_MEMORY',
      message: `512 MiB of memory are available, 1024 MiB are needed to build ${engine}`,
      remedy: expect.stringContaining('--unchecked'),
    });
    const pools = { workspace: 7600 };
    await expect(build(dir.path, { machine: machine(8192), pools })).rejects.toThrow(
      '8192 MiB of memory are available, 8624 MiB are needed',
    );
    expect(files()).toEqual(['E.lock']);
  });

  it('is looked at before: disk', async () => {
    await expect(build(dir.path, { freeBytes: async () => 10 * 2 ** 20 })).rejects.toMatchObject({
      code: 'ENGINE_DISK',
      message: `10 MiB are free on the disk, 64 MiB are needed to build ${engine}`,
    });
  });

  it('is not looked at where nobody wants that, or the machine does not tell', async () => {
    const poor = { machine: machine(1), freeBytes: async () => 0, force: true };
    expect((await build(dir.path, { ...poor, checkRoom: false })).outcome).toBe('built');
    const mute = { ...machine(), read: async () => undefined };
    expect((await build(dir.path, { machine: mute, force: true })).outcome).toBe('built');
  });
});

describe('what a build needs', () => {
  it('is the model of the manifest', async () => {
    writeFileSync(join(dir.path, 'tiny.onnx'), tinyOnnx(['M', 3, 32, 64]));
    await expect(build(dir.path)).rejects.toMatchObject({ code: 'MODEL_CORRUPT' });
    rmSync(join(dir.path, 'tiny.onnx'));
    await expect(build(dir.path)).rejects.toMatchObject({ code: 'MODEL_MISSING' });
  });

  it('is a calibration cache that can be read', async () => {
    const detector = { precision: 'int8', calibration: '/nowhere/a.calib' };
    await expect(build(dir.path, { detector })).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining('calibration cache /nowhere/a.calib cannot be read'),
    });
  });

  it('is TensorRT', async () => {
    await expect(build(dir.path, { platform: {} })).rejects.toMatchObject({
      code: 'ENGINE_BUILDER_MISSING',
      message: "TensorRT's version cannot be told on this machine",
    });
  });

  it('is a folder to write into', async () => {
    const detector = { engine: join(dir.path, 'none/a.engine') };
    await expect(build(dir.path, { detector })).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining('none/a.engine.lock cannot be written'),
    });
  });

  it('is a trtexec that starts', async () => {
    const trtexec = join(dir.path, 'none');
    await expect(build(dir.path, { trtexec })).rejects.toMatchObject({
      code: 'ENGINE_BUILD_FAILED',
      message: expect.stringContaining('exit code 127'),
    });
    writeFileSync(trtexec, 'no program');
    chmodSync(trtexec, 0o755);
    await expect(build(dir.path, { trtexec })).rejects.toMatchObject({ code: 'ENGINE_BUILD_FAILED' });
  });
});

/** Another process that builds the engine. */
const builder = (fails?: TrtexecFault) => {
  const trtexec = writeTrtexec(dir.path, '10.3', fails);
  const script = join(root, 'test/support/engine-builder.ts');
  return new Running(process.execPath, ['--import', 'tsx', script, dir.path, trtexec], { cwd: root });
};

it.each(['SIGINT', 'SIGTERM'] as const)(
  'a process that gets %s ends trtexec and cleans up',
  async (signal) => {
    await using building = builder('hang');
    await until('half an engine is there', () => files().some((name) => name.endsWith('.building')));
    building.kill(signal);
    await building.line((line) => line === 'ENGINE_BUILD_FAILED');
    expect(files()).toEqual(['E.lock', 'E.log']);
  },
);

describe('two builds at once', () => {
  const half = 'kernels are tried for every layer';

  it('of one engine: the second is told who builds it', async () => {
    await using first = builder('hang');
    await first.line((line) => line === half);
    await expect(build(dir.path)).rejects.toMatchObject({
      code: 'ENGINE_BUSY',
      message: `${engine} is being built by another process (pid ${first.pid})`,
      remedy: `wait for it; its progress: ${engine}.log`,
    });
    expect(existsSync(engine)).toBe(false);
  });

  it('of different engines both succeed', async () => {
    await using first = builder('hang');
    await first.line((line) => line === half);
    expect((await build(dir.path, { detector: { batch: 2 } })).outcome).toBe('built');
  });

  it('the first killed in the middle: its trtexec ends, and the next cleans up and builds', async () => {
    await using first = builder('hang');
    await until('half an engine is there', () => files().some((name) => name.endsWith('.building')));
    const orphan = await pidOf(`${engine}.${first.pid}.building`);
    await first.stop('SIGKILL');
    expect(existsSync(engine)).toBe(false);
    await until('trtexec has ended', () => !existsSync(`/proc/${orphan}`));
    expect(files()).toContain(`E.${first.pid}.building`);
    expect((await build(dir.path)).outcome).toBe('built');
    expect(files()).toEqual(FINISHED);
  });

  /** The process whose command line names the file. */
  async function pidOf(file: string): Promise<string> {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const found = pids.find((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(basename(file));
      } catch {
        return false;
      }
    });
    if (found === undefined) throw new Error(`no process works on ${file}`);
    return found;
  }
});
