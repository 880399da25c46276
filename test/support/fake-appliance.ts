/** An appliance without processes: what is declared plays at once, unless a test says otherwise. */
import type {
  ApplyOptions,
  ControlledAppliance,
  LogQuery,
  WaitOptions,
} from '../../src/control/appliance.js';
import type { AuditView, StreamAudit } from '../../src/audit/audit.js';
import type { SnapshotOptions } from '../../src/native/pipeline.js';
import { formatProblems, parseSpec, parseStream, redactUri, WeirError } from '../../src/spec/index.js';
import type { AuditQuery } from '../../src/supervisor/auditor.js';
import {
  type Actor,
  type ApplianceView,
  type LogLine,
  type OperationRecord,
  type PipelineView,
  type PlanStep,
  type PlanView,
  type StreamChangeView,
  type StreamView,
  WORKER_ENDS,
  type WorkerEnd,
} from '../../src/supervisor/views.js';

type Declared = Readonly<Record<string, unknown>> & { readonly id: string };
export type FakeState = 'live' | 'connecting' | 'failed';

interface FakeStream {
  readonly pipeline: string;
  readonly spec: Declared;
  readonly origin: StreamView['origin'];
  state: FakeState;
}

export interface FakeApplianceOptions {
  /** By id: slots and streams. Default: `main` with 8 slots, and the stream `cam-1`. */
  readonly pipelines?: Readonly<Record<string, { slots?: number; streams?: readonly Declared[] }>>;
  /** Default: /srv/media. */
  readonly mediaRoot?: string;
  /** Streams are shown without the paths of their addresses, as the supervisor does it. */
  readonly hidePaths?: boolean;
}

export const JPEG = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0xff, 0xd9]);
export const SINCE = '2026-11-26T12:00:00.000Z';

export class FakeAppliance implements ControlledAppliance {
  /** Every call, as `add cam-2`, in order. */
  readonly calls: string[] = [];
  /** Set to make every call wait for it. */
  pause: (call: string) => Promise<void> = () => Promise.resolve();
  /** Set to make calls reject. */
  fault: (call: string) => Error | undefined = () => undefined;
  /** What a stream does once it is added, changed or restarted. */
  arrival: (id: string) => FakeState = () => 'live';
  picture = JPEG;
  readonly applied: { readonly spec: unknown; readonly options: ApplyOptions }[] = [];
  #generation = 1;
  #lines: LogLine[] = [];
  readonly #operations: OperationRecord[] = [];
  readonly #pipelines = new Map<string, { slots: number; restarts: number }>();
  readonly #streams = new Map<string, FakeStream>();
  readonly #waiting = new Set<() => void>();
  readonly #mediaRoot: string;
  readonly #hidePaths: boolean;

  constructor({ pipelines, mediaRoot = '/srv/media', hidePaths = false }: FakeApplianceOptions = {}) {
    this.#mediaRoot = mediaRoot;
    this.#hidePaths = hidePaths;
    const usual = { main: { streams: [{ id: 'cam-1', uri: 'rtsp://192.0.2.1/1' }] } };
    for (const [id, { slots = 8, streams = [] }] of Object.entries(pipelines ?? usual)) {
      this.#pipelines.set(id, { slots, restarts: 0 });
      for (const spec of streams) this.#put(id, spec, 'spec');
    }
  }

