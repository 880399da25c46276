/** An appliance of several pipelines that can be started again where it was, with numbered cameras and its control socket. */
import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ControlClient } from '../../../src/control/client.js';
import { Witnesses } from '../../e2e/faults/witnesses.js';
import { CLI } from '../appliance.js';
import { type Camsim, startCamsim } from '../camsim.js';
import { type CameraId, camerasOf } from './cameras.js';
import { MARKS, writeNumberModel } from '../fleet/number-model.js';
import { type NatsServer, startNats } from '../nats.js';
import { assemble, type Own } from '../owned.js';
import { Running } from '../process.js';
import { processesOf } from './processes.js';
import { tempDir } from '../temp.js';
import { type Timeline, timeline } from '../timeline.js';
import { until } from '../wait.js';

export interface PlantOptions {
  /** Ids of cameras by pipeline. */
  readonly pipelines: Readonly<Record<string, readonly CameraId[]>>;
  /** Cameras that are there but in no pipeline. */
  readonly spare?: readonly CameraId[];
  /** Keys of a pipeline on top of the usual ones. */
  readonly more?: Readonly<Record<string, object>>;
  /** Keys of the appliance. */
  readonly appliance?: object;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Plant extends AsyncDisposable {
  readonly dir: string;
  /** For run-time files: the plant's own, so that whatever is left in it is the plant's. */
  readonly runDir: string;
  /** Of the spec file, without its ending. */
  readonly name: string;
  readonly file: string;
  readonly socket: string;
  readonly cameras: Camsim;
  readonly nats: NatsServer;
  readonly timeline: Timeline;
  readonly control: ControlClient;
  /** From now on counts the frames of these cameras, by the numbers in their pictures. */
  watch(ids: readonly CameraId[]): Witnesses;
  /** The process of now. */
  readonly supervisor: Running;
  /** Of the pipeline's worker of now. */
  workerPid(pipeline: string): Promise<number>;
  /** Starts `weir up` where it was, in a process group of its own, and waits for nothing. */
  launch(env?: Readonly<Record<string, string>>): Running;
  /** The same; resolves when it says it is up. */
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  /** A stream as in weir.yaml. */
  stream(id: CameraId): { readonly id: string; readonly uri: string; readonly fps: number };
  /** A whole weir.yaml as JSON. */
  spec(pipelines: PlantOptions['pipelines'], more?: PlantOptions['more']): object;
  writeSpec(pipelines: PlantOptions['pipelines'], more?: PlantOptions['more']): Promise<void>;
  /** What the stand-in of every worker suffers from now on, a line each; none ends it. */
  suffer(...faults: readonly string[]): Promise<void>;
  /** Resolves when each of the streams has sent a message that arrived after `since`; with when the last came. */
  flowing(ids: readonly string[], since: number, timeoutMs?: number): Promise<number>;
}

/** Resolves when everything plays and all cameras are live. */
export function startPlant(options: PlantOptions): Promise<Plant> {
  return assemble((own) => furnish(options, own));
}

async function furnish(options: PlantOptions, own: Own): Promise<Omit<Plant, typeof Symbol.asyncDispose>> {
  const ids = [...new Set([...Object.values(options.pipelines).flat(), ...(options.spare ?? [])])];
  const dir = own(await tempDir()).path;
  const runDir = join(dir, 'run');
  await mkdir(runDir);
  own({ [Symbol.asyncDispose]: async () => killAll(runDir) });
  const nats = own(await startNats());
  const seen = own(await timeline(nats.url));
  const { files, numbers, fps } = await camerasOf(ids);
  const cameras = await startCamsim({ cameras: ids.map((id) => ({ id, file: files.get(id) ?? '', fps })) });
  own({ [Symbol.asyncDispose]: () => cameras.stop() });
  const watch: Plant['watch'] = (watched) => {
    const witnesses = new Witnesses(new Map([...numbers].filter(([id]) => watched.includes(id))));
    witnesses.watch(seen);
    return witnesses;
  };
  const model = await writeNumberModel(dir);
  const name = 'weir';
  const [file, socket] = [join(dir, `${name}.yaml`), join(dir, `${name}.sock`)];
  const control = new ControlClient({ socket });
  own({ [Symbol.asyncDispose]: async () => control.close() });
  let supervisor: Running | undefined;
  own({ [Symbol.asyncDispose]: async () => supervisor?.stop() });
  const stream: Plant['stream'] = (id) => ({ id, uri: cameras.uris[id] ?? '', fps });
  const spec: Plant['spec'] = (pipelines, more = options.more ?? {}) => ({
    ...{ appliance: 'plant', nats: { url: nats.url }, modelDir: dir, ...options.appliance },
    pipelines: Object.entries(pipelines).map(([id, own]) => ({
      ...{ id, slots: 8, mux: { width: 640, height: 360 }, detector: { model }, tracker: { classes: MARKS } },
      streams: own.map(stream),
      ...more[id],
    })),
  });
  const writeSpec: Plant['writeSpec'] = (pipelines, more) =>
    writeFile(file, JSON.stringify(spec(pipelines, more)));
  const faults = join(dir, 'faults');
  const suffer: Plant['suffer'] = async (...lines) => {
    await writeFile(`${faults}.new`, lines.join('\n'));
    await rename(`${faults}.new`, faults);
  };
  const usual = { WEIR_DUMPABLE: '1', XDG_RUNTIME_DIR: runDir, WEIR_STANDIN_FAULTS: faults };
  const launch: Plant['launch'] = (env = {}) =>
    (supervisor = new Running('setsid', [process.execPath, CLI, 'up', file], {
      env: { ...usual, ...options.env, ...env },
    }));
  const start: Plant['start'] = async (env) => {
    await launch(env).line((line) => line.includes('appliance plant is up'), { timeoutMs: 60_000 });
  };
  await writeSpec(options.pipelines);
  await start();
  const plant = {
    ...{ dir, runDir, name, file, socket, cameras, nats, timeline: seen, control },
    ...{ watch, launch, start, stream, spec, writeSpec, suffer },
    get supervisor() {
      return supervisor as Running;
    },
    workerPid: (pipeline: string) =>
      until(`${pipeline} has a worker`, async () => {
        const found = (await control.pipelines()).find(({ id }) => id === pipeline);
        return found?.state === 'playing' && found.pid;
      }),
    flowing: (wanted: readonly string[], since: number, timeoutMs = 60_000) =>
      allFlow(seen, wanted, since, timeoutMs),
  };
  await plant.flowing(Object.values(options.pipelines).flat(), performance.now());
  return plant;
}

async function allFlow(
  seen: Timeline,
  ids: readonly string[],
  since: number,
  timeoutMs: number,
): Promise<number> {
  const arrived = await Promise.all(
    ids.map((id) => seen.detections(id, { what: `${id} delivers`, timeoutMs })),
  );
  return Math.max(...arrived.map(({ at }) => at)) - since;
}

/** Those that a failed test has left behind. */
function killAll(runDir: string): void {
  for (const { pid } of processesOf(runDir)) process.kill(pid, 'SIGKILL');
}

/** Whether a process of this number is there and no zombie. */
export function lives(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
  } catch {
    return false;
  }
}
