/** A worker's way to NATS: the connection; detections, states and events on their subjects. */
import type { Pipeline } from '../native/pipeline.js';
import { Histogram } from '../native/latencies.js';
import { INDEX_STRIDE } from '../native/types.js';
import { DetectionSink } from '../sinks/detection-sink.js';
import type { JetStreamState } from '../sinks/events/event-outbox.js';
import { EventSink } from '../sinks/events/event-sink.js';
import { type NatsLink, type NatsLinkOptions, type NatsState, openNats } from '../sinks/nats-link.js';
import { StatusSink } from '../sinks/status-sink.js';
import { type SubjectKind, subject } from '../sinks/subjects.js';
import type { ApplianceSpec } from '../spec/types.js';
import type { Logger } from './log.js';
import type { Redactor } from './redact.js';
import type { NatsSecrets } from './secrets.js';

export type OpenLink = (options: NatsLinkOptions) => NatsLink;

export interface OutletOptions {
  readonly spec: ApplianceSpec;
  /** Id of the pipeline. */
  readonly name: string;
  readonly pipeline: Pick<Pipeline, 'takeBatch' | 'releaseBatch'>;
  readonly secrets: NatsSecrets;
  readonly redactor: Redactor;
  readonly log: Logger;
  /** Folder of the events' spool, for nobody else. */
  readonly spool: string;
  readonly openLink?: OpenLink | undefined;
}

/** By the clock of `NativeBatch.committedMs`. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export class Outlet {
  readonly detections: DetectionSink;
  /** From finished messages until NATS had taken them. */
  readonly published = new Histogram();
  readonly status: StatusSink;
  readonly events: EventSink;
  readonly #options: OutletOptions;
  readonly #link: NatsLink;

  constructor(options: OutletOptions) {
    const { spec, name, pipeline, secrets, openLink = openNats } = options;
    this.#options = options;
    this.#link = openLink({ servers: spec.nats.servers, name: `weir ${spec.appliance}/${name}`, ...secrets });
    this.#link.watch((state, problem) => this.#tell(state, problem));
    this.detections = new DetectionSink({
      link: this.#link,
      release: (id) => pipeline.releaseBatch(id),
      flushed: ({ committedMs, index }) =>
        this.published.observe(monotonicMs() - committedMs, index.length / INDEX_STRIDE),
    });
    this.status = new StatusSink({ link: this.#link, subject: (stream) => this.subject(stream, 'status') });
    this.events = openEvents({ ...options, link: this.#link });
  }

  get state(): NatsState {
    return this.#link.state;
  }

  subject(stream: string, kind: SubjectKind): string {
    const { appliance, nats } = this.#options.spec;
    return subject({ prefix: nats.prefix, appliance }, stream, kind);
  }

  /** All that waits in the ring goes out, or is counted as lost. */
  takeBatches(): void {
    const { pipeline } = this.#options;
    for (let batch = pipeline.takeBatch(); batch; batch = pipeline.takeBatch()) this.detections.offer(batch);
    this.detections.drained();
  }

  /** When it settles no message is in the pipeline's memory any more. */
  async close(): Promise<void> {
    this.takeBatches();
    this.status.close();
    await this.events.close();
    await this.#link.close();
    await this.detections.idle();
  }

  #tell(state: NatsState, problem: string | undefined): void {
    const { log, redactor } = this.#options;
    if (problem !== undefined) {
      log.warn(redactor.clean(problem));
      return;
    }
    const cleaned = Object.entries(state).map(([key, value]) => [key, redactor.clean(String(value))]);
    const { kind, ...details } = Object.fromEntries(cleaned) as Record<string, string>;
    log[state.kind === 'connected' || state.kind === 'closed' ? 'info' : 'warn'](details, `NATS ${kind}`);
  }
}

export interface EventsOptions extends Pick<OutletOptions, 'spec' | 'spool' | 'redactor' | 'log'> {
  readonly link: NatsLink;
}

/** Every change of its delivery is a line of the log. */
export function openEvents({ spec, spool, redactor, log, link }: EventsOptions): EventSink {
  const { appliance, nats } = spec;
  const clean = (text: string) => redactor.clean(text);
  return new EventSink({
    ...{ scope: { prefix: nats.prefix, appliance }, events: nats.events, link, folder: spool },
    onState: (state) => tellJetStream(log, state, clean),
    onSpoolProblem(problem) {
      if (problem === undefined) log.info('events are spooled on disk again');
      else log.error({ reason: clean(problem), folder: spool }, 'events are not spooled on disk');
    },
  });
}

function tellJetStream(log: Logger, state: JetStreamState, clean: (text: string) => string): void {
  if (state.kind === 'refused') {
    const { problem, message, remedy } = state;
    log.warn({ problem, reason: clean(message), remedy: clean(remedy) }, 'JetStream does not take events');
  } else if (state.kind === 'ready') {
    log.info({ ...(state.notes && { notes: state.notes.map(clean) }) }, 'JetStream takes events');
  } else {
    log.debug(`JetStream: ${state.kind}`);
  }
}
