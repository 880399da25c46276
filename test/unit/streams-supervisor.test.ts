import { describe, expect, it } from 'vitest';
import { HandshakeBudget } from '../../src/streams/handshake-budget.js';
import { StreamSet } from '../../src/streams/stream-set.js';
import type { SourceParams } from '../../src/native/types.js';
import { FakeClock } from '../support/fake-clock.js';

/** A pipeline whose calls the test settles. */
class Host {
  readonly calls: string[] = [];
  readonly epochs = new Map<number, number>();
  #gates: (() => void)[] = [];
  held = false;

  async addSource(slot: number, { epoch }: SourceParams): Promise<void> {
    this.calls.push(`add ${slot}`);
    this.epochs.set(slot, epoch);
    await this.#gate();
  }

  async removeSource(slot: number): Promise<void> {
    this.calls.push(`remove ${slot}`);
    await this.#gate();
  }

  open(): void {
    this.held = false;
    for (const gate of this.#gates.splice(0)) gate();
  }

  #gate(): Promise<void> {
    return this.held ? new Promise((resolve) => this.#gates.push(resolve)) : Promise.resolve();
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

function streams(count: number, source?: () => SourceParams) {
  const host = new Host();
  const clock = new FakeClock();
  const changes: string[] = [];
  const fatal: unknown[] = [];
  const declared = Array.from({ length: count }, (_, i) => ({
    id: `cam-${i}`,
    fps: 10,
    source: source ?? ((epoch: number) => ({ template: 'rtsp', stream: `cam-${i}`, epoch, params: {} })),
  }));
  const set = new StreamSet(declared, {
    host,
    clock,
    onChange: (id, state) => changes.push(`${id} ${state.kind}${state.cause ? ` ${state.cause}` : ''}`),
    onFatal: (error) => fatal.push(error),
  });
  return { host, clock, changes, fatal, set };
}

describe('streams', () => {
  it('connect at most five at a time, the next when one shows a picture or fails', async () => {
    const { host, set } = streams(8);
    set.start();
    await settle();
    expect(host.calls).toEqual([0, 1, 2, 3, 4].map((slot) => `add ${slot}`));
    set.handle({ type: 'first-frame', slot: 2, epoch: 1 });
    await settle();
    expect(host.calls.at(-1)).toBe('add 5');
    set.handle({ type: 'source-error', slot: 0, epoch: 1, cause: 'refused', message: 'refused' });
    await settle();
    expect(host.calls.slice(-2).sort()).toEqual(['add 6', 'remove 0']);
  });

  it('wait for an addition under way before they remove its source', async () => {
    const { host, set } = streams(1);
    host.held = true;
    set.start();
    await settle();
    set.handle({ type: 'source-error', slot: 0, epoch: 1, cause: 'refused', message: 'refused' });
    await settle();
    expect(host.calls).toEqual(['add 0']);
    host.open();
    await settle();
    expect(host.calls).toEqual(['add 0', 'remove 0']);
  });

  it('come back under a new epoch after their pause, and drop what the old connection still says', async () => {
    const { host, clock, set } = streams(1);
    set.start();
    await settle();
    set.handle({ type: 'source-error', slot: 0, epoch: 1, cause: 'eos', message: 'the camera hung up' });
    await settle();
    clock.advance(1_000);
    await settle();
    expect(host.epochs.get(0)).toBe(2);
    set.handle({ type: 'first-frame', slot: 0, epoch: 1 });
    expect(set.find('cam-0')?.state.kind).toBe('connecting');
    set.handle({ type: 'first-frame', slot: 0, epoch: 2 });
    expect(set.find('cam-0')?.state.kind).toBe('live');
  });

  it('fail with cause "config" when what they need is not there, and try again', async () => {
    let missing = true;
    const { host, clock, changes, set } = streams(1, () => {
      if (missing) throw new Error('${env:CAM}: there is no value');
      return { template: 'rtsp', stream: 'cam-0', epoch: 2, params: {} };
    });
    set.start();
    await settle();
    expect(changes.at(-1)).toBe('cam-0 failed config');
    missing = false;
    clock.advance(66_000);
    await settle();
    expect(host.calls.at(-1)).toBe('add 0');
  });

  it.each([
    [undefined, 'unreachable', 10_000],
    [503, 'unavailable', 66_000],
  ])('with status %s are %s, and tried again within %d ms', async (status, cause, most) => {
    const { clock, set } = streams(1);
    set.start();
    await settle();
    const event = { type: 'source-error', slot: 0, epoch: 1, cause: 'unavailable', message: 'x' } as const;
    set.handle(status === undefined ? event : { ...event, status });
    const state = set.find('cam-0')?.state;
    expect(state).toMatchObject({ kind: 'waiting', cause });
    expect((state?.retryAt ?? 0) - clock.now()).toBeLessThanOrEqual(most);
  });

  it('report a source that cannot be removed as fatal', async () => {
    const { host, set, fatal } = streams(1);
    host.removeSource = () => Promise.reject(new Error('deadline'));
    set.start();
    await settle();
    await set.close();
    expect(fatal).toEqual([new Error('deadline')]);
  });

  it('leave nothing behind when closed while they wait for their turn', async () => {
    const { host, set } = streams(7);
    set.start();
    await settle();
    await set.close();
    expect(host.calls.filter((call) => call.startsWith('remove'))).toHaveLength(5);
    expect(host.calls.filter((call) => call.startsWith('add'))).toHaveLength(5);
  });
});

describe('the handshake budget', () => {
  it('hands a turn given back to the one that waited longest, once', async () => {
    const budget = new HandshakeBudget(1);
    const turns: string[] = [];
    const first = budget.acquire(() => turns.push('first'));
    const withdrawn = budget.acquire(() => turns.push('withdrawn'));
    budget.acquire(() => turns.push('third'));
    budget.acquire(() => turns.push('fourth'));
    await settle();
    withdrawn();
    first();
    first();
    await settle();
    expect(turns).toEqual(['first', 'third']);
  });
});
