import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { probeFirst } from '../../src/cli/probe/first.js';
import { WeirError } from '../../src/spec/error.js';
import type { StreamView } from '../../src/supervisor/views.js';
import { weir } from '../support/cli.js';
import { type ControlDoor, controlDoor } from '../support/control-door.js';
import { FakeAppliance, JPEG, SINCE } from '../support/fake-appliance.js';
import { withTempDir } from '../support/temp.js';
import { until } from '../support/wait.js';

vi.mock('../../src/cli/probe/first.js', () => ({ probeFirst: vi.fn(async () => {}) }));

const LATER = Date.parse(SINCE) + 12 * 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: LATER });
  vi.stubEnv('NO_COLOR', '1');
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const TWO = {
  main: {
    streams: [
      { id: 'cam-10', uri: 'rtsp://192.0.2.1/1' },
      { id: 'cam-2', uri: 'rtsp://192.0.2.2/1' },
    ],
  },
};

/** A view with what the fake never shows. */
function seeing(appliance: FakeAppliance, id: string, more: Partial<StreamView>): void {
  const all = appliance.streams.bind(appliance);
  const one = appliance.stream.bind(appliance);
  const change = (view: StreamView): StreamView => (view.id === id ? { ...view, ...more } : view);
  appliance.streams = async () => (await all()).map(change);
  appliance.stream = async (name, options) => change(await one(name, options));
}

const REFUSED = {
  state: 'waiting',
  cause: 'refused',
  message: '192.0.2.2:554 \x1b[2Jrefuses the connection',
  retryAt: new Date(LATER + 2_500).toISOString(),
} as const;

describe('weir streams list', () => {
  it('shows a table in the order of the names', async () => {
    const appliance = new FakeAppliance({ pipelines: TWO });
    seeing(appliance, 'cam-2', { ...REFUSED, fps: 0 });
    await using door = await controlDoor(appliance);
    const { code, stdout, stderr } = await weir('streams', 'list', '--socket', door.socket);
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "stream  pipeline  state     fps  picture  codec  origin  why
      cam-2   main      waiting   0.0  640x360  h264   spec    refused, again in 3 s: 192.0.2.2:554 [2…
      cam-10  main      live     15.0  640x360  h264   spec
      "
    `);
    expect(stderr).toBe('Next: weir streams show <id>\n');
  });

  it('says how to begin where there are none', async () => {
    await using door = await controlDoor(new FakeAppliance({ pipelines: { main: {} } }));
    const { stdout, stderr } = await weir('streams', 'list', '--socket', door.socket);
    expect(stdout).toBe('stream  pipeline  state  fps  picture  codec  origin  why\n');
    expect(stderr).toBe('no streams. Next: weir streams add <id> <uri>\n');
  });

  it('prints what the operation answers as JSON', async () => {
    await using door = await controlDoor();
    const { stdout, stderr } = await weir('streams', 'list', '--json', '--socket', door.socket);
    expect(JSON.parse(stdout)).toEqual({ streams: await new FakeAppliance().streams() });
    expect([stdout.trimEnd().includes('\n'), stderr]).toEqual([false, '']);
  });
});

describe('weir streams show', () => {
  it('shows everything of a stream', async () => {
    const appliance = new FakeAppliance();
    const troubles = [{ kind: 'packet-loss', since: SINCE, message: '5.0 % of packets lost' }] as const;
    const counters = { epoch: 2, packets: 1234, packetsLost: 0, frames: 150 };
    seeing(appliance, 'cam-1', { ...REFUSED, troubles, counters, origin: 'changed' });
    await using door = await controlDoor(appliance);
    const { code, stdout } = await weir('streams', 'show', 'cam-1', '--socket', door.socket);
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "cam-1
        state     waiting, for 12 min (since 2026-11-26T12:00:00.000Z)
        cause     refused: 192.0.2.2:554 [2Jrefuses the connection
        next      connects again in 3 s (2026-11-26T12:12:02.500Z)
        trouble   packet-loss for 12 min: 5.0 % of packets lost
        picture   640x360 h264, 15 fps by its own account
        rates     15.0 fps, 5.0 inferences/s, latency 90 ms, last frame 30 ms ago
        pipeline  main
        origin    in the spec, changed at run time
        spec      id: cam-1
                  uri: rtsp://192.0.2.1/1
        counters  epoch 2
                  packets 1234
                  frames 150
      "
    `);
  });

  it('prints what the operation answers as JSON', async () => {
    await using door = await controlDoor();
    const { stdout } = await weir('streams', 'show', 'cam-1', '--json', '--socket', door.socket);
    expect(JSON.parse(stdout)).toEqual(await new FakeAppliance().stream('cam-1'));
  });

  it('of a stream that is not there fails with what there is', async () => {
    await using door = await controlDoor();
    const { code, stdout, stderr } = await weir('streams', 'show', 'cam-9', '--socket', door.socket);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toBe('error STREAM_UNKNOWN: no stream "cam-9" is declared\n  declared are: cam-1\n');
  });
});

