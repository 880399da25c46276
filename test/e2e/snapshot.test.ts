/** Annotated pictures show boxes, also when most pictures are not inferred. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startAppliance } from '../support/appliance.js';
import { startCamsim } from '../support/camsim.js';
import { startNats } from '../support/nats.js';
import { footage } from '../support/paths.js';
import { run } from '../support/process.js';
import { tempDir } from '../support/temp.js';
import { until } from '../support/wait.js';

/** Pixels that are nearly the red of nvinfer's boxes. */
async function redPixels(jpeg: Uint8Array): Promise<number> {
  await using dir = await tempDir();
  const [file, raw] = [join(dir.path, 'a.jpg'), join(dir.path, 'a.rgb')];
  await writeFile(file, jpeg);
  const decode = `filesrc location=${file} ! jpegdec ! videoconvert ! video/x-raw,format=RGB ! filesink location=${raw}`;
  expect((await run('gst-launch-1.0', ['-q', ...decode.split(' ')])).code).toBe(0);
  const pixels = await readFile(raw);
  let red = 0;
  for (let i = 0; i < pixels.length; i += 3) {
    const [r = 0, g = 0, b = 0] = pixels.subarray(i, i + 3);
    if (r > 200 && g < 60 && b < 60) red++;
  }
  return red;
}

test('every annotated snapshot has boxes, though one picture in five is inferred', async () => {
  await using nats = await startNats();
  const file = footage('vtest-576.h264');
  await using cameras = await startCamsim({ cameras: [{ id: 'square', file, fps: 10 }] });
  await using appliance = await startAppliance(`
appliance: snap
nats: {url: "${nats.url}"}
pipelines:
  - id: main
    mux: {width: 768, height: 576}
    detector: {model: nanodet-320x256, rate: 2}
    tracker: {probationAge: 1}
    streams:
      - {id: square, uri: "${cameras.uris.square}", fps: 10}
`);
  await until('objects are tracked', async () => (await appliance.row('square')).tracked > 10);
  for (let i = 0; i < 4; i++) {
    const red = await redPixels(await appliance.channel.snapshot('square'));
    expect(red, `red pixels of snapshot ${i}`).toBeGreaterThan(300);
  }
});
