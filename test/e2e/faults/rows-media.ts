/** Cameras that send something else than before, or send it badly. */
import { statSync } from 'node:fs';
import { numberIn } from '../../support/fleet/number-model.js';
import { FPS, nameOf, SCENE_FRAMES } from '../../support/fleet/scenes.js';
import { clear, fault } from './acts.js';
import { frames, lagOf, lossTold, usualBeginning } from './looks.js';
import { GONE, REFUSED } from './rows-connection.js';
import type { FaultRow } from './types.js';

const LAG_NOTE =
  'the target is 2 s and the jitter buffer. They wait before Weir, in the buffers of the link and the sockets: at so low a bit rate (9 kB/s before the fault) 8 KiB are 3 s.';

type Recovered = NonNullable<FaultRow['recovered']>;

/** One group of pictures. */
const GOP_MS = 1_000;

/** Whole again: the picture is the one this camera shows. */
const wholePicture: Recovered = (message, { victim }) => nameOf(numberIn(message))?.camera === victim.camera;

const anew: Recovered = (message, { before }) => message.epoch > before.epoch;

function unsupported(codec: 'jpeg' | 'pcmu', name: string): FaultRow {
  return {
    ...REFUSED,
    row: 6,
    name,
    inject: fault({ kind: 'switch', codec }),
    expected: { state: ['failed'], cause: ['codec'], message: /H264/i },
    counted: { losses: ['codec'] },
  };
}

/** The camera begins anew, and sends no key frame. */
const NO_KEY_FRAME = {
  row: 11,
  on: 'tcp',
  inject: async (stage) => {
    await fault({ kind: 'lateKey', seconds: 600 })(stage);
    await fault({ kind: 'kill' })(stage);
  },
  end: clear,
  reconnects: 'yes',
  recovered: wholePicture,
} satisfies Partial<FaultRow>;

function timestampsJump(name: string, seconds: number): FaultRow {
  return {
    row: 17,
    name,
    on: 'tcp',
    inject: fault({ kind: 'timestampJump', seconds }),
    expected: { trouble: ['timestamps'] },
    counted: { incidents: ['timestamps'] },
    reconnects: 'no',
    check: frames(20),
    target: {},
  };
}

function lossy(fraction: number): FaultRow {
  return {
    row: 12,
    name: `${fraction * 100} % of packets lost (UDP)`,
    on: 'udp',
    inject: async (stage) => fault({ kind: 'loss', fraction, seed: 1 + stage.victim.camera })(stage),
    end: clear,
    expected: { trouble: ['packet-loss'], message: /tcp/i },
    counted: { incidents: ['packet-loss'] },
    lasts: [200, 2_000],
    check: lossTold,
    reconnects: 'maybe',
    recovered: wholePicture,
    target: { detectMs: 5_000, recoverMs: 5_000 },
    note: 'Loss is taken over the last 5 s, looked at every 250 ms and told once it exceeds 2 %; of few packets, 5 % lost are not always 2 % in such a window.',
  };
}

/** The network lets through a share of what the camera sends: pictures may be lost, but not grow old on the way. */
function throttled(share: number): FaultRow {
  const usual = new Map<string, number>();
  return {
    row: 13,
    name: `bandwidth falls to ${share * 100} % of the bit rate`,
    on: 'tcp',
    inject: async (stage) => {
      usual.set(stage.victim.id, await usualBeginning(stage));
      const bytesPerSecond = (statSync(stage.victim.files.usual).size / SCENE_FRAMES) * FPS * share;
      await fault({ kind: 'throttle', bytesPerSecond })(stage);
    },
    end: clear,
    lasts: [6_000, 8_000],
    reconnects: 'maybe',
    check: async (stage) => {
      const lag = await lagOf(stage, usual.get(stage.victim.id) ?? 0, 6);
      const late = `pictures came at most ${(lag / 1_000).toFixed(1)} s later`;
      stage.tell('lag', lag, `With ${share * 100} % of the bandwidth, ${late}; ${LAG_NOTE}`);
    },
    recovered: wholePicture,
    target: { recoverMs: 2_000 },
  };
}

