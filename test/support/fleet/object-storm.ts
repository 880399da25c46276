/**
 * An appliance in this process whose cameras come, go and fail at random, twice: what is there only after the second
 * time has leaked. Prints one JSON line, an `ObjectStorm`.
 * Usage: node --expose-gc --import tsx object-storm.ts SEED EVENTS
 */
import { loadBinding } from '../../../src/native/loader.js';
import { startCamsim } from '../camsim.js';
import { startLocal } from '../local-worker.js';
import { startNats } from '../nats.js';
import { tempDir } from '../temp.js';
import { until } from '../wait.js';
import { ChaosDriver } from './chaos-driver.js';
import { type Figures, figures } from './figures.js';
import { cameraId, type FleetStream, specOf } from './fleet.js';
import { writeNumberModel } from './number-model.js';
import { cameraScene, FPS, otherScene } from './scenes.js';
import { schedule, type Transport } from './schedule.js';

export interface ObjectStorm {
  /** Types of GStreamer objects made in the second storm that are still alive without a stream; null: not traced. */
  readonly objects: readonly string[] | null;
  readonly failures: readonly string[];
  /** Without a stream, after the first and the second storm. */
  readonly before: Figures;
  readonly after: Figures;
}

const CAMERAS = 6;
const PER_SECOND = 5;
const [seed = '1', events = '40'] = process.argv.slice(2);
const transport = (camera: number): Transport => (camera % 2 === 0 ? 'tcp' : 'udp');

const made = await Promise.all(Array.from({ length: CAMERAS }, (_, camera) => cameraScene(camera)));
const files = await Promise.all(
  made.map(async (each) => ({
    half: await otherScene(each, 'h264', 2),
    h265: await otherScene(each, 'h265', 1),
  })),
);
await using dir = await tempDir();
await using nats = await startNats();
await using cameras = await startCamsim({
  ownPort: true,
  cameras: made.map(({ file }, camera) => ({ id: cameraId(camera), file, fps: FPS })),
});
const stream = (camera: number, carried = transport(camera), place = 0): FleetStream => {
  const id = cameraId(camera);
  return { id, uri: `${cameras.uris[id]}?place=${place}`, transport: carried, fps: FPS };
};
const model = await writeNumberModel(dir.path);
const text = specOf({ nats: nats.url, model, dir: dir.path, streams: [], slots: CAMERAS });
const binding = loadBinding();
await using local = await startLocal(text, { binding });
const { worker } = local;

const failures: string[] = [];

/** All come, suffer, recover and go. */
async function storm(storms: number): Promise<void> {
  const driver = new ChaosDriver({
    ...{ target: worker, cameras, stream, count: CAMERAS },
    files: (camera) => files[camera] as (typeof files)[number],
  });
  const everyone = Array.from({ length: CAMERAS }, (_, camera) => camera);
  await Promise.all(everyone.map((camera) => worker.add(stream(camera))));
  await driver.play(
    schedule({
      ...{ seed: Number(seed) + storms, cameras: CAMERAS, witnesses: [], transport },
      ...{ events: Number(events), durationMs: (Number(events) / PER_SECOND) * 1000 },
    }),
  );
  await driver.restore();
  for (const camera of everyone) await worker.restart(cameraId(camera));
  const states = (): string[] => worker.status().streams.map(({ state }) => state);
  await until('all are live', () => states().every((state) => state === 'live'), { timeoutMs: 60_000 });
  await Promise.all(everyone.map((camera) => worker.remove(cameraId(camera))));
  failures.push(...driver.failures);
}

await storm(0); // whatever GStreamer keeps for good is made here
const before = await figures(process.pid);
binding.liveObjects?.();
await storm(1);
globalThis.gc?.();
const objects = binding.liveObjects?.() ?? null;
const after = await figures(process.pid);
console.log(JSON.stringify({ objects, failures, before, after } satisfies ObjectStorm));
