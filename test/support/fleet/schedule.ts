/** What happens to a fleet of cameras and when: a pure function of a seed. */
import { Random } from './random.js';

export type Transport = 'tcp' | 'udp';

/** What a camera or its network does for a while, or once. */
export interface FaultSpec {
  readonly kind: string;
  readonly [parameter: string]: string | number | boolean;
}

/** `at`: milliseconds from the beginning. */
export type ChaosEvent = { readonly at: number; readonly camera: number } & (
  | { readonly do: 'remove' | 'restart' }
  /** `place`: counts the addresses the camera has had. */
  | { readonly do: 'add' | 'update'; readonly transport: Transport; readonly place: number }
  | { readonly do: 'fault'; readonly fault: FaultSpec; readonly until: number }
  | { readonly do: 'clear'; readonly fault: FaultSpec }
);

export interface ScheduleOptions {
  readonly seed: number;
  readonly cameras: number;
  /** Nothing is done to these. */
  readonly witnesses: readonly number[];
  readonly transport: (camera: number) => Transport;
  /** Operations and faults; the ends of faults, and restarts because of them, come on top. */
  readonly events: number;
  readonly durationMs: number;
}

/** One row per kind of fault. */
interface FaultRow {
  readonly weight: number;
  /** Seconds it lasts; absent: it is over at once. */
  readonly seconds?: readonly [least: number, most: number];
  readonly udpOnly?: true;
  /** The camera is tried again only after minutes: somebody who has mended it does not wait for that. */
  readonly operator?: true;
  make(random: Random): Parameters;
}

type Parameters = Omit<FaultSpec, 'kind'>;
const nothing = (): Parameters => ({});
/** Chance in the network has a seed of its own. */
const packets = (random: Random, fractions: readonly number[]): Parameters => ({
  fraction: random.pick(fractions),
  seed: random.between(1, 1_000_000),
});

/** A scene of 360p takes about 20 kB/s. */
const NARROW = [4_000, 8_000, 14_000];

/** The parameters are the simulator's own; files are named by what is in them. */
export const FAULTS: Readonly<Record<string, FaultRow>> = {
  kill: { weight: 3, make: nothing },
  refuse: { weight: 3, seconds: [0.5, 5], make: nothing },
  blackhole: { weight: 2, seconds: [1, 9], make: nothing },
  status: {
    weight: 3,
    seconds: [1, 4],
    operator: true,
    make: (random) => ({ code: random.pick([401, 403, 404, 454, 503]), drop: true }),
  },
  unsupported: { weight: 1, seconds: [1, 4], operator: true, make: nothing },
  freeze: { weight: 3, seconds: [1, 9], make: (random) => ({ rtcp: random.next() < 0.5 }) },
  frozenPicture: { weight: 2, seconds: [1, 5], make: nothing },
  throttle: { weight: 2, seconds: [1, 5], make: (random) => ({ bytesPerSecond: random.pick(NARROW) }) },
  loss: { weight: 2, seconds: [1, 5], udpOnly: true, make: (random) => packets(random, [0.02, 0.1, 0.5]) },
  reorder: { weight: 2, seconds: [1, 5], udpOnly: true, make: (random) => packets(random, [0.05, 0.2]) },
  corrupt: { weight: 2, seconds: [1, 5], udpOnly: true, make: (random) => packets(random, [0.02, 0.2]) },
  jitter: { weight: 1, seconds: [1, 5], udpOnly: true, make: (random) => ({ ms: random.pick([50, 400]) }) },
  lateKey: { weight: 2, seconds: [3, 8], make: (random) => ({ delay: random.between(1, 4) }) },
  switch: { weight: 2, seconds: [2, 6], make: (random) => ({ to: random.pick(['half', 'h265']) }) },
  rate: { weight: 1, seconds: [2, 6], make: (random) => ({ fps: random.pick([4, 15]) }) },
  timestampJump: { weight: 2, make: (random) => ({ by: random.pick([-3600, -5, 5, 3600]) }) },
  timestampWrap: { weight: 1, seconds: [3, 6], make: () => ({ after: 2 }) },
  ntp: { weight: 1, seconds: [1, 5], make: nothing },
  ssrc: { weight: 1, seconds: [2, 6], make: () => ({ value: 1234 }) },
  flap: { weight: 1, seconds: [4, 8], make: () => ({ everySeconds: 2 }) },
};

