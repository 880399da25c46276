/**
 * Thirty-two streams, their cameras and their pipeline on a fake clock: real supervisors and a real handshake budget,
 * everything else is simulated. What must always hold is checked after every change.
 */
import type { SourceParams } from '../../src/native/types.js';
import { ConnectFailure } from '../../src/streams/connect-failure.js';
import { HandshakeBudget } from '../../src/streams/handshake-budget.js';
import { RETRY } from '../../src/streams/retry.js';
import {
  DEFAULT_RULES,
  type Phase,
  stallMs,
  type StreamKind,
  type StreamState,
} from '../../src/streams/stream-state.js';
import { type SourceHost, StreamSupervisor } from '../../src/streams/stream-supervisor.js';
import { ALL_FRAMES } from './all-frames.js';
import { FakeClock } from './fake-clock.js';
import { Random } from './fleet/random.js';
import { type Mode, paceOf, SimulatedCamera } from './simulated-camera.js';

const LIMIT = 5;
const NEVER = Number.NEGATIVE_INFINITY;
/** Of a worker's watchdog. */
const TICK_MS = 250;
/** A live stream of a healthy camera is looked at this much less often: nothing happens to it. */
const CALM = 20;

/** How long a stream may stay as it is. */
const LONGEST_STAY: Partial<Record<Phase | StreamKind, number>> = {
  resolving: 15_000,
  handshake: 15_000,
  'no-frame': 10_000,
  'waiting-for-key-frame': 120_000,
  settling: 5_000,
  stalled: 5_000,
  waiting: 66_000,
  failed: 330_000,
};

const NAME_MS = 3_000;
const REMOVAL_MS = 2_000;
const LOOK_MS = 1_500;
/** A turn is held no longer than this: the name, the handshake, a closer look at its failure. */
const TURN_MS = NAME_MS + 15_000 + LOOK_MS + 1_000;
/** To leave a slot, then to answer, show a picture and, after a flap, prove itself. */
const SETTLED_MS = REMOVAL_MS + 500 + 1_000 + 5_000 + 3_000;

/** Bounds of the pauses, by pace. */
const LONGEST_PAUSE = { network: 10_000, refusal: 66_000, auth: 330_000, none: 0 } as const;

export interface Place {
  readonly stream: StreamSupervisor;
  readonly camera: SimulatedCamera;
  tickedAt: number;
  /** Of the last connection. */
  epoch: number;
  /** When a login was refused. */
  lockedAt: number;
  /** When the stream must be live, if its camera is left alone. */
  liveBy: number;
}

export class World implements SourceHost {
  readonly clock: FakeClock;
  readonly random: Random;
  readonly places: readonly Place[];
  readonly problems: string[] = [];
  changes = 0;
  readonly #budget = new HandshakeBudget(LIMIT);
  /** What a slot holds: taken as soon as the pipeline is asked for it, free once the removal is over. */
  readonly #occupied = new Map<number, 'source' | 'leaving'>();
  #nextTick: number;

