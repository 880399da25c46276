/** GStreamer's own elements in the graphs, with the properties that are set: an allow list, not their whole face. */
import type { ElementFacts, PadFacts, PropertyFacts } from './catalogue.js';

const BOOLEAN: PropertyFacts = { type: 'boolean' };
const UINT: PropertyFacts = { type: 'uint' };
const UINT64: PropertyFacts = { type: 'uint64' };
const TEXT: PropertyFacts = { type: 'string' };

const pad = (
  direction: 'src' | 'sink',
  presence: PadFacts['presence'] = 'always',
  name: string = direction,
  memory: PadFacts['memory'] = [],
): PadFacts => ({ name, direction, presence, memory });

const FILTER = [pad('sink'), pad('src')];
const SOURCE = [pad('src')];
const SINK = [pad('sink')];
const SYSTEM = ['system'] as const;
const RAW_FILTER = [pad('sink', 'always', 'sink', SYSTEM), pad('src', 'always', 'src', SYSTEM)];

const baseSink = { sync: BOOLEAN, async: BOOLEAN, 'enable-last-sample': BOOLEAN } as const;

const decoder: ElementFacts = {
  only: 'standin',
  pads: [pad('sink'), pad('src', 'always', 'src', SYSTEM)],
  properties: { 'max-threads': { type: 'int', min: 0 }, 'output-corrupt': BOOLEAN, qos: BOOLEAN },
};

const parser: ElementFacts = {
  pads: FILTER,
  properties: { 'config-interval': { type: 'int', min: -1, max: 3600 } },
};

export const gstreamerElements: Readonly<Record<string, ElementFacts>> = {
  appsink: {
    pads: SINK,
    properties: { ...baseSink, 'max-buffers': UINT, drop: BOOLEAN },
  },
  avdec_h264: decoder,
  avdec_h265: decoder,
  capsfilter: { pads: FILTER, properties: { caps: TEXT } },
  clocksync: { pads: FILTER, properties: { 'sync-to-first': BOOLEAN } },
  fakesink: { pads: SINK, properties: baseSink },
  filesrc: { pads: SOURCE, properties: { location: TEXT } },
  h264parse: parser,
  h265parse: parser,
  jpegenc: {
    only: 'standin',
    pads: [pad('sink', 'always', 'sink', SYSTEM), pad('src')],
    properties: { quality: { type: 'int', min: 0, max: 100 }, qos: BOOLEAN },
  },
  matroskademux: { pads: [pad('sink'), pad('src', 'sometimes', 'video_%u')], properties: {} },
  qtdemux: { pads: [pad('sink'), pad('src', 'sometimes', 'video_%u')], properties: {} },
  queue: {
    pads: FILTER,
    properties: {
      leaky: { type: 'enum', values: { 0: 'no', 1: 'upstream', 2: 'downstream' }, mutable: true },
      'max-size-buffers': { ...UINT, mutable: true },
      'max-size-bytes': { ...UINT, mutable: true },
      'max-size-time': { ...UINT64, mutable: true },
    },
  },
  rtph264depay: { pads: FILTER, properties: {} },
  rtph265depay: { pads: FILTER, properties: {} },
  rtspsrc: {
    pads: [pad('src', 'sometimes', 'stream_%u')],
    properties: {
      location: TEXT,
      'user-id': TEXT,
      'user-pw': TEXT,
      protocols: TEXT,
      latency: UINT,
      'tcp-timeout': UINT64,
      timeout: UINT64,
      'teardown-timeout': UINT64,
      'buffer-mode': { type: 'enum', values: { 0: 'none', 1: 'slave', 2: 'buffer', 3: 'auto', 4: 'synced' } },
      'drop-on-latency': BOOLEAN,
      'udp-reconnect': BOOLEAN,
    },
  },
  tee: {
    pads: [pad('sink'), pad('src', 'request', 'src_%u')],
    properties: { 'allow-not-linked': BOOLEAN },
  },
  videoconvert: {
    only: 'standin',
    pads: RAW_FILTER,
    properties: { 'n-threads': UINT, qos: BOOLEAN },
  },
};
