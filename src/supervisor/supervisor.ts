/** The appliance: what it is meant to be, the pipelines that make it so, and every operation on it. */
import { graph, toDot } from '../graph/index.js';
import { toMermaid } from '../graph/mermaid.js';
import type { AuditView } from '../audit/audit.js';
import type { Snapshot } from '../metrics/snapshot.js';
import type { SnapshotOptions } from '../native/pipeline.js';
import { record } from '../spec/fault.js';
import { locations, provider } from '../worker/plan.js';
import type { WorkerStatus } from '../worker/status.js';
import { Admission } from './admission.js';
import { Auditor, type AuditQuery } from './auditor.js';
import type { DesiredState, Transition } from './desired-state.js';
import type { Condition } from './down-status.js';
import type { LogFilter, LogHub, LogPage } from './log-hub.js';
import { News } from './news.js';
import type { OperationsLog } from './operations-log.js';
import { Overview } from './overview.js';
import type { Pipelines } from './pipelines.js';
import { type ApplyOptions, SpecChange } from './spec-change.js';
import { findStream } from './state/base.js';
import type { JsonObject } from './state/json.js';
import { patchStream } from './state/merge-patch.js';
import {
  type Actor,
  type ApplianceView,
  type OperationRecord,
  type PipelineView,
  type PlanView,
  SETTLED,
  type StreamChangeView,
  type StreamView,
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

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #overview: Overview;
  readonly #admission: Admission;
  readonly #specs: SpecChange;
  readonly #news = new News();
  readonly #auditor: Auditor;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#overview = new Overview(options);
    this.#admission = new Admission(options.state);
    this.#specs = new SpecChange(options);
    this.#auditor = new Auditor(() => this.workers());
  }

  /** Something about a stream has changed: who waits for it looks again. */
  heard(stream: string): void {
    const left = this.#options.pipelines.rowOfLeft(stream);
    if (left) this.#auditor.left(left);
    this.#news.tell(stream);
  }

  /** Of a stream's surroundings, for who speaks for it. */
  condition(id: string): Condition {
    return this.#overview.condition(id);
  }

  async status(): Promise<ApplianceView> {
    await this.workers();
    return this.#overview.appliance();
  }

  /** For metrics. */
  numbers(): Promise<Snapshot> {
    return this.#overview.numbers();
  }

  /** What the workers say, whole. */
  workers(): Promise<WorkerStatus[]> {
    return this.#overview.workers();
  }

  /** Looks at the counts of all streams now and then: what an audit of a window is made of. */
  watchCounts(): Disposable {
    return this.#auditor.start();
  }

  /** STREAM_UNKNOWN of one that neither is there nor was within the hour. */
  async audit(query: AuditQuery): Promise<AuditView> {
    const view = await this.#auditor.audit(query);
    if (query.stream !== undefined && view.streams.length === 0) this.#overview.known(query.stream);
    return view;
  }

  async streams(): Promise<readonly StreamView[]> {
    await this.workers();
    return this.#overview.streams();
  }

  async stream(id: string, { waitMs = 0 }: Wait = {}): Promise<StreamView> {
    if (waitMs > 0) await this.#news.wait(id, waitMs, () => this.#arrived(this.#overview.stream(id)));
    await this.workers();
    return this.#overview.stream(id);
  }

  add(actor: Actor, stream: unknown, pipeline?: string, wait?: Wait): Promise<StreamChangeView> {
    const { id } = record(stream);
    return this.#recorded(actor, 'streams.add', { stream: String(id) }, async () => {
      const spec = this.#admission.parse(stream);
      const transition = await this.#options.state.put(spec.id, () =>
        this.#admission.addition(spec, stream as JsonObject, pipeline),
      );
      return this.#settle(transition, spec.id, wait);
    });
  }

  /** As `update`, by a whole description. */
  replace(actor: Actor, stream: unknown): Promise<StreamChangeView> {
    const id = String(record(stream).id);
    return this.#recorded(actor, 'streams.update', { stream: id }, async () => {
      this.#admission.parse(stream);
      const replaced = () => ({ ...this.#overview.known(id), stream: stream as JsonObject });
      return this.#settle(await this.#options.state.put(id, replaced), id);
    });
  }

  update(actor: Actor, id: string, changes: unknown, wait?: Wait): Promise<StreamChangeView> {
    return this.#recorded(actor, 'streams.update', { stream: id }, async () => {
      const transition = await this.#options.state.put(id, () => {
        const entry = this.#overview.known(id);
        const stream = patchStream(entry.stream, changes);
        this.#admission.parse(stream);
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
      const view = change?.stream && this.#overview.of(dropped, change.stream);
      return { changed: true, pending, ...(view && { stream: view }) };
    });
  }

  restart(actor: Actor, id: string, wait?: Wait): Promise<StreamChangeView> {
    return this.#recorded(actor, 'streams.restart', { stream: id }, async () => {
      const { state, pipelines } = this.#options;
      this.#overview.known(id);
      if (state.quarantine[id]) await state.releaseStream(id);
      const { pipeline } = this.#overview.known(id);
      return this.#answer(id, true, await pipelines.reconnect(pipeline, id), wait);
    });
  }

  async snapshot(id: string, options: SnapshotOptions = {}): Promise<Uint8Array> {
    const { pipeline } = this.#overview.known(id);
    return this.#options.pipelines.get(pipeline).snapshot(id, options);
  }

  async pipelines(): Promise<readonly PipelineView[]> {
    await this.workers();
    return this.#overview.pipelines();
  }

  restartPipeline(actor: Actor, id: string): Promise<PipelineView> {
    return this.#recorded(actor, 'pipelines.restart', { pipeline: id }, async () => {
      const failure = await this.#options.pipelines.restart(id, `${actor.name} asked for it`);
      if (failure) throw failure;
      return this.#overview.pipeline(id);
    });
  }

  /** A spec that cannot be carried out leaves everything as it was. */
  async apply(actor: Actor, spec: unknown, options: ApplyOptions = {}): Promise<PlanView> {
    if (options.dryRun) return this.#specs.preview(spec, options);
    return this.#recorded(actor, 'apply', {}, () => this.#specs.apply(spec, options));
  }

  /** Reads the spec file anew, as after SIGHUP. */
  reload(actor: Actor, note: (text: string) => void): Promise<PlanView> {
    return this.#recorded(actor, 'reload', {}, () => this.#specs.reload(note));
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

  /**
   * It killed its worker again and again: it does not run until somebody says so. Rejects where that could not be
   * written, and then holds until the appliance ends.
   */
  async quarantine(id: string): Promise<void> {
    const reason = 'its data ended the process of its pipeline again and again';
    const { state, onStream } = this.#options;
    try {
      await state.quarantineStream(id, { since: new Date().toISOString(), reason });
    } finally {
      onStream(id);
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
    if (waitMs > 0) await this.#news.wait(id, waitMs, () => this.#arrived(this.#overview.find(id)));
    const stream = this.#overview.find(id);
    return { changed, pending, ...(stream && { stream }) };
  }

  /** Whether there is nothing to wait for any more. */
  #arrived(view: StreamView | undefined): true | undefined {
    return !view || SETTLED.has(view.state) || undefined;
  }

  /** Every attempt to change something is written down, with what became of it. */
  #recorded<T extends object>(
    actor: Actor,
    operation: string,
    about: Pick<OperationRecord, 'stream' | 'pipeline'>,
    act: () => Promise<T>,
  ): Promise<T> {
    const { operations, state } = this.#options;
    return operations.record({ actor, operation, ...about }, () => state.generation, act);
  }
}
