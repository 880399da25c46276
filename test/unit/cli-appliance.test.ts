import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LogFollower } from '../../src/cli/log-follower.js';
import { withAbsolutePaths } from '../../src/cli/spec-paths.js';
import { type Glance, watchStatus } from '../../src/cli/status-watch.js';
import { statusText } from '../../src/cli/views/status-text.js';
import { ControlClient } from '../../src/control/client.js';
import { specJsonSchema } from '../../src/spec/json-schema.js';
import { WeirError } from '../../src/spec/error.js';
import type { PipelineView } from '../../src/supervisor/views.js';
import { SPEC, weir, withSpec } from '../support/cli.js';
import { controlDoor } from '../support/control-door.js';
import { FakeAppliance, SINCE } from '../support/fake-appliance.js';
import { tempDir } from '../support/temp.js';
import { until } from '../support/wait.js';

const LATER = Date.parse(SINCE) + 3 * 3_600_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: LATER });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const CAM_1 = { id: 'cam-1', uri: 'rtsp://192.0.2.1/1' };

/** Its pipeline `north` waits after a crash. */
function troubled(): FakeAppliance {
  const appliance = new FakeAppliance({ pipelines: { main: { streams: [CAM_1] }, north: { slots: 16 } } });
  const all = appliance.pipelines.bind(appliance);
  const ended = { why: 'crash', at: SINCE, message: 'ended by SIGSEGV' } as const;
  const down = {
    state: 'waiting',
    lastEnd: ended,
    nextStartAt: new Date(LATER + 4_000).toISOString(),
  } as const;
  const change = ({ pid, rssBytes, nats, ...rest }: PipelineView): PipelineView =>
    rest.id === 'north'
      ? { ...rest, ...down, restarts: { ...rest.restarts, crash: 3 } }
      : {
          ...rest,
          pid: pid ?? 0,
          rssBytes: rssBytes ?? 0,
          nats: nats ?? '',
          memoryLimitBytes: 512 * 1024 ** 2,
        };
  appliance.pipelines = async () => (await all()).map(change);
  const status = appliance.status.bind(appliance);
  appliance.status = async () => ({ ...(await status()), pipelines: await appliance.pipelines() });
  return appliance;
}