describe('weir streams add', () => {
  const URI = 'rtsp://192.0.2.9/stream2';

  it('sends what the options say, and names the next step', async () => {
    await using door = await controlDoor();
    const login = ['--user', '${env:CAM_USER}', '--password', '${file:/etc/weir/cam}'];
    const more = [
      '--transport',
      'udp',
      '--latency',
      '100',
      '--fps',
      '12.5',
      '--live-uri',
      'rtsp://192.0.2.9/stream1',
    ];
    const { code, stdout, stderr } = await weir(
      ...['streams', 'add', 'yard', URI, ...login, ...more, '--socket', door.socket],
    );
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'added yard: live\n',
      stderr: 'Next: weir streams show yard\n',
    });
    expect((await door.appliance.stream('yard')).spec).toEqual({
      id: 'yard',
      uri: { analyse: URI, live: 'rtsp://192.0.2.9/stream1' },
      user: '${env:CAM_USER}',
      password: '${file:/etc/weir/cam}',
      transport: 'udp',
      latencyMs: 100,
      fps: 12.5,
    });
  });

  it('of the same again says that nothing was changed', async () => {
    await using door = await controlDoor();
    await weir('streams', 'add', 'yard', URI, '--socket', door.socket);
    const { code, stdout } = await weir('streams', 'add', 'yard', URI, '--socket', door.socket);
    expect([code, stdout]).toEqual([0, 'yard is there already, as described; nothing was changed: live\n']);
  });

  it('goes to the pipeline that is named', async () => {
    await using door = await controlDoor(new FakeAppliance({ pipelines: { a: {}, b: {} } }));
    const unnamed = await weir('streams', 'add', 'yard', URI, '--socket', door.socket);
    expect([unnamed.code, unnamed.stderr]).toEqual([
      64,
      'error PIPELINE_UNKNOWN: none of several pipelines is named\n  name one of a, b\n',
    ]);
    await weir('streams', 'add', 'yard', URI, '--pipeline', 'b', '--socket', door.socket);
    expect((await door.appliance.stream('yard')).pipeline).toBe('b');
  });

  it('takes a whole description from a file, and options over it', async () => {
    await using door = await controlDoor();
    const file = join(door.dir, 'yard.yaml');
    writeFileSync(file, `id: yard\nuri: ${URI}\nfrozenRestart: true\nfps: 5\n`);
    await weir('streams', 'add', '--file', file, '--fps', '10', '--socket', door.socket);
    expect((await door.appliance.stream('yard')).spec).toEqual({
      id: 'yard',
      uri: URI,
      frozenRestart: true,
      fps: 10,
    });
  });

  it('takes it from stdin too', async () => {
    await using door = await controlDoor();
    const given = (...chunks: Buffer[]) =>
      vi.spyOn(process, 'stdin', 'get').mockReturnValue(Readable.from(chunks) as never);
    const text = Buffer.from(`{"id": "yard", "uri": "${URI}"}`);
    given(text.subarray(0, 5), text.subarray(5));
    const { stdout } = await weir('streams', 'add', '--file', '-', '--socket', door.socket);
    expect(stdout).toBe('added yard: live\n');
    given(Buffer.alloc(2 * 1024 * 1024, 0x20));
    const large = await weir('streams', 'add', '--file', '-', '--socket', door.socket);
    expect([large.code, large.stderr]).toEqual([
      74,
      'error IO: stdin cannot be read: larger than 1048576 bytes\n',
    ]);
  });

  it.each([
    ['id: [', /^error SPEC_INVALID: .*yard.yaml:1:6: wrong indentation/, 78],
    ['- id: yard', /^error SPEC_INVALID: .*yard.yaml:1:1: expected a map as under "streams"/, 78],
    ['fps: 5', /^error USAGE: a stream needs a name and an address\n {2}weir streams add <id> <uri>/, 64],
  ])('refuses the file %j', async (text, message, exitCode) => {
    await using door = await controlDoor();
    const file = join(door.dir, 'yard.yaml');
    writeFileSync(file, text);
    const { code, stderr } = await weir('streams', 'add', '--file', file, '--socket', door.socket);
    expect(code).toBe(exitCode);
    expect(stderr).toMatch(message);
    expect(door.appliance.calls).toEqual([]);
  });

  it('tells every problem that the appliance finds', async () => {
    await using door = await controlDoor();
    const { code, stderr } = await weir(
      ...['streams', 'add', 'Yard', 'http://192.0.2.9/', '--user', '${env:A}', '--socket', door.socket],
    );
    expect(code).toBe(78);
    expect(stderr).toMatch(/^error SPEC_INVALID: stream: id: got "Yard"/);
    expect(stderr).toContain('scheme "http" is not allowed');
    expect(stderr).toContain('"user" without "password"');
  });

  it('says where user and password belong, and does not repeat them', async () => {
    await using door = await controlDoor();
    const { code, stderr } = await weir(
      ...['streams', 'add', 'yard', 'rtsp://root:hunter2@192.0.2.9/1', '--socket', door.socket],
    );
    expect(code).toBe(78);
    expect(stderr).toContain(`--user '\${env:CAM_USER}' --password '\${env:CAM_PASSWORD}'`);
    expect(stderr).not.toContain('hunter2');
  });

  it('refuses a password in place of a reference without repeating it', async () => {
    const { code, stderr } = await weir('streams', 'add', 'yard', URI, '--password', 'hunter2');
    expect([code, stderr.includes('hunter2')]).toEqual([64, false]);
    expect(stderr).toContain('--password is not a reference');
  });

  it.each([
    [['--latency', 'much'], 'Expected a number from 0 to 10000.'],
    [['--fps', '0'], 'Expected a number from 0.1 to 240.'],
    [['--transport', 'carrier-pigeon'], 'Allowed choices are tcp, udp.'],
    [['--wait', 'long'], 'Expected a number from 0.1 to 86400.'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await weir('streams', 'add', 'yard', URI, ...args);
    expect(code).toBe(64);
    expect(stderr).toContain(message);
  });

  it('prints what the operation answers as JSON', async () => {
    await using door = await controlDoor();
    const { stdout } = await weir('streams', 'add', 'yard', URI, '--json', '--socket', door.socket);
    const stream = await door.appliance.stream('yard');
    expect(JSON.parse(stdout)).toEqual({ changed: true, pending: false, stream });
  });

  it('tells that a pipeline is down', async () => {
    const appliance = new FakeAppliance();
    const add = appliance.add.bind(appliance);
    appliance.add = async (...args) => ({ ...(await add(...args)), pending: true });
    await using door = await controlDoor(appliance);
    const { stdout } = await weir('streams', 'add', 'yard', URI, '--socket', door.socket);
    expect(stdout).toBe('added yard: live; its pipeline is down: carried out when that plays again\n');
  });
});

