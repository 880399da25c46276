/**
 * Desired streams against the slots of one pipeline. What a call asks for is decided when it is made, by what is
 * desired then; it is carried out in its stream's turn.
 */
import { WeirError } from '../spec/error.js';
import { sameStream } from '../spec/stream.js';
import type { StreamSpec } from '../spec/types.js';
import { unknown } from '../spec/unknown.js';
import type { SourceEvent } from './cause-of.js';
import type { Clock } from './clock.js';
import type { Turns } from './handshake-budget.js';
import { Lanes } from './lanes.js';
import { Slots } from './slots.js';
import type { SourceHost } from './stream-supervisor.js';
import { type Place, type Resident, Tenant } from './tenant.js';

export interface ReconcilerOptions<R extends Resident> {
  readonly slots: number;
  readonly host: SourceHost;
  readonly budget: Turns;
  readonly clock: Clock;
  /** A stream takes a slot. */
  moveIn(place: Place): R;
  /** A source cannot be removed: only a new process helps. */
  onFatal(error: WeirError): void;
}

export interface Outcome<R extends Resident> {
  readonly changed: boolean;
  /** Absent where the stream has no slot: there is no such stream, or it was removed before it had one. */
  readonly tenant?: Tenant<R>;
}

/** A stream that is desired. */
interface Wish {
  spec: StreamSpec;
  /** Aborted when it is no longer desired: then it waits for no slot, which may be promised to another by now. */
  readonly withdrawn: AbortController;
}

export class Reconciler<R extends Resident> {
  readonly #options: ReconcilerOptions<R>;
  readonly #desired = new Map<string, Wish>();
  readonly #tenants = new Map<string, Tenant<R>>();
  readonly #bySlot: (Tenant<R> | undefined)[] = [];
  readonly #slots: Slots;
  readonly #lanes = new Lanes();
  /** Why nothing is done any more. */
  #ended: WeirError | undefined;
  #nextToken = 1;

  constructor(options: ReconcilerOptions<R>) {
    this.#options = options;
    this.#slots = new Slots(options.slots);
  }

