/** The validated appliance description: what everything below `spec` works from. Plain, deep-frozen data. */
import type { ListenAddress } from './listen.js';
import type { SecretRef } from './secret.js';

export type Precision = 'fp32' | 'fp16' | 'int8';
/** Of the weights that are used without a GPU. */
export type CpuPrecision = 'fp32' | 'int8';
export type Transport = 'tcp' | 'udp';
export type TrackerAlgorithm = 'iou' | 'nvsort' | 'none';

export interface ApplianceSpec {
  readonly appliance: string;
  readonly nats: NatsSpec;
  readonly pipelines: readonly PipelineSpec[];
  /** Absent: no HTTP. */
  readonly metrics?: MetricsSpec;
  readonly control: ControlSpec;
  /** Absolute folder of the state file; absent: systemd's, or that of the spec. */
  readonly stateDir?: string;
  /** Networks and addresses cameras may have; absent: any that a camera can have. */
  readonly cameraNetworks?: readonly string[];
  /** Absolute folder below which `file:` streams may lie; absent: no `file:` streams. */
  readonly mediaRoot?: string;
  /** Absolute folder of the model weights. */
  readonly modelDir: string;
}

export interface MetricsSpec {
  readonly listen: ListenAddress;
}

/** What may be done: look, change streams, everything. Each includes the ones before. */
export type Scope = 'read' | 'operate' | 'admin';

export interface ControlSpec {
  /** Absolute path; absent: derived from where the spec is. */
  readonly socket?: string;
  readonly group?: string;
  /** Absent: no TCP. */
  readonly listen?: ListenAddress;
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
  readonly tokens: readonly TokenSpec[];
  /** Requests per second of each identity. */
  readonly rate: number;
  readonly nats: 'off' | Scope;
}

export interface TokenSpec {
  readonly name: string;
  readonly token: SecretRef;
  readonly scope: Scope;
  /** Ids of streams, or their beginning and `*`; absent: all. */
  readonly cameras?: readonly string[];
}

export interface NatsSpec {
  readonly servers: readonly string[];
  readonly prefix: string;
  /** JetStream keeps the last status of each stream. */
  readonly keepStatus: boolean;
  readonly user?: SecretRef;
  readonly password?: SecretRef;
  readonly token?: SecretRef;
  /** The content of a `.creds` file. */
  readonly creds?: SecretRef;
  /** The seed. */
  readonly nkey?: SecretRef;
  readonly tls?: { readonly ca?: SecretRef; readonly cert?: SecretRef; readonly key?: SecretRef };
  readonly events: EventsSpec;
  /** Absent: `servers` are somebody else's. */
  readonly embedded?: EmbeddedNatsSpec;
}

export interface EventsSpec {
  /** Bounds of what JetStream keeps. */
  readonly maxAgeHours: number;
  readonly maxBytes: number;
  /** Bound of each pipeline's spool. */
  readonly spoolBytes: number;
}

export interface EmbeddedNatsSpec {
  /** 0: any free one. */
  readonly port: number;
  /** Absolute; absent: derived from where the state is. */
  readonly storeDir?: string;
  readonly maxBytes: number;
}

export interface PipelineSpec {
  readonly id: string;
  /** Source slots: fixed for the life of the pipeline. */
  readonly slots: number;
  /** Resident memory at which the process is replaced; absent: none. */
  readonly memoryLimitMb?: number;
  readonly mux: MuxSpec;
  readonly detector: DetectorSpec;
  readonly tracker: TrackerSpec;
  readonly metadata: MetadataSpec;
  readonly streams: readonly StreamSpec[];
}

export interface MuxSpec {
  readonly width: number;
  readonly height: number;
  /** Keep the aspect ratio, with black bars. */
  readonly padding: boolean;
  readonly batchTimeoutMs: number;
}

/** Limits of one class; what is absent follows the detector's own. Sizes in pixels of the mux's picture. */
export interface ClassSpec {
  readonly id: number;
  readonly name: string;
  readonly threshold?: number;
  readonly iou?: number;
  readonly topk?: number;
  readonly minWidth?: number;
  readonly minHeight?: number;
  readonly maxWidth?: number;
  readonly maxHeight?: number;
}

