import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encoder, transcode } from '../../scripts/footage/encode.js';
import { type Scene, scene } from '../../scripts/footage/scene.js';
import { drawScene } from '../../scripts/footage/scene-picture.js';
import { BITS, SCENE } from '../../scripts/model/synthetic-scene.js';
import { type Camsim, type CamsimCamera, startCamsim } from '../support/camsim.js';
import { program } from '../support/paths.js';
import { Running, run } from '../support/process.js';
import { RtspClient } from '../support/rtsp.js';
import { type TempDir, tempDir } from '../support/temp.js';
import { until } from '../support/wait.js';

const FPS = 20;
const FRAME_BYTES = (SCENE.width * SCENE.height * 3) / 2;
const RAW = ['rawvideoparse', 'format=i420', 'width=640', 'height=360', `framerate=${FPS}/1`, '!'];
let film: Scene;
let dir: TempDir;

beforeAll(async () => {
  film = await scene({ seed: 21, frames: 50, fps: FPS, objects: 2, seamFrames: 5 });
  dir = await tempDir();
});
afterAll(async () => dir?.remove());

interface Client extends AsyncDisposable {
  /** PTS in ns of every access unit that came, undefined where one had none. */
  units(): (number | undefined)[];
  /** The frame numbers drawn in the pictures that were decoded, once it has stopped. */
  numbers(): Promise<number[]>;
  stop(): Promise<void>;
}

const DECODERS = {
  h264: ['rtph264depay', '!', 'h264parse', '!', 'identity', 'name=units', 'silent=false', '!', 'avdec_h264'],
  h265: ['rtph265depay', '!', 'h265parse', '!', 'identity', 'name=units', 'silent=false', '!', 'avdec_h265'],
};
let clients = 0;

