/** The appliance: what it is meant to be, the pipelines that make it so, and every operation on it. */
import { graph, toDot } from '../graph/index.js';
import { toMermaid } from '../graph/mermaid.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { SnapshotOptions } from '../native/pipeline.js';
import { type ErrorCode, WeirError } from '../spec/error.js';
import { record } from '../spec/fault.js';
import { parseStream, sameStream } from '../spec/stream.js';
import type { PipelineSpec, StreamSpec } from '../spec/types.js';
import { Lanes } from '../streams/lanes.js';
import { faultOf } from '../worker/channel.js';
import { locations, provider } from '../worker/plan.js';
import type { WorkerStatus } from '../worker/status.js';
import type { DesiredState, DesiredStream, Transition } from './desired-state.js';
import type { Condition } from './down-status.js';
import type { LogFilter, LogHub, LogPage } from './log-hub.js';
import { News } from './news.js';
import type { OperationsLog } from './operations-log.js';
import type { Pipelines } from './pipelines.js';
import { planSteps } from './plan/plan.js';
import { remoteRefusals } from './plan/remote-refusals.js';
import { findStream } from './state/base.js';
import { isObject, type JsonObject } from './state/json.js';
import { patchStream } from './state/merge-patch.js';
import type { StreamEntry } from './state/saved-state.js';
import { streamView, type ViewInput } from './stream-view.js';
import type {
  Actor,
  ApplianceView,
  OperationRecord,
  PipelineView,
  PlanStep,
  PlanView,
  StreamChangeView,
  StreamView,
} from './views.js';
import type { Carried } from './worker-streams.js';

export interface SupervisorOptions {
  readonly version: string;
  readonly state: DesiredState;
  readonly pipelines: Pipelines;
  readonly logs: LogHub;
  readonly operations: OperationsLog;
  /** What is known of a stream has changed by what this did. */
  onStream(id: string): void;
}

interface Wait {
  readonly waitMs?: number;
}

/** Of what is written down: of those that are refused any length is heard. */
const MAX_ID = 64;

interface ApplyOptions {
  readonly dryRun?: boolean;
  readonly keep?: boolean;
  readonly remote?: boolean;
}

