/** What goes into an image, or to /opt/weir: scripts/install-tree.ts. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { installTree, runtimePackages } from '../../scripts/install-tree.js';
import { root } from '../support/paths.js';
import { withTempDir } from '../support/temp.js';

const packages = runtimePackages(readFileSync(join(root, 'package-lock.json'), 'utf8'));

describe('the packages that run', () => {
  it('hold every package that src imports', () => {
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
    const imported = files
      .filter((file) => /\.c?ts$/.test(file))
      .flatMap((file) => [
        ...readFileSync(join(root, 'src', file), 'utf8').matchAll(
          /^(?:import|export|\}) .*?from '([^.][^']*)'/gm,
        ),
      ])
      .map(([, name = '']) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      )
      .filter((name) => !name.startsWith('node:') && !builtinModules.includes(name));
    expect(new Set(imported)).toContain('fastify');
    const lacking = [...new Set(imported)].filter((name) => !packages.includes(`node_modules/${name}`));
    expect(lacking).toEqual([]);
  });

  it('hold nothing that builds', () => {
    const builders = ['cmake-js', 'node-addon-api', 'typescript', 'tsx', 'vitest', 'onnxruntime-node'];
    expect(builders.filter((name) => packages.includes(`node_modules/${name}`))).toEqual([]);
  });
});

const LOCK = {
  packages: {
    '': {},
    'node_modules/runs': {},
    'node_modules/runs/node_modules/below': {},
    'node_modules/tests': { dev: true },
    'node_modules/gpu': { optional: true },
  },
};
const BUILT = [
  'LICENSE',
  'package.json',
  'models/a.yaml',
  'dist/cli/main.cjs',
  'build/native/weir.node',
  'build/native/weir_sys.node',
  'build/native/bin/camsim',
  'build/native/lib/libparsers.so',
  'node_modules/runs/index.js',
  'node_modules/runs/node_modules/below/index.js',
  'node_modules/tests/index.js',
  'node_modules/gpu/libgpu.so',
  '.cache/models/a.onnx',
  '.cache/models/a.onnx_b8_gpu0_fp16.engine',
  '.cache/footage/film.h264',
  'src/cli/main.cts',
];

function checkout(at: string, files: readonly string[] = BUILT): string {
  for (const file of files) {
    mkdirSync(dirname(join(at, file)), { recursive: true });
    writeFileSync(join(at, file), file);
  }
  writeFileSync(join(at, 'package-lock.json'), JSON.stringify(LOCK));
  return at;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

describe('installTree', () => {
  it('takes what runs, and weights without the engines of this machine', () =>
    withTempDir((dir) => {
      installTree(checkout(join(dir, 'from')), join(dir, 'to'));
      expect(filesOf(join(dir, 'to'))).toEqual([
        '.cache/models/a.onnx',
        'LICENSE',
        'build/native/lib/libparsers.so',
        'build/native/weir.node',
        'build/native/weir_sys.node',
        'dist/cli/main.cjs',
        'models/a.yaml',
        'node_modules/runs/index.js',
        'node_modules/runs/node_modules/below/index.js',
        'package.json',
      ]);
    }));

  it('takes what links lead to, so that nothing points back into the checkout', () =>
    withTempDir((dir) => {
      const from = checkout(join(dir, 'from'));
      mkdirSync(join(from, 'build/native/gstreamer-1.0'));
      writeFileSync(join(from, 'build/native/gstreamer-1.0/plugin.so'), '');
      symlinkSync(join(from, 'node_modules/gpu/libgpu.so'), join(from, 'build/native/lib/libgpu.so.1'));
      installTree(from, join(dir, 'to'));
      const files = filesOf(join(dir, 'to/build'));
      expect(files).toContain('native/lib/libgpu.so.1');
      expect(files).toContain('native/gstreamer-1.0/plugin.so');
    }));

  it('names what is not built, and makes nothing', () =>
    withTempDir((dir) => {
      const from = checkout(
        join(dir, 'from'),
        BUILT.filter((file) => !/weir\.node|dist|\.cache/.test(file)),
      );
      expect(() => installTree(from, join(dir, 'to'))).toThrow(
        'dist, build/native/weir.node, .cache/models: not built; run scripts/setup first',
      );
      expect(existsSync(join(dir, 'to'))).toBe(false);
    }));

  it('mixes with nothing that is there', () =>
    withTempDir((dir) => {
      expect(() => installTree(checkout(join(dir, 'from')), dir)).toThrow(`${dir} is there already`);
    }));
});
