/** How late metadata is, as whoever listens to NATS sees it, and how far a camera's clock is off: said, never corrected. */
import { expect, test } from 'vitest';
import { LATENCY_BUCKETS_MS } from '../../src/native/latencies.js';
import { type Detections, listen, startAppliance } from '../support/appliance.js';
import { startCamsim } from '../support/camsim.js';
import { startNats } from '../support/nats.js';
import { footage } from '../support/paths.js';
import { until } from '../support/wait.js';

const FPS = 10;
const AHEAD_SECONDS = 30;

interface Seen {
  readonly message: Detections;
  /** From the time of the message until it came; milliseconds. */
  readonly lateMs: number;
}

test('the time of a message is the camera’s, and what a consumer measures fits the histograms', async () => {
  await using nats = await startNats();
  const file = footage('vtest-576.h264');
  const ids = ['right', 'ahead', 'unset'] as const;
  await using cameras = await startCamsim({ cameras: ids.map((id) => ({ id, file, fps: FPS })) });
  await cameras.fault('ahead', { kind: 'ntp', offset: AHEAD_SECONDS });
  await cameras.fault('unset', { kind: 'ntp' });
  const seen: Seen[] = [];
  await using _listening = await listen(nats.url, {
    detections: (message) => seen.push({ message, lateMs: Date.now() - Date.parse(message.time) }),
    status: () => undefined,
  });
  const streams = ids.map((id) => `{id: ${id}, uri: "${cameras.uris[id]}", fps: ${FPS}}`);
  await using appliance = await startAppliance(`
appliance: late
nats: {url: "${nats.url}"}
pipelines:
  - id: main
    detector: {model: synthetic}
    streams: [${streams.join(', ')}]
`);
  const of = (id: string, clock: string) =>
    seen.filter(({ message }) => message.stream === id && message.clock === clock);
  await until('reports have told the clocks', async () => {
    const rows = await appliance.rows();
    const told = rows.every(({ clock }) => clock.skewSeconds !== undefined);
    return told && rows.filter(({ troubles }) => troubles.length > 0).length === ids.length - 1;
  });
  await until(
    'each has gone on from there',
    () =>
      of('right', 'rtcp').length > FPS &&
      of('ahead', 'rtcp').length > FPS &&
      of('unset', 'local').length > FPS,
  );

  const [right, ahead, unset] = await Promise.all(ids.map((id) => appliance.row(id)));
  expect(right).toMatchObject({ clock: { source: 'rtcp' }, troubles: [] });
  expect(Math.abs(right?.clock.skewSeconds ?? NaN)).toBeLessThan(1);
  expect(ahead).toMatchObject({ clock: { source: 'rtcp' }, troubles: [{ kind: 'clock-skew' }] });
  expect(ahead?.troubles[0]?.message).toMatch(/s ahead of ours: messages tell the camera's time as it is/);
  expect(ahead?.clock.skewSeconds).toBeGreaterThan(-AHEAD_SECONDS - 1);
  expect(ahead?.clock.skewSeconds).toBeLessThan(-AHEAD_SECONDS + 1);
  expect(unset).toMatchObject({ clock: { source: 'local' }, troubles: [{ kind: 'clock-skew' }] });
  expect(unset?.troubles[0]?.message).toContain("behind ours: messages tell this machine's time");
  expect(of('unset', 'rtcp')).toEqual([]);
  // As the camera tells it: none of them looks late.
  expect(of('ahead', 'rtcp').every(({ lateMs }) => lateMs < 0)).toBe(true);
  expect(of('right', 'rtcp').every(({ lateMs }) => lateMs >= 0)).toBe(true);

  const [worker] = await appliance.channel.status();
  const { total, received, decoded, written, published } = worker?.latencies ?? {};
  const count = (reading = total, upTo = Infinity) =>
    (reading?.counts ?? []).slice(0, upTo).reduce((sum, each) => sum + each, 0);
  const messages = (await appliance.rows()).reduce((sum, row) => sum + row.messages, 0);
  expect(count(decoded)).toBeLessThanOrEqual(count(total));
  expect(count(total)).toBeLessThanOrEqual(messages);
  expect(count(written)).toBe(count(decoded));
  expect(count(received)).toBeGreaterThanOrEqual(of('right', 'rtcp').length + of('ahead', 'rtcp').length - 3);
  expect(count(published)).toBeGreaterThan(0);
  // No consumer can have a message sooner than it was finished: of what it got, no more can have been as quick.
  LATENCY_BUCKETS_MS.forEach((bound, i) => {
    const quick = seen.filter(({ lateMs }) => lateMs <= bound - 1).length;
    expect(quick, `${bound} ms`).toBeLessThanOrEqual(count(total, i + 1) + ids.length);
  });
}, 60_000);
