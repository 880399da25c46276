/** The control API from outside: a method per operation. */
import { ERRORS, type ErrorCode, WeirError } from '../spec/error.js';
import type { SnapshotOptions } from '../native/pipeline.js';
import type { AuditView } from '../audit/audit.js';
import type { AuditQuery } from '../supervisor/auditor.js';
import type { LogPage } from '../supervisor/log-hub.js';
import type {
  ApplianceView,
  OperationRecord,
  PipelineView,
  PlanView,
  StreamChangeView,
  StreamView,
} from '../supervisor/views.js';
import type { ApplyOptions, LogQuery, WaitOptions } from './appliance.js';
import type { CallName, InputOf, OutputOf } from './calls.js';
import { type Address, type Answer, Exchange } from './exchange.js';
import type { Operation } from './operation.js';
import { OPERATIONS } from './operations.js';

export interface CallOptions {
  /** Ends the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export type ControlClientOptions = Address & {
  /** How long an answer may take beyond what the call itself waits for; default: that of the operation. */
  readonly deadlineMs?: number;
};

const DEADLINE_MS = 30_000;
/** The appliance keeps to the deadline of an operation and says so: its word comes first. */
const GRACE_MS = 5_000;

/** What proxies say when nobody is behind them. */
const BAD_GATEWAY = new Set([502, 503, 504]);

/** Rejects with WeirError: those of the operations, and NOT_RUNNING, FORBIDDEN, TIMEOUT. */
export class ControlClient implements Disposable {
  /** Over TCP, maybe from another machine. */
  readonly remote: boolean;
  readonly #exchange: Exchange;
  readonly #deadlineMs: number | undefined;

  /** Connects with the first call. Throws USAGE for a malformed URL. */
  constructor(options: ControlClientOptions) {
    this.remote = 'url' in options;
    this.#exchange = new Exchange(options);
    this.#deadlineMs = options.deadlineMs;
  }

  /** The socket or URL. */
  get name(): string {
    return this.#exchange.name;
  }

  async call<N extends CallName>(
    name: N,
    input: InputOf<N>,
    { signal }: CallOptions = {},
  ): Promise<OutputOf<N>> {
    const operation = find(name);
    const { path, body } = compose(operation, input);
    const own = this.#deadlineMs ?? (operation.deadlineMs ?? DEADLINE_MS) + GRACE_MS;
    const deadlineMs = own + patience(input as WaitOptions);
    const answer = await this.#exchange.send({ method: operation.method, path, body, deadlineMs, signal });
    return this.#read(operation, answer) as OutputOf<N>;
  }

  status(options?: CallOptions): Promise<ApplianceView> {
    return this.call('appliance.status', {}, options);
  }

  async streams(options?: CallOptions): Promise<readonly StreamView[]> {
    return (await this.call('streams.list', {}, options)).streams;
  }

  stream(id: string, wait: WaitOptions = {}, options?: CallOptions): Promise<StreamView> {
    return this.call('streams.get', { id, ...wait }, options);
  }

  /** As under `streams` in weir.yaml. `pipeline`: may be left out where there is only one. */
  add(stream: object, pipeline?: string, wait: WaitOptions = {}): Promise<StreamChangeView> {
    return this.call('streams.add', { stream, ...(pipeline !== undefined && { pipeline }), ...wait });
  }

  /** A JSON merge patch (RFC 7396). */
  update(id: string, changes: object, wait: WaitOptions = {}): Promise<StreamChangeView> {
    return this.call('streams.update', { id, changes, ...wait });
  }

  remove(id: string): Promise<StreamChangeView> {
    return this.call('streams.remove', { id });
  }

  restart(id: string, wait: WaitOptions = {}): Promise<StreamChangeView> {
    return this.call('streams.restart', { id, ...wait });
  }

  /** JPEG. */
  async snapshot(id: string, query: SnapshotOptions = {}): Promise<Buffer> {
    return (await this.call('streams.snapshot', { id, ...query })).jpeg;
  }