describe('weir streams add --wait', () => {
  const ADD = ['streams', 'add', 'yard', 'rtsp://192.0.2.9/1'];

  it('returns when the stream is live', async () => {
    const appliance = new FakeAppliance();
    appliance.arrival = () => 'connecting';
    await using door = await controlDoor(appliance);
    const settle = until('the stream is there', () => appliance.calls.includes('add yard')).then(() =>
      appliance.enter('yard', 'live'),
    );
    const { code, stdout, stderr } = await weir(...ADD, '--wait', '--socket', door.socket);
    await settle;
    expect([code, stdout]).toEqual([0, 'added yard: live\n']);
    expect(stderr).toBe('waiting for "yard" to be live, at most 30 s\nNext: weir streams show yard\n');
  });

  it('fails with the cause and what happens next when the stream has failed', async () => {
    const appliance = new FakeAppliance();
    appliance.arrival = () => 'failed';
    seeing(appliance, 'yard', {});
    await using door = await controlDoor(appliance);
    const { code, stdout, stderr } = await weir(...ADD, '--wait', '5', '--socket', door.socket);
    expect([code, stdout]).toEqual([69, 'added yard: failed (not-found, again now: 404 Not Found)\n']);
    expect(stderr).toMatchInlineSnapshot(`
      "waiting for "yard" to be live, at most 5 s
      error STREAM_FAILED: stream "yard" is failed: not-found: 404 Not Found
        the next attempt is now; it needs a change; weir streams show yard tells more
      "
    `);
  });

  it('fails when the time is up', async () => {
    const appliance = new FakeAppliance();
    appliance.arrival = () => 'connecting';
    await using door = await controlDoor(appliance);
    const { code, stderr } = await weir(...ADD, '--wait', '0.2', '--socket', door.socket);
    expect(code).toBe(69);
    expect(stderr).toContain('error STREAM_FAILED: stream "yard" is connecting after 0 s: handshake\n');
    expect(stderr).toContain('it goes on connecting; weir streams show yard tells more');
  });

  it('asks again where the appliance answers before its time', async () => {
    const appliance = new FakeAppliance();
    let asked = 0;
    appliance.arrival = () => 'connecting';
    const stream = appliance.stream.bind(appliance);
    appliance.stream = async (id) => {
      if (++asked === 2) appliance.enter('yard', 'live');
      return stream(id);
    };
    const add = appliance.add.bind(appliance);
    appliance.add = (actor, description) => add(actor, description);
    await using door = await controlDoor(appliance);
    expect((await weir(...ADD, '--wait', '30', '--socket', door.socket)).code).toBe(0);
    expect(asked).toBe(2);
  });

  it('prints the stream as it was last with --json, also on failure', async () => {
    const appliance = new FakeAppliance();
    appliance.arrival = () => 'failed';
    await using door = await controlDoor(appliance);
    const { code, stdout } = await weir(...ADD, '--wait', '--json', '--socket', door.socket);
    expect([code, JSON.parse(stdout)]).toMatchObject([69, { changed: true, stream: { state: 'failed' } }]);
  });
});

