/** Every frame of cameras that count what they send, through a broker that goes away for a moment, to the books. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { account } from '../../src/audit/account.js';
import type { AuditView } from '../../src/audit/audit.js';
import { booksOf, EMPTY } from '../../src/audit/books.js';
import { CLI, record, startAppliance } from '../support/appliance.js';
import { startCamsim } from '../support/camsim.js';
import { scene } from '../../scripts/footage/scene.js';
import { startNats } from '../support/nats.js';
import { tempDir } from '../support/temp.js';
import { until } from '../support/wait.js';

const FPS = 15;
/** Of a stream's messages. */
const FIRST_SEQUENCE = 1;
const IDS = ['gate', 'yard'] as const;
const run = promisify(execFile);

const spec = (nats: string, socket: string, uris: Readonly<Record<string, string>>): string => `
appliance: audited
nats: {url: "${nats}"}
control: {socket: "${socket}"}
pipelines:
  - id: main
    slots: 2
    mux: {width: 640, height: 360}
    detector: {model: synthetic}
    tracker: {}
    streams:
${IDS.map((id) => `      - {id: ${id}, uri: "${uris[id]}", fps: ${FPS}}`).join('\n')}
`;

test('the account equals what cameras sent and a subscriber got, over an outage of the broker', async () => {
  const made = await scene({ seed: 7, fps: FPS, frames: 60, firstNumber: 1_000 });
  await using dir = await tempDir();
  await using cameras = await startCamsim({
    cameras: IDS.map((id) => ({ id, file: made.file, fps: FPS })),
  });
  const first = await startNats();
  const before = await record(first.url);
  const socket = join(dir.path, 'weir.sock');
  await using appliance = await startAppliance(spec(first.url, socket, cameras.uris));
  const published = (least: number, what: string) =>
    until(what, async () => (await appliance.rows()).every((row) => row.published >= least));

  await published(FPS, 'a second of messages has been published');
  await first.stop();
  await until('messages are dropped for want of a server', async () =>
    (await appliance.rows()).every(({ dropped }) => dropped.disconnected >= 5),
  );
  await Promise.resolve(before[Symbol.asyncDispose]()).catch(() => undefined);
  await using second = await startNats({ port: first.port });
  await using after = await record(second.url);
  const then = (await appliance.rows()).reduce((most, row) => Math.max(most, row.published), 0);
  await published(then + FPS, 'messages are published again');

  await cameras.pause();
  const stats = await cameras.stats();
  const audited = async (): Promise<AuditView> => {
    const { stdout } = await run(process.execPath, [CLI, 'audit', '--json', '--socket', socket]);
    return JSON.parse(stdout) as AuditView;
  };
  const view = await until('nothing is under way', async () => {
    const now = await audited();
    const stages = now.streams.flatMap(({ parts }) => parts.flatMap((part) => part.stages));
    return stages.every((stage) => stage.after === 0) && now;
  });

  expect(view).toMatchObject({ agrees: true, streams: IDS.map((id) => ({ id, agrees: true, unknown: [] })) });
  for (const id of IDS) {
    const [part] = view.streams.find((stream) => stream.id === id)?.parts ?? [];
    const sent = stats[id]?.runs.reduce((sum, { frames }) => sum + frames, 0);
    expect(stats[id]?.runs, `${id} connected once`).toHaveLength(1);
    expect([part?.received, part?.packetsLost], `${id}: what the camera sent`).toEqual([sent, 0]);

    const mine = [...before.detections, ...after.detections].filter(({ stream }) => stream === id);
    const got = new Set(mine.map(({ sequence }) => sequence)).size;
    expect(got, `${id}: none came twice`).toBe(mine.length);
    const last = part?.stages.at(-1);
    const unconfirmed = last?.dropped.find(({ cause }) => cause === 'unconfirmed')?.count ?? 0;
    const lost = last?.dropped.reduce((sum, { count }) => sum + count, 0) ?? 0;
    expect(got, `${id}: what the subscriber got`).toBeGreaterThanOrEqual(part?.published ?? -1);
    expect(got, `${id}: what the subscriber got`).toBeLessThanOrEqual((part?.published ?? -1) + unconfirmed);
    expect(lost, `${id}: the outage is told`).toBeGreaterThanOrEqual(5);
    expect(last?.came, `${id}: every message`).toBe((part?.published ?? 0) + lost);
    const ring = part?.stages.at(-2)?.dropped.reduce((sum, { count }) => sum + count, 0) ?? 0;
    expect(Math.max(...mine.map(({ sequence }) => sequence)), `${id}: every message is numbered`).toBe(
      FIRST_SEQUENCE + (last?.came ?? 0) + ring - 1,
    );
  }

  // One that is removed keeps nothing back, and its account stays.
  const change = await appliance.channel.remove('yard');
  if (!change.stream) throw new Error('yard was not there');
  const books = booksOf(change.stream);
  const stages = account({ before: EMPTY, after: books, slots: 2, left: true });
  expect(stages.map(({ agrees, after }) => [agrees, after])).toEqual(
    IDS.flatMap(() => [
      [true, 0],
      [true, 0],
    ]),
  );
  const yard = (await audited()).streams.find(({ id }) => id === 'yard');
  expect(yard).toMatchObject({ agrees: true, parts: [{ left: true }] });
  expect(await appliance.stop()).toBe(0);
}, 60_000);
