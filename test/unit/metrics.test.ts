import { describe, expect, it } from 'vitest';
import { CAUSES, LABEL_VALUES } from '../../src/metrics/labels.js';
import { definitions, Metrics } from '../../src/metrics/metrics.js';
import type { DeviceSnapshot, PipelineSnapshot, ProcessSnapshot } from '../../src/metrics/snapshot.js';
import { type Exposition, parseExposition, type Series, valueOf } from '../support/prometheus.js';
import { deviceSnapshot, pipelineSnapshot, streamSnapshot } from '../support/snapshots.js';

/** Labels whose values are ids of the spec, or names a device gives its sensors. */
const NAMES = new Set(['pipeline', 'stream', 'zone', 'rail']);

/** A page whose snapshot the test may change between two scrapes. */
function page(
  status: readonly PipelineSnapshot[],
  processes: readonly ProcessSnapshot[] = [],
  device?: DeviceSnapshot,
) {
  const made = { status, processes, asked: 0 };
  const metrics = new Metrics({
    version: '1.2.3',
    status: async () => {
      made.asked++;
      return { pipelines: made.status, processes: made.processes };
    },
    device: async () => device,
  });
  return Object.assign(made, { scrape: async () => parseExposition(await metrics.text()) });
}

const ours = (exposition: Exposition): Series[] =>
  [...exposition.values()].flatMap(({ series }) => series).filter(({ name }) => name.startsWith('weir_'));

describe('the page', () => {
  it('tells of each stream', async () => {
    const cam = streamSnapshot('cam-1', {
      state: 'connecting',
      phase: 'handshake',
      troubles: [{ kind: 'frozen' }],
      losses: { eos: 2 },
      incidents: { 'format-changed': 1 },
      format: { width: 640, height: 360 },
      epoch: 3,
      lastFrameAgeMs: 1_500,
      packetsLost: 7,
    });
    const scraped = await page([pipelineSnapshot([cam])]).scrape();
    const value = (name: string, labels = {}) =>
      valueOf(scraped, `weir_stream_${name}`, { pipeline: 'main', stream: 'cam-1', ...labels });
    expect(value('state', { state: 'connecting' })).toBe(1);
    expect(value('state', { state: 'live' })).toBe(0);
    expect(value('phase', { phase: 'handshake' })).toBe(1);
    expect(value('phase', { phase: 'queued' })).toBe(0);
    expect(value('trouble', { kind: 'frozen' })).toBe(1);
    expect(value('trouble', { kind: 'packet-loss' })).toBe(0);
    expect(value('connection_losses_total', { cause: 'eos' })).toBe(2);
    expect(value('connection_losses_total', { cause: 'dns' })).toBe(0);
    expect(value('incidents_total', { kind: 'format-changed' })).toBe(1);
    expect(value('dropped_total', { place: 'jitter-buffer', cause: 'lost' })).toBe(7);
    expect(value('connections_total')).toBe(3);
    expect(value('last_frame_age_seconds')).toBe(1.5);
    expect(value('latency_seconds')).toBe(0.04);
    expect(value('received_bytes_total')).toBe(100_000);
    expect(value('state_start_time_seconds')).toBe(Date.parse('2026-11-22T20:00:00Z') / 1000);
    expect([value('width_pixels'), value('height_pixels')]).toEqual([640, 360]);
  });

  it('tells of each pipeline, of the build and of the process', async () => {
    const scraped = await page([pipelineSnapshot([streamSnapshot('a'), streamSnapshot('b')])]).scrape();
    expect(valueOf(scraped, 'weir_pipeline_slots', { state: 'used' })).toBe(2);
    expect(valueOf(scraped, 'weir_pipeline_slots', { state: 'free' })).toBe(6);
    expect(valueOf(scraped, 'weir_pipeline_batches_total')).toBe(50);
    expect(valueOf(scraped, 'weir_pipeline_batch_frames_total')).toBe(100);
    expect(valueOf(scraped, 'weir_pipeline_inference_seconds_total')).toBe(1.6);
    expect(valueOf(scraped, 'weir_pipeline_inference_batches_total')).toBe(40);
    expect(valueOf(scraped, 'weir_nats_state', { state: 'connected' })).toBe(1);
    expect(scraped.get('weir_build_info')?.series[0]?.labels).toEqual({
      appliance: 'gate',
      version: '1.2.3',
      provider: 'standin',
      gstreamer: 'GStreamer 1.22.0',
    });
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
    ])
      expect(valueOf(scraped, name), name).toBeTypeOf('number');
  });

  it('is well-formed without a pipeline, and before the first frame has no age', async () => {
    expect(ours(await page([]).scrape())).toEqual([]);
    const fresh = streamSnapshot('a', { lastFrameAgeMs: -1 });
    const scraped = await page([pipelineSnapshot([fresh])]).scrape();
    expect(valueOf(scraped, 'weir_stream_last_frame_age_seconds')).toBeUndefined();
    expect(valueOf(scraped, 'weir_stream_latency_seconds')).toBeUndefined();
  });

  it('asks once per scrape, and scrapes side by side do not mix', async () => {
    const made = page([pipelineSnapshot([streamSnapshot('a')])]);
    const first = made.scrape();
    made.status = [pipelineSnapshot([streamSnapshot('b')])];
    const both = await Promise.all([first, made.scrape()]);
    const streams = both.map(
      (scraped) => new Set(ours(scraped).flatMap(({ labels }) => labels.stream ?? [])),
    );
    expect(streams).toEqual([new Set(['a']), new Set(['b'])]);
    expect(made.asked).toBe(2);
  });

  it('forgets removed streams: after 1000 with new ids there are as many series as before', async () => {
    const kept = streamSnapshot('kept');
    const made = page([pipelineSnapshot([kept])]);
    const before = ours(await made.scrape());
    for (let n = 0; n < 1_000; n++) {
      made.status = [pipelineSnapshot([kept, streamSnapshot(`s-${n}`, { losses: { eos: n } })])];
      const text = ours(await made.scrape());
      if (n % 100 === 0) expect(text).toHaveLength(2 * before.length - perPipeline(before));
    }
    made.status = [pipelineSnapshot([kept])];
    const after = ours(await made.scrape());
    expect(new Set(after.map(({ labels }) => labels.stream))).toEqual(new Set([undefined, 'kept']));
    expect(after.length - perPipeline(after)).toBe(before.length - perPipeline(before));
  }, 120_000);

  it('has labels that are ids and listed words only, whatever a camera or a server says', async () => {
    const canary = 'rtsp://admin:canary-1@10.0.0.1/x';
    const odd = streamSnapshot('a', {
      state: canary,
      phase: canary,
      troubles: [{ kind: canary }],
      losses: { [canary]: 1 },
      incidents: { [canary]: 1 },
      ...{ message: canary, codec: canary },
    });
    const made = page([pipelineSnapshot([odd], { nats: { kind: canary } })]);
    const scraped = await made.scrape();
    const text = JSON.stringify([...scraped]);
    expect(text).not.toContain('canary');
    for (const { name, labels } of ours(scraped)) {
      const { pipeline: _pipeline, stream: _stream, ...others } = labels;
      if (name === 'weir_build_info') continue;
      for (const [label, value] of Object.entries(others))
        expect(LABEL_VALUES[familyOf(name)]?.[label], `${name}{${label}="${value}"}`).toContain(value);
    }
  });
});

