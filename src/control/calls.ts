/** What each operation takes and answers, in types: `OPERATIONS` says the same to the machine. */
import type { AuditView } from '../audit/audit.js';
import type { SnapshotOptions } from '../native/pipeline.js';
import type { LogPage } from '../supervisor/log-hub.js';
import type { AuditQuery } from '../supervisor/auditor.js';
import type {
  ApplianceView,
  OperationRecord,
  PipelineView,
  PlanView,
  StreamChangeView,
  StreamView,
} from '../supervisor/views.js';
import type { ApplyOptions, LogQuery, WaitOptions } from './appliance.js';

type Nothing = Readonly<Record<string, never>>;

interface Id {
  readonly id: string;
}

/** Streams and specs are plain objects as in weir.yaml. */
interface Inputs {
  readonly 'appliance.status': Nothing;
  readonly 'streams.list': Nothing;
  readonly 'streams.get': Id & WaitOptions;
  readonly 'streams.add': { readonly stream: object; readonly pipeline?: string } & WaitOptions;
  readonly 'streams.update': Id & { readonly changes: object } & WaitOptions;
  readonly 'streams.remove': Id;
  readonly 'streams.restart': Id & WaitOptions;
  readonly 'streams.snapshot': Id & SnapshotOptions;
  readonly 'pipelines.list': Nothing;
  readonly 'pipelines.restart': Id;
  readonly 'pipelines.graph': Id & { readonly format?: 'dot' | 'mermaid' };
  readonly apply: { readonly spec: object } & ApplyOptions;
  readonly logs: Partial<LogQuery>;
  readonly 'operations.list': { readonly lines?: number };
  readonly audit: AuditQuery;
}

interface Outputs {
  readonly 'appliance.status': ApplianceView;
  readonly 'streams.list': { readonly streams: readonly StreamView[] };
  readonly 'streams.get': StreamView;
  readonly 'streams.add': StreamChangeView;
  readonly 'streams.update': StreamChangeView;
  readonly 'streams.remove': StreamChangeView;
  readonly 'streams.restart': StreamChangeView;
  /** The picture as it came. */
  readonly 'streams.snapshot': { readonly jpeg: Buffer };
  readonly 'pipelines.list': { readonly pipelines: readonly PipelineView[] };
  readonly 'pipelines.restart': PipelineView;
  readonly 'pipelines.graph': { readonly text: string };
  readonly apply: PlanView;
  readonly logs: LogPage;
  readonly 'operations.list': { readonly operations: readonly OperationRecord[] };
  readonly audit: AuditView;
}

export type CallName = keyof Inputs & keyof Outputs;
export type InputOf<N extends CallName> = Inputs[N];
export type OutputOf<N extends CallName> = Outputs[N];
