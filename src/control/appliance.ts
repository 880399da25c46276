/** What the operations need of the appliance. The supervisor is one; tests put a fake here. */
import type { AuditView } from '../audit/audit.js';
import type { SnapshotOptions } from '../native/pipeline.js';
import type { AuditQuery } from '../supervisor/auditor.js';
import type {
  Actor,
  ApplianceView,
  LogLine,
  OperationRecord,
  PipelineView,
  PlanView,
  StreamChangeView,
  StreamView,
} from '../supervisor/views.js';

export interface WaitOptions {
  /** Until then the call waits for the stream to be live or failed; it answers either way. */
  readonly waitMs?: number;
}

export interface ApplyOptions {
  /** Only plan. */
  readonly dryRun?: boolean;
  /** Keep what was added, changed and removed at run time. */
  readonly keep?: boolean;
  /** Asked for over TCP or NATS: keys that widen what the appliance reaches, reads or loads must stay as they are. */
  readonly remote?: boolean;
}

export interface LogQuery {
  /** Lines after this number. Default: the last `lines`. */
  readonly after?: number;
  readonly lines: number;
  /** Waits so long for the first line. */
  readonly waitMs?: number;
  readonly pipeline?: string;
  readonly stream?: string;
  readonly level?: string;
}

/** Everything rejects with WeirError. Streams are plain objects as in weir.yaml. */
export interface ControlledAppliance {
  status(): Promise<ApplianceView>;
  streams(): Promise<readonly StreamView[]>;
  /** STREAM_UNKNOWN. */
  stream(id: string, options?: WaitOptions): Promise<StreamView>;
  /** SPEC_INVALID, STREAM_EXISTS, SLOTS_FULL, PIPELINE_UNKNOWN, STATE_UNWRITABLE. */
  add(actor: Actor, stream: unknown, pipeline?: string, options?: WaitOptions): Promise<StreamChangeView>;
  /** A JSON merge patch (RFC 7396) on the stream's description. STREAM_UNKNOWN too. */
  update(actor: Actor, id: string, changes: unknown, options?: WaitOptions): Promise<StreamChangeView>;
  /** Of a stream that is not there: changes nothing. */
  remove(actor: Actor, id: string): Promise<StreamChangeView>;
  /** Connects anew at once; ends a quarantine. */
  restart(actor: Actor, id: string, options?: WaitOptions): Promise<StreamChangeView>;
  /** JPEG. STREAM_UNKNOWN, NO_PICTURE, TIMEOUT, PIPELINE_FAILED. */
  snapshot(id: string, options?: SnapshotOptions): Promise<Uint8Array>;
  pipelines(): Promise<readonly PipelineView[]>;
  /** Replaces the worker. Resolves when the new one plays. PIPELINE_UNKNOWN. */
  restartPipeline(actor: Actor, id: string): Promise<PipelineView>;
  /** `spec`: a whole weir.yaml as JSON. All of it or nothing. */
  apply(actor: Actor, spec: unknown, options?: ApplyOptions): Promise<PlanView>;
  /** The pipeline's graph as text. */
  graph(pipeline: string, format: 'dot' | 'mermaid'): Promise<string>;
  logs(query: LogQuery): Promise<{ readonly lines: readonly LogLine[]; readonly next: number }>;
  operations(lines: number): Promise<readonly OperationRecord[]>;
  /** What was counted of streams within a window, and whether it adds up. STREAM_UNKNOWN. */
  audit(query: AuditQuery): Promise<AuditView>;
}