describe('weir status', () => {
  it('shows pipelines and streams at a glance, no wider than a terminal', async () => {
    await using door = await controlDoor(troubled());
    const { code, stdout, stderr } = await weir('status', '--socket', door.socket);
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "appliance gate: 1 of 1 stream live, up 3 h, generation 1, version 0.1.0
      spec weir.yaml, over which another was applied

      pipeline  state    since  live  slots  restarts      MiB  p99 ms   pid  nats       events
      main      playing    3 h   1/1      8         0  191/512       -  4242  connected  -
      north     waiting    3 h   0/0     16         3        -       -     -  -          -
      north: starts in 4 s; crash 3 h ago: ended by SIGSEGV

      stream  state   fps  inf/s  latency  since  why
      cam-1   live   15.0    5.0    90 ms    3 h
      "
    `);
    const tables = stdout.split('\n').filter((line) => !/^(appliance|spec|north:)/.test(line));
    expect(Math.max(...tables.map((line) => line.length))).toBeLessThanOrEqual(90);
    expect(stderr).toBe('Next: weir streams show <id>, or weir status --watch\n');
  });

  it('prints what the operation answers as JSON', async () => {
    await using door = await controlDoor();
    const { stdout } = await weir('status', '--json', '--socket', door.socket);
    expect(JSON.parse(stdout)).toEqual(await new FakeAppliance().status());
  });

  it('is coloured on a terminal only', async () => {
    const appliance = troubled();
    const glance = [await appliance.status(), await appliance.streams()] as const;
    const tty = process.stdout.isTTY;
    process.stdout.isTTY = true;
    vi.stubEnv('NO_COLOR', undefined);
    try {
      expect(statusText(...glance)).toContain('\x1b[32mlive\x1b[39m');
      expect(statusText(...glance)).toContain('\x1b[33mwaiting\x1b[39m');
      vi.stubEnv('NO_COLOR', '1');
      expect(statusText(...glance)).not.toContain('\x1b');
    } finally {
      process.stdout.isTTY = tty;
    }
  });
});

describe('weir status --watch', () => {
  it('goes on while the appliance is away, and says so', async () => {
    await using dir = await tempDir();
    const shown: (readonly [Glance, string | undefined])[] = [];
    const stop = new AbortController();
    const first = await controlDoor(new FakeAppliance(), dir);
    using client = new ControlClient({ socket: first.socket });
    const watching = watchStatus(client, {
      everyMs: 5,
      signal: stop.signal,
      show: (glance, away) => shown.push([glance, away]),
    });
    await until('it is seen', () => shown.length > 1);
    await first[Symbol.asyncDispose]();
    const [glance, away] = await until('it is missed', () => shown.find((each) => each[1]));
    expect(away).toContain('no appliance is running');
    expect(glance.appliance.appliance).toBe('gate');
    await using _second = await controlDoor(new FakeAppliance({ pipelines: { other: {} } }), dir);
    await until('it is back', () => shown.at(-1)?.[0].appliance.pipelines[0]?.id === 'other');
    expect(shown.at(-1)?.[1]).toBeUndefined();
    stop.abort();
    await watching;
  });

  it('begins only where there is an appliance, and ends where it may not look', async () => {
    await using door = await controlDoor();
    using client = new ControlClient({ socket: door.socket });
    const options = { everyMs: 1, signal: new AbortController().signal, show() {} };
    using nobody = new ControlClient({ socket: join(door.dir, 'other.sock') });
    await expect(watchStatus(nobody, options)).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    const looks = () => door.appliance.calls.filter((call) => call === 'status').length;
    door.appliance.fault = () => (looks() > 2 ? new WeirError('FORBIDDEN', 'not you') : undefined);
    await expect(watchStatus(client, options)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('weir pipelines', () => {
  it('list shows a table, or what the operation answers as JSON', async () => {
    await using door = await controlDoor(troubled());
    const { stdout } = await weir('pipelines', 'list', '--socket', door.socket);
    expect(stdout).toMatchInlineSnapshot(`
      "pipeline  state    since  live  slots  restarts      MiB  p99 ms   pid  nats       events
      main      playing    3 h   1/1      8         0  191/512       -  4242  connected  -
      north     waiting    3 h   0/0     16         3        -       -     -  -          -
      north: starts in 4 s; crash 3 h ago: ended by SIGSEGV
      "
    `);
    const json = await weir('pipelines', 'list', '--json', '--socket', door.socket);
    expect(JSON.parse(json.stdout)).toEqual({ pipelines: await troubled().pipelines() });
  });

  it('restart says which process plays now', async () => {
    await using door = await controlDoor();
    const { code, stdout, stderr } = await weir('pipelines', 'restart', 'main', '--socket', door.socket);
    expect([code, stdout, stderr]).toEqual([
      0,
      'restarted main: playing, process 4242\n',
      'Next: weir status --watch\n',
    ]);
    const json = await weir('pipelines', 'restart', 'main', '--json', '--socket', door.socket);
    expect(JSON.parse(json.stdout)).toEqual((await door.appliance.pipelines())[0]);
    const unknown = await weir('pipelines', 'restart', 'nord', '--socket', door.socket);
    expect([unknown.code, unknown.stderr]).toEqual([
      64,
      'error PIPELINE_UNKNOWN: no pipeline "nord"\n  name one of main\n',
    ]);
  });
});

describe('weir operations', () => {
  it('lists who changed what, the latest first', async () => {
    await using door = await controlDoor();
    expect((await weir('operations', '--socket', door.socket)).stderr).toBe('nothing has been changed yet\n');
    await weir('streams', 'restart', 'cam-1', '--socket', door.socket);
    await weir('pipelines', 'restart', 'main', '--socket', door.socket);
    const { stdout } = await weir('operations', '--socket', door.socket);
    const who = /socket .*?(?= {2})/g;
    expect(stdout.replace(who, 'socket me')).toMatchInlineSnapshot(`
      "time                      who          operation          on     result  changed  generation
      2026-11-26T12:00:00.000Z  socket me  pipelines.restart  main   ok      yes               3
      2026-11-26T12:00:00.000Z  socket me  streams.restart    cam-1  ok      yes               2
      "
    `);
    const json = await weir('operations', '--json', '--lines', '1', '--socket', door.socket);
    expect(JSON.parse(json.stdout)).toEqual({ operations: await door.appliance.operations(1) });
  });
});

describe('weir logs', () => {
  const filled = () => {
    const appliance = new FakeAppliance();
    appliance.log('state saved');
    appliance.log('waiting (refused)', {
      level: 'warn',
      stream: 'cam-1',
      pipeline: 'main',
      details: { retryInMs: 800 },
    });
    appliance.log('bad \x1b[2Jcamera', { level: 'error', stream: 'cam-2', pipeline: 'main' });
    return appliance;
  };

  it('prints lines as people read them', async () => {
    await using door = await controlDoor(filled());
    const { code, stdout } = await weir('logs', '--socket', door.socket);
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "12:00:00.000 info  state saved
      12:00:00.000 warn  cam-1: waiting (refused)  retryInMs=800  pipeline=main
      12:00:00.000 error cam-2: bad \\u001b[2Jcamera  pipeline=main
      "
    `);
  });

  it.each([
    [['--stream', 'cam-1'], [2]],
    [
      ['--level', 'warn'],
      [2, 3],
    ],
    [['--pipeline', 'main', '--lines', '1'], [3]],
    [['--stream', 'cam-9'], []],
  ])('%j prints the lines asked for, as JSON', async (args, expected) => {
    await using door = await controlDoor(filled());
    const { code, stdout, stderr } = await weir('logs', '--json', ...args, '--socket', door.socket);
    const lines = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    expect([code, lines.map(({ seq }) => seq)]).toEqual([0, expected]);
    const all = (await filled().logs({ lines: 100 })).lines;
    for (const line of lines) expect(all).toContainEqual(line);
    expect(stderr).toBe(expected.length === 0 ? 'no such lines\n' : '');
  });

  it('--follow brings each line once, also after the appliance was away', async () => {
    await using dir = await tempDir();
    const [seen, said] = [[] as string[], [] as string[]];
    const stop = new AbortController();
    const appliance = filled();
    const first = await controlDoor(appliance, dir);
    using client = new ControlClient({ socket: first.socket });
    const follower = new LogFollower(
      client,
      {},
      {
        signal: stop.signal,
        retryMs: 5,
        line: ({ message }) => seen.push(message),
        say: (text) => said.push(text),
      },
    );
    const following = follower.follow(2);
    await until('the last two are seen', () => seen.length === 2);
    appliance.log('one more');
    await until('one more is seen', () => seen.includes('one more'));
    await first[Symbol.asyncDispose]();
    await until('it is missed', () => said.length > 0);
    const next = new FakeAppliance();
    next.log('started again');
    const status = next.status.bind(next);
    next.status = async () => ({ ...(await status()), startedAt: new Date(LATER).toISOString() });
    await using _second = await controlDoor(next, dir);
    await until('the first of the new process is seen', () => seen.includes('started again'));
    next.log('and on');
    await until('the next is seen', () => seen.includes('and on'));
    stop.abort();
    await following;
    expect(seen).toEqual(['waiting (refused)', 'bad \x1b[2Jcamera', 'one more', 'started again', 'and on']);
    expect(said).toEqual([expect.stringContaining('; waiting for it'), 'the appliance is back']);
  });
});

