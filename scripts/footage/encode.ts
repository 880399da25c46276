import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What a camera would send: no B-frames, a key frame each second, access unit delimiters, Annex-B. */
export interface Encoding {
  readonly codec: 'h264' | 'h265';
  /** Pictures per second, a whole number. */
  readonly fps: number;
  /** Constant quantiser: about 18 is hard to tell from the original, 26 is a cheap camera. */
  readonly quantiser: number;
}

/** gst-launch arguments from raw video in to an elementary stream out. */
export function encoder({ codec, fps, quantiser }: Encoding): string[] {
  const sink = ['!', `video/x-${codec},profile=main,stream-format=byte-stream,alignment=au`];
  if (codec === 'h265') {
    const options = 'bframes=0:scenecut=0:repeat-headers=1:aud=1:pools=2:frame-threads=1';
    return [
      ...['x265enc', 'tune=zerolatency', 'speed-preset=veryfast', `qp=${quantiser}`, `key-int-max=${fps}`],
      ...[`option-string=${options}`, 'log-level=error', ...sink],
    ];
  }
  return [
    ...['x264enc', 'tune=zerolatency', 'speed-preset=veryfast', 'pass=quant', `quantizer=${quantiser}`],
    ...[
      `key-int-max=${fps}`,
      'bframes=0',
      'aud=true',
      'byte-stream=true',
      'option-string=scenecut=0',
      ...sink,
    ],
  ];
}

/** Writes `path` whole or not at all: `write` gets the name of a file that becomes `path` when it succeeds. */
export async function writeWhole(path: string, write: (part: string) => Promise<void>): Promise<void> {
  const part = `${path}.${randomUUID()}.part`;
  mkdirSync(dirname(path), { recursive: true });
  try {
    await write(part);
    renameSync(part, path);
  } finally {
    rmSync(part, { force: true });
  }
}

/**
 * Runs `fdsrc ! <elements> ! fdsink` in a gst-launch-1.0 process: no file name passes through its parser.
 * Rejects with what it wrote on standard error.
 */
export async function transcode(
  input: string | Iterable<Uint8Array>,
  elements: readonly string[],
  output: string,
): Promise<void> {
  const source = typeof input === 'string' ? openSync(input, 'r') : 'pipe';
  const sink = openSync(output, 'w');
  const args = ['-q', 'fdsrc', 'fd=0', '!', ...elements, '!', 'fdsink', 'fd=3', 'sync=false'];
  const child = spawn('gst-launch-1.0', args, { stdio: [source, 'ignore', 'pipe', sink] });
  try {
    const complaints: Buffer[] = [];
    child.stderr?.on('data', (chunk: Buffer) => complaints.push(chunk));
    const ended = once(child, 'close') as Promise<[number | null]>;
    const fed =
      typeof input === 'string' || child.stdin === null
        ? Promise.resolve()
        : pipeline(Readable.from(input, { highWaterMark: 4 }), child.stdin).catch(() => {}); // the exit code tells
    const [[code]] = await Promise.all([ended, fed]);
    if (code !== 0) throw new Error(Buffer.concat(complaints).toString().trim() || `exit code ${code}`);
  } catch (error) {
    throw explain(error as NodeJS.ErrnoException);
  } finally {
    closeSync(sink);
    if (typeof source === 'number') closeSync(source);
  }
}

function explain(error: NodeJS.ErrnoException): Error {
  const remedy = 'install the packages that scripts/setup lists';
  if (error.code === 'ENOENT') return new Error(`gst-launch-1.0 was not found; ${remedy}`);
  const missing = /no element "(.+)"/.exec(error.message)?.[1];
  if (missing !== undefined) return new Error(`GStreamer has no element ${missing}; ${remedy}`);
  return new Error(`gst-launch-1.0 failed: ${error.message}`);
}