  /** In order of slots, those that are leaving included. */
  *[Symbol.iterator](): Iterator<Tenant<R>> {
    for (const tenant of this.#bySlot) if (tenant) yield tenant;
  }

  /** Whether it is desired; it may still wait for a slot. */
  has(id: string): boolean {
    return this.#desired.has(id);
  }

  find(id: string): Tenant<R> | undefined {
    return this.#tenants.get(id);
  }

  /** Throws STREAM_UNKNOWN for who has no slot, and STOPPED. */
  get(id: string): Tenant<R> {
    this.#known(id);
    const tenant = this.#tenants.get(id);
    if (!tenant) throw new WeirError('STREAM_UNKNOWN', `stream "${id}" waits for a slot`);
    return tenant;
  }

  get freeSlots(): number {
    return this.#slots.free;
  }

  /** Resolves when the stream has its slot, or was removed before it had. Rejects with STREAM_EXISTS, SLOTS_FULL. */
  async add(spec: StreamSpec): Promise<Outcome<R>> {
    this.#check();
    const { id } = spec;
    const before = this.#desired.get(id);
    if (before && !sameStream(before.spec, spec)) throw exists(id);
    if (before) return this.#lanes.run(id, () => this.#present(id, false));
    if (this.#desired.size >= this.#slots.count) throw full(this.#slots.count);
    const wish: Wish = { spec, withdrawn: new AbortController() };
    this.#desired.set(id, wish);
    return this.#lanes.run(id, () => this.#settle(spec, wish.withdrawn.signal));
  }

  /** Rejects with STREAM_UNKNOWN. */
  async update(spec: StreamSpec): Promise<Outcome<R>> {
    const wish = this.#known(spec.id);
    const changed = !sameStream(wish.spec, spec);
    wish.spec = spec;
    return this.#lanes.run(spec.id, () =>
      this.#present(spec.id, changed, (tenant) => {
        if (changed) tenant.replace(spec);
      }),
    );
  }

  /** Connects anew, at once. Rejects with STREAM_UNKNOWN. */
  async restart(id: string): Promise<Outcome<R>> {
    this.#known(id);
    return this.#lanes.run(id, () => this.#present(id, true, (tenant) => tenant.stream.restart('restart')));
  }

  /** Resolves when nothing of the stream is left and its slot is free. */
  async remove(id: string): Promise<Outcome<R>> {
    this.#check();
    const wish = this.#desired.get(id);
    this.#desired.delete(id);
    wish?.withdrawn.abort();
    return this.#lanes.run(id, async () => {
      this.#check();
      return wish ? this.#evict(id) : { changed: false };
    });
  }

  /** All sources leave the pipeline. What has not been carried out rejects with STOPPED. */
  async close(): Promise<void> {
    this.#end(new WeirError('STOPPED', 'the appliance is stopping'));
    await Promise.allSettled([...this.#tenants.values()].map((tenant) => tenant.stream.close()));
  }

  /** Whose event it is; undefined for those of connections that are over. */
  current(event: SourceEvent): Tenant<R> | undefined {
    const tenant = this.#bySlot[event.slot];
    return tenant?.stream.state.epoch === event.epoch ? tenant : undefined;
  }

  /** The watchdog's round. */
  tick(): void {
    for (const { stream, resident } of this) stream.tick(resident.sample());
  }

  /** The network has changed: whoever waits for it tries now. */
  nudge(): void {
    for (const { stream } of this) stream.nudge();
  }

  async #settle(spec: StreamSpec, withdrawn: AbortSignal): Promise<Outcome<R>> {
    this.#check();
    const slot = withdrawn.aborted ? undefined : await this.#slots.take(withdrawn);
    this.#check();
    if (slot === undefined) return { changed: true };
    const tenant = this.#moveIn(spec, slot);
    tenant.stream.start();
    return { changed: true, tenant };
  }

  #moveIn(spec: StreamSpec, slot: number): Tenant<R> {
    const { host, budget, clock, moveIn } = this.#options;
    const place = { id: spec.id, slot, token: this.#nextToken++ };
    const onFatal = (error: unknown) => this.#fail(error);
    const tenant = new Tenant(spec, place, moveIn(place), { host, budget, clock, onFatal });
    this.#tenants.set(spec.id, tenant);
    this.#bySlot[slot] = tenant;
    return tenant;
  }

  async #evict(id: string): Promise<Outcome<R>> {
    const tenant = this.#tenants.get(id);
    if (!tenant) return { changed: true };
    await tenant.stream.close();
    // A source that would not go keeps its slot: nobody else may have it.
    if (this.#ended && this.#ended.code !== 'STOPPED') throw this.#ended;
    tenant.resident.leave(tenant.stream);
    this.#tenants.delete(id);
    this.#bySlot[tenant.slot] = undefined;
    this.#slots.give(tenant.slot);
    return { changed: true, tenant };
  }

  async #present(id: string, changed: boolean, act?: (tenant: Tenant<R>) => void): Promise<Outcome<R>> {
    this.#check();
    const tenant = this.#tenants.get(id);
    if (!tenant) return { changed };
    act?.(tenant);
    return { changed, tenant };
  }

  #known(id: string): Wish {
    this.#check();
    const wish = this.#desired.get(id);
    if (wish) return wish;
    throw unknown('stream', id, this.#desired.keys());
  }

  #check(): void {
    if (this.#ended) throw this.#ended;
  }

  #fail(cause: unknown): void {
    const message = cause instanceof Error ? cause.message : String(cause);
    const error = cause instanceof WeirError ? cause : new WeirError('PIPELINE_FAILED', message, { cause });
    this.#end(error);
    this.#options.onFatal(error);
  }

  #end(error: WeirError): void {
    this.#ended ??= error;
    this.#slots.close(this.#ended);
  }
}

function exists(id: string): WeirError {
  return new WeirError('STREAM_EXISTS', `stream "${id}" is there already, with another description`, {
    remedy: 'update it, or choose another id',
  });
}

function full(count: number): WeirError {
  return new WeirError('SLOTS_FULL', `all ${count} slots are taken`, {
    remedy: 'remove a stream, or raise "slots" in the spec and start anew',
  });
}
