/** Cameras that are gone, silent or unwilling. */
import { clear, fault, mended } from './acts.js';
import type { FaultRow } from './types.js';

const STALL_NOTE =
  'A stream is stalled after 2 s without a frame (or ten intervals); the watchdog looks every 250 ms, and the status follows.';
const BACK_OFF_NOTE =
  'The back-off: the later in these 5 s the camera returns, the longer the wait that has just begun.';
/** What the end of a connection may be called. */
export const GONE = ['eos', 'refused', 'source', 'unreachable', 'timeout'];

/** A camera that cannot be reached for a while. */
const AWAY = {
  expected: { state: ['waiting', 'connecting'], cause: GONE },
  counted: { losses: GONE },
  lasts: [200, 4_000],
  reconnects: 'yes',
  target: { detectMs: 500, recoverMs: 3_000 },
  note: BACK_OFF_NOTE,
} satisfies Partial<FaultRow>;

/** Nothing comes, over a connection that is there. */
const STALLED = {
  expected: { state: ['stalled'] },
  lasts: [200, 8_000],
  reconnects: 'maybe',
  target: { detectMs: 2_000, recoverMs: 3_000 },
  note: STALL_NOTE,
} satisfies Partial<FaultRow>;

/** What shows when Weir connects again; somebody mends it and says so. */
export const REFUSED = {
  on: 'tcp',
  end: mended,
  lasts: [200, 1_500],
  reconnects: 'yes',
  target: { detectMs: 1_000, recoverMs: 2_000 },
  note: 'That the connection ended is told at once; why the next one fails, 0.5 s to 1 s later, is known then, and told when the second is over that must pass between two statuses of a stream.',
} satisfies Partial<FaultRow>;

function status(
  row: number,
  code: 401 | 404 | 454 | 503,
  state: 'failed' | 'waiting',
  cause: string,
): FaultRow {
  return {
    ...REFUSED,
    row,
    name: `${code} from the camera, then ${row === 4 ? 'the password' : 'the stream'} is mended`,
    inject: fault({ kind: 'status', code, drop: true }),
    expected: { state: [state], cause: [cause], message: new RegExp(String(code)) },
    counted: { losses: [cause] },
  };
}

export const CONNECTION_ROWS: readonly FaultRow[] = [
  {
    ...AWAY,
    row: 1,
    name: 'camera process killed, gone less than 5 s',
    on: 'process',
    inject: async ({ victim }) => victim.sim.kill('SIGKILL'),
    end: ({ victim }) => victim.revive(),
  },
  {
    ...AWAY,
    row: 1,
    name: 'connections reset and refused for less than 5 s',
    on: 'tcp',
    inject: fault({ kind: 'refuse' }),
    end: clear,
  },
  {
    ...STALLED,
    row: 2,
    name: 'camera process stopped (SIGSTOP), connections open',
    on: 'process',
    inject: async ({ victim }) => victim.sim.kill('SIGSTOP'),
    end: async ({ victim }) => victim.sim.kill('SIGCONT'),
    expected: { state: ['stalled'], message: /no .*for/ },
  },
  {
    ...STALLED,
    row: 2,
    name: 'no RTP, RTCP and keep-alive go on',
    on: 'tcp',
    inject: fault({ kind: 'freeze', rtcp: true }),
    end: clear,
  },
  {
    row: 2,
    name: 'frozen picture, frames go on',
    on: 'tcp',
    inject: fault({ kind: 'frozenPicture' }),
    end: clear,
    expected: { state: ['live'], trouble: ['frozen'], message: /not changed/ },
    counted: { incidents: ['frozen'] },
    reconnects: 'no',
    target: { detectMs: 10_000, recoverMs: 3_000 },
    note: 'A picture counts as frozen after 10 s without any change. Pictures are compared about once a second, and the watchdog looks every 250 ms.',
  },
  {
    ...STALLED,
    row: 3,
    name: 'all packets dropped, nothing closed',
    on: 'tcp',
    inject: fault({ kind: 'blackhole' }),
    end: clear,
  },
  {
    ...REFUSED,
    row: 14,
    name: 'the name of the camera does not resolve',
    inject: async ({ appliance, victim }) => {
      const { stream } = victim;
      await appliance.channel.update({ ...stream, uri: stream.uri.replace('127.0.0.1', 'camera.invalid') });
    },
    end: async ({ appliance, victim }) => void (await appliance.channel.update(victim.stream)),
    expected: { state: ['waiting', 'connecting'], cause: ['dns'] },
    counted: { losses: ['dns'] },
    lasts: [200, 2_000],
  },
  status(4, 401, 'failed', 'unauthorized'),
  status(5, 404, 'failed', 'not-found'),
  status(5, 454, 'waiting', 'session'),
  status(5, 503, 'waiting', 'unavailable'),
];
