/** Messages of detections in any format, read back: for in-process subscribers, `weir watch` and tests. */
import { readNvdsMinimal } from './nvds-minimal.js';
import { readProtobuf } from './protobuf.js';

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface DetectedObject {
  /** Track id, 64 bits in decimal; absent while untracked. */
  readonly id?: string;
  /** Absent in `nvds-minimal`. */
  readonly class?: number;
  readonly label: string;
  /** Absent in `nvds-minimal`, unless a classifier spoke. */
  readonly confidence?: number;
  /** Pixels of the source picture; of the mux's in `nvds-minimal`. */
  readonly box: Box;
}

/** As docs/wire.md tells. What is optional is absent in `nvds-minimal`. */
export interface Detections {
  readonly schema: 'weir.detections.v1' | 'nvds-minimal';
  readonly stream: string;
  readonly run?: string;
  readonly epoch?: number;
  readonly sequence?: number;
  readonly frame: number;
  /** Nanoseconds. */
  readonly pts?: number;
  /** RFC 3339. */
  readonly time: string;
  readonly clock?: 'rtcp' | 'local';
  readonly width?: number;
  readonly height?: number;
  readonly inferred?: boolean;
  readonly objects: readonly DetectedObject[];
}

const BRACE = 0x7b;

/** Undefined where the bytes are no message of detections, or not a whole one. */
export function readDetections(bytes: Uint8Array): Detections | undefined {
  try {
    return bytes[0] === BRACE ? readJson(bytes) : readProtobuf(bytes);
  } catch {
    return undefined;
  }
}

function readJson(bytes: Uint8Array): Detections | undefined {
  const { buffer, byteOffset, length } = bytes;
  const value = JSON.parse(Buffer.from(buffer, byteOffset, length).toString('utf8')) as Partial<Detections>;
  if (value.schema !== 'weir.detections.v1') return readNvdsMinimal(value);
  const { stream, objects } = value;
  const whole = typeof stream === 'string' && Array.isArray(objects) && objects.every(isObject);
  return whole ? (value as Detections) : undefined;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