  /** The camera does something by itself. */
  enter(id: string, state: FakeState): void {
    this.#known(id).state = state;
    for (const wake of [...this.#waiting]) wake();
  }

  log(message: string, more: Partial<LogLine> = {}): void {
    const seq = (this.#lines.at(-1)?.seq ?? 0) + 1;
    this.#lines = [...this.#lines, { seq, time: SINCE, level: 'info', message, ...more }].slice(-1000);
    for (const wake of [...this.#waiting]) wake();
  }

  async status(): Promise<ApplianceView> {
    await this.#begin('status');
    const states = [...this.#streams.values()].map(({ state }) => state);
    const count = (state: FakeState) => states.filter((each) => each === state).length;
    return {
      appliance: 'gate',
      version: '0.1.0',
      generation: this.#generation,
      startedAt: SINCE,
      spec: { file: 'weir.yaml', applied: true },
      pipelines: this.#pipelineViews(),
      streams: { total: states.length, live: count('live'), failed: count('failed') },
    };
  }

  async streams(): Promise<readonly StreamView[]> {
    await this.#begin('streams');
    return [...this.#streams.keys()].sort().map((id) => this.#view(id));
  }

  async stream(id: string, options: WaitOptions = {}): Promise<StreamView> {
    await this.#begin(`stream ${id}`);
    this.#known(id);
    await this.#settled(id, options);
    return this.#view(id);
  }

  async add(
    actor: Actor,
    stream: unknown,
    pipeline?: string,
    options: WaitOptions = {},
  ): Promise<StreamChangeView> {
    const { id } = stream as Declared;
    return this.#change(actor, 'streams.add', id, options, () => {
      parseStream(stream, { mediaRoot: this.#mediaRoot });
      const home = this.#home(pipeline);
      const present = this.#streams.get(id);
      if (present) return this.#sameOrExists(present, stream as Declared);
      this.#freeSlot(home);
      this.#put(home, stream as Declared, 'added');
      return true;
    });
  }

  async update(
    actor: Actor,
    id: string,
    changes: unknown,
    options: WaitOptions = {},
  ): Promise<StreamChangeView> {
    return this.#change(actor, 'streams.update', id, options, () => {
      const { spec, pipeline } = this.#known(id);
      const next = merged(spec, changes) as Declared;
      if (next.id !== id)
        throw new WeirError('SPEC_INVALID', 'stream: id: a stream cannot be renamed', {
          remedy: 'remove it and add another',
        });
      parseStream(next, { mediaRoot: this.#mediaRoot });
      if (same(next, spec)) return false;
      this.#put(pipeline, next, 'changed');
      return true;
    });
  }

  async remove(actor: Actor, id: string): Promise<StreamChangeView> {
    return this.#change(actor, 'streams.remove', id, {}, () => this.#streams.delete(id));
  }

  async restart(actor: Actor, id: string, options: WaitOptions = {}): Promise<StreamChangeView> {
    return this.#change(actor, 'streams.restart', id, options, () => {
      this.#known(id).state = this.arrival(id);
      return true;
    });
  }

  async snapshot(id: string, options: SnapshotOptions = {}): Promise<Uint8Array> {
    await this.#begin(`snapshot ${id}${options.annotated === false ? ' plain' : ''}`);
    const { state } = this.#known(id);
    if (state !== 'live')
      throw new WeirError('NO_PICTURE', `stream "${id}" is ${state}`, { remedy: 'its state says why' });
    return this.picture;
  }

  async pipelines(): Promise<readonly PipelineView[]> {
    await this.#begin('pipelines');
    return this.#pipelineViews();
  }

  async restartPipeline(actor: Actor, id: string): Promise<PipelineView> {
    await this.#begin(`restartPipeline ${id}`);
    const pipeline = this.#pipelines.get(this.#home(id));
    if (pipeline) pipeline.restarts++;
    this.#record(actor, { operation: 'pipelines.restart', pipeline: id, changed: true });
    return this.#pipelineView(id);
  }

  async apply(actor: Actor, spec: unknown, options: ApplyOptions = {}): Promise<PlanView> {
    await this.#begin('apply');
    const read = parseSpec(JSON.stringify(spec), 'spec');
    if (!read.ok) throw new WeirError('SPEC_INVALID', formatProblems(read.problems));
    const declared = declaredStreams(spec);
    const steps = this.#plan(declared, options.keep === true);
    const applied = options.dryRun !== true && steps.length > 0;
    if (applied) this.#carryOut(steps, declared);
    if (applied) this.#record(actor, { operation: 'apply', changed: true });
    this.applied.push({ spec, options });
    return { steps, applied, generation: this.#generation };
  }

  async graph(pipeline: string, format: 'dot' | 'mermaid'): Promise<string> {
    await this.#begin(`graph ${pipeline}`);
    return format === 'dot' ? `digraph "${this.#home(pipeline)}" {}\n` : 'flowchart LR\n';
  }

  async logs(query: LogQuery): Promise<{ lines: readonly LogLine[]; next: number }> {
    await this.#begin('logs');
    const found = () => this.#matching(query);
    if (query.waitMs) await this.#until(() => found().length > 0, query.waitMs);
    const lines = found();
    return { lines, next: lines.at(-1)?.seq ?? query.after ?? this.#lines.at(-1)?.seq ?? 0 };
  }

  async operations(lines: number): Promise<readonly OperationRecord[]> {
    await this.#begin('operations');
    return [...this.#operations].reverse().slice(0, lines);
  }

  /** Of streams that have counted nothing. */
  async audit({ stream }: AuditQuery): Promise<AuditView> {
    await this.#begin('audit');
    if (stream !== undefined) this.#known(stream);
    const ids = stream === undefined ? [...this.#streams.keys()] : [stream];
    return { to: SINCE, agrees: true, streams: ids.map((id) => this.auditOf(id)) };
  }

  /** Set to make it answer otherwise. */
  auditOf: (id: string) => StreamAudit = (id) => ({ id, parts: [], unknown: [], agrees: true });

  async #begin(call: string): Promise<void> {
    this.calls.push(call);
    await this.pause(call);
    const fault = this.fault(call);
    if (fault) throw fault;
  }

  async #change(
    actor: Actor,
    operation: string,
    id: string,
    options: WaitOptions,
    act: () => boolean,
  ): Promise<StreamChangeView> {
    await this.#begin(`${operation.replace('streams.', '')} ${id}`);
    const changed = act();
    this.#record(actor, { operation, stream: id, changed });
    await this.#settled(id, options);
    return { changed, pending: false, ...(this.#streams.has(id) && { stream: this.#view(id) }) };
  }

  #record(
    actor: Actor,
    record: Pick<OperationRecord, 'operation' | 'stream' | 'pipeline' | 'changed'>,
  ): void {
    if (record.changed) this.#generation++;
    this.#operations.push({ time: SINCE, actor, ...record, result: 'ok', generation: this.#generation });
  }

  #put(pipeline: string, spec: Declared, origin: StreamView['origin']): void {
    this.#streams.set(spec.id, { pipeline, spec, origin, state: this.arrival(spec.id) });
  }

  #sameOrExists({ spec }: FakeStream, wanted: Declared): false {
    if (same(spec, wanted)) return false;
    throw new WeirError('STREAM_EXISTS', `stream "${wanted.id}" is there with another description`, {
      remedy: 'update it, or choose another name',
    });
  }

  #freeSlot(pipeline: string): void {
    const { slots = 0 } = this.#pipelines.get(pipeline) ?? {};
    const taken = [...this.#streams.values()].filter((each) => each.pipeline === pipeline).length;
    if (taken >= slots)
      throw new WeirError('SLOTS_FULL', `pipeline "${pipeline}": all ${slots} slots are taken`, {
        remedy: 'raise "slots" and apply, or remove a stream',
      });
  }

  #home(named: string | undefined): string {
    const all = [...this.#pipelines.keys()];
    if (named !== undefined && all.includes(named)) return named;
    if (named === undefined && all.length === 1) return all[0] ?? '';
    const seen = named === undefined ? 'none of several pipelines is named' : `no pipeline "${named}"`;
    throw new WeirError('PIPELINE_UNKNOWN', seen, { remedy: `name one of ${all.join(', ')}` });
  }

  #known(id: string): FakeStream {
    const stream = this.#streams.get(id);
    if (stream) return stream;
    throw new WeirError('STREAM_UNKNOWN', `no stream "${id}" is declared`, {
      remedy: `declared are: ${[...this.#streams.keys()].sort().join(', ') || 'none'}`,
    });
  }

  #view(id: string): StreamView {
    const { pipeline, spec: declared, origin, state } = this.#known(id);
    const spec = this.#hidePaths ? withoutPaths(declared) : declared;
    const live = state === 'live';
    return {
      ...{ id, pipeline, origin, state, since: SINCE, troubles: [], spec },
      ...(state === 'failed' && { cause: 'not-found' as const, message: '404 Not Found', retryAt: SINCE }),
      ...(state === 'connecting' && { phase: 'handshake' as const }),
      ...(live && { format: { codec: 'h264', width: 640, height: 360, fps: 15 } }),
      ...{ fps: live ? 15 : 0, inferencesPerSecond: live ? 5 : 0, latencyMs: live ? 90 : 0 },
      lastFrameAgeMs: live ? 30 : -1,
      counters: { frames: live ? 150 : 0 },
    };
  }

  #pipelineViews(): PipelineView[] {
    return [...this.#pipelines.keys()].map((id) => this.#pipelineView(id));
  }

  #pipelineView(id: string): PipelineView {
    const { slots = 0, restarts = 0 } = this.#pipelines.get(id) ?? {};
    const own = [...this.#streams.values()].filter(({ pipeline }) => pipeline === id);
    const none = Object.fromEntries(WORKER_ENDS.map((end) => [end, 0])) as Record<WorkerEnd, number>;
    return {
      ...{ id, state: 'playing', since: SINCE, pid: 4242, restarts: { ...none, restart: restarts } },
      ...{ slots, streams: own.length, live: own.filter(({ state }) => state === 'live').length },
      rssBytes: 200_000_000,
      nats: 'connected',
    };
  }

  #plan(declared: ReadonlyMap<string, Declared>, keep: boolean): PlanStep[] {
    const gone = [...this.#streams].filter(
      ([id, { origin }]) => !declared.has(id) && !(keep && origin === 'added'),
    );
    const steps = [...declared].flatMap(([id, spec]): PlanStep[] => {
      const present = this.#streams.get(id);
      if (!present) return [{ action: 'add', stream: id, keys: [], disturbs: [] }];
      if (same(present.spec, spec) || (keep && present.origin === 'changed')) return [];
      return [{ action: 'reconnect', stream: id, keys: differing(present.spec, spec), disturbs: [id] }];
    });
    const removals = gone.map(([id]): PlanStep => {
      return { action: 'remove', stream: id, keys: [], disturbs: [id] };
    });
    return [...removals, ...steps];
  }

  #carryOut(steps: readonly PlanStep[], declared: ReadonlyMap<string, Declared>): void {
    for (const { action, stream = '' } of steps) {
      const spec = declared.get(stream);
      if (action === 'remove' || !spec) this.#streams.delete(stream);
      else this.#put([...this.#pipelines.keys()][0] ?? '', spec, 'spec');
    }
  }

  #matching({ after, lines, pipeline, stream, level }: LogQuery): LogLine[] {
    const order = ['debug', 'info', 'warn', 'error'];
    const fits = this.#lines.filter(
      (line) =>
        line.seq > (after ?? 0) &&
        (pipeline === undefined || line.pipeline === pipeline) &&
        (stream === undefined || line.stream === stream) &&
        (level === undefined || order.indexOf(line.level) >= order.indexOf(level)),
    );
    return after === undefined ? fits.slice(-lines) : fits.slice(0, lines);
  }

