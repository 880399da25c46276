/** The appliance put together: state, supervisor and doors on the ground, and the pipelines last. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DeviceWatch } from '../../device/device-watch.js';
import { ApplianceHttp } from '../../http/appliance-http.js';
import type { WeirError } from '../../spec/error.js';
import type { ApplianceSpec } from '../../spec/types.js';
import { DownStatus } from '../../supervisor/down-status.js';
import { DesiredState } from '../../supervisor/desired-state.js';
import { EmbeddedNats } from '../../supervisor/embedded/server.js';
import { OperationsLog } from '../../supervisor/operations-log.js';
import { endOrphans } from '../../supervisor/orphans.js';
import { Pipelines } from '../../supervisor/pipelines.js';
import { StateStore } from '../../supervisor/state/store.js';
import { Supervisor } from '../../supervisor/supervisor.js';
import { packageVersion } from '../version.js';
import { openDoors } from './doors.js';
import { openVoice, type Voice } from './nats.js';
import type { Stop } from './stop.js';
import { claim, type Ground, prepare, type UpOptions } from './ground.js';

export interface Running {
  readonly ground: Ground;
  readonly supervisor: Supervisor;
  readonly pipelines: Pipelines;
}

/**
 * Runs it until `attend` settles, which is called when each pipeline plays or has failed, or until `stop` asks for an
 * end. Rejects where no pipeline plays, with the reason of the first; and with SPEC_INVALID, ALREADY_RUNNING,
 * STATE_CORRUPT, LISTEN_FAILED, ...
 */
export async function runAppliance(
  options: UpOptions,
  stop: Stop,
  attend: (running: Running) => Promise<void>,
): Promise<void> {
  const ground = prepare(options);
  using _lock = claim(ground);
  await endLeftOvers(ground);
  await using store = await openStore(ground);
  const state = DesiredState.open(ground.source, store, (note) => ground.log.warn(note));
  await using operations = await openOperations(ground);
  await using server = await openServer(state.desired.spec, ground);
  const spec = { ...state.desired.spec, ...(server && { nats: server.nats }) };
  await using voice = openVoice(spec, ground);
  await voice.left.adopt(new Set(spec.pipelines.map(({ id }) => id)));
  await using running = assemble({ ground, spec, state, operations: operations.log, voice });
  const { supervisor, pipelines } = running;
  await using device = spec.metrics ? await DeviceWatch.open() : undefined;
  await using _http = await ApplianceHttp.open(spec, {
    ...{ version: packageVersion(), log: ground.log },
    status: () => supervisor.numbers(),
    ...(device && { device: () => device.reading() }),
    health: () => [...pipelines].map(({ id, state }) => ({ pipeline: id, state })),
  });
  await using _doors = await openDoors({ ground, spec, supervisor, state, link: voice.link });
  using _counts = supervisor.watchCounts();
  stop.onInsisted(() => pipelines.kill());
  const failures = await Promise.race([started(pipelines), stop.asked]);
  if (!failures) return;
  requireOne(failures, [...pipelines].length);
  await attend(running);
}

/** Ctrl-C meets the workers too, and their end may be heard before the signal, in the same turn of the loop. */
async function started(pipelines: Pipelines): Promise<ReadonlyMap<string, WeirError>> {
  const failures = await pipelines.start();
  await nextTurn();
  return failures;
}

async function endLeftOvers({ where, log }: Ground): Promise<void> {
  const killed = await endOrphans(where.workersFile);
  if (killed > 0) log.warn({ killed }, 'workers of an earlier run did not end by themselves');
}

async function openServer(spec: ApplianceSpec, ground: Ground): Promise<EmbeddedNats | undefined> {
  const { where, env, log, redactor } = ground;
  return EmbeddedNats.open({ spec, folder: where.natsDir, env, log, redactor });
}

async function openStore({ where, log }: Ground): Promise<StateStore> {
  const store = await StateStore.open({ path: where.stateFile });
  if (store.problem !== undefined) log.error(store.problem);
  return store;
}

async function openOperations({ where, log }: Ground): Promise<AsyncDisposable & { log: OperationsLog }> {
  const operations = await OperationsLog.open({
    file: where.operationsLog,
    onTrouble: (reason) =>
      log.warn({ file: where.operationsLog, reason }, 'the operations log is not written'),
  });
  return { log: operations, [Symbol.asyncDispose]: () => operations.close() };
}

interface Parts {
  readonly ground: Ground;
  /** Of the start, with the address of our own NATS server. */
  readonly spec: ApplianceSpec;
  readonly state: DesiredState;
  readonly operations: OperationsLog;
  readonly voice: Voice;
}

function assemble({ ground, spec, state, operations, voice }: Parts): Running & AsyncDisposable {
  const { where, logLevel, hideMemory, env, hub, log, redactor } = ground;
  const onStream = (id: string): void => {
    supervisor.heard(id);
    down.look(id, supervisor.condition(id));
  };
  const pipelines: Pipelines = new Pipelines({
    ...{
      desired: { ...state.desired, spec },
      workersFile: where.workersFile,
      eventsDir: where.eventsDir,
      logLevel,
      hideMemory,
      env,
    },
    quarantined: () => new Set(Object.keys(state.quarantine)),
    onLog: (line, pipeline) => hub.add(line, pipeline),
    onNotice: (pipeline, message, details) => log.warn({ pipeline, ...details }, redactor.clean(message)),
    onStream,
    onGuilty: (id) => supervisor.quarantine(id),
    onDropped: (left) => voice.left.adopt(left),
  });
  const down = new DownStatus(voice.status, (event) => voice.events.emit(event));
  const supervisor = new Supervisor({
    ...{ version: packageVersion(), state, pipelines, logs: hub, operations, onStream },
  });
  return { ground, supervisor, pipelines, [Symbol.asyncDispose]: () => pipelines.stop() };
}

/** An appliance of which nothing plays shows its mistake best by not starting. */
function requireOne(failures: ReadonlyMap<string, WeirError>, pipelines: number): void {
  const [first] = failures.values();
  if (first && failures.size === pipelines) throw first;
}
