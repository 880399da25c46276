/** Speaks for streams whose pipeline is down or that are in quarantine: no worker does. */
import { isDeepStrictEqual } from 'node:util';
import type { Emit, Happening } from '../sinks/events/event-sink.js';
import type { StatusSink } from '../sinks/status-sink.js';
import type { DownMessage } from '../worker/status.js';
import type { Quarantine } from './state/saved-state.js';
import type { PipelineView } from './views.js';

/** Of one stream, as it is now. */
export interface Condition {
  /** Undefined: the stream is not desired any more. */
  readonly pipeline?: Pick<PipelineView, 'id' | 'state' | 'since' | 'lastEnd' | 'nextStartAt'> | undefined;
  readonly quarantine?: Quarantine | undefined;
}

/** A pipeline that starts says nothing new: its streams are told by its worker soon. */
const SILENT: ReadonlySet<PipelineView['state']> = new Set(['starting', 'stopping']);

export class DownStatus {
  readonly #sink: Pick<StatusSink, 'set' | 'end' | 'drop'>;
  readonly #emit: Emit;
  /** What was said last, of those that are down. */
  readonly #said = new Map<string, DownMessage>();

  constructor(sink: Pick<StatusSink, 'set' | 'end' | 'drop'>, emit: Emit) {
    this.#sink = sink;
    this.#emit = emit;
  }

  look(stream: string, { pipeline, quarantine }: Condition): void {
    if (!pipeline) return this.#gone(stream);
    if (!quarantine && SILENT.has(pipeline.state)) return;
    if (!quarantine && pipeline.state === 'playing') return this.#forget(stream);
    const message = quarantine ? quarantined(stream, quarantine) : down(stream, pipeline);
    const before = this.#said.get(stream);
    if (isDeepStrictEqual(before, message)) return;
    // Another attempt at the same is no news.
    if (before?.cause !== message.cause) this.#emit(eventOf(message));
    this.#said.set(stream, message);
    this.#sink.set(stream, () => message);
  }

  #gone(stream: string): void {
    if (!this.#said.delete(stream)) return;
    this.#sink.end(stream, () => ({ ...still(stream), state: 'stopped', since: new Date().toISOString() }));
  }

  #forget(stream: string): void {
    if (this.#said.delete(stream)) this.#sink.drop(stream);
  }
}

function eventOf({ stream, cause, message = '', retryAt }: DownMessage): Happening {
  const kind = cause === 'quarantine' ? 'quarantine' : 'lost';
  const data = { cause, ...(retryAt !== undefined && { retryAt }) };
  return { stream, kind, time: Date.now(), epoch: 0, message, data };
}

function quarantined(stream: string, { since, reason }: Quarantine): DownMessage {
  return { ...still(stream), state: 'failed', since, cause: 'quarantine', message: reason };
}

function down(stream: string, pipeline: NonNullable<Condition['pipeline']>): DownMessage {
  const { id, state, since, lastEnd, nextStartAt } = pipeline;
  return {
    ...still(stream),
    ...{ state: state === 'failed' ? 'failed' : 'waiting', since, cause: 'pipeline' },
    message: `pipeline "${id}": ${lastEnd?.message ?? state}`,
    ...(nextStartAt !== undefined && { retryAt: nextStartAt }),
  };
}

function still(stream: string) {
  const counts = { troubles: [], losses: {}, incidents: {} };
  return { schema: 'weir.status.v1', stream, epoch: 0, attempt: 0, ...counts } as const;
}
