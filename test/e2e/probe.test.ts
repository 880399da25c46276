/** What is built tries simulated cameras: those that are well, and those that are not. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLI } from '../support/appliance.js';
import { type Camsim, startCamsim } from '../support/camsim.js';
import { CANARY, CANARY_USER, canaryIn } from '../support/canary.js';
import { unitSizes } from '../support/file-units.js';
import { footage, H264, root } from '../support/paths.js';
import { type Outcome, run, Running } from '../support/process.js';
import { tempDir } from '../support/temp.js';
import { freePort, until } from '../support/wait.js';

const FPS = 15;
const FILES = { h264: H264, h265: footage('vtest-360p.h265') };
const { probeCamera } = (await import(
  join(root, 'dist/probe/index.js')
)) as typeof import('../../src/probe/index.js');
const LOGIN = ['--user', '${env:CAM_USER}', '--password', '${env:CAM_PASSWORD}'];
const env = { CAM_USER: CANARY_USER, CAM_PASSWORD: CANARY, WRONG: 'wrong-one', OTHER_SECRET: 'not-yours' };
const PLAIN = ['h264', 'picture', 'silent', 'frozen', 'pausing', 'late', 'jpeg', 'pcmu'];

let camsim: Camsim;
let chatty: Server;

beforeAll(async () => {
  const cameras = [
    ...PLAIN.map((id) => ({ id, file: FILES.h264, fps: FPS })),
    { id: 'h265', file: FILES.h265, fps: FPS },
    { id: 'locked', file: FILES.h264, fps: FPS, user: CANARY_USER, password: CANARY },
  ];
  camsim = await startCamsim({ cameras, ownPort: true });
  await camsim.fault('silent', { kind: 'blackhole' });
  await camsim.fault('frozen', { kind: 'freeze' });
  await camsim.fault('late', { kind: 'lateKey', seconds: 60 });
  await camsim.fault('jpeg', { kind: 'switch', codec: 'jpeg' });
  await camsim.fault('pcmu', { kind: 'switch', codec: 'pcmu' });
  chatty = await listening(chat);
});
afterAll(async () => {
  chatty.close();
  await camsim.stop();
});

async function listening(serve: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Its first answer never ends. */
function chat(socket: Socket): void {
  socket.write('RTSP/1.0 200 OK\r\n');
  const more = setInterval(() => socket.write('X-More: and more\r\n'), 20);
  socket.on('close', () => clearInterval(more));
}

/** Announces a description of 4 GB. */
function boast(socket: Socket): void {
  socket.on('data', (request) => {
    const sequence = /CSeq: (\d+)/.exec(request.toString())?.[1];
    socket.write(`RTSP/1.0 200 OK\r\nCSeq: ${sequence}\r\nContent-Length: 4000000000\r\n\r\n`);
  });
}

const uriOf = (server: Server): string => `rtsp://127.0.0.1:${(server.address() as AddressInfo).port}/a`;
const uri = (id: string): string => camsim.uris[id] ?? 'missing';
const probe = (target: string, ...options: string[]): Promise<Outcome> =>
  run(process.execPath, [CLI, 'probe', target, ...options], { env });
const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
const json = ({ stdout }: Outcome) => JSON.parse(stdout);

async function kbitPerSecond(file: string, codec: 'h264' | 'h265', first: number, frames: number) {
  const sizes = await unitSizes(file, codec);
  const sent = Array.from({ length: frames }, (_, i) => sizes[(first + i) % sizes.length] ?? NaN);
  return (sent.reduce((sum, size) => sum + size, 0) * 8 * FPS) / frames / 1000;
}

