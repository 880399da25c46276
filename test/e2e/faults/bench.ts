/** One appliance with 24 cameras: most suffer faults, some only look on. */
import { dirname } from 'node:path';
import { type Appliance, startAppliance } from '../../support/appliance.js';
import { writeNumberModel } from '../../support/fleet/number-model.js';
import { startNats } from '../../support/nats.js';
import { tempDir } from '../../support/temp.js';
import { type Timeline, timeline } from '../../support/timeline.js';
import { startCameras } from './cameras.js';
import type { Victim } from './types.js';
import { Witnesses } from './witnesses.js';

export interface Bench extends AsyncDisposable {
  readonly appliance: Appliance;
  readonly watched: Timeline;
  readonly witnesses: Witnesses;
  readonly victims: readonly Victim[];
}

/** Resolves when every camera is live. Dispose of it also when the test has failed. */
export async function openBench(): Promise<Bench> {
  const owned: AsyncDisposable[] = [];
  const close = async (): Promise<void> => {
    for (const each of owned.splice(0).reverse()) await each[Symbol.asyncDispose]();
  };
  try {
    return { ...(await furnish((each) => (owned.push(each), each))), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function furnish(own: <T extends AsyncDisposable>(each: T) => T) {
  const dir = own(await tempDir());
  const nats = own(await startNats());
  const watched = own(await timeline(nats.url));
  const cameras = own(await startCameras());
  const witnesses = new Witnesses(cameras.witnesses);
  witnesses.watch(watched);
  const live = cameras.streams.map(({ id }) =>
    watched.detections(id, { what: `${id} to be live`, timeoutMs: 60_000 }),
  );
  const spec = specOf(nats.url, await writeNumberModel(dir.path), cameras.streams);
  const [appliance] = await Promise.all([startAppliance(spec).then(own), ...live]);
  return { appliance, watched, witnesses, victims: cameras.victims };
}

function specOf(nats: string, model: string, streams: readonly object[]): string {
  const mux = { width: 640, height: 360 };
  const pipeline = { id: 'main', mux, detector: { model }, tracker: { algorithm: 'none' }, streams };
  return JSON.stringify({
    appliance: 'faults',
    modelDir: dirname(model),
    nats: { url: nats },
    pipelines: [pipeline],
  });
}