const OPERATIONS = { remove: 3, update: 3, restart: 2 } as const;
/** So that there is somebody to do something to. */
const MOST_ABSENT = 0.2;
/** Between two faults of a camera: it is well for a moment. */
const RESPITE_MS = 1_000;

interface CameraState {
  readonly camera: number;
  present: boolean;
  transport: Transport;
  place: number;
  /** When nothing is the matter with it any more. */
  well: number;
}

export function schedule(options: ScheduleOptions): ChaosEvent[] {
  return new Scheduler(options).run();
}

class Scheduler {
  readonly #random: Random;
  readonly #options: ScheduleOptions;
  readonly #cameras: CameraState[];
  readonly #events: ChaosEvent[] = [];
  /** Faults under way. */
  #lasting: { readonly camera: CameraState; readonly fault: FaultSpec; readonly until: number }[] = [];

  constructor(options: ScheduleOptions) {
    const { seed, cameras, witnesses, transport } = options;
    this.#random = new Random(seed);
    this.#options = options;
    this.#cameras = Array.from({ length: cameras }, (_, camera) => camera)
      .filter((camera) => !witnesses.includes(camera))
      .map((camera) => ({ camera, present: true, transport: transport(camera), place: 0, well: 0 }));
  }

  run(): ChaosEvent[] {
    const { events, durationMs } = this.#options;
    const times = Array.from({ length: events }, () => Math.floor(this.#random.next() * durationMs));
    for (const at of times.sort((a, b) => a - b)) {
      this.#clear(at);
      if (this.#random.next() < 0.5 || !this.#fault(at)) this.#operate(at);
    }
    this.#clear(Number.POSITIVE_INFINITY);
    return this.#events;
  }

  #clear(now: number): void {
    const over = this.#lasting.filter(({ until }) => until <= now).sort((a, b) => a.until - b.until);
    this.#lasting = this.#lasting.filter(({ until }) => until > now);
    for (const { camera: state, fault, until: at } of over) {
      const { camera } = state;
      this.#events.push({ at, camera, do: 'clear', fault });
      if (FAULTS[fault.kind]?.operator && state.present) this.#events.push({ at, camera, do: 'restart' });
    }
  }

  /** False: there is nobody it could be done to. */
  #fault(at: number): boolean {
    const weights = Object.fromEntries(Object.entries(FAULTS).map(([kind, { weight }]) => [kind, weight]));
    const kind = this.#random.weighted(weights);
    const row = FAULTS[kind] as FaultRow;
    const victims = this.#cameras.filter(
      ({ present, well, transport }) => present && well <= at && (!row.udpOnly || transport === 'udp'),
    );
    if (victims.length === 0) return false;
    const state = this.#random.pick(victims);
    const fault = { kind, ...row.make(this.#random) };
    const until = this.#end(at, row);
    this.#events.push({ at, camera: state.camera, do: 'fault', fault, until });
    state.well = until + RESPITE_MS;
    if (row.seconds) this.#lasting.push({ camera: state, fault, until });
    return true;
  }

  #end(at: number, { seconds }: FaultRow): number {
    if (!seconds) return at;
    const [least, most] = seconds;
    const until = at + Math.round(1000 * (least + this.#random.next() * (most - least)));
    return Math.min(until, Math.max(at, this.#options.durationMs));
  }

  #operate(at: number): void {
    const absent = this.#cameras.filter(({ present }) => !present);
    const crowded = absent.length < MOST_ABSENT * this.#cameras.length;
    const state = crowded ? this.#random.pick(this.#cameras) : this.#random.pick(absent);
    const operation = state.present ? this.#random.weighted(OPERATIONS) : 'add';
    if (operation === 'update') this.#change(state);
    if (operation === 'add') state.present = true;
    if (operation === 'remove') state.present = false;
    const { camera, transport, place } = state;
    if (operation === 'add' || operation === 'update') {
      this.#events.push({ at, camera, do: operation, transport, place });
    } else {
      this.#events.push({ at, camera, do: operation });
    }
  }

  #change(state: CameraState): void {
    if (this.#random.next() < 0.5) state.place++;
    else state.transport = state.transport === 'tcp' ? 'udp' : 'tcp';
  }
}
