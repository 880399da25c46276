/** Tells a stream's reducer a story: events at given times, and a camera whose counters grow. */
import {
  DEFAULT_RULES,
  initialState,
  next,
  type SlotSample,
  type StreamEffect,
  type StreamEvent,
  type StreamRules,
  type StreamState,
} from '../../src/streams/stream-state.js';

export const SILENT: SlotSample = {
  received: 0,
  undecodable: 0,
  decoded: 0,
  decodeErrors: 0,
  frames: 0,
  shed: 0,
  packets: 0,
  packetsLost: 0,
  timestampJumps: 0,
  pictureAgeMs: -1,
};

/** Growth of the counters per second. */
export type Rates = Partial<Record<Exclude<keyof SlotSample, 'pictureAgeMs'>, number>>;

/** A camera of ten frames a second. */
export const FLOWING: Rates = { packets: 100, received: 10, decoded: 10, frames: 10 };

const TICK_MS = 250;

export class Story {
  now = 0;
  state: StreamState = initialState(0);
  /** Of the last event. */
  effects: readonly StreamEffect[] = [];
  /** Of all events. */
  readonly told: StreamEffect[] = [];
  readonly rules: StreamRules;
  #sample = SILENT;

  constructor(rules: Partial<StreamRules> = {}) {
    this.rules = { ...DEFAULT_RULES, random: () => 0.5, stallMs: 2_000, transport: 'tcp', ...rules };
  }

  event(event: StreamEvent): this {
    [this.state, this.effects] = next(this.state, event, this.now, this.rules);
    this.told.push(...this.effects);
    return this;
  }

  /** An event of the present connection. */
  own(type: 'resolved' | 'added' | 'removed' | 'connected' | 'firstFrame'): this {
    return this.event({ type, epoch: this.state.epoch });
  }

  lost(cause: Extract<StreamEvent, { type: 'lost' }>['cause'], message = 'why'): this {
    return this.event({ type: 'lost', epoch: this.state.epoch, cause, message });
  }

  wait(ms: number): this {
    this.now += ms;
    return this;
  }

  /** The counters grow at these rates while the watchdog looks four times a second. */
  flow(ms: number, rates: Rates = FLOWING, pictureAgeMs = -1): this {
    for (const end = this.now + ms; this.now < end;) {
      this.now += TICK_MS;
      this.jump(scaled(rates, TICK_MS / 1000), pictureAgeMs);
    }
    return this;
  }

  /** The counters grow by this, and the watchdog looks. */
  jump(by: Rates, pictureAgeMs = -1): this {
    this.#sample = { ...grown(this.#sample, by), pictureAgeMs };
    return this.event({ type: 'tick', sample: this.#sample });
  }

  started(): this {
    return this.event({ type: 'start' }).event({ type: 'granted' });
  }

  connected(): this {
    return this.started().own('resolved').own('added').jump({}).own('connected');
  }

  live(): this {
    return this.connected().own('firstFrame');
  }

  /** From `waiting` or `failed` to the handshake of the next connection. */
  again(): this {
    this.own('removed');
    this.now = Math.max(this.now, this.state.retryAt ?? 0);
    this.event({ type: 'retryDue' }).event({ type: 'granted' }).own('resolved').own('added');
    return this.jump({});
  }

  incidents(): string[] {
    return this.told.flatMap((effect) =>
      effect.type === 'incident' ? [`${effect.incident}: ${effect.message}`] : [],
    );
  }

  troubles(): string[] {
    return this.state.troubles.map(({ kind, message }) => `${kind}: ${message}`);
  }
}

function scaled(rates: Rates, by: number): Rates {
  return Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, rate * by]));
}

function grown(sample: SlotSample, by: Rates): SlotSample {
  const pairs = Object.entries(by) as [keyof Rates, number][];
  return {
    ...sample,
    ...Object.fromEntries(pairs.map(([name, value]) => [name, (sample[name] ?? 0) + value])),
  };
}
