/** One injection from beginning to end. */
import { expect } from 'vitest';
import type { StreamRow } from '../../../src/worker/status.js';
import { pass, until } from '../../support/wait.js';
import { shows, sum } from './expected.js';
import type { FaultRow, Injection, Stage } from './types.js';

/** A stream that was live this long has recovered from what was before: the next failure is a first one. */
const STEADY_MS = 10_500;
const CEILING_MS = 60_000;

/** Resolves when the stream has recovered from whatever was before. */
async function steady({ victim: { id }, watched }: Omit<Stage, 'before'>): Promise<void> {
  for (;;) {
    const { message } = await watched.status(id, watched.last(id)?.at ?? 0, {
      what: `${id} to be live and well`,
      fits: ({ state, troubles }) => state === 'live' && troubles.length === 0,
      timeoutMs: CEILING_MS,
    });
    const left = Date.parse(message.since) + STEADY_MS - Date.now();
    if (left <= 0) return;
    await pass(left);
  }
}

async function noticed(row: FaultRow, stage: Stage, since: number): Promise<number | undefined> {
  const { expected, metric, name } = row;
  const { id } = stage.victim;
  if (metric) {
    await until(`${id} to show "${name}"`, async () => metric(await stage.appliance.row(id)), {
      timeoutMs: CEILING_MS,
      everyMs: 100,
    });
    return performance.now() - since;
  }
  if (!expected) return undefined;
  const told = await stage.watched.status(id, since, {
    what: `${id} to tell of "${name}" (${JSON.stringify(expected)})`,
    fits: (status) => shows(status, expected, stage.before),
    timeoutMs: CEILING_MS,
  });
  return told.at - since;
}

/** The moment of the message that ends the fault. */
async function recovery(row: FaultRow, stage: Stage): Promise<number> {
  const { at } = await stage.watched.detections(stage.victim.id, {
    what: `${stage.victim.id} to recover from "${row.name}"`,
    fits: (message) => row.recovered?.(message, stage) ?? true,
    timeoutMs: CEILING_MS,
  });
  return at;
}

function compare(row: FaultRow, before: StreamRow, after: StreamRow): void {
  const place = `${row.row} ${row.name}, ${after.id}`;
  if (row.reconnects === 'yes') expect(after.epoch, `${place}: connected anew`).toBeGreaterThan(before.epoch);
  if (row.reconnects === 'no') expect(after.epoch, `${place}: the connection was kept`).toBe(before.epoch);
  for (const kind of ['losses', 'incidents'] as const) {
    const names = row.counted?.[kind] ?? [];
    if (names.length === 0) continue;
    expect(sum(after[kind], names), `${place}: ${names}`).toBeGreaterThan(sum(before[kind], names));
  }
}

/** A fault that is over at once: it is noticed and recovered from at the same time. */
async function instant(row: FaultRow, stage: Stage): Promise<Omit<Injection, 'victim'>> {
  const injected = performance.now();
  const [detectMs, at] = await Promise.all([
    noticed(row, stage, injected),
    recovery(row, stage),
    row.inject(stage),
  ]);
  await row.check?.(stage);
  return { ...(detectMs !== undefined && { detectMs }), recoverMs: at - injected };
}

async function lasting(
  row: FaultRow & { end: NonNullable<FaultRow['end']> },
  stage: Stage,
): Promise<Omit<Injection, 'victim'>> {
  const injected = performance.now();
  const [detectMs] = await Promise.all([noticed(row, stage, injected), row.inject(stage)]);
  const [least, most] = row.lasts ?? [0, 0];
  await pass(least + (most - least) * stage.random());
  await row.check?.(stage);
  const over = performance.now();
  const [at] = await Promise.all([recovery(row, stage), row.end(stage)]);
  return { ...(detectMs !== undefined && { detectMs }), recoverMs: at - over };
}

export async function episode(row: FaultRow, scene: Omit<Stage, 'before'>): Promise<Injection> {
  const { victim, appliance } = scene;
  await steady(scene);
  const stage = { ...scene, before: await appliance.row(victim.id) };
  const { end } = row;
  const injection = await (end ? lasting({ ...row, end }, stage) : instant(row, stage));
  compare(row, stage.before, await appliance.row(victim.id));
  await row.restore?.(stage);
  return { victim: victim.id, ...injection };
}
