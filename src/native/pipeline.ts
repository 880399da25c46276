/** One running GStreamer pipeline, as the rest of Weir sees it. */
import type { Graph } from '../graph/types.js';
import { ERRORS, type ErrorCode, WeirError } from '../spec/error.js';
import { Counters } from './counters.js';
import { readLatencies } from './latencies.js';
import { loadBinding } from './loader.js';
import type {
  NativeBatch,
  NativeBinding,
  NativePipeline,
  PipelineHandlers,
  Selection,
  SourceParams,
} from './types.js';

export interface SnapshotOptions {
  /** Draw boxes and labels. */
  readonly annotated?: boolean;
  readonly timeoutMs?: number;
}

export class Pipeline implements AsyncDisposable {
  readonly #native: NativePipeline;
  readonly #slots: number;
  #counters: Counters | undefined;
  #closing: Promise<void> | undefined;

  private constructor(native: NativePipeline, slots: number) {
    this.#native = native;
    this.#slots = slots;
  }

  /** Instantiates the graph; nothing runs before `start()`. Throws ELEMENT_MISSING or PIPELINE_FAILED. */
  static open(graph: Graph, handlers: PipelineHandlers, binding: NativeBinding = loadBinding()): Pipeline {
    try {
      return new Pipeline(new binding.Pipeline(graph, handlers), graph.slots.count);
    } catch (cause) {
      throw nativeError(cause);
    }
  }

  start(): Promise<void> {
    return translated(this.#native.start());
  }

  addSource(slot: number, source: SourceParams): Promise<void> {
    return translated(this.#native.addSource(slot, source));
  }

  /** Which of the source's frames are analysed from now on, without a new connection. */
  select(slot: number, selection: Selection): Promise<void> {
    return translated(this.#native.select(slot, selection));
  }

  removeSource(slot: number): Promise<void> {
    return translated(this.#native.removeSource(slot));
  }

  /** The slot's next picture as JPEG. Rejects with TIMEOUT when none comes. */
  snapshot(slot: number, options: SnapshotOptions = {}): Promise<Uint8Array> {
    const { annotated = true, timeoutMs = 5_000 } = options;
    return translated(this.#native.snapshot(slot, { annotated, timeoutMs }));
  }

  takeBatch(): NativeBatch | undefined {
    return this.#native.takeBatch();
  }

  releaseBatch(id: number): void {
    this.#native.releaseBatch(id);
  }

  /** The same view each time, refreshed. */
  counters(): Counters {
    const array = this.#native.counters();
    if (this.#counters?.array !== array) this.#counters = new Counters(array, this.#slots);
    return this.#counters;
  }

  /** As counted so far. */
  latencies(): ReturnType<typeof readLatencies> {
    return readLatencies(this.#native.latencies());
  }

  /** Safe twice and from any state. No handler is called after it settles. */
  close(): Promise<void> {
    this.#closing ??= translated(this.#native.stop());
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function translated<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (cause) {
    throw nativeError(cause);
  }
}

/** The addon's `code` where our catalogue knows it, PIPELINE_FAILED otherwise. */
function nativeError(cause: unknown): WeirError {
  if (cause instanceof WeirError) return cause;
  const { code, message } = cause as { code?: unknown; message?: unknown };
  const known = typeof code === 'string' && Object.hasOwn(ERRORS, code);
  const text = typeof message === 'string' ? message : String(cause);
  return new WeirError(known ? (code as ErrorCode) : 'PIPELINE_FAILED', text, {
    cause,
    ...(code === 'ELEMENT_MISSING' && { remedy: 'run weir doctor: it names the package that is missing' }),
  });
}
