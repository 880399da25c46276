/** A stream of the spec → what fills the holes of its source template. Secrets are revealed here and nowhere else. */
import { resolveMediaFile, resolveSecret, type StreamSpec, sourceKind, WeirError } from '../spec/index.js';
import type { SourceParams } from '../native/types.js';
import { rawFileCaps } from './sources.js';
import type { Scalar } from './types.js';

export type SourceFill = Pick<SourceParams, 'template' | 'params' | 'decode' | 'maxFps'>;

export interface SourceOptions {
  readonly mediaRoot?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What a camera's URI was resolved to (`resolveCamera`); default: the stream's own. */
  readonly uri?: string;
}

/**
 * To be called for each connection: secrets and symbolic links are looked at anew.
 * Throws SECRET_UNAVAILABLE or URI_REFUSED.
 */
export function sourceParams(stream: StreamSpec, options: SourceOptions = {}): SourceFill {
  // What `auto` means is known once the stream is measured.
  const decode = stream.decode === 'auto' ? 'all' : stream.decode;
  return { ...holes(stream, options), decode, maxFps: stream.maxFps ?? 0 };
}

function holes(stream: StreamSpec, options: SourceOptions): Pick<SourceFill, 'template' | 'params'> {
  const uri = stream.uri.analyse;
  const kind = sourceKind(uri);
  if (kind === undefined)
    throw new WeirError('URI_REFUSED', `stream "${stream.id}": no source reads this address`);
  if (kind === 'rtsp') return { template: kind, params: rtspParams(stream, options) };
  const file = { uri: resolveMediaFile(uri, options.mediaRoot) };
  if (kind === 'h264') return { template: kind, params: { ...file, caps: rawFileCaps('H264', stream.fps) } };
  if (kind === 'h265') return { template: kind, params: { ...file, caps: rawFileCaps('H265', stream.fps) } };
  return { template: kind, params: file };
}

function rtspParams(stream: StreamSpec, { env, uri }: SourceOptions): Record<string, Scalar> {
  return {
    uri: uri ?? stream.uri.analyse,
    protocols: stream.transport,
    latency: stream.latencyMs,
    ...(stream.user ? { user: resolveSecret(stream.user, env).reveal() } : {}),
    ...(stream.password ? { password: resolveSecret(stream.password, env).reveal() } : {}),
  };
}
