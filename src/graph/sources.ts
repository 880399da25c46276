/** Source bins: from an address to pictures, one template per protocol or container. */
import { type Codec, PROVIDERS } from './providers.js';
import type { GraphLink, GraphNode, Hole, Provider, Scalar, SourceTemplate, SourceVariant } from './types.js';

const MS = 1_000_000;
/** The camera is given up after this long without an answer; retries belong to the stream's supervisor. */
const RTSP_TIMEOUT_US = 3_000_000;
const MAX_ENCODED = 30;
const MAX_ENCODED_BYTES = 8 * 1024 * 1024;
const MAX_DECODED = 2;
/** Those in the queue, one on its way into it, and one that waits in the mux for the others of its batch. */
const HELD_DECODED = MAX_DECODED + 2;

const hole = (name: string): Hole => ({ hole: name });

export function node(id: string, element: string, props: Record<string, Scalar | Hole> = {}): GraphNode {
  return { id, element, props };
}

/** Links between the always pads of neighbours. */
export function chain(...ids: readonly string[]): GraphLink[] {
  return ids.slice(1).map((to, i) => ({ from: { node: ids[i] as string }, to: { node: to } }));
}

export function queue(id: string, buffers: number, leaky: boolean, bytes = 0): GraphNode {
  const bounds = { 'max-size-buffers': buffers, 'max-size-bytes': bytes, 'max-size-time': 0 };
  return node(id, 'queue', { ...(leaky ? { leaky: 'downstream' } : {}), ...bounds });
}

const ROLES = {
  parser: 'parse',
  tap: 'tap',
  encodedQueue: 'encoded',
  decoder: 'decode',
  decodedQueue: 'decoded',
} as const;

interface CodecFacts {
  readonly media: string;
  readonly depay: string;
  readonly parse: string;
}

const CODECS: Readonly<Record<Codec, CodecFacts>> = {
  H264: { media: 'video/x-h264', depay: 'rtph264depay', parse: 'h264parse' },
  H265: { media: 'video/x-h265', depay: 'rtph265depay', parse: 'h265parse' },
};

export function sourceTemplates(provider: Provider, gpu: number): Record<string, SourceTemplate> {
  return {
    rtsp: rtsp(provider, gpu),
    mp4: container('qtdemux', provider, gpu),
    matroska: container('matroskademux', provider, gpu),
    h264: rawFile('H264', provider, gpu),
    h265: rawFile('H265', provider, gpu),
  };
}

function rtsp(provider: Provider, gpu: number): SourceTemplate {
  const source = node('source', 'rtspsrc', {
    location: hole('uri'),
    'user-id': hole('user'),
    'user-pw': hole('password'),
    protocols: hole('protocols'),
    latency: hole('latency'),
    'tcp-timeout': RTSP_TIMEOUT_US,
    timeout: RTSP_TIMEOUT_US,
    'teardown-timeout': 100 * MS,
    'buffer-mode': 'synced',
    // What falls behind is dropped as whole pictures, behind the decoder: a packet less spoils all up to a key frame.
    'drop-on-latency': false,
    'udp-reconnect': false,
  });
  const variant = (codec: Codec) => {
    const caps = `application/x-rtp,media=video,encoding-name=${codec}`;
    return decodeVariant(codec, caps, provider, gpu, { entry: node('depay', CODECS[codec].depay) });
  };
  const rtp = template([source], [], 'source', [variant('H264'), variant('H265')]);
  return { ...rtp, roles: { packets: 'depay', ...ROLES } };
}

function container(demuxer: string, provider: Provider, gpu: number): SourceTemplate {
  const nodes = [node('source', 'filesrc', { location: hole('uri') }), node('demux', demuxer)];
  const variant = (codec: Codec) => decodeVariant(codec, CODECS[codec].media, provider, gpu, { pace: true });
  return template(nodes, chain('source', 'demux'), 'demux', [variant('H264'), variant('H265')]);
}

/** A file without a container carries no frame rate the parser could rely on: it is told as caps. */
function rawFile(codec: Codec, provider: Provider, gpu: number): SourceTemplate {
  const nodes = [
    node('source', 'filesrc', { location: hole('uri') }),
    node('rate', 'capsfilter', { caps: hole('caps') }),
  ];
  const variant = decodeVariant(codec, CODECS[codec].media, provider, gpu, { pace: true });
  return template(nodes, chain('source', 'rate'), 'rate', [variant]);
}

function template(
  nodes: readonly GraphNode[],
  links: readonly GraphLink[],
  dynamic: string,
  variants: readonly SourceVariant[],
): SourceTemplate {
  return { nodes, links, dynamic, variants, exit: ROLES.decodedQueue, roles: ROLES };
}

/**
 * Files are paced before the tap, so that taps and decoder see them as they would see a camera.
 * The converter passes on what the mux takes and turns the rest, e.g. ten bits or 4:4:4, into that.
 */
function decodeVariant(
  codec: Codec,
  caps: string,
  provider: Provider,
  gpu: number,
  options: { readonly entry?: GraphNode; readonly pace?: boolean },
): SourceVariant {
  const { media, parse } = CODECS[codec];
  const decoder = PROVIDERS[provider].decoder(codec, gpu, HELD_DECODED);
  const converter = PROVIDERS[provider].converter(gpu);
  const nodes = [
    ...(options.entry ? [options.entry] : []),
    node(ROLES.parser, parse, { 'config-interval': -1 }),
    node('format', 'capsfilter', { caps: `${media},stream-format=byte-stream,alignment=au` }),
    ...(options.pace ? [node('pace', 'clocksync', { 'sync-to-first': true })] : []),
    node(ROLES.tap, 'tee', { 'allow-not-linked': true }),
    queue(ROLES.encodedQueue, MAX_ENCODED, false, MAX_ENCODED_BYTES),
    node(ROLES.decoder, decoder.element, decoder.props),
    node('convert', converter.element, converter.props),
    queue(ROLES.decodedQueue, MAX_DECODED, true),
  ];
  const ids = nodes.map((n) => n.id);
  const links = chain(...ids).map((link) => (link.from.node === ROLES.tap ? fromTee(link) : link));
  return { codec, caps, nodes, links, entry: ids[0] as string };
}

function fromTee(link: GraphLink): GraphLink {
  return { from: { node: link.from.node, pad: 'src_0' }, to: link.to };
}

/** Caps for the hole `caps` of a raw file's template. */
export function rawFileCaps(codec: Codec, fps: number): string {
  const [numerator, denominator] = Number.isInteger(fps) ? [fps, 1] : [Math.round(fps * 1000), 1000];
  return `${CODECS[codec].media},stream-format=byte-stream,framerate=${numerator}/${denominator}`;
}
