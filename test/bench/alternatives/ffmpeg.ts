/** An ffmpeg process per camera, which decodes and scales, and writes raw pictures into a pipe to Node.js. */
import { spawn } from 'node:child_process';
import { type Config, type Feed, runProgram } from './program.js';

function read({ picture, rate, thinned }: Config, uri: string, feed: Feed): void {
  const scale = `scale=${picture.width}:${picture.height}`;
  const args = [
    ...['-loglevel', 'error', '-nostdin'],
    ...(thinned === 'keys' ? ['-skip_frame', 'nokey'] : []),
    ...['-rtsp_transport', 'tcp', '-fpsprobesize', '0', '-i', uri, '-an'],
    ...['-vf', thinned === 'decoded' ? `fps=${rate},${scale}` : scale, '-vsync', 'passthrough'],
    ...['-pix_fmt', 'bgr24', '-f', 'rawvideo', '-'],
  ];
  const child = spawn('ffmpeg', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const pixels = new Uint8Array(picture.width * picture.height * 3);
  let filled = 0;
  child.stdout.on('data', (chunk: Uint8Array) => {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + pixels.length - filled);
      pixels.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled < pixels.length) continue;
      filled = 0;
      feed.add(pixels);
    }
  });
  process.once('exit', () => child.kill('SIGKILL'));
}

await runProgram((config, feeds) => {
  process.setMaxListeners(config.cameras.length + 10);
  for (const [index, uri] of config.cameras.entries()) read(config, uri, feeds[index] as Feed);
  return () => {};
});
