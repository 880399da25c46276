/**
 * An appliance whose cameras are all in trouble, its clock pushed from one attempt to the next: one that refuses, one
 * without that path, one that accepts and says nothing, one that dies after its first frame. Prints one JSON line.
 * Usage: node --expose-gc --import tsx reconnects.ts ROUNDS
 * Each round adds the four, makes each connect STEPS times, removes them and looks at the process.
 */
import { type AddressInfo, createServer } from 'node:net';
import { loadBinding } from '../../src/native/loader.js';
import { startCamsim } from './camsim.js';
import { figures } from './fleet/figures.js';
import { startClocked } from './local-worker.js';
import { startNats } from './nats.js';
import { H264 } from './paths.js';
import { specText } from './spec.js';
import { freePort, until } from './wait.js';

const STEPS = 5;
/** The longest wait after a failure, and the longest handshake. */
const PUSH_MS = 70_000;

export interface Reconnects {
  /** Connections made in all, by stream. */
  readonly connections: Readonly<Record<string, number>>;
  /** Each after a round, with no stream there. */
  readonly rss: readonly number[];
  readonly fds: readonly number[];
  readonly threads: readonly number[];
  /** Live GStreamer objects made after the first round; null unless they are traced. */
  readonly objects: readonly string[] | null;
}

const [rounds = '1'] = process.argv.slice(2);
const binding = loadBinding();

let accepted = 0;
const silent = createServer((socket) => {
  accepted++;
  socket.on('error', () => {}).resume();
});
await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
await using nats = await startNats();
await using cameras = await startCamsim({ cameras: [{ id: 'dies', file: H264, fps: 10 }] });
const uris: Readonly<Record<string, string>> = {
  refuses: `rtsp://127.0.0.1:${await freePort()}/x`,
  'not-there': `${cameras.uris.dies}-not`,
  silent: `rtsp://127.0.0.1:${(silent.address() as AddressInfo).port}/x`,
  dies: cameras.uris.dies ?? '',
};
await using clocked = await startClocked(specText(nats.url, { slots: 4 }), { binding });
const { worker, clock, row } = clocked;

const fast = { everyMs: 5 };
const idle = (id: string): boolean => ['waiting', 'failed'].includes(row(id).state);

/** Its handshake was given up by the push; the wait that follows need not be waited for. */
function untilAccepted(before: number): boolean {
  if (idle('silent')) clock.advance(1_000);
  return accepted > before;
}

let live = false;
/** It may be lost by itself too: the pushes make it look stalled. */
async function killed(): Promise<boolean> {
  if (idle('dies')) return live;
  const { state, phase } = row('dies');
  if (state !== 'live' && phase !== 'settling') return false;
  live = true;
  await cameras.fault('dies', { kind: 'kill' });
  return false;
}

/** Every stream connects once, and is lost. */
async function step(): Promise<void> {
  const before = accepted;
  live = false;
  await Promise.all([
    until('a refusal', () => row('refuses').cause === 'refused' && idle('refuses'), fast),
    until('a 404', () => row('not-there').cause === 'not-found' && idle('not-there'), fast),
    until('a connection without an answer', () => untilAccepted(before), fast),
    until('a live camera, and its end', killed, fast),
  ]);
  clock.advance(PUSH_MS);
}

const connections: Record<string, number> = {};

async function round(): Promise<void> {
  const ids = Object.keys(uris);
  await Promise.all(ids.map((id) => worker.add({ id, uri: uris[id], fps: 10 })));
  for (let i = 0; i < STEPS; i++) await step();
  for (const id of ids) connections[id] = (connections[id] ?? 0) + row(id).epoch;
  await Promise.all(ids.map((id) => worker.remove(id)));
}

const seen = { rss: [] as number[], fds: [] as number[], threads: [] as number[] };
await round(); // whatever GStreamer keeps for good is made here
binding.liveObjects?.();
for (let i = 0; i < Number(rounds); i++) {
  await round();
  globalThis.gc?.();
  seen.rss.push(process.memoryUsage.rss());
  const { fds, threads } = await figures(process.pid);
  seen.fds.push(fds);
  seen.threads.push(threads);
}
const objects = binding.liveObjects?.() ?? null;
silent.close();
console.log(JSON.stringify({ connections, ...seen, objects } satisfies Reconnects));
