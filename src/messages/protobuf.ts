/**
 * Reads `weir.v1.Detections` of docs/weir.proto, and nothing else of protobuf: one schema of three messages needs no
 * library at run time, which would bring more code than this, and code made at run time with it.
 */
import type { Box, DetectedObject, Detections } from './detections.js';

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const CLOCKS = [undefined, 'local', 'rtcp'] as const;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Throws RangeError where the bytes end too early or are no protobuf. */
export function readProtobuf(bytes: Uint8Array): Detections | undefined {
  const reader = new Reader(bytes);
  const objects: DetectedObject[] = [];
  let stream: string | undefined;
  const message = { frame: 0, time: '', width: 0, height: 0, inferred: false } as Writable<Detections>;
  for (let tag = reader.tag(); tag !== undefined; tag = reader.tag()) {
    if (tag === ((1 << 3) | BYTES)) stream = reader.text();
    else if (tag === ((2 << 3) | BYTES)) message.run = reader.text();
    else if (tag === ((3 << 3) | VARINT)) message.epoch = reader.number();
    else if (tag === ((4 << 3) | VARINT)) message.sequence = reader.number();
    else if (tag === ((5 << 3) | VARINT)) message.frame = reader.number();
    else if (tag === ((6 << 3) | VARINT)) message.pts = reader.number();
    else if (tag === ((7 << 3) | FIXED64)) message.time = rfc3339(reader.fixed64());
    else if (tag === ((8 << 3) | VARINT)) Object.assign(message, clockOf(reader.number()));
    else if (tag === ((9 << 3) | VARINT)) message.width = reader.number();
    else if (tag === ((10 << 3) | VARINT)) message.height = reader.number();
    else if (tag === ((11 << 3) | VARINT)) message.inferred = reader.number() !== 0;
    else if (tag === ((12 << 3) | BYTES)) objects.push(readObject(reader.inside()));
    else reader.skip(tag);
  }
  return stream === undefined || message.time === ''
    ? undefined
    : { ...message, schema: 'weir.detections.v1', stream, objects };
}

function readObject(reader: Reader): DetectedObject {
  const object = { class: 0, label: '', confidence: 0, box: { left: 0, top: 0, width: 0, height: 0 } };
  let id: string | undefined;
  for (let tag = reader.tag(); tag !== undefined; tag = reader.tag()) {
    if (tag === ((1 << 3) | FIXED64)) id = String(reader.fixed64());
    else if (tag === ((2 << 3) | VARINT)) object.class = reader.int32();
    else if (tag === ((3 << 3) | BYTES)) object.label = reader.text();
    else if (tag === ((4 << 3) | FIXED32)) object.confidence = rounded(reader.float(), 1e4);
    else if (tag === ((5 << 3) | BYTES)) object.box = readBox(reader.inside());
    else reader.skip(tag);
  }
  return id === undefined ? object : { id, ...object };
}

const BOX = ['left', 'top', 'width', 'height'] as const;

function readBox(reader: Reader): Box {
  const box = { left: 0, top: 0, width: 0, height: 0 };
  for (let tag = reader.tag(); tag !== undefined; tag = reader.tag()) {
    const side = BOX[(tag >> 3) - 1];
    if (side && (tag & 7) === FIXED32) box[side] = rounded(reader.float(), 100);
    else reader.skip(tag);
  }
  return box;
}

function clockOf(clock: number): Pick<Detections, 'clock'> {
  const known = CLOCKS[clock];
  return known ? { clock: known } : {};
}

/** As precise as the JSON of the same message. */
function rounded(value: number, per: number): number {
  return Math.round(value * per) / per;
}

function rfc3339(ns: bigint): string {
  const micros = ns / 1000n;
  const date = new Date(Number(micros / 1000n)).toISOString();
  return `${date.slice(0, -1)}${String(micros % 1000n).padStart(3, '0')}Z`;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Undefined at the end. */
  tag(): number | undefined {
    return this.#at < this.#bytes.length ? this.number() : undefined;
  }

  /** A varint; exact up to 2^53. */
  number(): number {
    let value = 0;
    for (let scale = 1, i = 0; i < 10; i++, scale *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a varint of more than ten bytes');
  }

  /** A varint of a number that may be negative. */
  int32(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a varint of more than ten bytes');
  }

  fixed64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#advance(8));
  }

  float(): number {
    return this.#bytes.readFloatLE(this.#advance(4));
  }

  text(): string {
    const length = this.number();
    const from = this.#advance(length);
    return this.#bytes.toString('utf8', from, from + length);
  }

  /** A reader of the message that is the next field. */
  inside(): Reader {
    const length = this.number();
    const from = this.#advance(length);
    return new Reader(this.#bytes.subarray(from, from + length));
  }

  /** Passes over a field that is newer than this program. */
  skip(tag: number): void {
    const wire = tag & 7;
    if (wire === VARINT) this.number();
    else if (wire === FIXED64) this.#advance(8);
    else if (wire === BYTES) this.#advance(this.number());
    else if (wire === FIXED32) this.#advance(4);
    else throw new RangeError(`field ${tag >>> 3} is of wire type ${wire}`);
  }

  #byte(): number {
    return this.#bytes[this.#advance(1)] ?? 0;
  }

  /** Where the next `length` bytes begin. */
  #advance(length: number): number {
    const from = this.#at;
    if (length > this.#bytes.length - from) throw new RangeError('the message ends too early');
    this.#at = from + length;
    return from;
  }
}