// They mostly wait.
describe.concurrent('weir probe', () => {
  describe('a camera that is well', () => {
    test.each([
      ['h264', 'tcp'],
      ['h265', 'udp'],
    ] as const)('%s by %s is measured', async (codec, transport) => {
      const report = await probeCamera({ uri: uri(codec), transport, seconds: 2 });
      const name = codec.toUpperCase();
      expect(report).toMatchObject({
        ...{ codec: name, profile: 'main', width: 640, height: 360, declaredFps: FPS },
        ...{ transport, address: new URL(uri(codec)).host, authentication: 'none' },
        ...{ keyFrames: { frames: FPS, atLeast: false }, reordered: false, packets: { lost: 0 } },
        media: [{ kind: 'video', codec: name }],
      });
      expect(report.fps).toBeCloseTo(FPS, 1);
      expect(report.keyFrames.seconds).toBeCloseTo(1, 2);
      const first = (await camsim.stats())[codec]?.runs[0]?.firstFrame ?? NaN;
      const share = report.kbitPerSecond / (await kbitPerSecond(FILES[codec], codec, first, 2 * FPS));
      expect(share).toBeGreaterThan(0.85);
      expect(share).toBeLessThan(1.15);
    });

    test('becomes a picture, lines for weir.yaml and a command', async () => {
      await using dir = await tempDir();
      const file = join(dir.path, 'a.jpg');
      const outcome = await probe(uri('picture'), '--seconds', '1', '--snapshot', file);
      expect(outcome).toMatchObject({ code: 0 });
      const port = new URL(uri('picture')).port;
      expect(outcome.stdout).toMatch(/^codec +H264 main 2\.2 +H264 or H265, 8 bits +ok$/m);
      expect(outcome.stdout).toContain(
        '→ login: anybody on its network can watch: set a password in the camera',
      );
      expect(outcome.stdout).toContain(`      - id: camera-127-0-0-1
        uri: rtsp://127.0.0.1:${port}/picture
        fps: 15
`);
      expect(outcome.stdout).toContain(
        `weir streams add camera-127-0-0-1 rtsp://127.0.0.1:${port}/picture --fps 15\n`,
      );
      expect([...readFileSync(file).subarray(0, 2)]).toEqual([0xff, 0xd8]);
    });
  });

  describe('a password', () => {
    test('that is right is told nowhere', async () => {
      const outcome = await probe(uri('locked'), ...LOGIN, '--seconds', '1', '--json');
      expect(json(outcome)).toMatchObject({ ok: true, authentication: 'digest' });
      expect(canaryIn(outcome.stdout + outcome.stderr)).toEqual([]);
    });

    test('that is wrong is tried once', async () => {
      const outcome = await probe(uri('locked'), ...LOGIN.slice(0, 3), '${env:WRONG}', '--json');
      expect(outcome.code).toBe(69);
      expect(json(outcome)).toMatchObject({ ok: false, code: 'PROBE_FAILED', cause: 'unauthorized' });
      expect(outcome.stdout + outcome.stderr).not.toContain('wrong-one');
      expect(outcome.stderr).toMatch(
        /\/…: unauthorized: 401 unauthorized\n {2}correct --user and --password/,
      );
    });

    test('that is missing is asked for', async () => {
      expect((await probe(uri('locked'))).stderr).toContain("--user '${env:CAM_USER}' --password");
    });

    test('in the address, or in place of its reference, is refused and not repeated', async () => {
      const inside = await probe('rtsp://admin:hush@127.0.0.1:1/a');
      expect(inside).toMatchObject({ code: 78, stdout: '' });
      expect(inside.stderr).toContain("by reference: --user '${env:CAM_USER}'");
      const plain = await probe('rtsp://127.0.0.1:1/a', '--user', '${env:CAM_USER}', '--password', 'hush');
      expect(plain).toMatchObject({ code: 64, stdout: '' });
      expect(inside.stderr + plain.stderr).not.toContain('hush');
    });
  });

  describe('a camera that shows nothing', () => {
    const codecs = 'supported is H264, H265';

    test.each([
      ['a wrong path', () => `${uri('h264')}/not/there`, 'not-found: 404 not found'],
      ['silence', () => uri('silent'), 'timeout: the camera did not agree to play within 2.5 s'],
      [
        'an answer without end',
        () => uriOf(chatty),
        'timeout: the camera did not agree to play within 2.5 s',
      ],
      ['no picture', () => uri('frozen'), 'no-frame: connected, but no picture within 2.5 s'],
      ['no key frame', () => uri('late'), 'no-key-frame: no key frame within 2.5 s, though data arrives'],
      ['JPEG', () => uri('jpeg'), `codec: the source has JPEG (video); ${codecs}`],
      ['sound alone', () => uri('pcmu'), `codec: the source has PCMU (audio); ${codecs}`],
    ])('for %s', async (_why, target, said) => {
      const probing = probeCamera({ uri: target(), seconds: 1, timeoutMs: 2500 });
      const { host } = new URL(target());
      await expect(probing).rejects.toMatchObject({
        code: 'PROBE_FAILED',
        message: `rtsp://${host}/…: ${said}`,
      });
    });

    test('any more', async () => {
      const probing = probeCamera({ uri: uri('pausing'), seconds: 4 });
      const refusal = expect(probing).rejects.toMatchObject({
        message: expect.stringMatching(/stalled: pictures came, but none for the last \d\.\d s$/),
      });
      await until('it is watched', async () => ((await camsim.stats()).pausing?.framesSent ?? 0) > 3);
      await camsim.pause('pausing');
      await refusal;
    });

    test('for it would take all memory', async () => {
      const boaster = await listening(boast);
      const probing = probeCamera({ uri: uriOf(boaster), seconds: 1, timeoutMs: 5000 });
      await expect(probing).rejects.toMatchObject({ code: 'PROBE_FAILED' });
      boaster.close();
    });

    test('for it is not there', async () => {
      const port = await freePort();
      await expect(probeCamera({ uri: `rtsp://127.0.0.1:${port}/a` })).rejects.toMatchObject({
        message: `rtsp://127.0.0.1:${port}/…: refused: 127.0.0.1:${port}: the connection is refused`,
        remedy: 'the host is there: is RTSP on in the camera, and is it that port?',
      });
    });
  });

  describe('the process that meets the camera', () => {
    const limits = (pid: number): string => readFileSync(`/proc/${pid}/limits`, 'utf8');

    /** It has connected to a camera that says nothing. */
    async function connected(use: (command: Running, pid: number) => Promise<void>): Promise<void> {
      const silence = await listening(() => undefined);
      await using command = new Running(process.execPath, [CLI, 'probe', uriOf(silence)], { env });
      await once(silence, 'connection');
      await use(command, childrenOf(command.pid)[0] ?? NaN);
      silence.close();
    }

    test('writes nothing, knows no other secret, and is the first to go', () =>
      connected(async (_command, pid) => {
        expect(limits(pid)).toMatch(/Max file size +0 /);
        expect(limits(pid)).toMatch(/Max core file size +0 /);
        expect(limits(pid)).toMatch(/Max data size +1073741824 /);
        expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8')).toBe('1000\n');
        expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('OTHER_SECRET');
      }));

    test('may crash: that is a finding', () =>
      connected(async (command, pid) => {
        process.kill(pid, 'SIGSEGV');
        expect(await command.ended()).toEqual({ code: 69, signal: null });
        expect(command.lines.join('\n')).toContain('crashed the process that tried it (SIGSEGV)');
      }));
  });
});