export const MEDIA_ROWS: readonly FaultRow[] = [
  unsupported('jpeg', 'the camera offers Motion JPEG only'),
  unsupported('pcmu', 'the camera offers sound only'),
  {
    row: 7,
    name: 'another resolution in the middle of the stream',
    on: 'tcp',
    inject: (stage) => fault({ kind: 'switch', file: stage.victim.files.half })(stage),
    counted: { incidents: ['format-changed'] },
    reconnects: 'no',
    recovered: ({ width }) => width === 320,
    check: frames(20),
    restore: clear,
    target: { recoverMs: GOP_MS },
  },
  {
    row: 8,
    name: 'H.264 becomes H.265',
    on: 'tcp',
    inject: (stage) => fault({ kind: 'switch', file: stage.victim.files.h265, codec: 'h265' })(stage),
    expected: { losses: GONE },
    counted: { incidents: ['format-changed'] },
    reconnects: 'yes',
    recovered: anew,
    restore: clear,
    target: { detectMs: 500, recoverMs: 3_000 },
    note: 'A status that follows another within a second waits for it to be over.',
  },
  {
    row: 9,
    name: '10 frames a second become 4',
    on: 'tcp',
    inject: fault({ kind: 'rate', fps: 4 }),
    metric: ({ fps }) => Math.abs(fps - 4) < 0.4,
    check: frames(12),
    restore: clear,
    reconnects: 'no',
    target: { detectMs: 2_500 },
    note: 'The rate that is shown is the mean of the last 5 s.',
  },
  {
    row: 10,
    name: '20 % of packets spoilt: random bytes, lengths, types and fragments',
    on: 'tcp',
    inject: (stage) => fault({ kind: 'corrupt', fraction: 0.2, seed: 1 + stage.victim.camera })(stage),
    end: clear,
    expected: { trouble: ['decode-errors', 'packet-loss'] },
    lasts: [500, 4_000],
    reconnects: 'maybe',
    recovered: wholePicture,
    target: { recoverMs: GOP_MS },
    note: 'Where what was spoilt had stalled the stream or ended the connection, the back-off; otherwise the next key frame.',
  },
  {
    ...NO_KEY_FRAME,
    name: 'no key frame after connecting',
    expected: { phase: ['waiting-for-key-frame'] },
    lasts: [200, 3_000],
    target: { detectMs: 2_000, recoverMs: GOP_MS },
    note: REFUSED.note,
  },
  {
    ...NO_KEY_FRAME,
    name: 'no key frame for long: a warning',
    expected: { trouble: ['no-key-frame'], message: /key frame/ },
    counted: { incidents: ['no-key-frame'] },
    target: { detectMs: 15_000, recoverMs: GOP_MS },
    note: 'The 15 s begin with the data of the new connection, which is made 0.5 s to 1 s after the old one has ended.',
  },
  lossy(0.5),
  lossy(0.05),
  {
    row: 12,
    name: 'packets up to 150 ms late, 5 % out of order (UDP)',
    on: 'udp',
    inject: async (stage) => {
      await fault({ kind: 'jitter', ms: 150, seed: 1 + stage.victim.camera })(stage);
      await fault({ kind: 'reorder', fraction: 0.05, seed: 1 + stage.victim.camera })(stage);
    },
    end: clear,
    lasts: [3_000, 5_000],
    reconnects: 'no',
    check: frames(20),
    target: { recoverMs: 5_000 },
  },
  throttled(0.3),
  timestampsJump('timestamps jump an hour ahead', 3_600),
  timestampsJump('timestamps jump an hour back', -3_600),
  {
    row: 17,
    name: 'RTP time wraps',
    on: 'tcp',
    inject: fault({ kind: 'timestampWrap', seconds: 2 }),
    recovered: anew,
    reconnects: 'yes',
    check: frames(40, { unexpected: 'timestamps' }),
    restore: clear,
    target: {},
  },
  {
    row: 17,
    name: 'sender reports say it is 1970',
    on: 'tcp',
    inject: fault({ kind: 'ntp' }),
    reconnects: 'no',
    check: frames(30, { unexpected: 'timestamps' }),
    restore: clear,
    target: {},
  },
  {
    row: 17,
    name: 'several cameras with one SSRC',
    on: 'tcp',
    inject: fault({ kind: 'ssrc', value: 4_711 }),
    recovered: anew,
    reconnects: 'yes',
    check: frames(30, { unexpected: 'timestamps' }),
    restore: clear,
    target: {},
  },
];
