/** A binding without a pipeline: records calls, and the test plays the camera's part. */
import type { Graph } from '../../src/graph/types.js';
import { LATENCY_ROW, NATIVE_STAGES } from '../../src/native/latencies.js';
import {
  INDEX_STRIDE,
  type NativeBatch,
  type NativeBinding,
  type NativeEvent,
  type NativePipeline,
  PIPELINE_COUNTERS,
  type PipelineCounter,
  type PipelineHandlers,
  type Selection,
  SLOT_COUNTERS,
  type SlotCounter,
  type SourceParams,
} from '../../src/native/types.js';

export interface FakeMessage {
  readonly token: number;
  readonly text: string;
  readonly objects?: number;
  readonly ageUs?: number;
}

/** Of whatever source has the slot when the batch is made. */
export interface SlotMessage {
  readonly slot: number;
  readonly text: string;
  readonly objects?: number;
}

type Call = 'start' | 'addSource' | 'select' | 'removeSource' | 'snapshot' | 'stop';

export class FakePipeline implements NativePipeline {
  readonly sources = new Map<number, SourceParams>();
  readonly calls: string[] = [];
  readonly released: number[] = [];
  /** Set to make the next call of that name reject. */
  readonly failures = new Map<Call, Error>();
  stopped = false;
  readonly #counters: Float64Array;
  readonly #latencies = new Float64Array(NATIVE_STAGES.length * LATENCY_ROW);
  readonly #batches: NativeBatch[] = [];
  #nextBatch = 1;
  #watchers: (() => void)[] = [];

  constructor(
    readonly graph: Graph,
    readonly handlers: PipelineHandlers,
  ) {
    this.#counters = new Float64Array(graph.slots.count * SLOT_COUNTERS.length + PIPELINE_COUNTERS.length);
  }

  async start(): Promise<void> {
    this.#call('start');
  }

  async addSource(slot: number, source: SourceParams): Promise<void> {
    this.#call('addSource', slot);
    if (this.sources.has(slot)) throw new Error(`slot ${slot} is taken`);
    this.sources.set(slot, source);
  }

  async select(slot: number, selection: Selection): Promise<void> {
    this.#call('select', slot);
    const source = this.sources.get(slot);
    if (!source) throw Object.assign(new Error(`slot ${slot} has no source`), { code: 'SLOT_EMPTY' });
    this.sources.set(slot, { ...source, ...selection });
  }

  async removeSource(slot: number): Promise<void> {
    this.#call('removeSource', slot);
    this.sources.delete(slot);
  }

  async snapshot(slot: number): Promise<Uint8Array> {
    this.#call('snapshot', slot);
    return Uint8Array.of(0xff, 0xd8, 0xff, 0xd9);
  }

  takeBatch(): NativeBatch | undefined {
    return this.#batches.shift();
  }

  releaseBatch(id: number): void {
    this.released.push(id);
    this.#notify();
  }

  counters(): Float64Array {
    return this.#counters;
  }

  latencies(): Float64Array {
    return this.#latencies;
  }

  async stop(): Promise<void> {
    this.#call('stop');
    this.stopped = true;
    this.sources.clear();
  }

  emit(event: NativeEvent): void {
    this.handlers.onEvent(event);
  }

  setCounter(slot: number, name: SlotCounter, value: number): void {
    this.#counters[slot * SLOT_COUNTERS.length + SLOT_COUNTERS.indexOf(name)] = value;
  }

  setPipelineCounter(name: PipelineCounter, value: number): void {
    const row = this.graph.slots.count * SLOT_COUNTERS.length;
    this.#counters[row + PIPELINE_COUNTERS.indexOf(name)] = value;
  }

  /** Makes a batch of messages and wakes JavaScript as the addon would; without `wake` they wait in the ring. */
  deliver(messages: readonly (FakeMessage | SlotMessage)[], wake = true): NativeBatch {
    const batch = fakeBatch(
      this.#nextBatch++,
      messages.map((message) => ('token' in message ? message : this.#addressed(message))),
    );
    this.#batches.push(batch);
    if (wake) this.handlers.onBatch();
    return batch;
  }

  /** Resolves when the condition holds; looked at after every call into the pipeline. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const look = () => (condition() ? resolve() : void this.#watchers.push(look));
      this.#watchers.push(look);
    });
  }

  #addressed({ slot, ...message }: SlotMessage): FakeMessage {
    const source = this.sources.get(slot);
    if (!source) throw new Error(`slot ${slot} has no source`);
    return { ...message, token: source.token };
  }

  #call(name: Call, slot?: number): void {
    this.calls.push(slot === undefined ? name : `${name} ${slot}`);
    queueMicrotask(() => this.#notify());
    const failure = this.failures.get(name);
    if (!failure) return;
    this.failures.delete(name);
    throw failure;
  }

  #notify(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }
}

export function fakeBatch(id: number, messages: readonly FakeMessage[]): NativeBatch {
  const encoded = messages.map((message) => Buffer.from(message.text));
  const index = new Uint32Array(messages.length * INDEX_STRIDE);
  let offset = 0;
  encoded.forEach((bytes, i) => {
    index.set(
      [messages[i]?.token ?? 0, offset, bytes.length, messages[i]?.objects ?? 0, messages[i]?.ageUs ?? 0],
      i * INDEX_STRIDE,
    );
    offset += bytes.length;
  });
  return { id, bytes: Buffer.concat(encoded), index, committedMs: 0 };
}

export interface FakeBinding extends NativeBinding {
  readonly pipelines: FakePipeline[];
  memoryHidden: boolean;
}

export function fakeBinding(options: { refuse?: Error; missing?: readonly string[] } = {}): FakeBinding {
  const pipelines: FakePipeline[] = [];
  const binding: FakeBinding = {
    pipelines,
    memoryHidden: false,
    hideMemory: () => {
      binding.memoryHidden = true;
    },
    Pipeline: class extends FakePipeline {
      constructor(graph: Graph, handlers: PipelineHandlers) {
        if (options.refuse) throw options.refuse;
        super(graph, handlers);
        pipelines.push(this);
      }
    },
    info: () => ({ gstreamer: '1.22.0', provider: 'standin' }),
    findElement: (name) =>
      options.missing?.includes(name) ? undefined : { plugin: `${name}.so`, version: '1.22.0' },
  };
  return binding;
}
