/** Carries a schedule out: operations to an appliance, faults to its cameras. Keeps what the books need to know. */
import type { StreamRow } from '../../../src/worker/status.js';
import type { StreamChange } from '../../../src/worker/worker.js';
import type { Camsim } from '../camsim.js';
import { pass } from '../wait.js';
import type { Window } from './accounting.js';
import { DAMAGING, faultsOf, SPOILING, type SceneFiles } from './faults.js';
import { cameraId, type FleetStream } from './fleet.js';
import type { ChaosEvent, FaultSpec, Transport } from './schedule.js';

export interface Target {
  add(stream: object): Promise<StreamChange>;
  update(stream: object): Promise<StreamChange>;
  remove(id: string): Promise<StreamChange>;
  restart(id: string): Promise<StreamChange>;
}

/** From a stream's addition to its removal; times of the wall clock. */
export interface Occupancy {
  readonly camera: number;
  readonly from: number;
  /** Infinity while it is there. */
  to: number;
  /** Its last totals, once it is removed. */
  row?: StreamRow;
}

export interface ChaosDriverOptions {
  readonly target: Target;
  readonly cameras: Pick<Camsim, 'fault' | 'clear'>;
  readonly count: number;
  stream(camera: number, transport?: Transport, place?: number): FleetStream;
  /** Other scenes of the same camera, by name. */
  files(camera: number): SceneFiles;
}

/** After a fault is over its last packets are still on the way, and the next key frame may take a second. */
const AFTERMATH_MS = 3_000;

interface CameraRecord {
  readonly occupancies: Occupancy[];
  readonly damaged: Window[];
  readonly spoilt: Window[];
  desired: FleetStream | undefined;
  /** Operations on one camera follow one another. */
  last: Promise<void>;
}

export class ChaosDriver {
  /** What an appliance that is in order never does. */
  readonly failures: string[] = [];
  readonly #options: ChaosDriverOptions;
  readonly #records: CameraRecord[];

  constructor(options: ChaosDriverOptions) {
    this.#options = options;
    this.#records = Array.from({ length: options.count }, (_, camera) => ({
      occupancies: [{ camera, from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }],
      damaged: [],
      spoilt: [],
      desired: options.stream(camera),
      last: Promise.resolve(),
    }));
  }

  /** Resolves when the last event has been carried out. */
  async play(events: readonly ChaosEvent[]): Promise<void> {
    const start = performance.now();
    for (const event of events) {
      await pass(start + event.at - performance.now());
      this.#queue(event.camera, () => this.#carryOut(event));
    }
    await this.#settled();
  }

  /** What is wanted at this moment. */
  desired(): FleetStream[] {
    return this.#records.flatMap(({ desired }) => desired ?? []);
  }

  /** All cameras again as they were at first. */
  async restore(): Promise<void> {
    await this.#options.cameras.clear();
    for (const [camera, record] of this.#records.entries()) {
      const first = this.#options.stream(camera);
      this.#queue(camera, () => (record.desired ? this.#update(camera, first) : this.#add(camera, first)));
    }
    await this.#settled();
  }

  occupancies(camera: number): readonly Occupancy[] {
    return this.#of(camera).occupancies;
  }

  /** When pictures may have been missing or repeated, and when wrong, because of the camera or the network. */
  damaged(camera: number): readonly Window[] {
    return this.#of(camera).damaged;
  }

  spoilt(camera: number): readonly Window[] {
    return this.#of(camera).spoilt;
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#records.map(({ last }) => last));
  }

  #of(camera: number): CameraRecord {
    return this.#records[camera] as CameraRecord;
  }

  #queue(camera: number, act: () => Promise<void>): void {
    const record = this.#of(camera);
    const told = (error: unknown): void => void this.failures.push(`${cameraId(camera)}: ${String(error)}`);
    record.last = record.last.then(act).catch(told);
  }

  #carryOut(event: ChaosEvent): Promise<void> {
    const { camera } = event;
    const { stream } = this.#options;
    switch (event.do) {
      case 'add':
        return this.#add(camera, stream(camera, event.transport, event.place));
      case 'update':
        return this.#update(camera, stream(camera, event.transport, event.place));
      case 'remove':
        return this.#remove(camera);
      case 'restart':
        return this.#expect(this.#options.target.restart(cameraId(camera)), true).then(() => undefined);
      case 'fault':
        return this.#fault(camera, event.fault, event.until - event.at);
      case 'clear':
        return this.#options.cameras.clear(cameraId(camera));
    }
  }

  async #add(camera: number, stream: FleetStream): Promise<void> {
    const { occupancies } = this.#of(camera);
    occupancies.push({ camera, from: Date.now(), to: Number.POSITIVE_INFINITY });
    this.#of(camera).desired = stream;
    await this.#expect(this.#options.target.add(stream), true);
  }

  async #update(camera: number, stream: FleetStream): Promise<void> {
    const record = this.#of(camera);
    const same = JSON.stringify(record.desired) === JSON.stringify(stream);
    record.desired = stream;
    await this.#expect(this.#options.target.update(stream), !same);
  }

  async #remove(camera: number): Promise<void> {
    const record = this.#of(camera);
    record.desired = undefined;
    const { stream } = await this.#expect(this.#options.target.remove(cameraId(camera)), true);
    const occupancy = record.occupancies.at(-1) as Occupancy;
    occupancy.to = Date.now();
    if (stream) occupancy.row = stream;
    else this.failures.push(`${cameraId(camera)}: removed without its last totals`);
  }

  async #expect(asked: Promise<StreamChange>, changed: boolean): Promise<StreamChange> {
    const change = await asked;
    if (change.changed !== changed) throw new Error(`"changed" is ${change.changed}, expected ${changed}`);
    return change;
  }

  async #fault(camera: number, fault: FaultSpec, ms: number): Promise<void> {
    const record = this.#of(camera);
    const window = { from: Date.now(), to: Date.now() + ms + AFTERMATH_MS };
    if (DAMAGING.has(fault.kind)) record.damaged.push(window);
    if (SPOILING.has(fault.kind)) record.spoilt.push(window);
    const { cameras, files } = this.#options;
    for (const each of faultsOf(fault, files(camera))) await cameras.fault(cameraId(camera), each);
  }
}