/** A client that is not ours: gst-launch-1.0, which writes decoded pictures to a file. */
function watch(uri: string, options: readonly string[], codec: 'h264' | 'h265' = 'h264'): Client {
  const file = join(dir.path, `client-${clients++}.yuv`);
  const source = ['rtspsrc', `location=${uri}`, 'latency=100', 'buffer-mode=none', ...options];
  const raw = ['videoconvert', '!', 'video/x-raw,format=I420', '!', 'filesink', `location=${file}`];
  const args = ['-v', '-e', ...source, '!', ...DECODERS[codec], '!', ...raw, 'buffer-mode=unbuffered'];
  const child = new Running('gst-launch-1.0', args);
  const stop = (): Promise<void> => child.stop('SIGINT');
  return {
    units: () => child.lines.filter((line) => line.includes('(units:sink) (')).map(ptsOf),
    numbers: async () => numbersIn(await readFile(file)),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function ptsOf(line: string): number | undefined {
  const time = /pts: (\d+):(\d+):(\d+)\.(\d{9})/.exec(line)?.slice(1).map(Number);
  if (time === undefined) return undefined;
  const [h, m, s, ns] = time as [number, number, number, number];
  return ((h * 60 + m) * 60 + s) * 1e9 + ns;
}

function numbersIn(pictures: Buffer): number[] {
  const row = BITS.centreY * SCENE.width;
  const luma = (n: number, bit: number): number =>
    pictures[n * FRAME_BYTES + row + BITS.centreX(bit)] as number;
  return Array.from({ length: Math.floor(pictures.length / FRAME_BYTES) }, (_, n) =>
    Array.from({ length: BITS.count }, (_, bit) => (luma(n, bit) > 128 ? 2 ** bit : 0)).reduce(
      (a, b) => a + b,
    ),
  );
}

/** Lets a camera send at least `frames`, stops it, and waits until the client has them all. */
async function watchFrames(camsim: Camsim, id: string, client: Client, frames: number): Promise<void> {
  await until(`${id} has sent ${frames} frames`, async () => {
    const stats = (await camsim.stats())[id];
    return stats && stats.framesSent >= frames;
  });
  await camsim.pause(id);
  const sent = (await camsim.stats())[id]?.framesSent as number;
  await until(`the client has ${sent} frames`, () => client.units().length >= sent);
  await client.stop();
}

const counting = (first: number, count: number, length: number): number[] =>
  Array.from({ length: count }, (_, i) => (first + i) % length);

function camera(id: string, more: Partial<CamsimCamera> = {}): CamsimCamera {
  return { id, file: film.file, fps: FPS, ...more };
}

describe('what a client gets', () => {
  it.each([
    ['TCP', ['protocols=tcp']],
    ['UDP', ['protocols=udp-mcast+udp']],
  ])('is every frame over %s, in order, over the loop seam', async (_, transport) => {
    await using camsim = await startCamsim({ cameras: [camera('cam1')] });
    await using client = watch(camsim.uris.cam1 as string, transport);
    await watchFrames(camsim, 'cam1', client, 70);

    const stats = (await camsim.stats()).cam1;
    const sent = stats?.framesSent as number;
    expect(stats).toMatchObject({
      fileFrames: 50,
      framesDropped: 0,
      runs: [{ firstFrame: 0, frames: sent, began: expect.any(Number) }],
    });
    expect(await client.numbers()).toEqual(counting(0, sent, 50));

    const times = client.units();
    expect(times).not.toContain(undefined);
    const steps = times.slice(1).map((pts, i) => (pts as number) - (times[i] as number));
    // RTP counts time in ticks of 1/90000 s.
    for (const step of steps) expect(Math.abs(step - 1e9 / FPS)).toBeLessThan(1e9 / 45_000);
  });

  it('begins at the next key frame; in between the camera stands still', async () => {
    await using camsim = await startCamsim({ cameras: [camera('cam1', { start: 25 })] });
    let next = 25;
    for (const run of [0, 1]) {
      await using client = watch(camsim.uris.cam1 as string, ['protocols=tcp']);
      await until('pictures came', () => client.units().length >= 5);
      await client.stop();
      await until('the client is gone', async () => (await camsim.stats()).cam1?.viewers.length === 0);
      const { firstFrame, frames } = (await camsim.stats()).cam1?.runs[run] ?? { firstFrame: -1, frames: 0 };
      const key = Array.from({ length: 20 }, (_, i) => next + i).find((n) => [0, 20, 40].includes(n % 50));
      expect(firstFrame).toBe(key);
      next = firstFrame + frames;
      const numbers = await client.numbers();
      expect(numbers.length).toBeGreaterThan(0);
      expect(numbers).toEqual(counting(firstFrame, numbers.length, 50));
    }
  });

  it('joins a stream that runs already for another, who loses nothing', async () => {
    await using camsim = await startCamsim({ cameras: [camera('cam1')] });
    await using first = watch(camsim.uris.cam1 as string, ['protocols=tcp']);
    await until('the first one watches', () => first.units().length >= 5);
    await using second = watch(camsim.uris.cam1 as string, ['protocols=tcp']);
    const joined = await until('both watch', async () => (await camsim.stats()).cam1?.viewers[1]);
    await until('the second one has pictures', () => second.units().length >= 30);
    await watchFrames(camsim, 'cam1', first, 60);
    await second.stop();

    const sent = (await camsim.stats()).cam1?.framesSent as number;
    expect(await first.numbers()).toEqual(counting(0, sent, 50));
    const numbers = await second.numbers();
    const begin = numbers.indexOf(joined.firstFrame % 50);
    expect(begin).toBeGreaterThanOrEqual(0);
    expect(numbers.slice(begin)).toEqual(counting(joined.firstFrame, numbers.length - begin, 50));
  });

  it('is told the wall clock by RTCP sender reports', async () => {
    await using camsim = await startCamsim({ cameras: [camera('cam1')] });
    await using wire = new RtspClient(camsim.port);
    const before = Date.now();
    await wire.play(camsim.uris.cam1 as string);
    const report = await wire.packet(1, (packet) => packet[1] === 200);
    const secondsFrom1900 = report.readUInt32BE(8);
    const wallClock = (secondsFrom1900 - 2_208_988_800) * 1000;
    expect(wallClock).toBeGreaterThan(before - 2000);
    expect(wallClock).toBeLessThanOrEqual(Date.now());
  });

  it('is H.265 where the file is', async () => {
    const file = join(dir.path, 'scene.h265');
    const encoding = encoder({ codec: 'h265', fps: FPS, quantiser: 20 });
    await transcode(drawScene(film.truth), [...RAW, ...encoding], file);
    await using camsim = await startCamsim({ cameras: [camera('cam1', { file })] });
    await using client = watch(camsim.uris.cam1 as string, ['protocols=tcp'], 'h265');
    await watchFrames(camsim, 'cam1', client, 60);
    const sent = (await camsim.stats()).cam1?.framesSent as number;
    expect(await client.numbers()).toEqual(counting(0, sent, 50));
  });

  it('comes out of an MP4 file too', async () => {
    const file = join(dir.path, 'scene.mp4');
    const encoding = encoder({ codec: 'h264', fps: FPS, quantiser: 20 });
    await transcode(drawScene(film.truth), [...RAW, ...encoding, '!', 'h264parse', '!', 'mp4mux'], file);
    await using camsim = await startCamsim({ cameras: [camera('cam1', { file })] });
    await using client = watch(camsim.uris.cam1 as string, ['protocols=tcp']);
    await watchFrames(camsim, 'cam1', client, 60);
    const sent = (await camsim.stats()).cam1?.framesSent as number;
    expect(await client.numbers()).toEqual(counting(0, sent, 50));
  });
});

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

describe('a camera with a password', () => {
  let camsim: Camsim;
  const client = (...auth: string[]): Client =>
    watch(camsim.uris.locked as string, ['protocols=tcp', ...auth]);

  beforeAll(async () => {
    const cameras = [
      camera('open'),
      camera('locked', { user: 'eye', password: 'p4ss:w0rd' }),
      camera('other', { user: 'other', password: 'elsewhere' }),
    ];
    camsim = await startCamsim({ cameras });
  });
  afterAll(async () => camsim?.stop());

  it('opens to rtspsrc with the right one, by Digest', async () => {
    await using seer = client('user-id=eye', 'user-pw=p4ss:w0rd');
    await until('a picture came', () => seer.units().length > 0);
  });

  it.each([
    ['a wrong one', ['user-id=eye', 'user-pw=wrong']],
    ['none', []],
  ])('answers 401 to %s', async (_, auth) => {
    const args = ['rtspsrc', `location=${camsim.uris.locked}`, 'protocols=tcp', ...auth, '!', 'fakesink'];
    const { code, stderr } = await run('gst-launch-1.0', args);
    expect(stderr).toContain('Unauthorized (401)');
    expect(code).not.toBe(0);
  });

  it.each([
    ['/locked', undefined, '401'],
    ['/locked', basic('eye', 'p4ss:w0rd'), '200'],
    ['/locked', basic('eye', 'wrong'), '401'],
    ['/locked', basic('other', 'elsewhere'), '401'],
    ['/open', undefined, '200'],
    ['/nowhere', undefined, '404'],
  ])('answers DESCRIBE %s with %s by %s', async (path, authorization, status) => {
    await using wire = new RtspClient(camsim.port);
    const headers = authorization === undefined ? [] : [`Authorization: ${authorization}`];
    const reply = await wire.ask('DESCRIBE', `rtsp://127.0.0.1:${camsim.port}${path}`, ...headers);
    expect(reply.split(' ')[1]).toBe(status);
  });

  it('offers Basic and Digest', async () => {
    await using wire = new RtspClient(camsim.port);
    const reply = await wire.ask('DESCRIBE', camsim.uris.locked as string);
    expect(reply).toMatch(/^WWW-Authenticate: Basic realm/m);
    expect(reply).toMatch(/^WWW-Authenticate: Digest realm/m);
  });

  it('shows the password neither in its addresses nor in the process list', async () => {
    const commandLine = await readFile(`/proc/${camsim.pid}/cmdline`, 'utf8');
    expect(JSON.stringify(camsim.uris) + commandLine).not.toMatch(/p4ss|eye/);
  });
});

describe('the program', () => {
  it('sends nothing while paused, and goes on with the next frame', async () => {
    await using camsim = await startCamsim({ cameras: [camera('cam1'), camera('cam2')] });
    await using client = watch(camsim.uris.cam1 as string, ['protocols=tcp']);
    await using other = watch(camsim.uris.cam2 as string, ['protocols=tcp']);
    await until('pictures came', () => client.units().length >= 5 && other.units().length > 0);
    await camsim.pause('cam1');
    const sent = (await camsim.stats()).cam1?.framesSent;
    const meanwhile = other.units().length;
    await until('the other camera goes on', () => other.units().length >= meanwhile + 5);
    expect((await camsim.stats()).cam1?.framesSent).toBe(sent);
    await camsim.resume();
    await watchFrames(camsim, 'cam1', client, 40);
    const stats = (await camsim.stats()).cam1;
    expect(stats?.runs).toMatchObject([{ firstFrame: 0, frames: stats?.framesSent }]);
    expect(await client.numbers()).toEqual(counting(0, stats?.framesSent as number, 50));
  });

  it.each([
    ['not JSON', '{', /camsim: config: not JSON/],
    ['no cameras', '{"cameras":[]}', /config\.cameras: expected a list of cameras/],
    ['an unknown key', '{"cameras":[{"id":"a","file":"x","fsp":1}]}', /cameras\[0\]: unknown key "fsp"/],
    ['a bad id', '{"cameras":[{"id":"A","file":"x"}]}', /cameras\[0\]\.id: expected to match/],
    ['a bad rate', '{"cameras":[{"id":"a","file":"x","fps":0}]}', /cameras\[0\]\.fps: expected more than 0/],
    ['a string for a rate', '{"cameras":[{"id":"a","file":"x","fps":"f"}]}', /fps: expected a number/],
    ['half a login', '{"cameras":[{"id":"a","file":"x","user":"u"}]}', /expected both user and password/],
    [
      'no such file',
      '{"cameras":[{"id":"a","file":"/no.h264"}]}',
      /camera "a": \/no\.h264: cannot be opened/,
    ],
    ['no codec', '{"cameras":[{"id":"a","file":"/dev/null"}]}', /camera "a": \/dev\/null: codec unknown/],
    [
      'an empty file',
      '{"cameras":[{"id":"a","file":"/dev/null","codec":"h264"}]}',
      /camera "a": \/dev\/null: /,
    ],
  ])('refuses a config with %s', async (_, config, message) => {
    const { code, stdout, stderr } = await run(program('camsim'), ['--config', '-'], {
      input: `${config}\n`,
    });
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  it('refuses a file that is no video', async () => {
    await expect(
      startCamsim({ cameras: [camera('a', { file: film.truthFile, codec: 'h264' })] }),
    ).rejects.toThrow(film.truthFile);
  });

  it('refuses a control port that another one has', async () => {
    await using camsim = await startCamsim({ cameras: [camera('cam1')] });
    const args = ['--config', '-', '--control', String(camsim.controlPort), '--exit-with-stdin'];
    const input = `${JSON.stringify({ cameras: [camera('cam1')] })}\n`;
    const { code, stderr } = await run(program('camsim'), args, { input });
    expect(stderr).toMatch(/cannot bind 127\.0\.0\.1 port \d+: Address already in use/);
    expect(code).toBe(1);
  });

  it('answers a request it does not understand with an error', async () => {
    await using camsim = await startCamsim({ cameras: [camera('cam1')] });
    await expect(camsim.pause('cam2')).rejects.toThrow('there is no camera "cam2"');
    expect((await camsim.stats()).cam1?.framesSent).toBe(0);
  });

  it('ends when its standard input is closed, with a client connected', async () => {
    const config = JSON.stringify({ cameras: [camera('cam1')] });
    await using child = new Running(program('camsim'), ['--config', '-', '--exit-with-stdin']);
    child.write(`${config}\n`);
    const ready = JSON.parse(await child.line((line) => line.startsWith('{'))) as {
      cameras: [{ uri: string }];
    };
    await using client = watch(ready.cameras[0].uri, ['protocols=tcp']);
    await until('a picture came', () => client.units().length > 0);
    child.closeInput();
    expect(await child.ended()).toEqual({ code: 0, signal: null });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends in good order on %s', async (signal) => {
    const config = JSON.stringify({ cameras: [camera('cam1')] });
    await using child = new Running(program('camsim'), ['--config', '-']);
    child.write(`${config}\n`);
    await child.line((line) => line.startsWith('{'));
    child.kill(signal);
    expect(await child.ended()).toEqual({ code: 0, signal: null });
  });
});
