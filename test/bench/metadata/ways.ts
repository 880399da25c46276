/** The ways that are compared, and what is measured of each. */
export const FORMATS = ['json', 'protobuf', 'nvds-minimal'] as const;
export type Format = (typeof FORMATS)[number];
export const WAYS = [...FORMATS, 'objects', 'hops', 'floor'] as const;
export type Way = (typeof WAYS)[number];

export interface Job {
  readonly way: Way;
  readonly nats: string;
  readonly streams: number;
  /** Per frame. */
  readonly objects: number;
  /** Bytes of a message of the floor. */
  readonly messageBytes: number;
  readonly warmUp: number;
  readonly batches: number;
  /** Microseconds between batches; 0: as fast as they are taken. */
  readonly everyUs: number;
}

export interface Measured {
  /** Of the whole process. */
  readonly cpuUs: number;
  readonly wallUs: number;
  /** Of the native thread that writes the messages or hands the objects over. */
  readonly producerUs: number;
  /** Of the same thread, to make the metadata up: no part of any way. */
  readonly makingUs: number;
  /** Share of a core while nothing is produced; 0 where it was not paced. */
  readonly idleShare: number;
  readonly messages: number;
}