  async pipelines(): Promise<readonly PipelineView[]> {
    return (await this.call('pipelines.list', {})).pipelines;
  }

  restartPipeline(id: string): Promise<PipelineView> {
    return this.call('pipelines.restart', { id });
  }

  async graph(id: string, format: 'dot' | 'mermaid' = 'dot'): Promise<string> {
    return (await this.call('pipelines.graph', { id, format })).text;
  }

  /** A whole weir.yaml as JSON. */
  apply(spec: object, options: ApplyOptions = {}): Promise<PlanView> {
    return this.call('apply', { spec, ...options });
  }

  logs(query: Partial<LogQuery> = {}, options?: CallOptions): Promise<LogPage> {
    return this.call('logs', query, options);
  }

  /** The latest first. */
  async operations(lines?: number): Promise<readonly OperationRecord[]> {
    return (await this.call('operations.list', lines === undefined ? {} : { lines })).operations;
  }

  audit(query: AuditQuery = {}, options?: CallOptions): Promise<AuditView> {
    return this.call('audit', query, options);
  }

  /** Calls under way fail. */
  close(): void {
    this.#exchange.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #read(operation: Operation, answer: Answer): unknown {
    if (answer.status >= 400) throw this.#failure(answer);
    const { binary } = operation;
    if (answer.status === 200 && binary?.type === answer.type) return { [binary.field]: answer.body };
    const value = binary ? undefined : parse(answer);
    if (answer.status === 200 && value) return value;
    throw this.#strange(answer, binary?.type ?? 'JSON');
  }

  #failure(answer: Answer): WeirError {
    const { code, message, remedy } = parse(answer) ?? {};
    if (typeof code !== 'string' || typeof message !== 'string') return this.#strange(answer, 'JSON');
    const options = typeof remedy === 'string' ? { remedy } : {};
    return isErrorCode(code)
      ? new WeirError(code, message, options)
      : new WeirError('INTERNAL', `${message} (${code})`, options);
  }

  /** Something else answers, or a proxy in between. */
  #strange({ status, type }: Answer, expected: string): WeirError {
    if (BAD_GATEWAY.has(status))
      return new WeirError('NOT_RUNNING', `${this.name}: answered ${status}, which an appliance does not`, {
        remedy: 'start the appliance behind this proxy with weir up, or check where the proxy leads',
      });
    const what = `answered ${status} with ${type || 'nothing'}; expected ${expected} of an appliance`;
    return new WeirError('INTERNAL', `${this.name}: ${what}`, {
      remedy: 'check that this is the address of an appliance, of the same version as this program',
    });
  }
}

function find(name: CallName): Operation {
  const found = OPERATIONS.find((each) => each.name === name);
  if (!found) throw new WeirError('INTERNAL', `there is no operation "${name}"`);
  return found;
}

/** Fields of the path, then of the query or the body. */
function compose({ method, path }: Operation, input: object): { path: string; body?: string } {
  const rest = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
  const filled = path.replace(/\{(\w+)\}/g, (_all, field: string) => {
    const value = String(rest.get(field) ?? '');
    rest.delete(field);
    return encodeURIComponent(value);
  });
  if (method === 'GET' || method === 'DELETE') {
    const query = new URLSearchParams();
    for (const [key, value] of rest) query.set(key, String(value));
    return { path: `/v1${filled}${query.size > 0 ? `?${query}` : ''}` };
  }
  return { path: `/v1${filled}`, body: JSON.stringify(Object.fromEntries(rest)) };
}

/** What the call itself waits for. */
function patience(input: WaitOptions & SnapshotOptions): number {
  return (input.waitMs ?? 0) + (input.timeoutMs ?? 0);
}

function parse({ type, body }: Answer): Record<string, unknown> | undefined {
  if (!/^application\/json\b/.test(type)) return undefined;
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}
