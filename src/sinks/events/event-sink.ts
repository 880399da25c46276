/** Events of streams: numbered, limited in rate, spooled, and handed to JetStream until it has them. */
import { randomBytes } from 'node:crypto';
import type { EventsSpec } from '../../spec/types.js';
import { type SpoolFiles, systemSpoolFiles } from '../spool/files.js';
import { Spool } from '../spool/spool.js';
import { subject, type SubjectScope } from '../subjects.js';
import type { ConsumersStatus } from './consumers.js';
import { EventOutbox, type JetStreamState, type OutboxOptions } from './event-outbox.js';
import { EventRates, type RatesOptions } from './event-rates.js';

/** What happened, as those who notice it say it. */
export interface Happening {
  readonly stream: string;
  /** Lower-case letters, digits and "-": a token of the subject. */
  readonly kind: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Connection of the stream it belongs to; 0 where it belongs to none. */
  readonly epoch: number;
  /** One sentence for people, without credentials. */
  readonly message: string;
  /** What programs need of it. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** The message on `<prefix>.<appliance>.<stream>.events.<kind>`. */
export interface EventMessage {
  readonly schema: 'weir.event.v1';
  readonly id: string;
  readonly stream: string;
  readonly kind: string;
  /** RFC 3339. */
  readonly time: string;
  readonly epoch: number;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface EventSinkOptions {
  readonly scope: SubjectScope;
  readonly events: EventsSpec;
  readonly link: OutboxOptions['link'];
  /** Folder of the spool, for nobody else. */
  readonly folder: string;
  readonly files?: SpoolFiles;
  readonly rates?: RatesOptions;
  readonly outbox?: Pick<OutboxOptions, 'window' | 'ackMs' | 'retryMs' | 'consumersMs'>;
  /** A change worth a line in the log. */
  onState(state: JetStreamState): void;
  onSpoolProblem(problem: string | undefined): void;
}

/** What is to be seen of the delivery of events. */
export interface EventsStatus {
  readonly jetstream: JetStreamState;
  /** What is wrong with the spool's disk; absent: nothing. */
  readonly spoolProblem?: string;
  /** Totals since the process began; what an earlier one left is in `waiting` and `acknowledged` only. */
  readonly emitted: number;
  readonly acknowledged: number;
  readonly repeated: number;
  readonly suppressed: number;
  readonly dropped: Readonly<Record<EventDrop, number>>;
  /** Not yet taken by JetStream. */
  readonly waiting: number;
  readonly spoolBytes: number;
  /** Of the stream; absent while nobody tells. */
  readonly consumers?: ConsumersStatus;
}

/** Why an event is lost: the spool was full, memory was (the disk being away), its file damaged, or it is too large. */
export const EVENT_DROPS = ['full', 'memory', 'damaged', 'refused'] as const;
export type EventDrop = (typeof EVENT_DROPS)[number];

const MAX_TEXT = 2_000;

export class EventSink {
  readonly #options: EventSinkOptions;
  /** Of this process: no id is ever used twice, whatever was lost of an earlier one. */
  readonly #run = `${Date.now().toString(36)}${randomBytes(4).toString('hex')}`;
  readonly #rates: EventRates<Happening>;
  readonly #spool: Spool;
  readonly #outbox: EventOutbox;
  #counter = 0;
  #closed = false;

  constructor(options: EventSinkOptions) {
    this.#options = options;
    const { scope, events, link, folder, files = systemSpoolFiles, onState } = options;
    this.#rates = new EventRates((event, suppressed) => this.#accept(event, suppressed), options.rates);
    this.#spool = new Spool({
      ...{ folder, maxBytes: events.spoolBytes, files },
      onProblem: (problem) => {
        options.onSpoolProblem(problem);
        this.#outbox?.wake();
      },
      onNews: () => this.#outbox?.wake(),
    });
    this.#outbox = new EventOutbox({ scope, events, link, spool: this.#spool, onState, ...options.outbox });
  }

  /** From anywhere, at any rate. What it says is on its way, to the disk and to JetStream, when this returns. */
  emit(event: Happening): void {
    if (!this.#closed) this.#rates.offer(event.stream, event.kind, event);
  }

  status(): EventsStatus {
    const { counts, waiting, bytes, problem } = this.#spool;
    const { acknowledged, repeated, refused } = this.#outbox.counts;
    return {
      jetstream: this.#outbox.state,
      ...(problem !== undefined && { spoolProblem: problem }),
      emitted: counts.accepted,
      acknowledged,
      repeated,
      suppressed: this.#rates.suppressed,
      dropped: { ...counts.dropped, refused },
      waiting,
      spoolBytes: bytes,
      ...(this.#outbox.consumers.status && { consumers: this.#outbox.consumers.status }),
    };
  }

  /** Resolves when JetStream has all there is, and the disk is well; never where `close` comes first. */
  delivered(): Promise<void> {
    return this.#outbox.emptied();
  }

  /** What cannot be delivered now is on disk when this settles, unless the disk is away. */
  async close(): Promise<void> {
    this.#rates.close();
    this.#closed = true;
    await this.#outbox.close();
    await this.#spool.close();
  }

  #accept({ stream, kind, time, epoch, message, data = {} }: Happening, suppressed: number): void {
    const { scope } = this.#options;
    const id = `${scope.appliance}.${stream}.${this.#run}.${++this.#counter}`;
    const event: EventMessage = {
      schema: 'weir.event.v1',
      ...{ id, stream, kind },
      time: new Date(time).toISOString(),
      epoch,
      message: message.slice(0, MAX_TEXT),
      data: { ...data, ...(suppressed > 0 && { suppressed }) },
    };
    this.#spool.append({
      id,
      subject: subject(scope, stream, `events.${kind}`),
      data: JSON.stringify(event),
    });
  }
}

/** For who only wants to say something. */
export type Emit = (event: Happening) => void;
