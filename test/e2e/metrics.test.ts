/** Metrics and health of a running appliance, as Prometheus and a probe see them. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { definitions } from '../../src/metrics/metrics.js';
import { type Appliance, CLI, metricsUrl, startAppliance } from '../support/appliance.js';
import { CANARY, CANARY_USER, canaryIn } from '../support/canary.js';
import { startCamsim } from '../support/camsim.js';
import { startNats } from '../support/nats.js';
import { H264 } from '../support/paths.js';
import { run } from '../support/process.js';
import { type Exposition, identity, parseExposition, valueOf } from '../support/prometheus.js';
import { specText } from '../support/spec.js';
import { withTempDir } from '../support/temp.js';
import { until } from '../support/wait.js';

const CREDENTIALS = { user: '${env:CAM_USER}', password: '${env:CAM_PASSWORD}' };

const spec = (nats: string, listen: string, streams: readonly object[]): string =>
  specText(nats, { detector: { model: 'nanodet-320x256', rate: 2 }, streams }, { metrics: { listen } });

/** Scrapes, and holds each page to the one before: no counter of a stream that is still there goes back. */
async function scraper(appliance: Appliance) {
  const url = await metricsUrl(appliance);
  const heard: string[] = [];
  let before = new Map<string, number>();
  const get = async (path: string) => {
    const answer = await fetch(`${url}${path}`);
    const text = await answer.text();
    heard.push(text);
    return { status: answer.status, type: answer.headers.get('content-type'), text };
  };
  const scrape = async (): Promise<Exposition> => {
    const page = parseExposition((await get('/metrics')).text);
    const counters = [...page.values()].filter(({ type }) => type === 'counter').flatMap((f) => f.series);
    const after = new Map(counters.map((series) => [identity(series), series.value]));
    for (const [key, value] of after) expect(value, key).toBeGreaterThanOrEqual(before.get(key) ?? 0);
    before = after;
    return page;
  };
  return { heard, get, scrape };
}

const streamsOf = (page: Exposition) =>
  new Set([...page.values()].flatMap(({ series }) => series.flatMap(({ labels }) => labels.stream ?? [])));
const seriesOf = (page: Exposition) =>
  [...page.values()]
    .flatMap(({ series }) => series)
    .filter(({ name }) => name.startsWith('weir_'))
    .map(identity)
    .sort();

test('an appliance shows its cameras while they are declared, its health, and no credential', async () => {
  await using nats = await startNats();
  await using cameras = await startCamsim({
    cameras: [
      { id: 'cam', file: H264, fps: 15, user: CANARY_USER, password: CANARY },
      { id: 'guest', file: H264, fps: 15 },
      { id: 'locked', file: H264, fps: 15, user: 'other', password: 'other-one' },
    ],
  });
  await using appliance = await startAppliance(
    spec(nats.url, '127.0.0.1:0', [
      { id: 'cam', uri: cameras.uris.cam, ...CREDENTIALS },
      { id: 'locked', uri: cameras.uris.locked, ...CREDENTIALS },
    ]),
    { CAM_USER: CANARY_USER, CAM_PASSWORD: CANARY },
  );
  const { heard, get, scrape } = await scraper(appliance);
  const value = (page: Exposition, name: string, labels = {}) =>
    valueOf(page, `weir_${name}`, { pipeline: 'main', ...labels });
  const cam = (page: Exposition, name: string, labels = {}) =>
    value(page, `stream_${name}`, { stream: 'cam', ...labels });

  const page = await until('frames of the camera are inferred and the other is refused', async () => {
    const now = await scrape();
    const published = (cam(now, 'published_messages_total') ?? 0) > 2;
    const inferred = published && (cam(now, 'frames_per_second') ?? 0) > 0;
    // By a sender report, and by the second key frame.
    const measured = ['clock_skew_seconds', 'key_frame_interval_seconds'].every(
      (name) => cam(now, name) !== undefined,
    );
    const refused = value(now, 'stream_state', { stream: 'locked', state: 'failed' }) === 1;
    return inferred && measured && refused && now;
  });
  expect(cam(page, 'state', { state: 'live' })).toBe(1);
  expect(value(page, 'stream_connection_losses_total', { stream: 'locked', cause: 'unauthorized' })).toBe(1);
  expect([cam(page, 'width_pixels'), cam(page, 'height_pixels')]).toEqual([640, 360]);
  for (const name of ['frames_total', 'received_bytes_total', 'rtp_packets_total', 'frames_per_second'])
    expect(cam(page, name), name).toBeGreaterThan(0);
  for (const name of ['batches_total', 'inference_batches_total', 'inference_seconds_total'])
    expect(value(page, `pipeline_${name}`), name).toBeGreaterThan(0);
  expect(value(page, 'nats_state', { state: 'connected' })).toBe(1);
  expect(valueOf(page, 'weir_build_info', { provider: 'standin', appliance: 'gate' })).toBe(1);
  expect(valueOf(page, 'nodejs_eventloop_lag_p99_seconds')).toBeTypeOf('number');
  const missing = definitions('').filter(
    ({ name }) => !name.startsWith('weir_device_') && (page.get(name)?.series.length ?? 0) === 0,
  );
  expect(missing.map(({ name }) => name)).toEqual([]);

  expect((await get('/metrics')).type).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect((await get('/healthz')).status).toBe(200);
  const ready = await get('/readyz');
  expect([ready.status, JSON.parse(ready.text)]).toEqual([
    200,
    {
      ready: true,
      pipelines: [{ pipeline: 'main', state: 'playing', nats: 'connected' }],
      streams: { live: 1, total: 2 },
    },
  ]);
  expect((await get('/cam')).status).toBe(404);

  await appliance.channel.add({ id: 'guest', uri: cameras.uris.guest });
  await until('the added stream has frames', async () => {
    return (value(await scrape(), 'stream_frames_total', { stream: 'guest' }) ?? 0) > 0;
  });
  await appliance.channel.remove('guest');
  const after = await scrape();
  expect(streamsOf(after)).toEqual(new Set(['cam', 'locked']));
  expect(seriesOf(after)).toEqual(seriesOf(page));
  expect(value(after, 'pipeline_slots', { state: 'used' })).toBe(2);

  const frames = cam(after, 'frames_total') ?? 0;
  await appliance.channel.restart('cam');
  await until('it is live anew, and its totals go on', async () => {
    const now = await scrape();
    return cam(now, 'connections_total') === 2 && (cam(now, 'frames_total') ?? 0) > frames;
  });
  expect(cam(await scrape(), 'connection_losses_total', { cause: 'restart' })).toBe(1);

  expect(await appliance.stop()).toBe(0);
  for (const text of [...heard, appliance.log()]) {
    expect(canaryIn(text)).toEqual([]);
    expect(text).not.toContain(CANARY_USER);
  }
});

test('a port that is taken is told with its remedy, before anything starts', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  await withTempDir(async (dir) => {
    const file = join(dir, 'weir.yaml');
    await writeFile(file, spec('nats://127.0.0.1:1', `127.0.0.1:${port}`, []));
    const ended = await run(process.execPath, [CLI, 'up', file]);
    expect(ended.code).toBe(69);
    expect(ended.stderr).toBe(
      `error LISTEN_FAILED: metrics: cannot listen on 127.0.0.1:${port}: the port is in use\n` +
        '  stop what uses it (ss -ltnp names it), or change metrics.listen; port 0 takes a free one\n',
    );
  });
  other.close();
});
