import { afterEach, describe, expect, it } from 'vitest';
import type { CameraFault } from '../support/camsim.js';
import {
  comes,
  ended,
  FaultyCameras,
  framesCome,
  isReport,
  openUdpPorts,
  RTCP,
  RTP,
} from '../support/faulty-cameras.js';
import { rtpHeader, ticks, ticksBetween } from '../support/rtp.js';
import type { RtspClient } from '../support/rtsp.js';
import { until } from '../support/wait.js';

const CLOCK_RATE = 90_000;
const SECONDS_TO_1970 = 2_208_988_800;
const cameras = new FaultyCameras({ ownPort: true });
const begin = (fault: CameraFault): Promise<void> => cameras.camsim.fault('cam1', fault);
const headers = (client: RtspClient) => client.packets(RTP).map((packet) => rtpHeader(packet));
const sequences = (client: RtspClient): number[] =>
  headers(client).flatMap((header) => (header ? [header.sequence] : []));
afterEach(async () => {
  await cameras.camsim.clear();
  await cameras.camsim.fault(undefined, { kind: 'kill' }); // so that clients begin together with a run
});

/** How far each packet's number is from the one before. */
const steps = (numbers: readonly number[]): number[] =>
  numbers.slice(1).map((number, i) => ((number - (numbers[i] as number)) << 16) >> 16);

describe('packets of a camera', () => {
  it('all come in order, when nothing is wrong', async () => {
    const before = await cameras.stats();
    await using client = await cameras.watching();
    await framesCome(client, 20);
    const { packets } = await cameras.settle(client, before);
    expect(packets).toMatchObject({ lost: before.packets.lost });
    expect(new Set(steps(sequences(client)))).toEqual(new Set([1]));
  });

  it('are lost at the rate that is asked for, and counted', async () => {
    const before = await cameras.stats();
    await using client = await cameras.watching();
    await begin({ kind: 'loss', fraction: 0.3, seed: 5 });
    await framesCome(client, 60);
    await cameras.camsim.clear(); // so that no loss is the last packet
    await framesCome(client, 3);
    const after = await cameras.settle(client, before);
    const gaps = steps(sequences(client)).map((step) => step - 1);
    const lost = after.packets.lost - before.packets.lost;
    expect(gaps.reduce((a, b) => a + b)).toBe(lost);
    const fraction = lost / (lost + client.packets(RTP).length);
    expect(fraction).toBeGreaterThan(0.15);
    expect(fraction).toBeLessThan(0.4);
  });

  it('come late, after others, and none is lost', async () => {
    const before = await cameras.stats();
    await using client = await cameras.watching();
    await begin({ kind: 'reorder', fraction: 0.2, distance: 2 });
    await framesCome(client, 40);
    await cameras.camsim.clear();
    await framesCome(client, 5);
    const after = await cameras.settle(client, before);
    const numbers = sequences(client);
    expect(after.packets.reordered).toBeGreaterThan(before.packets.reordered);
    expect(steps(numbers).some((step) => step < 0)).toBe(true);
    expect(new Set(steps([...numbers].sort((a, b) => ((a - b) << 16) >> 16)))).toEqual(new Set([1]));
  });

  it('are delayed by jitter, but keep their order', async () => {
    const before = await cameras.stats();
    await using client = await cameras.watching();
    await using other = await cameras.watching('cam2');
    await begin({ kind: 'jitter', ms: 3000 });
    await framesCome(other, 20);
    await cameras.camsim.pause('cam1');
    await framesCome(other, 3);
    const sent = (await cameras.stats()).packets.sent - before.packets.sent;
    expect(client.packets(RTP).length).toBeLessThan(sent);
    await until('all packets come', () => client.packets(RTP).length === sent);
    expect(new Set(steps(sequences(client)))).toEqual(new Set([1]));
    await cameras.camsim.resume('cam1');
  });

  it('are spoilt in many ways, and counted', async () => {
    const before = await cameras.stats();
    await using client = await cameras.watching();
    await begin({ kind: 'corrupt', fraction: 0.5, seed: 1 });
    await comes(client, 150);
    await cameras.camsim.clear();
    const after = await cameras.settle(client, before);
    const corrupted = after.packets.corrupted - before.packets.corrupted;
    const invalid = headers(client).filter((header) => header === null).length;
    expect(corrupted).toBeGreaterThan(50);
    expect(invalid).toBeGreaterThan(corrupted / 20);
    expect(invalid).toBeLessThan(corrupted / 2);
  });

  it('by UDP are lost where a throttled link is full', async () => {
    using udp = await openUdpPorts();
    await using client = cameras.client();
    await client.play(cameras.uri(), udp.transport);
    await begin({ kind: 'throttle', bytesPerSecond: 3000 });
    const before = (await cameras.stats()).packets;
    await until('packets are lost', async () => (await cameras.stats()).packets.lost > before.lost + 20);
    expect(udp.received[RTP]).toBeGreaterThan(0);
  });
});

const jumps = (client: RtspClient): number[] => {
  const times = headers(client).map((header) => header?.time ?? 0);
  const steps = ticksBetween(times).map((step) => step / CLOCK_RATE);
  return steps.filter((step) => Math.abs(step) > 1).map(Math.round);
};

describe('the clocks of a camera', () => {
  it.each([3600, -3600])('jump by %i s, sender reports along with them', async (seconds) => {
    await using client = await cameras.watching();
    await begin({ kind: 'timestampJump', seconds });
    await framesCome(client, 10);
    expect(jumps(client)).toEqual([seconds]);
    const reports = client.packets(RTCP).filter(isReport).length;
    await until('a report comes', () => client.packets(RTCP).filter(isReport).length > reports);
    const report = client.packets(RTCP).filter(isReport).at(-1) as Buffer;
    const now = headers(client).at(-1)?.time as number;
    expect(Math.abs(ticks(report.readUInt32BE(16), now))).toBeLessThan(10 * CLOCK_RATE);
  });

  it('wrap within seconds', async () => {
    await using before = await cameras.watching();
    await begin({ kind: 'timestampWrap', seconds: 1 });
    await ended(before);
    await using client = await cameras.watching();
    const first = headers(client)[0]?.time as number;
    expect(first).toBeGreaterThan(2 ** 32 - 2 * CLOCK_RATE);
    await until('RTP time wraps', () => headers(client).some((header) => header && header.time < CLOCK_RATE));
    expect(jumps(client)).toEqual([]);
  });

  it.each([
    ['says 1970', {}, SECONDS_TO_1970],
    ['is an hour off', { offset: -3600 }, Date.now() / 1000 + SECONDS_TO_1970 - 3600],
  ])('tell a wall clock that %s', async (_, values, expected) => {
    await begin({ kind: 'ntp', ...values });
    await using client = await cameras.watching();
    const report = await client.packet(RTCP, isReport);
    expect(Math.abs(report.readUInt32BE(8) - expected)).toBeLessThan(1800);
  });
});

it('two cameras have the same SSRC, if asked', async () => {
  await cameras.camsim.fault(undefined, { kind: 'ssrc', value: 0xdeadbeef });
  await using first = await cameras.watching('cam1');
  await using second = await cameras.watching('cam2');
  const sources = [first, second].flatMap((client) => headers(client).map((header) => header?.ssrc));
  expect(new Set(sources)).toEqual(new Set([0xdeadbeef]));
  for (const client of [first, second]) {
    expect((await client.packet(RTCP, isReport)).readUInt32BE(4)).toBe(0xdeadbeef);
  }
});