/** Series that are not of a stream. */
function perPipeline(series: readonly Series[]): number {
  return series.filter(({ labels }) => labels.stream === undefined).length;
}

describe('the definitions', () => {
  const all = definitions('1.2.3');

  it("follow Prometheus' rules for names", () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { name, type, help, labels } of all) {
      expect(name).toMatch(/^weir(_[a-z0-9]+)+$/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      expect(name).not.toMatch(/_(ms|us|milliseconds|kb|mb|percent|sum|count|bucket)(_|$)/);
      expect(help).toMatch(/^[A-Z0-9].*\.$/);
      for (const label of labels) expect(label).toMatch(/^[a-z]+$/);
    }
  });

  it('list the values of every label that is no id', () => {
    const listed = Object.entries(LABEL_VALUES).map(([name, labels]) => [name, Object.keys(labels)]);
    const declared = all
      .filter(({ name }) => name !== 'weir_build_info')
      .map(({ name, labels }) => [name, labels.filter((l) => !NAMES.has(l))] as const)
      .filter(([, labels]) => labels.length > 0);
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(declared));
    expect(CAUSES.length).toBeGreaterThan(20);
  });

  it('all have series once a stream has frames', async () => {
    const decoding = { mode: 'all', keyFrameSeconds: 1 };
    const cam = streamSnapshot('a', {
      format: { width: 640, height: 360 },
      decoding,
      clock: { source: 'rtcp', skewSeconds: 0.1 },
    });
    const process = {
      pipeline: 'main',
      state: 'playing',
      restarts: {},
      quarantined: 0,
      rssBytes: 1,
      cpuSeconds: 1,
      loopLagMs: 1,
    };
    const scraped = await page([pipelineSnapshot([cam])], [process], deviceSnapshot()).scrape();
    const empty = all.filter(({ name }) => (scraped.get(name)?.series.length ?? 0) === 0);
    expect(empty.map(({ name }) => name)).toEqual([]);
  });
});

/** Of a histogram's series. */
function familyOf(series: string): string {
  return series.replace(/(?<=_seconds)_(bucket|sum|count)$/, '');
}
