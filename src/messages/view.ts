/** A message in the ring's memory as somebody in this process sees it: decoded when looked into, and not before. */
import { WeirError } from '../spec/error.js';
import { type DetectedObject, type Detections, readDetections } from './detections.js';

export type DetectionListener = (view: DetectionView) => void;

/** What is known of a message without reading it. */
type MessageFacts = Pick<DetectionView, 'objectCount' | 'ageMs'>;

/**
 * Valid until the listener it was given to returns; then its memory is written anew. What `message` and `objects`
 * returned are copies and may be kept.
 */
export class DetectionView {
  readonly subject: string;
  readonly objectCount: number;
  /** From the frame's time to when its message went into the ring; 0 where the camera's clock is ahead. */
  readonly ageMs: number;
  #bytes: Uint8Array | undefined;
  #message: Detections | undefined;

  constructor(subject: string, bytes: Uint8Array, { objectCount, ageMs }: MessageFacts) {
    this.subject = subject;
    this.objectCount = objectCount;
    this.ageMs = ageMs;
    this.#bytes = bytes;
  }

  /** As it is published. Not to be kept. */
  get bytes(): Uint8Array {
    if (!this.#bytes) throw new WeirError('INTERNAL', `a message on ${this.subject} was read after its time`);
    return this.#bytes;
  }

  /** Decoded at the first call. */
  get message(): Detections {
    this.#message ??= readDetections(this.bytes);
    if (!this.#message) throw new WeirError('INTERNAL', `a message on ${this.subject} cannot be read`);
    return this.#message;
  }

  get objects(): readonly DetectedObject[] {
    return this.message.objects;
  }

  /** Nobody can read the memory any more. */
  close(): void {
    this.#bytes = undefined;
  }
}
