/** What the addon (`weir.node`) exports and calls back with. Only src/native sees the binary; tests pass a fake. */
import type { Graph, Scalar } from '../graph/types.js';
import type { DecodeMode } from '../spec/decode.js';
import type { ProbeBinding } from './probe-types.js';

/** Why a source or the pipeline reported something. The field's words, one per cause. */
export type NativeCause =
  | 'refused'
  | 'unauthorized'
  | 'not-found'
  | 'session'
  | 'unavailable'
  | 'unreachable'
  | 'tls'
  | 'dns'
  | 'forbidden' // the camera redirects elsewhere
  | 'timeout'
  | 'codec'
  | 'eos'
  | 'decode'
  | 'source'
  | 'pipeline';

export type NativeEvent =
  /** A source failed or ended. `slot` and `epoch` are those of the addSource call. */
  | {
      readonly type: 'source-error';
      readonly slot: number;
      readonly epoch: number;
      readonly cause: NativeCause;
      /** Protocol status where there is one, e.g. RTSP 401. */
      readonly status?: number;
      readonly message: string;
    }
  /** The codec and the picture are known. `fps` is 0 where the stream does not say. */
  | {
      readonly type: 'source-format';
      readonly slot: number;
      readonly epoch: number;
      readonly codec: string;
      readonly width: number;
      readonly height: number;
      readonly fps: number;
    }
  /** The camera agreed to send, or a file is open. Frames may still take a while. Once per connection. */
  | { readonly type: 'connected'; readonly slot: number; readonly epoch: number }
  | { readonly type: 'first-frame'; readonly slot: number; readonly epoch: number }
  /** About the pipeline itself when `slot` is -1. */
  | { readonly type: 'warning'; readonly slot: number; readonly epoch: number; readonly message: string }
  /** The pipeline itself failed; only a new process helps. */
  | { readonly type: 'pipeline-error'; readonly cause: NativeCause; readonly message: string };

/** Which of a source's frames are analysed. */
export interface Selection {
  readonly decode: DecodeMode;
  /** Pictures a second that are analysed at most, 0 to 1,000; 0: all that are decoded. */
  readonly maxFps: number;
}

/** Parameters of one source: which template, what fills its holes, what its messages are called. */
export interface SourceParams extends Selection {
  /** Key of `graph.templates.sources`. */
  readonly template: string;
  /** Stream id, written into every message. */
  readonly stream: string;
  /** Counts connections of this stream; carried in every message. */
  readonly epoch: number;
  /**
   * Unsigned 32 bits, never used twice in a pipeline's life: says in `NativeBatch.index` whose a message is, however
   * long the message waited and whoever has the slot by then.
   */
  readonly token: number;
  /** Values for the template's holes. Secrets are passed here and nowhere else. */
  readonly params: Readonly<Record<string, Scalar>>;
}

export interface PipelineHandlers {
  onEvent(event: NativeEvent): void;
  /** Batches wait in the ring: call `takeBatch()` until it returns undefined. At most one call is pending. */
  onBatch(): void;
}

/** Numbers per message in `NativeBatch.index`. */
export const INDEX_STRIDE = 5;

/**
 * The messages of one batch. `bytes` is valid until `releaseBatch(id)`.
 * `index` holds INDEX_STRIDE numbers per message: the source's token, offset and length in `bytes`, number of
 * objects, and microseconds from the frame's time to the batch's commit (0 where the camera's clock is ahead).
 */
export interface NativeBatch {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly index: Uint32Array;
  /** When the batch went into the ring: milliseconds on the clock of `process.hrtime`. */
  readonly committedMs: number;
}

/**
 * Rows of `counters()`: one row of SLOT_COUNTERS numbers per slot, then one of PIPELINE_COUNTERS.
 * All are monotonic per slot, over reconnects too, except those said to be a gauge.
 *
 * `received` = `undecodable` + `droppedEncoded` + `decodeErrors` + `droppedDecoded` + `discarded` + `skipped` + `muxed` +
 * what is still on its way; nothing is once the source is removed. `frames` = `messages` + `silent` + `framesLeftOut`.
 */