describe('weir streams add --probe', () => {
  const LOGIN = ['--user', '${env:U}', '--password', '${env:P}', '--transport', 'udp'];
  const add = (door: ControlDoor) =>
    weir(...['streams', 'add', 'yard', 'rtsp://192.0.2.9/1', '--probe', ...LOGIN, '--socket', door.socket]);

  it('tries what is analysed, as the stream will be', async () => {
    await using door = await controlDoor();
    expect((await add(door)).code).toBe(0);
    const login = { user: '${env:U}', password: '${env:P}', transport: 'udp' };
    expect(vi.mocked(probeFirst).mock.calls).toEqual([[{ uri: 'rtsp://192.0.2.9/1', ...login }]]);
  });

  it('adds nothing where the camera shows nothing', async () => {
    await using door = await controlDoor();
    vi.mocked(probeFirst).mockRejectedValueOnce(new WeirError('PROBE_FAILED', 'no picture'));
    const { code, stderr } = await add(door);
    expect([code, stderr, door.appliance.calls]).toEqual([69, 'error PROBE_FAILED: no picture\n', []]);
  });
});

describe('weir streams update', () => {
  const update = async (spec: object, ...args: string[]) => {
    const declared = { id: 'cam-1', uri: 'rtsp://192.0.2.1/1', ...spec };
    await using door = await controlDoor(new FakeAppliance({ pipelines: { main: { streams: [declared] } } }));
    const outcome = await weir('streams', 'update', 'cam-1', ...args, '--socket', door.socket);
    return { ...outcome, spec: (await door.appliance.stream('cam-1')).spec };
  };

  it.each<readonly [string, object, readonly string[], object]>([
    ['one key', { fps: 5 }, ['--fps', '10'], { uri: 'rtsp://192.0.2.1/1', fps: 10 }],
    ['the address', {}, ['rtsp://192.0.2.3/1'], { uri: 'rtsp://192.0.2.3/1' }],
    [
      'one address of several',
      { uri: { analyse: 'rtsp://a/1', live: 'rtsp://a/2' } },
      ['rtsp://b/1'],
      { uri: { analyse: 'rtsp://b/1', live: 'rtsp://a/2' } },
    ],
    [
      'one address to several',
      {},
      ['rtsp://b/1', '--record-uri', 'rtsp://b/2'],
      { uri: { analyse: 'rtsp://b/1', record: 'rtsp://b/2' } },
    ],
    [
      'what is unset',
      { uri: { analyse: 'rtsp://a/1', live: 'rtsp://a/2' }, fps: 5 },
      ['--unset', 'fps', '--unset', 'uri.live'],
      { uri: { analyse: 'rtsp://a/1' } },
    ],
  ])('changes %s and nothing else', async (_what, spec, args, expected) => {
    const outcome = await update(spec, ...args);
    expect(outcome).toMatchObject({ code: 0, stdout: 'changed cam-1: live\n' });
    expect(outcome.spec).toEqual({ id: 'cam-1', ...expected });
  });

  it('takes changes from a file', async () => {
    await withTempDir(async (dir) => {
      const file = join(dir, 'changes.json');
      writeFileSync(file, '{"frozenRestart": true, "fps": null}');
      expect((await update({ fps: 5 }, '--file', file)).spec).toEqual({
        id: 'cam-1',
        uri: 'rtsp://192.0.2.1/1',
        frozenRestart: true,
      });
    });
  });

  it('of what is so already says that nothing was changed', async () => {
    const { code, stdout } = await update({ fps: 5 }, '--fps', '5');
    expect([code, stdout]).toEqual([0, 'cam-1 is like that already; nothing was changed: live\n']);
  });

  it.each([
    [[], 'error USAGE: nothing to change in "cam-1"', 64],
    [['--unset', 'id'], 'Expected user, password, transport', 64],
    [['--live-uri', 'rtsp://b/2'], 'error USAGE: the stream has one address for all; name that too', 64],
    [['--user', '${env:A}'], '"user" without "password"', 78],
  ])('refuses %j', async (args, message, exitCode) => {
    const { code, stderr } = await update({}, ...args);
    expect(code).toBe(exitCode);
    expect(stderr).toContain(message);
  });

  it('of a stream that is not there fails', async () => {
    await using door = await controlDoor();
    const { code, stderr } = await weir('streams', 'update', 'cam-9', '--fps', '5', '--socket', door.socket);
    expect(code).toBe(64);
    expect(stderr).toContain('error STREAM_UNKNOWN: no stream "cam-9"');
  });
});