/** Where a stream that is waited for has arrived, for better or worse. */
const SETTLED: ReadonlySet<StreamView['state']> = new Set([
  'live',
  'failed',
  'waiting',
  'stopped',
  'quarantined',
]);

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #news = new News();
  /** One whole spec after the other: none is taken back over the next. */
  readonly #lanes = new Lanes();
  readonly #startedAt = new Date().toISOString();

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Something about a stream has changed: who waits for it looks again. */
  heard(stream: string): void {
    this.#news.tell(stream);
  }

  /** Of a stream's surroundings, for who speaks for it. */
  condition(id: string): Condition {
    const { state, pipelines } = this.#options;
    const home = state.find(id)?.pipeline;
    return {
      pipeline: home === undefined ? undefined : pipelines.find(home)?.view(),
      quarantine: state.quarantine[id],
    };
  }

  async status(): Promise<ApplianceView> {
    const { state, version } = this.#options;
    const [pipelines, streams] = [await this.pipelines(), this.#views()];
    const failed = streams.filter((stream) => stream.state === 'failed' || stream.state === 'quarantined');
    return {
      appliance: state.desired.spec.appliance,
      version,
      generation: state.generation,
      startedAt: this.#startedAt,
      spec: { file: state.file, applied: state.applied },
      pipelines,
      streams: { total: streams.length, live: live(streams), failed: failed.length },
    };
  }

  /** For metrics. */
  async numbers(): Promise<Snapshot> {
    const { state } = this.#options;
    const statuses = await this.workers();
    const quarantined = [...state.streams()].filter(({ id }) => state.quarantine[id]);
    const processes = [...this.#options.pipelines].map((keeper) => {
      const { id: pipeline, state, restarts, rssBytes } = keeper.view();
      return {
        ...{ pipeline, state, restarts },
        quarantined: quarantined.filter((stream) => stream.pipeline === pipeline).length,
        ...(rssBytes !== undefined && { rssBytes }),
        ...(keeper.beat && { cpuSeconds: keeper.beat.cpuSeconds, loopLagMs: keeper.beat.loopLagMs }),
      };
    });
    return { pipelines: statuses, processes };
  }

  /** What the workers say, whole. */
  workers(): Promise<WorkerStatus[]> {
    return this.#options.pipelines.statuses();
  }

  async streams(): Promise<readonly StreamView[]> {
    await this.workers();
    return this.#views();
  }

  async stream(id: string, { waitMs = 0 }: Wait = {}): Promise<StreamView> {
    if (waitMs > 0) await this.#news.wait(id, waitMs, () => this.#arrived(this.#view(id)));
    await this.workers();
    return this.#view(id);
  }

  add(actor: Actor, stream: unknown, pipeline?: string, wait?: Wait): Promise<StreamChangeView> {
    const { id } = record(stream);
    return this.#recorded(actor, 'streams.add', { stream: String(id) }, async () => {
      const spec = this.#parse(stream);
      const transition = await this.#options.state.put(spec.id, () =>
        this.#addition(spec, stream as JsonObject, pipeline),
      );
      return this.#settle(transition, spec.id, wait);
    });
  }

  /** As `update`, by a whole description. */
  replace(actor: Actor, stream: unknown): Promise<StreamChangeView> {
    const id = String(record(stream).id);
    return this.#recorded(actor, 'streams.update', { stream: id }, async () => {
      this.#parse(stream);
      const replaced = () => ({ ...this.#known(id), stream: stream as JsonObject });
      return this.#settle(await this.#options.state.put(id, replaced), id);
    });
  }

  update(actor: Actor, id: string, changes: unknown, wait?: Wait): Promise<StreamChangeView> {
    return this.#recorded(actor, 'streams.update', { stream: id }, async () => {
      const transition = await this.#options.state.put(id, () => {
        const entry = this.#known(id);
        const stream = patchStream(entry.stream, changes);
        this.#parse(stream);
        return { ...entry, stream };
      });
      return this.#settle(transition, id, wait);
    });
  }

  remove(actor: Actor, id: string): Promise<StreamChangeView> {
    return this.#recorded(actor, 'streams.remove', { stream: id }, async () => {
      const { state, pipelines } = this.#options;
      const { after, dropped } = await state.drop(id);
      if (!dropped) return { changed: false, pending: false };
      pipelines.want(after.desired);
      const { pending, change } = await pipelines.settle(dropped.pipeline, id);
      const pipeline = this.#home(dropped.pipeline);
      const view = change?.stream && streamView({ ...dropped, pipeline, row: change.stream });
      return { changed: true, pending, ...(view && { stream: view }) };
    });
  }

  restart(actor: Actor, id: string, wait?: Wait): Promise<StreamChangeView> {
    return this.#recorded(actor, 'streams.restart', { stream: id }, async () => {
      const { state, pipelines } = this.#options;
      this.#known(id);
      if (state.quarantine[id]) await state.quarantineStream(id);
      const { pipeline } = this.#known(id);
      return this.#answer(id, true, await pipelines.reconnect(pipeline, id), wait);
    });
  }

  async snapshot(id: string, options: SnapshotOptions = {}): Promise<Uint8Array> {
    const { pipeline } = this.#known(id);
    return this.#options.pipelines.get(pipeline).snapshot(id, options);
  }

  async pipelines(): Promise<readonly PipelineView[]> {
    await this.workers();
    return [...this.#options.pipelines].map((keeper) => this.#pipelineView(keeper.id));
  }

  restartPipeline(actor: Actor, id: string): Promise<PipelineView> {
    return this.#recorded(actor, 'pipelines.restart', { pipeline: id }, async () => {
      const failure = await this.#options.pipelines.restart(id, `${actor.name} asked for it`);
      if (failure) throw failure;
      return this.#pipelineView(id);
    });
  }

  /** A spec that cannot be carried out leaves everything as it was. */
  async apply(actor: Actor, spec: unknown, options: ApplyOptions = {}): Promise<PlanView> {
    const { state } = this.#options;
    const overlay = { keep: options.keep ?? false };
    if (options.dryRun) {
      const steps = this.#plan(spec, options);
      return { steps, applied: false, generation: state.generation };
    }
    return this.#recorded(actor, 'apply', {}, () =>
      this.#takeOver(() => {
        this.#plan(spec, options);
        return state.apply(spec as JsonObject, overlay);
      }),
    );
  }

  /** Reads the spec file anew, as after SIGHUP. */
  reload(actor: Actor, note: (text: string) => void): Promise<PlanView> {
    return this.#recorded(actor, 'reload', {}, () => this.#takeOver(() => this.#options.state.reread(note)));
  }

  async graph(pipeline: string, format: 'dot' | 'mermaid'): Promise<string> {
    const { state, pipelines } = this.#options;
    const status = await pipelines.get(pipeline).status();
    const drawn = graph(
      state.desired.spec,
      pipeline,
      provider(status?.provider ?? 'standin'),
      locations('<runtime directory>'),
    );
    return format === 'dot' ? toDot(drawn) : toMermaid(drawn);
  }

  async logs({ waitMs = 0, ...filter }: LogFilter & Wait): Promise<LogPage> {
    return this.#options.logs.wait(filter, waitMs);
  }

  async operations(lines: number): Promise<readonly OperationRecord[]> {
    return this.#options.operations.latest(lines);
  }

  /** It killed its worker again and again: it does not run until somebody says so. */
  async quarantine(id: string): Promise<void> {
    const reason = 'its data ended the process of its pipeline again and again';
    const { state, onStream } = this.#options;
    await state.quarantineStream(id, { since: new Date().toISOString(), reason });
    onStream(id);
  }

  /** Throws BAD_REQUEST, SPEC_INVALID, FORBIDDEN. */
  #plan(spec: unknown, { keep = false, remote = false }: ApplyOptions): PlanStep[] {
    if (!isObject(spec)) throw new WeirError('BAD_REQUEST', 'spec: expected a map, as a weir.yaml is');
    const preview = this.#options.state.preview(spec, { keep });
    if (remote) refuseRemote(preview);
    return stepsOf(preview);
  }

  #takeOver(change: () => Promise<Transition>): Promise<PlanView> {
    return this.#lanes.run('spec', async () => {
      const steps = await this.#carryOut(await change());
      return { steps, applied: steps.length > 0, generation: this.#options.state.generation };
    });
  }

  async #carryOut(transition: Transition): Promise<PlanStep[]> {
    const steps = stepsOf(transition);
    try {
      await this.#options.pipelines.carryOut(steps, transition.after.desired);
      this.#options.state.accept();
      return steps;
    } catch (error) {
      throw await this.#takeBack(transition, error);
    }
  }

  /** Resolves with why it had to be. */
  async #takeBack(transition: Transition, cause: unknown): Promise<unknown> {
    const { state, pipelines } = this.#options;
    try {
      const back = await state.undo(transition);
      // As far as it goes: keepers go on trying what is left.
      await pipelines.carryOut(stepsOf(back), back.after.desired).catch(() => undefined);
      return cause;
    } catch (error) {
      const [{ code, message }, { message: why }] = [faultOf(cause), faultOf(error)];
      const stays = `${message}; the spec stays all the same, for what was before cannot be written: ${why}`;
      return new WeirError(code, stays, { cause });
    }
  }

  async #settle({ before, after }: Transition, id: string, wait?: Wait): Promise<StreamChangeView> {
    const { pipelines } = this.#options;
    pipelines.want(after.desired);
    const { pipeline = '' } = findStream(after.desired.written, id) ?? {};
    return this.#answer(id, before !== after, await pipelines.settle(pipeline, id), wait);
  }

  /** Without the stream where somebody has removed it meanwhile. */
  async #answer(
    id: string,
    changed: boolean,
    { pending }: Carried,
    { waitMs = 0 }: Wait = {},
  ): Promise<StreamChangeView> {
    if (waitMs > 0) await this.#news.wait(id, waitMs, () => this.#arrived(this.#find(id)));
    const stream = this.#find(id);
    return { changed, pending, ...(stream && { stream }) };
  }

  /** Whether there is nothing to wait for any more. */
  #arrived(view: StreamView | undefined): true | undefined {
    return !view || SETTLED.has(view.state) || undefined;
  }

  #addition(spec: StreamSpec, stream: JsonObject, named: string | undefined): StreamEntry {
    const { state } = this.#options;
    const present = state.find(spec.id);
    const { id: pipeline, slots } = this.#declared(named ?? present?.pipeline ?? this.#only());
    if (present) {
      if (present.pipeline !== pipeline) throw elsewhere(spec.id, present.pipeline);
      if (!sameStream(this.#parse(present.stream), spec)) throw exists(spec.id);
      return present;
    }
    const taken = [...state.streams()].filter((each) => each.pipeline === pipeline).length;
    if (taken >= slots) throw full(pipeline, slots);
    return { pipeline, stream };
  }

  /** Throws PIPELINE_UNKNOWN. */
  #declared(id: string): PipelineSpec {
    const { pipelines } = this.#options.state.desired.spec;
    const found = pipelines.find((each) => each.id === id);
    if (found) return found;
    const known = pipelines.map((each) => each.id).join(', ');
    throw new WeirError('PIPELINE_UNKNOWN', `no pipeline "${id}"; there are ${known}`);
  }

  #only(): string {
    const all = this.#options.state.desired.spec.pipelines.map(({ id }) => id);
    if (all.length === 1) return all[0] as string;
    throw new WeirError('PIPELINE_UNKNOWN', `there are several pipelines: ${all.join(', ')}`, {
      remedy: 'say which one the stream is for',
    });
  }

  /** Throws SPEC_INVALID. */
  #parse(stream: unknown): StreamSpec {
    const { mediaRoot } = this.#options.state.desired.spec;
    return parseStream(stream, mediaRoot === undefined ? {} : { mediaRoot });
  }

  #known(id: string): DesiredStream {
    const { state } = this.#options;
    const entry = state.find(id);
    if (entry) return entry;
    const known = [...state.streams()].map((stream) => stream.id).join(', ') || 'none';
    throw new WeirError('STREAM_UNKNOWN', `no stream "${id}"; there are ${known}`);
  }

  #view(id: string): StreamView {
    return this.#viewOf(this.#known(id));
  }

  #find(id: string): StreamView | undefined {
    const found = this.#options.state.find(id);
    return found && this.#viewOf(found);
  }

  #views(): StreamView[] {
    return [...this.#options.state.streams()].map((stream) => this.#viewOf(stream));
  }

  #viewOf(stream: DesiredStream): StreamView {
    const { state, pipelines } = this.#options;
    const pipeline = this.#home(stream.pipeline);
    const row = pipelines.find(stream.pipeline)?.row(stream.id);
    return streamView({ ...stream, pipeline, quarantine: state.quarantine[stream.id], row });
  }

  #home(id: string): ViewInput['pipeline'] {
    return this.#options.pipelines.find(id)?.view() ?? this.#coming(id);
  }

  /** One that is desired and not there yet. */
  #coming(id: string): ViewInput['pipeline'] {
    return { id, state: 'starting', since: this.#startedAt };
  }

  #pipelineView(id: string): PipelineView {
    const streams = this.#views().filter((stream) => stream.pipeline === id);
    return { ...this.#options.pipelines.get(id).view(), live: live(streams) };
  }

  /** Every attempt to change something is written down, with what became of it. */
  async #recorded<T extends object>(
    actor: Actor,
    operation: string,
    about: Pick<OperationRecord, 'stream' | 'pipeline'>,
    act: () => Promise<T>,
  ): Promise<T> {
    const { operations, state } = this.#options;
    const on = Object.fromEntries(Object.entries(about).map(([key, id]) => [key, id.slice(0, MAX_ID)]));
    const note = (result: 'ok' | ErrorCode, more: Partial<OperationRecord> = {}) =>
      operations.add({ time: new Date().toISOString(), actor, operation, ...on, result, ...more });
    try {
      const answer = await act();
      const changed = 'changed' in answer ? { changed: answer.changed as boolean } : {};
      note('ok', { ...changed, generation: state.generation });
      return answer;
    } catch (error) {
      note(error instanceof WeirError ? error.code : 'INTERNAL');
      throw error;
    }
  }
}

function live(streams: readonly StreamView[]): number {
  return streams.filter(({ state }) => state === 'live').length;
}

function stepsOf({ before, after }: Transition): PlanStep[] {
  return planSteps(before.desired.spec, after.desired.spec);
}

function refuseRemote({ before, after }: Transition): void {
  const keys = remoteRefusals(before.desired.spec, after.desired.spec);
  if (keys.length === 0) return;
  throw new WeirError('FORBIDDEN', `${keys.join(', ')}: may not be changed over the network`, {
    remedy: 'apply it on the appliance itself: weir apply uses its socket',
  });
}

function elsewhere(id: string, pipeline: string): WeirError {
  return new WeirError('STREAM_EXISTS', `stream "${id}" is there already, in pipeline "${pipeline}"`, {
    remedy: 'remove it there first, or choose another id',
  });
}

function exists(id: string): WeirError {
  return new WeirError('STREAM_EXISTS', `stream "${id}" is there already, with another description`, {
    remedy: 'update it, or choose another id',
  });
}

function full(pipeline: string, slots: number): WeirError {
  return new WeirError('SLOTS_FULL', `all ${slots} slots of pipeline "${pipeline}" are taken`, {
    remedy: 'remove a stream, or raise "slots" in the spec and apply it',
  });
}