  constructor(
    seed: number,
    readonly tickMs = TICK_MS,
    count = 32,
  ) {
    this.random = new Random(seed);
    this.clock = new FakeClock(1_000, () => this.random.next());
    this.places = Array.from({ length: count }, (_, slot) => this.#place(slot));
    this.#nextTick = this.clock.now() + tickMs;
  }

  get now(): number {
    return this.clock.now();
  }

  start(): Promise<void> {
    for (const { stream } of this.places) stream.start();
    return settled();
  }

  /** What a camera does from now on. The watchdog has just looked. */
  set(place: Place, mode: Mode): void {
    this.#tick(place);
    const before = place.camera.mode;
    place.camera.become(mode, this.now);
    if (mode === 'healthy') this.expectLive(place, before);
  }

  /** All that must hold at any moment. */
  check(): void {
    this.places.forEach(({ stream, camera, liveBy }, slot) => {
      const { kind, phase, phaseSince, since, source, next } = stream.state;
      if (camera.mode === 'healthy' && kind !== 'stopped' && kind !== 'live' && this.now > liveBy)
        this.#fault(slot, `still ${kind}, though its camera is well since ${camera.since / 1000} s`);
      const late = this.now - 2 * this.tickMs;
      if (source !== 'removing' && next && next.at < late) this.#fault(slot, `${next.action} did not come`);
      const longest = LONGEST_STAY[phase ?? kind] ?? Number.POSITIVE_INFINITY;
      if ((phase ? phaseSince : since) + longest < late) this.#fault(slot, `${phase ?? kind} for too long`);
    });
  }

  /** The camera is well and nobody disturbs the stream from now on. */
  expectLive(place: Place, before: Mode): void {
    const { retryAt } = place.stream.state;
    const queue = Math.ceil(this.places.length / LIMIT) * TURN_MS;
    // A connection under way may still meet what the camera was when it was made.
    const pause = LONGEST_PAUSE[paceOf(before)];
    const begins = retryAt ?? this.now + queue + TURN_MS + pause;
    place.liveBy = begins + queue + SETTLED_MS;
  }

  /** An operator may try again what a refused login forbids. */
  permit(place: Place): void {
    place.lockedAt = NEVER;
  }

  async run(ms: number): Promise<void> {
    const end = this.now + ms;
    while (this.now < end) {
      const before = this.changes;
      const at = Math.min(end, this.#nextTick, this.clock.due ?? end);
      const due = this.clock.due === at;
      this.clock.advance(at - this.now);
      if (at >= this.#nextTick) this.#look();
      if (due || this.changes > before) await settled();
    }
  }

  async addSource(slot: number, { epoch }: SourceParams): Promise<void> {
    const held = this.#occupied.get(slot);
    if (held) this.#fault(slot, `a second source (${held}) in its slot`);
    const place = this.#at(slot);
    if (epoch <= place.epoch) this.#fault(slot, `epoch ${epoch} after ${place.epoch}`);
    place.epoch = epoch;
    this.#occupied.set(slot, 'source');
    await this.#pause(1 + 20 * this.random.next());
    place.camera.connect(epoch, this.now);
  }

  async removeSource(slot: number): Promise<void> {
    if (this.#occupied.get(slot) === 'leaving') this.#fault(slot, 'a second removal');
    this.#occupied.set(slot, 'leaving');
    this.#at(slot).camera.disconnect();
    // Some leave slowly: their next attempt is due before they are gone.
    await this.#pause(this.random.next() < 0.05 ? REMOVAL_MS : 1 + 150 * this.random.next());
    this.#occupied.delete(slot);
  }

  /** Everything stopped: nothing may be left. */
  async close(): Promise<void> {
    const closing = Promise.all(this.places.map(({ stream }) => stream.close()));
    await settled();
    await this.run(2 * NAME_MS);
    await closing;
    if (this.#occupied.size > 0) this.problems.push(`${this.#occupied.size} sources left in the pipeline`);
    const { busy, waiting } = this.#budget;
    if (busy + waiting > 0) this.problems.push(`${busy} turns held and ${waiting} asked for by nobody`);
    if (this.clock.scheduled > 0) this.problems.push(`${this.clock.scheduled} timers left`);
  }

  #place(slot: number): Place {
    const { clock } = this;
    const stream = new StreamSupervisor({
      id: `cam-${slot}`,
      slot,
      host: this,
      budget: this.#budget,
      clock,
      rules: { ...DEFAULT_RULES, random: clock.random, stallMs: stallMs(10), transport: 'tcp' },
      source: (epoch) => this.#source(slot, epoch),
      diagnose: async () => {
        await this.#pause(LOOK_MS * clock.random());
        return clock.random() < 0.5 ? undefined : { cause: 'timeout', message: 'looked at' };
      },
      onChange: (state, previous) => this.#changed(slot, state, previous),
      onFatal: (error) => this.#fault(slot, String(error)),
    });
    const camera = new SimulatedCamera({ clock, dispatch: (event) => stream.dispatch(event) });
    return {
      stream,
      camera,
      tickedAt: clock.now(),
      epoch: 0,
      lockedAt: NEVER,
      liveBy: Number.POSITIVE_INFINITY,
    };
  }

  #at(slot: number): Place {
    return this.places[slot] as Place;
  }

  async #source(slot: number, epoch: number): Promise<SourceParams> {
    const place = this.#at(slot);
    if (place.stream.state.kind === 'stopped') this.#fault(slot, 'connects though it is stopped');
    if (this.now - place.lockedAt < 270_000) this.#fault(slot, `a refused login tried again too soon`);
    await this.#pause(place.camera.mode === 'dns-slow' ? NAME_MS : 50 * this.random.next());
    if (place.camera.mode.startsWith('dns')) throw new ConnectFailure('dns', 'no such name');
    return { template: 'rtsp', stream: place.stream.id, epoch, token: epoch, ...ALL_FRAMES, params: {} };
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.schedule(this.now + ms, resolve));
  }

  #look(): void {
    this.#nextTick += this.tickMs;
    for (const place of this.places) {
      const { kind, attempt, next } = place.stream.state;
      if (kind === 'waiting' || kind === 'failed' || kind === 'stopped') continue;
      const calm = kind === 'live' && attempt === 0 && !next && place.camera.mode === 'healthy';
      if (!calm || this.now - place.tickedAt >= CALM * this.tickMs) this.#tick(place);
    }
  }