describe('weir graph', () => {
  it('of the only pipeline comes from the appliance', async () => {
    await using door = await controlDoor();
    const { code, stdout } = await weir('graph', '--socket', door.socket);
    expect([code, stdout]).toEqual([0, 'digraph "main" {}\n']);
    const mermaid = await weir('graph', 'main', '--format', 'mermaid', '--socket', door.socket);
    expect(mermaid.stdout).toBe('flowchart LR\n');
  });

  it('of several asks which', async () => {
    await using door = await controlDoor(new FakeAppliance({ pipelines: { a: {}, b: {} } }));
    const { code, stderr } = await weir('graph', '--socket', door.socket);
    expect([code, stderr]).toEqual([
      64,
      'error PIPELINE_UNKNOWN: none of 2 pipelines is named\n  name one of a, b\n',
    ]);
  });

  it('of a spec needs no appliance', async () => {
    await withSpec(SPEC, async (file) => {
      const dot = await weir('graph', '--spec', file, '--provider', 'nvidia');
      expect(dot.stdout).toMatch(/^digraph pipeline \{\n[^]*"mux" -> "detector"[^]*\}\n$/);
      expect(dot.stdout).toContain('nvv4l2decoder');
      const mermaid = await weir('graph', '--spec', file, '--format', 'mermaid');
      expect(mermaid.stdout).toMatch(/^flowchart LR\n/);
      const unknown = await weir('graph', 'nord', '--spec', file);
      expect([unknown.code, unknown.stderr]).toEqual([
        64,
        `error PIPELINE_UNKNOWN: ${file} has no pipeline "nord"\n  name one of main\n`,
      ]);
    });
  });
});

