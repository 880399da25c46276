/** What the addon offers a process that tries one camera and then ends. */

/** A stream the camera's description lists. */
export interface NativeMedia {
  /** `video`, `audio`, `application`, … */
  readonly kind: string;
  /** As RTP calls it, e.g. `H264`; empty where unknown. */
  readonly codec: string;
  /** 0 where the description does not say. */
  readonly fps: number;
}

/** Numbers per access unit in `NativeFindings.units`, in this order. */
export const UNIT_COLUMNS = [
  'timeMs', // of its picture; NaN where unknown
  'arrivedMs', // monotonic, as `process.hrtime` counts
  'bytes',
  'key', // 1 for a key frame
] as const;

export interface NativeFindings {
  /** In the order they came, from the first on, key frame or not. */
  readonly units: Float64Array;
  readonly media: readonly NativeMedia[];
  /** Scheme of the login the camera accepted, in lower case; empty: it asked for none. */
  readonly authentication: string;
  /** Of the codec, as GStreamer calls them; empty where unknown. */
  readonly profile: string;
  readonly level: string;
}

export interface ProbeBinding {
  /**
   * Before the first pipeline: element `weirmeter`, and an ear in RTSP conversations. Throws with code NATIVE_MISSING.
   */
  prepare(): void;
  /** From now on the process writes no file, dumps no core, gains no rights, has this much memory of its own. */
  confine(memoryBytes: number): void;
  /** Of everything so far in this process. */
  findings(): NativeFindings;
}