describe('weir streams remove', () => {
  it('removes several, and tells which were not there', async () => {
    await using door = await controlDoor(new FakeAppliance({ pipelines: TWO }));
    const { code, stdout, stderr } = await weir(
      ...['streams', 'remove', 'cam-2', 'cam-9', 'cam-10', 'cam-2', '--socket', door.socket],
    );
    expect([code, stdout]).toEqual([0, 'removed cam-2\nremoved cam-10\n']);
    expect(stderr).toBe(
      'there is no stream "cam-9"; nothing was changed\nNext: weir streams list names those there are\n',
    );
    expect(await door.appliance.streams()).toEqual([]);
  });

  it('tells the same as JSON', async () => {
    await using door = await controlDoor();
    const { stdout } = await weir('streams', 'remove', 'cam-1', 'cam-9', '--json', '--socket', door.socket);
    expect(JSON.parse(stdout)).toEqual({ removed: ['cam-1'], unknown: ['cam-9'] });
  });
});

describe('weir streams restart', () => {
  it('connects anew, and waits where that is asked for', async () => {
    const appliance = new FakeAppliance();
    appliance.arrival = () => 'connecting';
    await using door = await controlDoor(appliance);
    const plain = await weir('streams', 'restart', 'cam-1', '--socket', door.socket);
    expect([plain.code, plain.stdout]).toEqual([0, 'restarted cam-1: connecting (handshake)\n']);
    appliance.arrival = () => 'failed';
    const waited = await weir('streams', 'restart', 'cam-1', '--wait', '--socket', door.socket);
    expect(waited.code).toBe(69);
    expect(waited.stderr).toContain('error STREAM_FAILED: stream "cam-1" is failed: not-found');
  });
});

describe('weir streams snapshot', () => {
  it('writes a file, by default of the name of the stream', async () => {
    await withTempDir(async (dir) => {
      await using door = await controlDoor();
      const file = join(dir, 'picture.jpg');
      const { code, stdout } = await weir(
        'streams',
        'snapshot',
        'cam-1',
        '-o',
        file,
        '--socket',
        door.socket,
      );
      expect([code, stdout]).toEqual([0, `${file}\n`]);
      expect(new Uint8Array(readFileSync(file))).toEqual(JPEG);
      const before = process.cwd();
      process.chdir(dir);
      const named = await weir('streams', 'snapshot', 'cam-1', '--plain', '--socket', door.socket);
      process.chdir(before);
      expect([named.stdout, existsSync(join(dir, 'cam-1.jpg'))]).toEqual(['cam-1.jpg\n', true]);
      expect(door.appliance.calls).toEqual(['snapshot cam-1', 'snapshot cam-1 plain']);
    });
  });

  it('writes nothing where there is no picture', async () => {
    await using door = await controlDoor();
    door.appliance.enter('cam-1', 'failed');
    const file = join(door.dir, 'a.jpg');
    const { code, stdout, stderr } = await weir(
      ...['streams', 'snapshot', 'cam-1', '-o', file, '--timeout', '0.5', '--socket', door.socket],
    );
    expect([code, stdout, existsSync(file)]).toEqual([69, '', false]);
    expect(stderr).toContain('error NO_PICTURE: stream "cam-1" is failed');
  });

  it('says where it cannot write', async () => {
    await using door = await controlDoor();
    const file = join(door.dir, 'missing', 'a.jpg');
    const { code, stderr } = await weir('streams', 'snapshot', 'cam-1', '-o', file, '--socket', door.socket);
    expect(code).toBe(74);
    expect(stderr).toContain(`error IO: cannot write ${file}`);
  });
});
