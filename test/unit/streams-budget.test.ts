import { describe, expect, it } from 'vitest';
import { HandshakeBudget } from '../../src/streams/handshake-budget.js';

const settle = () => new Promise((resolve) => setImmediate(resolve));

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
    expect([budget.busy, budget.waiting]).toEqual([1, 1]);
  });

  it('lets those that failed and ask again wait behind all others', async () => {
    const budget = new HandshakeBudget(2);
    const turns: number[] = [];
    const held = new Map<number, () => void>();
    const ask = (who: number) =>
      held.set(
        who,
        budget.acquire(() => turns.push(who)),
      );
    for (let who = 0; who < 6; who++) ask(who);
    await settle();
    for (let round = 0; round < 4; round++) {
      const who = turns[round] as number;
      held.get(who)?.();
      ask(who);
      await settle();
    }
    expect(turns).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('grants nobody a turn while all give up at once', async () => {
    const budget = new HandshakeBudget(2);
    const turns: number[] = [];
    const releases = Array.from({ length: 8 }, (_, who) => budget.acquire(() => turns.push(who)));
    await settle();
    for (const release of releases) release();
    await settle();
    expect(turns).toEqual([0, 1]);
    expect([budget.busy, budget.waiting]).toEqual([0, 0]);
  });
});
