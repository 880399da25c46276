import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { reportError } from '../../src/cli/errors.js';
import { WeirError } from '../../src/spec/error.js';
import { captured, SPEC, weir, withSpec } from '../support/cli.js';
import { withTempDir } from '../support/temp.js';

afterEach(() => vi.restoreAllMocks());

describe('a wrong command line', () => {
  it.each([
    [['nonsense'], "error: unknown command 'nonsense'"],
    [['up', '--log-level', 'loud'], "option '--log-level <level>' argument 'loud' is invalid"],
    [['demo', '--streams', '0'], 'Expected a number from 1 to 64.'],
    [['demo', '--streams', '1.5'], 'Expected a whole number from 1 to 64.'],
    [['demo', '--for', ''], 'Expected a number from 1 to 86400.'],
  ])('%j is refused with exit code 64', async (args, message) => {
    const { code, stderr, stdout } = await weir(...args);
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('an error', () => {
  it('is told with code, message and remedy', () => {
    const text = captured();
    const error = new WeirError('NATS_UNAVAILABLE', 'no server at h:1', { remedy: 'start one' });
    expect(reportError(error)).toBe(69);
    expect(text.stderr).toBe('error NATS_UNAVAILABLE: no server at h:1\n  start one\n');
  });

  it('of ours is told with its stack', () => {
    const text = captured();
    expect(reportError(new TypeError('x is not a function'))).toBe(70);
    expect(text.stderr).toContain('cli.test.ts');
  });

  it('commander has told is not told again', () => {
    const text = captured();
    expect(reportError(new CommanderError(1, 'commander.unknownOption', 'x'))).toBe(64);
    expect(text.stderr).toBe('');
  });
});

describe('weir config', () => {
  it('check accepts a good spec and names the next step', async () => {
    await withSpec(SPEC, async (file) => {
      const { code, stdout } = await weir('config', 'check', file);
      expect([code, stdout]).toEqual([
        0,
        `${file}: valid; pipelines: 1, streams: 1. Next: weir up ${file}\n`,
      ]);
    });
  });

  it('check tells every problem at its place', async () => {
    await withSpec(SPEC.replace('streams:', 'fps: 3\n    streams:').replace('cam-1', 'Cam'), async (file) => {
      const { code, stdout, stderr } = await weir('config', 'check', file);
      expect([code, stdout]).toEqual([78, '']);
      expect(stderr).toContain(`${file}:5:`);
      expect(stderr).toContain(`${file}:7:`);
      const json = JSON.parse((await weir('config', 'check', file, '--json')).stdout);
      expect(json).toMatchObject({ ok: false, problems: [{ line: 5 }, { line: 7 }] });
    });
  });

  it('check finds what nvinfer would pass over', async () => {
    await withTempDir(async (dir) => {
      const file = join(dir, 'infer.txt');
      writeFileSync(file, '[property]\nbatch-sise=1\n');
      const { code, stderr } = await weir('config', 'check', file);
      expect(code).toBe(78);
      expect(stderr).toContain(`${file}:2:`);
    });
  });

  it.each(['standin', 'nvidia'])('render writes the files for %s', async (provider) => {
    await withSpec(SPEC, async (file, dir) => {
      const { code, stdout } = await weir(
        'config',
        'render',
        file,
        '-o',
        join(dir, 'out'),
        '--provider',
        provider,
      );
      expect(code).toBe(0);
      const names = ['main.detector.txt', 'main.tracker.yml', 'main.dot'];
      expect(stdout.trim().split('\n')).toEqual(names.map((name) => join(dir, 'out', name)));
    });
  });

  it('schema prints a JSON Schema', async () => {
    expect(JSON.parse((await weir('config', 'schema')).stdout)).toHaveProperty('properties.appliance');
  });
});

describe('weir up', () => {
  it('refuses a spec that does not validate before it loads anything', async () => {
    await withSpec('appliance: gate\n', async (file) => {
      const { code, stderr } = await weir('up', file);
      expect(code).toBe(78);
      expect(stderr).toContain('pipelines');
    });
  });
});
