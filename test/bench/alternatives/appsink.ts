/** GStreamer's pictures in Node.js: an appsink per camera in an addon, which drops what is not taken in time. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildDir } from '../../support/paths.js';
import { type Feed, runProgram } from './program.js';

interface Camera {
  pull(): Uint8Array | undefined;
  /** Pictures that have come to the appsink. */
  offered(): number;
}

interface Addon {
  readonly Camera: new (uri: string, width: number, height: number, wake: () => void) => Camera;
}

const { Camera } = createRequire(import.meta.url)(join(buildDir, 'bench_appsink.node')) as Addon;

await runProgram(({ cameras, picture }, feeds) => {
  const opened = cameras.map((uri, index) => {
    const camera: Camera = new Camera(uri, picture.width, picture.height, () => drain(camera, feed));
    const feed = feeds[index] as Feed;
    return { camera, feed, lost: feed.dropped };
  });
  return () => {
    for (const each of opened) count(each);
  };
});

function drain(camera: Camera, feed: Feed): void {
  for (let pixels = camera.pull(); pixels; pixels = camera.pull()) feed.add(pixels);
}

/** What was offered and is gone was dropped by the appsink. */
function count(each: { readonly camera: Camera; readonly feed: Feed; lost: number }): void {
  const { camera, feed } = each;
  const offered = camera.offered();
  drain(camera, feed);
  const lost = Math.max(each.lost, offered - feed.frames);
  feed.dropped += lost - each.lost;
  each.lost = lost;
}
