/** What a worker keeps for one stream, from the moment it takes a slot: counts, rates, format, log, status. */
import type { Pipeline } from '../native/pipeline.js';
import type { Selection, SourceParams } from '../native/types.js';
import type { DetectionSink, SinkCounts } from '../sinks/detection-sink.js';
import type { Emit } from '../sinks/events/event-sink.js';
import type { StatusSink } from '../sinks/status-sink.js';
import type { DecodeMode } from '../spec/decode.js';
import type { StreamSpec } from '../spec/types.js';
import type { SourceEvent } from '../streams/cause-of.js';
import type { Clock } from '../streams/clock.js';
import type { StreamSupervisor } from '../streams/stream-supervisor.js';
import type { Incident, StreamState } from '../streams/stream-types.js';
import type { Place } from '../streams/tenant.js';
import type { SlotSample } from '../streams/watch.js';
import { Decoding, type DecodeNeeds } from './decoding.js';
import { Ledger } from './ledger.js';
import type { Logger } from './log.js';
import { Meter } from './meter.js';
import type { Plan } from './plan.js';
import type { Redactor } from './redact.js';
import { clockRow, type StreamFormat, type StreamRow, statusMessage, streamRow } from './status.js';
import type { Selected } from './selector.js';
import { StreamEvents } from './stream-events.js';
import { StreamLog } from './stream-log.js';
import { Viewers } from './viewers.js';

export interface CameraContext {
  readonly pipeline: Pick<Pipeline, 'counters'>;
  readonly plan: Plan;
  readonly detections: Pick<DetectionSink, 'admit' | 'retire'>;
  readonly status: Pick<StatusSink, 'set' | 'end'>;
  readonly emit: Emit;
  readonly redactor: Pick<Redactor, 'clean'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly needs: DecodeNeeds;
  subject(stream: string): string;
  /** Takes everything out of the ring. */
  drain(): void;
  /** Told of every change of what a row's state says. */
  onChange?(stream: StreamSupervisor): void;
}

export class Camera implements Selected {
  readonly #place: Place;
  readonly #context: CameraContext;
  readonly #log: StreamLog;
  readonly #events: StreamEvents;
  readonly #ledger: Ledger;
  readonly #sink: SinkCounts;
  readonly #meter = new Meter();
  readonly #viewers = new Viewers();
  readonly #decoding: Decoding;
  readonly #added: string;
  #format: StreamFormat | undefined;

  constructor(place: Place, context: CameraContext) {
    this.#place = place;
    this.#context = context;
    const { log, redactor, pipeline, detections, emit, clock } = context;
    const clean = (text: string) => redactor.clean(text);
    this.#log = new StreamLog(log.child({ stream: place.id }), clean);
    this.#events = new StreamEvents({ stream: place.id, emit, clock, clean });
    this.#ledger = new Ledger(pipeline.counters(), place.slot);
    this.#decoding = new Decoding(context.needs);
    this.#added = new Date(context.clock.wall(context.clock.now())).toISOString();
    this.#sink = detections.admit(place.token, context.subject(place.id));
  }

  async source(spec: StreamSpec, epoch: number): Promise<SourceParams> {
    const params = await this.#context.plan.source(spec, epoch, this.#place.token);
    return { ...params, ...this.#decoding.selection(spec) };
  }

  selection(spec: StreamSpec): Selection {
    return this.#decoding.selection(spec);
  }

  decodes(spec: StreamSpec): DecodeMode {
    return this.#decoding.decision(spec).mode;
  }

  /** Somebody asks for a picture. */
  asked(): void {
    this.#viewers.asked(this.#context.clock.now());
  }

  /** After `sample()`: what is decoded may follow from it. */
  look(stream: StreamSupervisor): void {
    const now = this.#context.clock.now();
    if (stream.state.source !== 'present') return this.#decoding.disconnected();
    const sample = { ...this.#ledger.totals(), keyFrameUs: this.#ledger.gauge('keyFrameUs') };
    this.#decoding.look(sample, this.#viewers.watch(now), now);
  }

  diagnose(spec: StreamSpec, epoch: number): ReturnType<Plan['diagnose']> {
    return this.#context.plan.diagnose(spec, epoch);
  }

  /** The numbers are those of the worker's last look. */
  sample(): SlotSample {
    const totals = this.#ledger.totals();
    this.#meter.sample(totals, this.#context.clock.now());
    const { skewSeconds } = clockRow(this.#ledger);
    return {
      ...totals,
      pictureAgeMs: this.#ledger.gauge('pictureAgeMs'),
      ...(skewSeconds !== undefined && { clockSkewMs: skewSeconds * 1000 }),
    };
  }

  onEvent(event: SourceEvent): void {
    const { type, epoch } = event;
    if (type === 'warning') this.#log.warning(epoch, event.message);
    if (type !== 'source-format') return;
    const { codec, width, height, fps } = event;
    this.#format = { codec, width, height, fps };
    this.#log.format(epoch, this.#format);
  }

  onChange(stream: StreamSupervisor, state: StreamState, previous: StreamState): void {
    this.#log.change(state, previous, this.#context.clock.now());
    this.#events.change(state, this.#format);
    this.#context.status.set(this.#place.id, () => this.#message(stream));
    this.#context.onChange?.(stream);
  }

  onIncident(stream: StreamSupervisor, incident: Incident, message: string): void {
    this.#log.incident(stream.state.epoch, incident, message);
    this.#events.incident(stream.state, incident, message);
    this.#context.status.set(this.#place.id, () => this.#message(stream));
  }

  leave(stream: StreamSupervisor): void {
    this.#context.detections.retire(this.#place.token);
    // What is lost in the ring from now on would be counted as of who has the slot next.
    this.#context.drain();
    this.#context.pipeline.counters();
    this.#ledger.close();
    this.#context.status.end(this.#place.id, () => this.#message(stream));
  }

  row(stream: StreamSupervisor, spec: StreamSpec): StreamRow {
    const own = { rates: this.#meter.rates(), ledger: this.#ledger, sink: this.#sink };
    const decoding = { ...this.#decoding.decision(spec), ...this.#decoding.measure };
    return streamRow({ stream, context: this.#told(), added: this.#added, ...own, decoding });
  }

  #message(stream: StreamSupervisor) {
    return statusMessage(stream, this.#told());
  }

  #told() {
    const { clock, redactor } = this.#context;
    return { clock, format: this.#format, clean: (text: string) => redactor.clean(text) };
  }
}
