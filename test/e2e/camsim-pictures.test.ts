import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encoder, transcode } from '../../scripts/footage/encode.js';
import type { CameraFault } from '../support/camsim.js';
import { ended, expectBalance, FaultyCameras, FPS, framesCome, RTP } from '../support/faulty-cameras.js';
import { h264Frames, isKey, type RtpFrame, slices, sps, ticks, ticksBetween } from '../support/rtp.js';
import type { RtspClient } from '../support/rtsp.js';
import { type TempDir, tempDir } from '../support/temp.js';
import { until } from '../support/wait.js';

const CLOCK_RATE = 90_000;
const INTERVAL = CLOCK_RATE / FPS;
const cameras = new FaultyCameras({ ownPort: true });
const begin = (fault: CameraFault): Promise<void> => cameras.camsim.fault('cam1', fault);
const frames = (client: RtspClient): RtpFrame[] => h264Frames(client.packets(RTP));
const timeSteps = (some: readonly RtpFrame[]): number[] => ticksBetween(some.map(({ time }) => time));
let dir: TempDir;
beforeAll(async () => {
  dir = await tempDir();
});
afterAll(() => dir?.remove());
afterEach(async () => {
  await cameras.camsim.clear();
  await cameras.camsim.fault(undefined, { kind: 'kill' }); // so that clients begin together with a run
});

/** A film of noise, another size than the scene's. */
async function otherFilm(codec: 'h264' | 'h265'): Promise<string> {
  const file = join(dir.path, `other.${codec}`);
  const [width, height] = [320, 192];
  const raw = ['rawvideoparse', 'format=i420', `width=${width}`, `height=${height}`, `framerate=${FPS}/1`];
  const pictures = Array.from({ length: 30 }, (_, n) => Buffer.alloc((width * height * 3) / 2, 40 + 5 * n));
  await transcode(pictures, [...raw, '!', ...encoder({ codec, fps: FPS, quantiser: 30 })], file);
  return file;
}

/** How many of the last frames are one and the same key frame. */
function repeats(client: RtspClient): number {
  const all = frames(client).reverse();
  const last = all[0] && isKey(all[0]) ? slices(all[0]) : undefined;
  const end = all.findIndex((frame) => !last || !slices(frame).equals(last));
  return end < 0 ? all.length : end;
}

it('a frozen picture is one key frame again and again, under time stamps that go on', async () => {
  await using client = await cameras.watching();
  await framesCome(client, 5);
  await begin({ kind: 'frozenPicture' });
  await until('the picture stands still', () => repeats(client) >= 15);
  const still = frames(client).slice(-15);
  expect(new Set(timeSteps(still).map((step) => Math.round(step / INTERVAL)))).toEqual(new Set([1]));
  await cameras.camsim.clear();
  await framesCome(client, 30);
  const picture = slices(still[0] as RtpFrame);
  const all = frames(client);
  const next = all
    .slice(all.findIndex(({ time }) => time === still[0]?.time))
    .find((frame) => !slices(frame).equals(picture));
  expect(isKey(next as RtpFrame)).toBe(true);
  const stats = await cameras.stats();
  expect(stats.framesRepeated).toBeGreaterThanOrEqual(15);
  expectBalance(stats);
});

it('a late key frame leaves a stream that begins with others, and can be described', async () => {
  await begin({ kind: 'lateKey', seconds: 1.5 });
  await using client = cameras.client();
  const described = await client.ask('DESCRIBE', cameras.uri());
  expect(described).toContain('200 OK');
  await client.play(cameras.uri());
  const key = await until('a key frame comes', () => frames(client).find(isKey));
  const [first] = frames(client);
  expect(ticks((first as RtpFrame).time, key.time)).toBeGreaterThan(1.4 * CLOCK_RATE);
  const stats = await cameras.stats();
  expect(stats.framesWithheld.lateKey).toBe(2);
  expectBalance(stats);
});

describe('another file', () => {
  it('of the same codec follows from a key frame on, and the first one again', async () => {
    await using client = await cameras.watching();
    const original = sps(frames(client)[0] as RtpFrame);
    await begin({ kind: 'switch', file: await otherFilm('h264') });
    const changed = await until('the picture changes', () =>
      frames(client).find((frame) => sps(frame) !== undefined && sps(frame) !== original),
    );
    expect(isKey(changed)).toBe(true);
    expect((await cameras.stats()).fileFrames).toBe(30);
    await framesCome(client, 25);
    await cameras.camsim.clear();
    const from = frames(client).length;
    await until('the first one is back', () =>
      frames(client)
        .slice(from)
        .some((frame) => sps(frame) === original),
    );
    expect(client.end).toBeUndefined();
    const steps = timeSteps(frames(client)).map((step) => Math.round(step / INTERVAL));
    expect(new Set(steps)).toEqual(new Set([1]));
    expectBalance(await cameras.stats());
  });

  it.each([
    ['H.265', 'h265', /m=video 0 RTP\/AVP 96[^]*rtpmap:96 H265\/90000/],
    ['JPEG', 'jpeg', /m=video 0 RTP\/AVP 26/],
    ['audio alone', 'pcmu', /m=audio 0 RTP\/AVP 0/],
  ] as const)(
    'in %s ends the connection, and is described to who comes then',
    async (_, codec, description) => {
      await using before = await cameras.watching();
      await begin(
        codec === 'h265' ? { kind: 'switch', file: await otherFilm(codec) } : { kind: 'switch', codec },
      );
      await ended(before);
      await using during = await cameras.watching();
      expect(during.description).toMatch(description);
      await cameras.camsim.clear('cam1');
      await ended(during);
      await using after = await cameras.watching();
      expect(after.description).toMatch(/H264\/90000/);
    },
  );
});

it('another frame rate is followed by the time stamps, and ends when cleared', async () => {
  await using client = await cameras.watching();
  for (const fps of [50, FPS]) {
    await (fps === FPS ? cameras.camsim.clear() : begin({ kind: 'rate', fps }));
    await framesCome(client, 3); // under way when the rate changed
    const from = frames(client).length;
    await framesCome(client, 12);
    const steps = timeSteps(frames(client).slice(from)).map((step) => Math.round((step * 100) / CLOCK_RATE));
    expect(new Set(steps)).toEqual(new Set([100 / fps]));
  }
});

it('a throttled link gets fewer frames, each gap ending with a key frame, and all again when cleared', async () => {
  await using client = await cameras.watching();
  await begin({ kind: 'throttle', bytesPerSecond: 8000 });
  await until('frames are withheld', async () => ((await cameras.stats()).framesWithheld.throttle ?? 0) > 20);
  await cameras.camsim.clear();
  await framesCome(client, 40);
  expect(client.end).toBeUndefined();
  const all = frames(client);
  const steps = timeSteps(all);
  const afterGap = all.slice(1).filter((_, i) => (steps[i] as number) > 1.5 * INTERVAL);
  expect(afterGap.length).toBeGreaterThan(0);
  expect(afterGap.every(isKey)).toBe(true);
  expectBalance(await cameras.stats());
});
