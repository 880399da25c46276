import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { examine } from '../../src/cli/doctor/examine.js';
import { reportError } from '../../src/cli/errors.js';
import { buildProgram } from '../../src/cli/program.js';
import { formatTable, LiveTable } from '../../src/cli/table.js';
import { WatchTable } from '../../src/cli/watch-table.js';
import { WeirError } from '../../src/spec/error.js';
import { fakeBinding } from '../support/fake-binding.js';
import { startNats } from '../support/nats.js';
import { withTempDir } from '../support/temp.js';
import { freePort } from '../support/wait.js';

afterEach(() => vi.restoreAllMocks());

function captured() {
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      text[name] += String(chunk);
      return true;
    });
  }
  return text;
}

/** Runs a command in this process: what it wrote and its exit code. */
async function weir(...args: string[]) {
  const text = captured();
  let code = 0;
  try {
    await buildProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    code = reportError(error);
  }
  vi.restoreAllMocks();
  return { ...text, code };
}

const SPEC = `appliance: gate
pipelines:
  - id: main
    detector: { model: synthetic }
    streams:
      - { id: cam-1, uri: "rtsp://127.0.0.1:1/a" }
`;

function withSpec<T>(text: string, use: (file: string, dir: string) => Promise<T>): Promise<T> {
  return withTempDir((dir) => {
    const file = join(dir, 'weir.yaml');
    writeFileSync(file, text);
    return use(file, dir);
  });
}

