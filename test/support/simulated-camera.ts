/** A camera and the native side's view of it, on a fake clock. */
import type { Clock } from '../../src/streams/clock.js';
import { type Cause, type Pace, RETRY } from '../../src/streams/retry.js';
import type { SlotSample, StreamEvent } from '../../src/streams/stream-state.js';
import { SILENT } from './stream-story.js';

/** What answers the attempt to connect. */
const REFUSALS = {
  refused: ['refused', 30],
  silent: ['timeout', 3_000],
  locked: ['unauthorized', 100],
  'wrong-path': ['not-found', 100],
  busy: ['unavailable', 100],
  'wrong-codec': ['codec', 200],
  vague: ['unreachable', 50],
} as const satisfies Record<string, readonly [Cause, number]>;

/** `dead`: never any answer. The others of this list connect and then misbehave. */
const OTHERS = [
  ...(['healthy', 'dead', 'mute', 'keyless', 'freezing', 'flapping', 'broken', 'lossy', 'jumping'] as const),
  ...(['frozen', 'dns', 'dns-slow'] as const),
] as const;

export type Mode = keyof typeof REFUSALS | (typeof OTHERS)[number];
export const MODES: readonly Mode[] = [...(Object.keys(REFUSALS) as (keyof typeof REFUSALS)[]), ...OTHERS];

/** How long a stream pauses at most when it has met such a camera. */
export function paceOf(mode: Mode): Pace {
  return mode in REFUSALS ? RETRY[REFUSALS[mode as keyof typeof REFUSALS][0]].pace : 'network';
}

/** In these a connection there is breaks off. */
const BREAKING: readonly Mode[] = [...(Object.keys(REFUSALS) as Mode[]), 'flapping'];

const FPS = 10;
const FLAP_MS = 2_000;

interface Connection {
  readonly epoch: number;
  /** When data began to flow, and frames. */
  data: boolean;
  frames: boolean;
}

interface Surroundings {
  readonly clock: Clock;
  dispatch(event: StreamEvent): void;
}

export class SimulatedCamera {
  mode: Mode = 'healthy';
  /** When it became what it is. */
  since = 0;
  readonly #clock: Clock;
  readonly #dispatch: (event: StreamEvent) => void;
  #connection: Connection | undefined;
  #sample = SILENT;
  #sampledAt = 0;
  #pictureSince = 0;
  #timers = new Set<() => void>();

  constructor({ clock, dispatch }: Surroundings) {
    this.#clock = clock;
    this.#dispatch = dispatch;
  }

  /** Whether the present connection has given a frame. */
  get hadFrame(): boolean {
    return this.#connection?.frames ?? false;
  }

  become(mode: Mode, now: number): void {
    this.sample(now);
    [this.mode, this.since] = [mode, now];
    if (BREAKING.includes(mode) && this.#connection) this.#lose('eos', 20);
  }

  connect(epoch: number, now: number): void {
    this.sample(now);
    const connection: Connection = { epoch, data: false, frames: false };
    this.#connection = connection;
    const { mode } = this;
    if (mode in REFUSALS) {
      const [cause, ms] = REFUSALS[mode as keyof typeof REFUSALS];
      return this.#lose(cause, ms);
    }
    if (mode === 'dead') return;
    this.#in(20 + 380 * this.#clock.random(), () => {
      this.#dispatch({ type: 'connected', epoch });
      if (this.mode !== 'mute') this.#deliver(connection);
    });
  }

  disconnect(): void {
    this.sample(this.#clock.now());
    this.#connection = undefined;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  /** The counters grow by what has come since the last look. */
  sample(now: number): SlotSample {
    const seconds = (now - this.#sampledAt) / 1000;
    this.#sampledAt = now;
    const { mode } = this;
    if (mode !== 'frozen') this.#pictureSince = now;
    const flows = this.#connection?.data === true && mode !== 'freezing' && mode !== 'dead';
    if (flows) this.#sample = grown(this.#sample, mode, seconds, this.#connection?.frames === true);
    return { ...this.#sample, pictureAgeMs: now - this.#pictureSince };
  }

  #deliver(connection: Connection): void {
    this.sample(this.#clock.now());
    connection.data = true;
    this.#awaitKeyFrame(connection);
    if (this.mode === 'flapping') this.#lose('eos', FLAP_MS);
  }

  #awaitKeyFrame(connection: Connection): void {
    this.#in(1_000 * this.#clock.random(), () => {
      if (this.mode === 'keyless') return this.#awaitKeyFrame(connection);
      this.sample(this.#clock.now());
      connection.frames = true;
      this.#dispatch({ type: 'firstFrame', epoch: connection.epoch });
    });
  }

  #lose(cause: Cause, ms: number): void {
    const epoch = this.#connection?.epoch ?? 0;
    this.#in(ms, () => this.#dispatch({ type: 'lost', epoch, cause, message: `camera ${this.mode}` }));
  }

  /** Forgotten when the connection ends. */
  #in(ms: number, callback: () => void): void {
    const cancel = this.#clock.schedule(this.#clock.now() + ms, () => {
      this.#timers.delete(cancel);
      callback();
    });
    this.#timers.add(cancel);
  }
}

function grown(before: SlotSample, mode: Mode, seconds: number, frames: boolean): SlotSample {
  const units = FPS * seconds;
  const errors = mode === 'broken' ? 0.7 * units : 0;
  const lost = mode === 'lossy' ? 5 * units : 0;
  return {
    ...before,
    received: before.received + units,
    packets: before.packets + 10 * units - lost,
    packetsLost: before.packetsLost + lost,
    undecodable: before.undecodable + (frames ? 0 : units),
    decodeErrors: before.decodeErrors + (frames ? errors : 0),
    decoded: before.decoded + (frames ? units - errors : 0),
    frames: before.frames + (frames ? units - errors : 0),
    timestampJumps: before.timestampJumps + (mode === 'jumping' ? seconds : 0),
  };
}