  #tick(place: Place): void {
    place.tickedAt = this.now;
    place.stream.tick(place.camera.sample(this.now));
  }

  #changed(slot: number, state: StreamState, previous: StreamState): void {
    this.changes++;
    const place = this.#at(slot);
    if (state.epoch !== previous.epoch && state.epoch !== previous.epoch + 1)
      this.#fault(slot, `epoch ${previous.epoch} became ${state.epoch}`);
    if (state.kind === 'live' && previous.kind !== 'live' && !place.camera.hadFrame)
      this.#fault(slot, 'live without a frame');
    if (state.kind === 'failed' && state.cause === 'unauthorized') place.lockedAt = this.now;
    this.#checkPause(slot, state, previous);
    this.#checkTurns(slot);
  }

  #checkPause(slot: number, state: StreamState, previous: StreamState): void {
    const { kind, cause, retryAt, next } = state;
    const pausing = kind === 'waiting' || kind === 'failed';
    if (!pausing) {
      if (retryAt !== undefined) this.#fault(slot, `a retry while ${kind}`);
      return;
    }
    if (previous.kind === kind) return;
    if (cause === undefined || retryAt === undefined) return this.#fault(slot, `${kind} for ever`);
    const pause = retryAt - this.now;
    if (pause <= 0 || pause > LONGEST_PAUSE[RETRY[cause].pace])
      this.#fault(slot, `${cause}: a pause of ${pause} ms`);
    if (next?.action !== 'connect' || next.at !== retryAt) this.#fault(slot, `${kind} without a next step`);
  }

  #checkTurns(slot: number): void {
    const held = this.places?.filter(({ stream }) => stream.state.turn === 'held') ?? [];
    if (held.length > LIMIT) this.#fault(slot, `${held.length} handshakes at once`);
    for (const { stream } of held) {
      const { phase } = stream.state;
      if (phase !== 'resolving' && phase !== 'handshake')
        this.#fault(slot, `a turn held while ${stream.state.kind} ${phase}`);
    }
  }

  #fault(slot: number, what: string): void {
    this.problems.push(`${(this.now / 1000).toFixed(2)} s, cam-${slot}: ${what}`);
  }
}

/** Promises lead to promises: no chain of a supervisor is longer than this. */
async function settled(): Promise<void> {
  for (let i = 0; i < 24; i++) await Promise.resolve();
}