describe('weir apply', () => {
  const TWO = SPEC.replace('streams:', 'streams:\n      - { id: cam-2, uri: "rtsp://127.0.0.1:1/b" }');
  const declared = { id: 'cam-1', uri: 'rtsp://127.0.0.1:1/a' };
  const appliance = () => new FakeAppliance({ pipelines: { main: { streams: [declared] } } });

  it('prints the plan and carries it out', async () => {
    await using door = await controlDoor(appliance());
    await withSpec(TWO, async (file) => {
      const { code, stdout, stderr } = await weir('apply', file, '--socket', door.socket);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^\+ cam-2 .*\napplied: 1 step, generation 2\n$/);
      expect(stderr).toBe('Next: weir status\n');
      expect((await door.appliance.streams()).map(({ id }) => id)).toEqual(['cam-1', 'cam-2']);
    });
  });

  it('--dry-run only prints it', async () => {
    await using door = await controlDoor(appliance());
    await withSpec(TWO, async (file) => {
      const { stdout, stderr } = await weir('apply', file, '--dry-run', '--socket', door.socket);
      expect(stdout).toContain('+ ');
      expect(stderr).toBe(`Next: weir apply ${file} carries this out\n`);
      expect(door.appliance.applied.map(({ options }) => options)).toMatchObject([{ dryRun: true }]);
    });
  });

  it('says where there is nothing to do', async () => {
    await using door = await controlDoor(appliance());
    await withSpec(SPEC, async (file) => {
      const { code, stdout } = await weir('apply', file, '--socket', door.socket);
      expect([code, stdout]).toEqual([0, 'nothing to do\n']);
      expect(door.appliance.applied).toHaveLength(1);
    });
  });

  it('hands on --keep, and prints what the operation answers as JSON', async () => {
    await using door = await controlDoor(appliance());
    await withSpec(TWO, async (file) => {
      const { stdout, stderr } = await weir('apply', file, '--keep', '--json', '--socket', door.socket);
      expect(JSON.parse(stdout)).toMatchObject({ applied: true, generation: 2, steps: [{ action: 'add' }] });
      expect(stderr).toBe('');
      const [planned, applied] = door.appliance.applied.map(({ options }) => options);
      expect(planned).toMatchObject({ keep: true, dryRun: true });
      expect(applied).toMatchObject({ keep: true });
      expect(applied).not.toHaveProperty('dryRun');
    });
  });

  it('tells every problem of the spec at its place, and sends nothing', async () => {
    await using door = await controlDoor(appliance());
    await withSpec(SPEC.replace('streams:', 'fps: 3\n    streams:').replace('cam-1', 'Cam'), async (file) => {
      const { code, stdout, stderr } = await weir('apply', file, '--socket', door.socket);
      expect([code, stdout]).toEqual([78, '']);
      expect(stderr).toContain('has 2 problems');
      expect(stderr).toContain(`${file}:5:`);
      expect(stderr).toContain(`${file}:7:`);
      expect(door.appliance.calls).toEqual([]);
    });
  });

  it('names what the appliance has to be restarted for', async () => {
    const fake = appliance();
    const step = { action: 'restart-appliance', keys: ['metrics.listen'], disturbs: ['cam-1'] } as const;
    fake.apply = async (_actor, _spec, { dryRun } = {}) => ({
      steps: [step],
      applied: !dryRun,
      generation: 2,
    });
    await using door = await controlDoor(fake);
    await withSpec(SPEC, async (file) => {
      const { stderr } = await weir('apply', file, '--socket', door.socket);
      expect(stderr).toBe('Next: restart the appliance: metrics.listen is read when it starts\n');
    });
  });

  it('makes paths whole where the spec of the appliance lies in another folder', async () => {
    const fake = appliance();
    await using door = await controlDoor(fake);
    await withSpec(`${SPEC}mediaRoot: ./media\n`, async (file, dir) => {
      await weir('apply', file, '--dry-run', '--socket', door.socket);
      expect(fake.applied.at(-1)?.spec).toMatchObject({ mediaRoot: join(dir, 'media') });
      const status = fake.status.bind(fake);
      fake.status = async () => ({
        ...(await status()),
        spec: { file: join(dir, 'weir.yaml'), applied: false },
      });
      await weir('apply', file, '--dry-run', '--socket', door.socket);
      expect(fake.applied.at(-1)?.spec).toMatchObject({ mediaRoot: './media' });
    });
  });

  it('talks to the appliance of the spec, where that has a socket of its own', async () => {
    await using door = await controlDoor(appliance());
    const file = join(door.dir, 'weir.yaml');
    writeFileSync(file, SPEC);
    vi.stubEnv('WEIR_SOCKET', undefined);
    expect((await weir('apply', file)).stdout).toBe('nothing to do\n');
  });
});

