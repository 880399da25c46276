/** An input and its answer per operation: for the documentation; a test holds them to the schemas. */

interface Example {
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: Readonly<Record<string, unknown>>;
}

const SINCE = '2026-11-26T12:00:04.120Z';

const STREAM = {
  ...{ id: 'gate-2', pipeline: 'main', origin: 'added', state: 'live', since: SINCE },
  troubles: [],
  format: { codec: 'h264', width: 1280, height: 720, fps: 15 },
  ...{ fps: 15, inferencesPerSecond: 5, latencyMs: 88.2, lastFrameAgeMs: 31 },
  spec: { id: 'gate-2', uri: 'rtsp://192.0.2.12/stream2' },
  counters: { frames: 1240 },
};

const NO_RESTARTS = {
  ...{ crash: 0, 'start-failed': 0, 'pipeline-failed': 0, hang: 0, stuck: 0, memory: 0 },
  restart: 0,
};

const PIPELINE = {
  ...{ id: 'main', state: 'playing', since: SINCE, pid: 4242, restarts: NO_RESTARTS },
  ...{ slots: 8, streams: 1, live: 1, rssBytes: 284_164_096, nats: 'connected' },
};

const CHANGE = { changed: true, pending: false, stream: STREAM };

export const EXAMPLES: Readonly<Record<string, Example>> = {
  'appliance.status': {
    input: {},
    output: {
      ...{ appliance: 'gate', version: '0.1.0', generation: 12, startedAt: SINCE },
      spec: { file: '/etc/weir/weir.yaml', applied: true },
      pipelines: [PIPELINE],
      streams: { total: 1, live: 1, failed: 0 },
    },
  },
  'streams.list': { input: {}, output: { streams: [STREAM] } },
  'streams.get': { input: { id: 'gate-2', waitMs: 10_000 }, output: STREAM },
  'streams.add': {
    input: { stream: { id: 'gate-2', uri: 'rtsp://192.0.2.12/stream2' }, pipeline: 'main', waitMs: 10_000 },
    output: CHANGE,
  },
  'streams.update': { input: { id: 'gate-2', changes: { latencyMs: 300 } }, output: CHANGE },
  'streams.remove': { input: { id: 'gate-2' }, output: { changed: true, pending: false } },
  'streams.restart': { input: { id: 'gate-2' }, output: CHANGE },
  'streams.snapshot': { input: { id: 'gate-2', annotated: false }, output: { jpeg: '/9j/4AAQ' } },
  'pipelines.list': { input: {}, output: { pipelines: [PIPELINE] } },
  'pipelines.restart': { input: { id: 'main' }, output: PIPELINE },
  'pipelines.graph': { input: { id: 'main', format: 'mermaid' }, output: { text: 'flowchart LR\n' } },
  apply: {
    input: {
      spec: { appliance: 'gate', pipelines: [{ id: 'main', detector: { model: 'nanodet-320x256' } }] },
      dryRun: true,
    },
    output: {
      steps: [{ action: 'remove', pipeline: 'main', stream: 'gate-2', keys: [], disturbs: ['gate-2'] }],
      ...{ applied: false, generation: 12 },
    },
  },
  logs: {
    input: { after: 40, lines: 100, stream: 'gate-2', waitMs: 10_000 },
    output: {
      lines: [{ seq: 41, time: SINCE, level: 'info', message: 'live', pipeline: 'main', stream: 'gate-2' }],
      next: 41,
    },
  },
  'operations.list': {
    input: { lines: 1 },
    output: {
      operations: [
        {
          ...{ time: SINCE, actor: { door: 'http', name: 'back-end' }, operation: 'streams.add' },
          ...{ stream: 'gate-2', result: 'ok', changed: true, generation: 12 },
        },
      ],
    },
  },
  audit: {
    input: { stream: 'gate-2', lastMs: 600_000 },
    output: {
      ...{ from: SINCE, to: '2026-11-26T12:10:04.120Z', agrees: true },
      streams: [
        {
          ...{ id: 'gate-2', unknown: [], agrees: true },
          parts: [
            {
              ...{ pipeline: 'main', from: SINCE, to: '2026-11-26T12:10:04.120Z', left: false },
              ...{ packetsSent: 72_004, packetsReceived: 72_004, packetsLost: 0 },
              ...{ received: 9_000, inferred: 2_998, published: 8_993, agrees: true },
              stages: [
                {
                  ...{ stage: 'publish', came: 8_995, went: 8_993, leftOut: 0 },
                  dropped: [{ place: 'nats', cause: 'slow', count: 2 }],
                  ...{ before: 1, after: 1, bound: 1, agrees: true },
                },
              ],
            },
          ],
        },
      ],
    },
  },
};
