/** Many simulated cameras, one appliance with one pipeline for all, and everything it publishes. */
import { loadavg } from 'node:os';
import type { StreamRow } from '../../../src/worker/status.js';
import type { Scene } from '../../../scripts/footage/scene.js';
import { type Appliance, startAppliance } from '../appliance.js';
import { type Camsim, type CamsimConfig, startCamsim } from '../camsim.js';
import { startNats } from '../nats.js';
import { assemble, type Own } from '../owned.js';
import { specText } from '../spec.js';
import { tempDir } from '../temp.js';
import { until } from '../wait.js';
import { type Figures, figures } from './figures.js';
import { MARKS, writeNumberModel } from './number-model.js';
import { type Recorder, startRecorder } from './recorder.js';
import { cameraScene, FPS } from './scenes.js';
import type { Transport } from './schedule.js';

export interface FleetOptions {
  readonly cameras: number;
  readonly transport?: (camera: number) => Transport;
  /** For the simulator, beside the cameras themselves. */
  readonly camsim?: Omit<CamsimConfig, 'cameras'>;
  /** The port that leads to the simulator's; called when that is known. */
  front?(port: number): Promise<number>;
}

/** A stream as in weir.yaml. */
export interface FleetStream {
  readonly id: string;
  readonly uri: string;
  readonly transport: Transport;
  readonly fps: number;
}

export interface Fleet extends AsyncDisposable {
  readonly scenes: readonly Scene[];
  readonly ids: readonly string[];
  readonly appliance: Appliance;
  readonly recorder: Recorder;
  readonly cameras: Camsim;
  /** As declared at first; `place` counts on: the same camera at another address. */
  stream(camera: number, transport?: Transport, place?: number): FleetStream;
  /** The simulator is killed without a word. */
  killCameras(): Promise<void>;
  /** The same cameras again. */
  reviveCameras(): Promise<void>;
  /** Of the pipeline's process. */
  figures(): Promise<Figures>;
}

export const cameraId = (camera: number): string => `cam-${String(camera).padStart(2, '0')}`;

/** Resolves when the pipeline plays. Dispose of it also when the test has failed. */
export function startFleet(options: FleetOptions): Promise<Fleet> {
  return assemble((own) => furnish(options, own));
}

async function furnish(
  { cameras: count, transport = () => 'tcp', camsim = {}, front }: FleetOptions,
  own: Own,
): Promise<Omit<Fleet, typeof Symbol.asyncDispose>> {
  const scenes: Scene[] = [];
  for (let camera = 0; camera < count; camera++) scenes.push(await cameraScene(camera));
  const ids = scenes.map((_, camera) => cameraId(camera));
  const config = { ...camsim, cameras: scenes.map(({ file }, i) => ({ id: ids[i] ?? '', file, fps: FPS })) };
  const dir = own(await tempDir());
  const nats = own(await startNats());
  const recorder = own(await startRecorder(nats.url));
  let simulator = await startCamsim(config);
  own({ [Symbol.asyncDispose]: () => simulator.stop() });
  const { uris, port } = simulator;
  const door = await front?.(port);
  const address = (id: string): string =>
    door === undefined ? (uris[id] ?? '') : `rtsp://127.0.0.1:${door}/${id}`;
  const stream: Fleet['stream'] = (camera, carried = transport(camera), place = 0) => {
    const id = ids[camera] ?? '';
    return { id, uri: `${address(id)}${place > 0 ? `?place=${place}` : ''}`, transport: carried, fps: FPS };
  };
  const streams = ids.map((_, camera) => stream(camera));
  const spec = specOf({ nats: nats.url, model: await writeNumberModel(dir.path), dir: dir.path, streams });
  // Its files are counted from outside.
  const appliance = own(await startAppliance(spec, { WEIR_DUMPABLE: '1' }));
  return {
    scenes,
    ids,
    appliance,
    recorder,
    stream,
    get cameras() {
      return simulator;
    },
    killCameras: async () => {
      simulator.kill('SIGKILL');
      await simulator.stop();
    },
    reviveCameras: async () => {
      simulator = await startCamsim(config);
    },
    figures: async () => figures((await appliance.workers())[0] ?? -1),
  };
}

export interface SpecParts {
  readonly nats: string;
  readonly model: string;
  readonly dir: string;
  readonly streams: readonly FleetStream[];
  readonly slots?: number;
}

/** weir.yaml, as JSON; `slots`: as many as streams. */
export function specOf({ nats, model, dir, streams, slots = streams.length }: SpecParts): string {
  const pipeline = { slots, detector: { model }, tracker: { classes: MARKS }, streams };
  return specText(nats, pipeline, { modelDir: dir });
}

const states = (rows: readonly StreamRow[]): string =>
  rows
    .filter(({ state }) => state !== 'live')
    .map(({ id, state, phase, cause }) => `${id} ${state} ${phase ?? ''} ${cause ?? ''}`)
    .join(', ');

/** Resolves when these streams, and no others, are there and all are live. */
export async function allLive(
  { appliance }: Fleet,
  ids: readonly string[],
  timeoutMs = 60_000,
): Promise<void> {
  let seen = '';
  const wanted = [...ids].sort().join();
  await until(
    'all streams are live',
    async () => {
      const rows = await appliance.rows();
      seen = states(rows);
      const there = rows.map(({ id }) => id).sort();
      return there.join() === wanted && seen === '';
    },
    { timeoutMs, everyMs: 100 },
  ).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}; not live: ${seen || 'none'}`);
  });
}

/** Load of the machine over the last minute, for what a run's numbers are worth. */
export function machineLoad(): string {
  return (loadavg()[0] ?? Number.NaN).toFixed(2);
}