interface Schema {
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

describe('paths of a spec', () => {
  const paths = {
    stateDir: './state',
    mediaRoot: 'media',
    modelDir: '../weights',
    control: { socket: './weir.sock', group: 'weir' },
    pipelines: [{ id: 'main', detector: { model: './own/model.yaml', engine: 'e.engine' } }, { id: 'b' }],
  };

  it('are made absolute, and nothing else is touched', () => {
    expect(withAbsolutePaths({ appliance: 'gate', ...paths }, '/etc/weir')).toEqual({
      appliance: 'gate',
      stateDir: '/etc/weir/state',
      mediaRoot: '/etc/weir/media',
      modelDir: '/etc/weights',
      control: { socket: '/etc/weir/weir.sock', group: 'weir' },
      pipelines: [
        { id: 'main', detector: { model: '/etc/weir/own/model.yaml', engine: '/etc/weir/e.engine' } },
        { id: 'b' },
      ],
    });
    const named = { pipelines: [{ detector: { model: 'synthetic' } }], mediaRoot: 3, control: null };
    expect(withAbsolutePaths(named, '/etc/weir')).toEqual(named);
  });

  it('are those whose examples in the schema look like one', () => {
    const found: string[] = [];
    const look = ({ examples = [], properties = {}, items }: Schema, at: string): void => {
      if (examples.some((each) => /^\.{1,2}\//.test(String(each)))) found.push(at);
      for (const [key, inner] of Object.entries(properties)) look(inner, `${at}.${key}`);
      if (items) look(items, at);
    };
    look(specJsonSchema(), '');
    // A model may be a path too; its example is a name.
    expect(found.sort()).toEqual(
      [
        ...['.control.socket', '.mediaRoot', '.modelDir', '.stateDir'],
        ...['.pipelines.detector.engine', '.pipelines.detector.calibration'],
      ].sort(),
    );
  });
});