  #settled(id: string, { waitMs = 0 }: WaitOptions): Promise<void> {
    return this.#until(() => this.#streams.get(id)?.state !== 'connecting', waitMs);
  }

  /** Or until the time is over. */
  async #until(done: () => boolean, ms: number): Promise<void> {
    if (done() || ms === 0) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      const look = () => void (done() && end());
      const timer = setTimeout(end, ms);
      this.#waiting.add(look);
    });
  }
}

function withoutPaths({ uri, ...rest }: Declared): Declared {
  const shown = (each: unknown) => (typeof each === 'string' ? redactUri(each) : each);
  const all = typeof uri === 'string' ? shown(uri) : mapped(uri as object, shown);
  return { ...rest, uri: all };
}

function mapped(map: object, change: (value: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}

function declaredStreams(spec: unknown): ReadonlyMap<string, Declared> {
  const { pipelines } = spec as { pipelines: readonly { streams?: readonly Declared[] }[] };
  return new Map(pipelines.flatMap(({ streams = [] }) => streams.map((each) => [each.id, each] as const)));
}

/** RFC 7396. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {};
  const next: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete next[key];
    else next[key] = merged(next[key], value);
  }
  return next;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}

function differing(a: Declared, b: Declared): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => !same(a[key], b[key])).sort();
}