describe('help', () => {
  it('of the program', async () => {
    expect((await weir('--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir [options] [command]

      Cameras in, tracked detections on NATS out: runs DeepStream pipelines from one YAML file.

      Options:
        -V, --version                output the version number
        -h, --help                   display help for command

      Commands:
        up [options] [spec]          run the appliance a spec describes
        watch [options] [stream...]  follow detections and states on NATS
        config                       check a spec, render what is generated from it
        doctor [options] [spec]      check the installation, each failure with a remedy
        demo [options]               simulated cameras, an appliance and NATS on this machine
        help [command]               display help for command

      Exit codes: 0 done, 64 wrong usage, 65 bad data, 69 something needed is missing or away,
      70 a fault of Weir or its pipeline, 74 input/output, 78 wrong configuration.
      "
    `);
  });

  it('of up', async () => {
    expect((await weir('up', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir up [options] [spec]

      Runs the appliance until SIGINT or SIGTERM. Logs go to stderr, as JSON unless that is a terminal.

      Arguments:
        spec                 the spec (default: "weir.yaml")

      Options:
        --log-level <level>  least important line to log (choices: "debug", "info", "warn", "error",
                             "silent", default: "info")
        -h, --help           display help for command
      "
    `);
  });

  it('of watch', async () => {
    expect((await weir('watch', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir watch [options] [stream...]

      Follows streams on NATS until SIGINT: a table of rates and states, or every message as a JSON line.
      Where to listen comes from --nats, or else from the spec (--spec, or weir.yaml if there is one).

      Arguments:
        stream              streams to follow (default: all)

      Options:
        -s, --spec <file>   spec to take server, prefix, appliance and credentials from
        --nats <url>        NATS server, without a spec
        --prefix <prefix>   first tokens of the subjects, without a spec (default: "weir")
        --appliance <name>  appliance, without a spec (default: "*")
        --json              print every message as one line of JSON
        -h, --help          display help for command
      "
    `);
  });

  it('of config', async () => {
    expect((await weir('config', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir config [options] [command]

      Works on specs without running anything.

      Options:
        -h, --help               display help for command

      Commands:
        check [options] [file]   validate a spec, or an nvinfer config file
        render [options] [spec]  write the DeepStream files and the graph of a spec
        schema                   print the JSON Schema of a spec, for editors
        help [command]           display help for command
      "
    `);
  });

  it('of config check', async () => {
    expect((await weir('config', 'check', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir config check [options] [file]

      Says all that is wrong with a spec at once: file, line, column, value and remedy. A file whose name
      ends in .txt is checked as an nvinfer config file.

      Arguments:
        file               the spec (default: "weir.yaml")

      Options:
        --provider <name>  render for these elements (choices: "standin", "nvidia", default: "standin")
        --json             print {"ok", "problems": [{file, line, column, path, value, message, remedy}]}
        -h, --help         display help for command
      "
    `);
  });

  it('of config render', async () => {
    expect((await weir('config', 'render', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir config render [options] [spec]

      Renders the nvinfer and nvtracker files and the graph (DOT) of every pipeline.

      Arguments:
        spec               the spec (default: "weir.yaml")

      Options:
        -o, --out <dir>    folder to write into (default: print to stdout)
        --provider <name>  for which elements (choices: "standin", "nvidia", default: "standin")
        -h, --help         display help for command
      "
    `);
  });

  it('of doctor', async () => {
    expect((await weir('doctor', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir doctor [options] [spec]

      Checks Node, the addon, GStreamer and its elements, decoders and models; with a spec also its
      models, secrets, NATS servers and cameras. Exits with 69 when a check fails.

      Arguments:
        spec          spec to check (default: weir.yaml if there is one)

      Options:
        --nats <url>  also check this NATS server
        --json        print {"ok", "checks": [{name, ok, detail, remedy}]}
        -h, --help    display help for command
      "
    `);
  });

  it('of demo', async () => {
    expect((await weir('demo', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: weir demo [options]

      Starts a NATS server, simulated RTSP cameras and an appliance, shows a live table, and saves an
      annotated picture per camera. Ends after --for seconds, or at SIGINT, and leaves no process behind.

      Options:
        --streams <n>    number of cameras (default: 4)
        --for <seconds>  run this long (default: until SIGINT; 20 with --json)
        --rate <n>       inferences per second and camera (default: 5)
        --scene <scene>  what the cameras see (choices: "footage", "synthetic", default: "footage")
        --out <dir>      folder for pictures, spec and log (default: weir-demo in the temporary folder)
        --json           print a summary as one line of JSON at the end; the table goes to stderr
        -h, --help       display help for command
      "
    `);
  });

  it('asked for is no failure', async () => expect((await weir('up', '--help')).code).toBe(0));
});

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

describe('the doctor', () => {
  const named = (checks: Awaited<ReturnType<typeof examine>>, name: string) =>
    checks.find((check) => check.name === name);

  it('passes an installation that has everything', async () => {
    const checks = await examine({ binding: fakeBinding() });
    expect(checks.filter((check) => !check.ok && !check.name.startsWith('model '))).toEqual([]);
    expect(named(checks, 'decoders')).toMatchObject({ detail: 'avdec_h264 avdec_h265' });
  });

  it('names the packages of elements that are missing', async () => {
    const checks = await examine({
      binding: fakeBinding({ missing: ['nvinfer', 'h264parse', 'avdec_h265'] }),
    });
    expect(named(checks, 'elements (standin)')).toMatchObject({
      ok: false,
      detail: 'missing: h264parse nvinfer',
      remedy: 'apt-get install gstreamer1.0-plugins-bad; run scripts/setup, which builds the stand-in',
    });
    expect(named(checks, 'decoders')).toMatchObject({ remedy: 'apt-get install gstreamer1.0-libav' });
  });

  it('says why NATS and cameras of a spec cannot be reached', async () => {
    const port = await freePort();
    const text = `${SPEC.replace(':1/a', `:${port}/a`)}nats: { url: "nats://127.0.0.1:${port}" }\n`;
    await withSpec(text, async (file) => {
      const checks = await examine({ file, binding: fakeBinding() });
      expect(named(checks, 'nats')).toMatchObject({
        ok: false,
        detail: `nats://127.0.0.1:${port}: connection refused`,
      });
      expect(named(checks, 'camera cam-1')).toMatchObject({
        ok: false,
        detail: `127.0.0.1:${port}: the connection is refused`,
      });
    });
  });

  it('finds them when they are there, and secrets that are not', async () => {
    await using server = await startNats();
    const login = 'user: "${env:NO_SUCH}", password: "${env:NO_SUCH}"';
    const text = `${SPEC.replace(':1/a"', () => `:${server.port}/a", ${login}`)}nats: { url: "${server.url}" }\n`;
    await withSpec(text, async (file) => {
      const checks = await examine({ file, binding: fakeBinding(), env: {} });
      expect(named(checks, 'camera cam-1')?.ok).toBe(true);
      expect(named(checks, 'secrets')).toMatchObject({
        ok: false,
        remedy: 'set NO_SUCH in the environment of weir',
      });
      const given = await examine({ file, binding: fakeBinding(), env: { NO_SUCH: 'x' } });
      expect(named(given, 'nats')?.ok).toBe(true);
    });
  });

  it('fails with exit code 69', async () => {
    const { code, stdout } = await weir('doctor', '--json', '--nats', `nats://127.0.0.1:${await freePort()}`);
    expect(code).toBe(69);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false });
  });
});

describe('tables', () => {
  it('align their columns without colour', () => {
    const columns = [
      { head: 'stream', text: (row: { id: string; n: number }) => row.id },
      { head: 'n', right: true, text: (row: { id: string; n: number }) => String(row.n) },
    ];
    const text = formatTable(columns, [
      { id: 'a', n: 5 },
      { id: 'long-one', n: 100 },
    ]);
    expect(text).toBe('stream      n\na           5\nlong-one  100');
  });

  it('are redrawn in place on a terminal, and printed now and then elsewhere', () => {
    const out = (isTTY: boolean) => {
      const written: string[] = [];
      const stream = { isTTY, columns: 4, write: (text: string) => written.push(text) };
      return [new LiveTable(stream as unknown as NodeJS.WriteStream), written] as const;
    };
    const [live, frames] = out(true);
    for (const text of ['a\nb', 'wider']) live.show(text);
    expect(frames).toEqual(['\x1b[Ja\nb\n', '\x1b[2A\x1b[Jwide\n']);
    const [plain, lines] = out(false);
    plain.show('one');
    plain.show('two');
    plain.show('last', true);
    expect(lines).toEqual(['one\n\n', 'last\n\n']);
  });

  it('of watched streams show rates, states, what is wrong and what happens next', () => {
    let now = 0;
    const wall = () => Date.parse('2026-11-22T19:00:00Z') + now;
    const table = new WatchTable(() => now, wall);
    const detections = (inferred: boolean) =>
      JSON.stringify({ stream: 'cam-10', inferred, objects: [{ id: '1' }, { id: '2' }, {}] });
    for (let i = 0; i < 50; i++) {
      now += 100;
      table.add('detections', detections(i % 2 === 0));
    }
    const status = (message: object) => table.add('status', JSON.stringify(message));
    const troubles = [{ kind: 'packet-loss', since: '2026-11-22T19:00:00Z', message: '5 % lost' }];
    const next = (action: string) => ({ action, at: '2026-11-22T19:00:07.500Z' });
    status({ stream: 'cam-10', state: 'live', troubles });
    status({ stream: 'cam-2', state: 'waiting', cause: 'refused', message: 'no', next: next('connect') });
    status({
      stream: 'cam-3',
      state: 'connecting',
      phase: 'handshake',
      troubles: [],
      next: next('reconnect'),
    });
    status({ stream: 'cam-4', state: 'stopped' });
    for (const odd of ['not JSON', 'null', '[]', '{"stream":1}']) table.add('detections', odd);
    expect(table.render()).toBe(
      [
        'stream  state                  messages/s  inferences/s  objects  tracks  next              why',
        'cam-2   waiting                       0.0           0.0        -       -  connect in 3 s    refused: no',
        'cam-3   connecting: handshake         0.0           0.0        -       -  reconnect in 3 s',
        'cam-4   stopped                       0.0           0.0        -       -',
        'cam-10  live                         10.0           5.0        3       2                    packet-loss: 5 % lost',
      ].join('\n'),
    );
    now += 10_001;
    expect(table.render()).toMatch(/cam-2 .* connect now +refused/);
    expect(table.render()).toMatch(/cam-10 +live +0\.0 +0\.0 +- +- +packet-loss/);
    expect(table.render()).not.toContain('cam-4');
  });
});
