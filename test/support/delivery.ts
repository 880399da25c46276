/** An appliance of few cameras whose messages and events are looked at on their way to NATS. */
import { expect } from 'vitest';
import type { WorkerStatus } from '../../src/worker/status.js';
import type { Appliance } from './appliance.js';
import { type Camsim, startCamsim } from './camsim.js';
import { unpublished } from './fleet/accounting.js';
import { H264 } from './paths.js';
import { measured, type RowReport } from './reliability.js';
import { specText } from './spec.js';
import { pass, until } from './wait.js';

export const FPS = 15;

/** `cam-1` and so on. */
export const cameraIds = (count = 4): string[] => Array.from({ length: count }, (_, i) => `cam-${i + 1}`);

export function cameras(count?: number): Promise<Camsim> {
  return startCamsim({ cameras: cameraIds(count).map((id) => ({ id, file: H264, fps: FPS })) });
}

export function deliverySpec(nats: string, { uris }: Camsim, more: object = {}): string {
  const streams = Object.entries(uris).map(([id, uri]) => ({ id, uri, fps: FPS }));
  return specText(nats, { detector: { model: 'nanodet-320x256', rate: 2 }, streams }, more);
}

/** Something that happens to a camera without an end of its connection: an event. */
export const incident = ({ fault }: Camsim, camera = 'cam-1'): Promise<void> =>
  fault(camera, { kind: 'timestampJump', seconds: 3_600 });

/** One at once, and another one so often, until it is disposed of. */
export function incidents(cams: Camsim, everyMs: number): Disposable {
  const again = () => void incident(cams);
  again();
  const timer = setInterval(again, everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

export async function status({ channel }: Appliance): Promise<WorkerStatus> {
  const [worker] = await channel.status();
  if (!worker) throw new Error('no worker');
  return worker;
}

export const allLive = (appliance: Appliance) =>
  until('all are live', async () =>
    (await appliance.rows()).every(({ state, published }) => state === 'live' && published > 0),
  );

export interface Frames {
  readonly frames: number;
  readonly lost: number;
}

/** Frames of all streams that were analysed, and those that were lost before, from now on. */
export async function framesSince(appliance: Appliance): Promise<() => Promise<Frames>> {
  const count = async () => {
    const rows = await appliance.rows();
    const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((all, row) => all + of(row), 0);
    const lost = sum(({ dropped: { encoded, decoded, discarded } }) => encoded + decoded + discarded);
    return { frames: sum(({ frames }) => frames), lost };
  };
  const before = await count();
  return async () => {
    const now = await count();
    return { frames: now.frames - before.frames, lost: now.lost - before.lost };
  };
}

/** Frames per second, of all streams together. */
export async function frameRate(appliance: Appliance, ms: number): Promise<number> {
  const since = await framesSince(appliance);
  const seconds = (await took(pass(ms))) / 1000;
  return (await since()).frames / seconds;
}

/** Milliseconds. */
export async function took(work: Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work;
  return performance.now() - began;
}

export interface Happened {
  readonly row: number;
  readonly name: string;
  readonly noticedMs?: number;
  readonly noticedTargetMs?: number;
  readonly backMs: number;
  readonly backTargetMs?: number;
  readonly others: Frames;
}

/** A row for docs/delivery.md. */
export function rowOf({ row, name, others, ...ms }: Happened): RowReport {
  const detection = ms.noticedMs === undefined ? undefined : measured([ms.noticedMs], ms.noticedTargetMs);
  const recovery = measured([ms.backMs], ms.backTargetMs);
  return {
    ...{ row, name, injections: 1, clock: 'real', others },
    ...(detection && { detection }),
    ...(recovery && { recovery }),
  };
}

/** Every message that was written was published, waits or is counted as lost, by cause. Resolves with how many are lost. */
export async function accounted(appliance: Appliance): Promise<number> {
  let lost = 0;
  for (const row of await appliance.rows()) {
    const inRing = row.messages - row.published - row.waiting - unpublished(row);
    expect(inRing).toBeGreaterThanOrEqual(0);
    expect(inRing).toBeLessThan(20);
    lost += unpublished(row);
  }
  return lost;
}