export const SLOT_COUNTERS = [
  'received', // access units out of the parser
  'receivedBytes',
  'droppedEncoded', // access units dropped before the decoder because it fell behind
  'decoded', // pictures out of the decoder
  'droppedDecoded', // pictures dropped between decoder and mux: the freshest wins
  'muxed', // pictures into the mux
  'frames', // frames past the metadata probe
  'inferred',
  'objects', // in those messages
  'tracked', // objects with a track id
  'messages', // owed: written, or lost because the ring was full
  'droppedRing', // messages lost because JavaScript fell behind
  'lastFrameAgeMs', // gauge, -1 before the first frame
  'decodeErrors',
  'discarded', // pictures and access units thrown away when the source was removed
  'latencyUs', // gauge: last frame, mux arrival to metadata
  'undecodable', // access units before the first key frame of a connection, or shown before the one they follow
  'droppedObjects', // objects left out of a message: box not finite or outside the picture
  'packets', // RTP packets out of the jitter buffer; 0 for files
  'packetsLost', // gaps in their sequence numbers
  'timestampJumps', // RTP or container time went back, or away from the clock by more than 2 s
  'pictureAgeMs', // gauge: since the last pictures differed from those before; -1 before the first or where unknown
  'skipped', // access units and pictures the spec asks to leave out
  'silent', // frames without a message because they were neither inferred nor tracked
  'framesLeftOut', // frames without a message because of `every` or `onChange`
  'objectsLeftOut', // objects left out of a message because of `classes`, `minConfidence` or `trackedOnly`
  'shed', // frames that were due for the detector and passed it because there was no time
  'keyFrames', // key frames that came
  'keyFrameUs', // gauge: between the last two, by their own times; -1 before the second
  'unreferenced', // access units that no other is decoded with, whether they were left out or not
  'senderReports', // of the camera's, RTCP
  'clockOffsetUs', // gauge: how far the camera's clock is behind ours, by its reports
  'clockState', // gauge: 0 no report in this connection, 1 believed, 2 absurd: an hour off or more
] as const;
export const PIPELINE_COUNTERS = [
  'batches',
  'batchFrames',
  'droppedBatches',
  'ringDepth', // gauge
  'detectorBatches', // batches that left the detector
  'detectorUs', // total time between a batch's entering and leaving the detector
] as const;
export type SlotCounter = (typeof SLOT_COUNTERS)[number];
export type PipelineCounter = (typeof PIPELINE_COUNTERS)[number];

/**
 * `code` of the addon's errors. Every promise of a pipeline that is stopping rejects with STOPPED, save those of
 * `removeSource` and `stop`. After DEADLINE a native thread hangs and only a new process helps.
 */
export const NATIVE_CODES = [
  'BAD_ARGUMENT', // a field has the wrong type or range; the message names its path
  'NATIVE_MISSING', // GStreamer or the provider's plugin does not load
  'ELEMENT_MISSING',
  'GRAPH_INVALID', // a property, pad or link the graph asks for does not exist or does not fit
  'START_FAILED', // an element refused to start; the message is its own
  'NOT_RUNNING',
  'SLOT_BUSY',
  'SLOT_EMPTY',
  'DEADLINE',
  'TIMEOUT',
  'BRANCH_FAILED', // no picture could be made
  'STOPPED',
] as const;

export interface NativePipeline {
  /** Resolves once the pipeline plays. Rejects with `code` and leaves nothing behind. */
  start(): Promise<void>;
  /** Builds the source bin and links it; connecting goes on afterwards and is told by events. */
  addSource(slot: number, source: SourceParams): Promise<void>;
  /**
   * Which frames are analysed from now on. The connection stays, and no picture is spoilt: what is decoded more than
   * before begins at the next key frame where its references were left out. Rejects with SLOT_EMPTY.
   */
  select(slot: number, selection: Selection): Promise<void>;
  /**
   * Resolves once nothing of the source is left; until then the slot is busy. Idempotent: a second call meanwhile
   * resolves with the first. Several slots are emptied at the same time, and one that hangs holds up no other.
   */
  removeSource(slot: number): Promise<void>;
  /** The slot's next picture as JPEG. Rejects with `code: 'TIMEOUT'` when none comes. */
  snapshot(slot: number, options: { annotated: boolean; timeoutMs: number }): Promise<Uint8Array>;
  takeBatch(): NativeBatch | undefined;
  releaseBatch(id: number): void;
  /** Refreshes and returns the same array each time: (slots × SLOT_COUNTERS + PIPELINE_COUNTERS) numbers. */
  counters(): Float64Array;
  /** The same for NATIVE_STAGES × LATENCY_ROW numbers: see latencies.ts. */
  latencies(): Float64Array;
  /** After it resolves nothing native is alive and no handler is called. Idempotent. */
  stop(): Promise<void>;
}

export interface NativeBinding {
  Pipeline: new (graph: Graph, handlers: PipelineHandlers) => NativePipeline;
  /** GStreamer's version, and the provider the addon was built for. */
  info(): { readonly gstreamer: string; readonly provider: string };
  /** Whether an element factory exists, and its plugin's file. */
  findElement(name: string): { readonly plugin: string; readonly version: string } | undefined;
  /**
   * For tests: type names of the GStreamer objects made since the first call and still alive; undefined unless the
   * process runs with GST_TRACERS=leaks.
   */
  liveObjects?(): readonly string[] | undefined;
  /** From now on no core dump of this process and no look into /proc/<pid> by other users of its rank. */
  hideMemory?(): void;
  /**
   * If this process crashes, what the thread was at that did is in this file, which `createBreadcrumb()` has made.
   * Installs handlers of signals; the signals take their course.
   */
  armBreadcrumb?(path: string): void;
  readonly probe?: ProbeBinding;
}
