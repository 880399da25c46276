/** One appliance with 24 cameras: most suffer faults, some only look on. */
import { type Appliance, startAppliance } from '../../support/appliance.js';
import { writeNumberModel } from '../../support/fleet/number-model.js';
import { startNats } from '../../support/nats.js';
import { assemble, type Own } from '../../support/owned.js';
import { specText } from '../../support/spec.js';
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
export function openBench(): Promise<Bench> {
  return assemble(furnish);
}

async function furnish(own: Own) {
  const dir = own(await tempDir());
  const nats = own(await startNats());
  const watched = own(await timeline(nats.url));
  const cameras = own(await startCameras());
  const witnesses = new Witnesses(cameras.witnesses);
  witnesses.watch(watched);
  const live = cameras.streams.map(({ id }) =>
    watched.detections(id, { what: `${id} to be live`, timeoutMs: 60_000 }),
  );
  const detector = { model: await writeNumberModel(dir.path) };
  const pipeline = { detector, tracker: { algorithm: 'none' }, streams: cameras.streams };
  const spec = specText(nats.url, pipeline, { modelDir: dir.path });
  const [appliance] = await Promise.all([startAppliance(spec).then(own), ...live]);
  return { appliance, watched, witnesses, victims: cameras.victims };
}
