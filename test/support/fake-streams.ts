/** A reconciler without a pipeline: the test settles its calls and plays the cameras' part. */
import type { SourceParams } from '../../src/native/types.js';
import type { DecodeMode } from '../../src/spec/decode.js';
import type { StreamSpec } from '../../src/spec/types.js';
import { HandshakeBudget } from '../../src/streams/handshake-budget.js';
import { Reconciler } from '../../src/streams/reconciler.js';
import type { StreamSupervisor } from '../../src/streams/stream-supervisor.js';
import type { Place, Resident } from '../../src/streams/tenant.js';
import type { SlotSample } from '../../src/streams/watch.js';
import { ALL_FRAMES } from './all-frames.js';
import { FakeClock } from './fake-clock.js';
import { SILENT } from './stream-story.js';

export { settle } from './fake-source-host.js';

/** As strict as a pipeline: a slot has one source at a time. */
export class FakeHost {
  readonly calls: string[] = [];
  readonly sources = new Map<number, SourceParams>();
  readonly faults: string[] = [];
  /** Every call waits for it. */
  pause: () => Promise<void> = () => Promise.resolve();
  /** Set to make additions reject. */
  refuse: () => Error | undefined = () => undefined;
  stuck = false;

  async addSource(slot: number, source: SourceParams): Promise<void> {
    this.calls.push(`add ${slot} ${source.stream}`);
    if (this.sources.has(slot)) this.faults.push(`slot ${slot} is taken`);
    this.sources.set(slot, source);
    await this.pause();
    const refusal = this.refuse();
    if (!refusal) return;
    this.sources.delete(slot);
    throw refusal;
  }

  async removeSource(slot: number): Promise<void> {
    this.calls.push(`remove ${slot}`);
    await this.pause();
    if (this.stuck) throw new Error('deadline of 5 s missed');
    this.sources.delete(slot);
  }
}

export class FakeResident implements Resident {
  left = false;
  connections = 0;

  constructor(
    readonly place: Place,
    private readonly world: FakeWorld,
  ) {}

  async source(spec: StreamSpec, epoch: number): Promise<SourceParams> {
    this.connections++;
    await this.world.resolve(spec);
    const { token } = this.place;
    return {
      template: 'rtsp',
      stream: spec.id,
      epoch,
      token,
      ...ALL_FRAMES,
      params: { uri: spec.uri.analyse },
    };
  }

  async diagnose(): Promise<undefined> {}

  decodes({ decode }: StreamSpec): DecodeMode {
    return decode === 'auto' ? 'all' : decode;
  }

  sample(): SlotSample {
    const frames = this.world.frames;
    return { ...SILENT, received: frames, decoded: frames, frames, packets: frames };
  }

  onChange(stream: StreamSupervisor): void {
    const { kind, cause } = stream.state;
    this.world.changes.push([stream.id, kind, ...(cause ? [cause] : [])].join(' '));
  }

  onIncident(): void {}

  leave(): void {
    this.left = true;
  }
}

export interface FakeWorld {
  readonly host: FakeHost;
  readonly clock: FakeClock;
  readonly changes: string[];
  readonly fatal: Error[];
  readonly reconciler: Reconciler<FakeResident>;
  frames: number;
  /** Every look for an address waits for it; may reject. */
  resolve(spec: StreamSpec): Promise<void>;
}

export function fakeWorld(slots: number, random?: () => number): FakeWorld {
  const host = new FakeHost();
  const clock = new FakeClock(undefined, random);
  const fatal: Error[] = [];
  const world: FakeWorld = {
    ...{ host, clock, fatal, changes: [], frames: 0 },
    resolve: async () => {},
    reconciler: new Reconciler({
      ...{ slots, host, clock, budget: new HandshakeBudget() },
      moveIn: (place) => new FakeResident(place, world),
      onFatal: (error) => void fatal.push(error),
    }),
  };
  return world;
}
