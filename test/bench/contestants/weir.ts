/** The appliance as it is installed: `weir up`, its worker, and a reader of what it publishes. */
import { dirname } from 'node:path';
import { connect } from 'nats';
import type { StreamRow } from '../../../src/worker/status.js';
import { type Appliance, startAppliance } from '../../support/appliance.js';
import type { Camsim } from '../../support/camsim.js';
import type { Arrival, Runner, StreamCounts } from '../lib/contestant.js';
import type { BenchScene } from '../lib/scene.js';

export interface WeirOptions {
  /** Keys of the detector and the mux besides what the scene says. */
  readonly detector?: Readonly<Record<string, unknown>>;
  readonly mux?: Readonly<Record<string, unknown>>;
  /** Keys of the pipeline. */
  readonly pipeline?: Readonly<Record<string, unknown>>;
}

/** Bytes of a message that hold all but its objects. */
const HEAD = 512;

export function weirSpec(
  scene: BenchScene,
  cameras: Camsim,
  nats: string,
  options: WeirOptions = {},
): string {
  const { footage, model, rate, keyFrames } = scene;
  const streams = Object.entries(cameras.uris).map(([id, uri]) => ({
    id,
    uri,
    fps: footage.fps,
    ...(keyFrames && { decode: 'keyframes' }),
  }));
  const pipeline = {
    ...options.pipeline,
    id: 'main',
    slots: streams.length,
    mux: { width: footage.width, height: footage.height, ...options.mux },
    detector: {
      model: model.manifest ?? model.name,
      ...(rate < footage.fps && { rate }),
      ...options.detector,
    },
    streams,
  };
  const models = model.manifest === undefined ? {} : { modelDir: dirname(model.manifest) };
  return JSON.stringify({ appliance: 'bench', nats: { url: nats }, ...models, pipelines: [pipeline] });
}

export async function startWeir(
  scene: BenchScene,
  cameras: Camsim,
  nats: string,
  options: WeirOptions = {},
): Promise<Runner & { readonly appliance: Appliance }> {
  const reader = await readArrivals(nats);
  const appliance = await startAppliance(weirSpec(scene, cameras, nats, options));
  return {
    appliance,
    pids: [appliance.pid],
    counts: async () => (await appliance.rows()).map(countsOf),
    arrivals: () => reader.arrivals,
    [Symbol.asyncDispose]: async () => {
      await appliance.stop();
      await reader.close();
    },
  };
}

function countsOf({ id, frames, skipped, inferred, detections, dropped }: StreamRow): StreamCounts {
  const lost = Object.values(dropped).reduce((sum, each) => sum + each, 0);
  return { id, frames: frames + skipped, dropped: lost, inferred, objects: detections };
}

/** Reads no more of a message than it must: on a small machine the reader's time is the appliance's. */
async function readArrivals(nats: string): Promise<{ arrivals: Arrival[]; close(): Promise<void> }> {
  const arrivals: Arrival[] = [];
  const nc = await connect({ servers: nats });
  nc.subscribe('weir.bench.*.detections', {
    callback: (error, message) => {
      if (error) throw error;
      const head = Buffer.from(
        message.data.buffer,
        message.data.byteOffset,
        Math.min(message.data.length, HEAD),
      ).toString('latin1');
      const [, sequence, frame, inferred] =
        /"sequence":(\d+),"frame":(\d+),.*?"inferred":(true|false)/.exec(head) ?? [];
      const stream = message.subject.split('.')[2] ?? '';
      const numbers = { frame: Number(frame), sequence: Number(sequence) };
      arrivals.push({ stream, ...numbers, inferred: inferred === 'true', at: Date.now() });
    },
  });
  await nc.flush();
  return { arrivals, close: () => nc.close() };
}