export interface DetectorSpec {
  readonly model: Model;
  /** Inferences per second and stream; absent: every frame, or as `interval` says. */
  readonly rate?: number;
  /** Batches skipped after each inferred one. */
  readonly interval?: number;
  readonly threshold: number;
  readonly iou: number;
  /** Boxes kept per class and frame; absent: all. */
  readonly topk?: number;
  /** Reported classes; absent: all the model knows. */
  readonly classes?: readonly ClassSpec[];
  readonly batch: number;
  readonly precision: Precision;
  readonly cpuPrecision: CpuPrecision;
  /** Absolute path of a TensorRT engine; NVIDIA only. */
  readonly engine?: string;
  /** Absolute path of a calibration cache; NVIDIA only. */
  readonly calibration?: string;
  readonly gpu: number;
  /** Core of the deep learning accelerator; absent: the GPU. */
  readonly dla?: number;
  /** Whether nvinfer may build the engine at the start of the pipeline. */
  readonly buildEngine: boolean;
}

export interface TrackerSpec {
  readonly algorithm: TrackerAlgorithm;
  readonly width: number;
  readonly height: number;
  /** Class ids that are tracked; absent: all. */
  readonly classIds?: readonly number[];
  readonly probationAge: number;
  readonly maxShadowTrackingAge: number;
  readonly earlyTerminationAge: number;
  readonly maxTargetsPerStream: number;
  readonly minDetectorConfidence: number;
  readonly minIouForNewTarget: number;
  readonly minMatchingScore: number;
  readonly minMatchingIou: number;
  readonly minMatchingSize: number;
  readonly iouWeight: number;
  readonly sizeWeight: number;
  readonly checkClassMatch: boolean;
  /** Of NvSORT alone. */
  readonly weakConfidence: number;
  readonly minWeakIou: number;
  /** Standard deviations, per pixel of an object's height. */
  readonly positionNoise: number;
  readonly velocityNoise: number;
}

export type MessageFormat = 'json' | 'protobuf' | 'nvds-minimal';

/** Which frames and objects become messages, and how they are written. */
export interface MetadataSpec {
  readonly format: MessageFormat;
  /** Ids of the classes that go into messages; absent: all. */
  readonly classIds?: readonly number[];
  /** 0 to 1. */
  readonly minConfidence: number;
  /** Only objects with a track id. */
  readonly trackedOnly: boolean;
  /** Of the frames that are inferred or tracked every Nth has a message, 1 to 1,000,000. */
  readonly every: number;
  readonly onChange?: {
    /** Part of a box's larger side. */
    readonly moved: number;
    readonly heartbeatSeconds: number;
  };
}

export interface StreamSpec {
  readonly id: string;
  /** Without user information. `live` and `record` default to `analyse`. */
  readonly uri: { readonly analyse: string; readonly live: string; readonly record: string };
  readonly user?: SecretRef;
  readonly password?: SecretRef;
  readonly transport: Transport;
  readonly latencyMs: number;
  /** Declared frame rate, for planning. */
  readonly fps: number;
  readonly decode: 'all' | 'reference' | 'keyframes' | 'auto';
  /** Pictures a second that are analysed at most; absent: all that are decoded. */
  readonly maxFps?: number;
  /** A picture unchanged for so long is frozen; 0: never. */
  readonly frozenAfterSeconds: number;
  /** A frozen picture ends the connection. */
  readonly frozenRestart: boolean;
}

export type ColorFormat = 'rgb' | 'bgr' | 'gray';
export type Cluster = 'nms' | 'none';

/** A model manifest with every path absolute and its labels read. */
export interface Model {
  readonly name: string;
  readonly description: string;
  readonly licence: string;
  /** Absolute path of the ONNX file. It need not exist yet: see `verifyModel`. */
  readonly file: string;
  readonly sha256: string;
  /** The same weights in 8 bits, for the CPU; likewise. */
  readonly int8?: { readonly file: string; readonly sha256: string };
  readonly input: {
    readonly name: string;
    readonly width: number;
    readonly height: number;
    readonly channels: number;
    readonly colorFormat: ColorFormat;
    readonly scale: number;
    /** Mean per channel in network order; empty: none. */
    readonly offsets: readonly number[];
    readonly maintainAspectRatio: boolean;
    readonly symmetricPadding: boolean;
  };
  readonly outputs: readonly string[];
  /** Absolute path of the labels, one per line. */
  readonly labelsFile: string;
  readonly labels: readonly string[];
  /** Custom parser of nvinfer's ABI; absent: the built-in DetectNet_v2 parser. */
  readonly parser?: { readonly library: string; readonly function: string };
  readonly thresholds: { readonly confidence: number; readonly iou: number; readonly topk?: number };
  readonly cluster: Cluster;
}
