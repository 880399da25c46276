/** The chaos scenario's driver does what the schedule says, and its judge finds what is wrong. */
import { describe, expect, test } from 'vitest';
import type { StreamRow } from '../../src/worker/status.js';
import type { CameraFault } from '../support/camsim.js';
import type { Seen } from '../support/fleet/accounting.js';
import { ChaosDriver, type Target } from '../support/fleet/chaos-driver.js';
import { DAMAGING, faultsOf, SPOILING } from '../support/fleet/faults.js';
import type { FleetStream } from '../support/fleet/fleet.js';
import type { Recorder, Tracked } from '../support/fleet/recorder.js';
import { type ChaosEvent, FAULTS, type Transport } from '../support/fleet/schedule.js';
import { judge } from '../support/fleet/verdict.js';
import { NO_DROPS } from '../support/snapshots.js';

const FILES = { half: 'half.h264', h265: 'full.h265' };
const stream = (camera: number, transport: Transport = 'tcp', place = 0): FleetStream => ({
  id: `cam-0${camera}`,
  uri: `rtsp://camera/${camera}?place=${place}`,
  transport,
  fps: 10,
});

/** The totals of a stream that has delivered `frames` and lost none. */
const row = (id: string, frames: number, more: Partial<StreamRow> = {}): StreamRow =>
  ({
    ...{
      id,
      received: frames,
      undecodable: 0,
      skipped: 0,
      decodeErrors: 0,
      frames,
      inferred: frames,
      messages: frames,
    },
    ...{ dropped: NO_DROPS, ...more },
  }) as StreamRow;

/** Two cameras and an appliance that only take note; `remove` answers with an empty stream's totals. */
function stage(changed: (call: string) => boolean = () => true) {
  const calls: string[] = [];
  const said = async (call: string, removed?: string) => {
    calls.push(call);
    return { changed: changed(call), ...(removed !== undefined && { stream: row(removed, 0) }) };
  };
  const target: Target = {
    add: (added) => said(`add ${(added as FleetStream).id}`),
    update: (updated) => said(`update ${(updated as FleetStream).uri}`),
    remove: (id) => said(`remove ${id}`, id),
    restart: (id) => said(`restart ${id}`),
  };
  const cameras = {
    fault: async (camera: string | undefined, fault: CameraFault) =>
      void calls.push(`${camera} ${fault.kind}`),
    clear: async (camera?: string) => void calls.push(`clear ${camera ?? 'all'}`),
  };
  const driver = new ChaosDriver({ target, cameras, count: 2, stream, files: () => FILES });
  return { calls, driver };
}

const event = (camera: number, what: object): ChaosEvent => ({ at: 0, camera, ...what }) as ChaosEvent;

describe('the driver', () => {
  test('carries out what it is told, one thing after the other for a camera', async () => {
    const { calls, driver } = stage();
    await driver.play([
      event(1, { do: 'fault', fault: { kind: 'lateKey', delay: 2 }, until: 500 }),
      event(1, { do: 'remove' }),
      event(1, { do: 'clear', fault: { kind: 'lateKey', delay: 2 } }),
      event(1, { do: 'add', transport: 'udp', place: 3 }),
      event(1, { do: 'restart' }),
    ]);
    expect(calls).toEqual([
      ...['cam-01 lateKey', 'cam-01 kill', 'remove cam-01', 'clear cam-01', 'add cam-01', 'restart cam-01'],
    ]);
    expect(driver.failures).toEqual([]);
    expect(driver.desired()).toEqual([stream(0), stream(1, 'udp', 3)]);
    expect(driver.occupancies(1)).toHaveLength(2);
    expect(driver.damaged(1)).toHaveLength(1);
    expect(driver.spoilt(1)).toEqual([]);
  });

  test('makes everything as it was at first', async () => {
    const { calls, driver } = stage((call) => call !== 'update rtsp://camera/1?place=0');
    await driver.play([event(0, { do: 'remove' })]);
    calls.length = 0;
    await driver.restore();
    expect(calls.sort()).toEqual(['add cam-00', 'clear all', 'update rtsp://camera/1?place=0']);
    expect(driver.failures).toEqual([]);
    expect(driver.desired()).toEqual([stream(0), stream(1)]);
  });

  test('takes offence at an answer that does not fit', async () => {
    const { driver } = stage((call) => call !== 'remove cam-00');
    await driver.play([event(0, { do: 'remove' })]);
    expect(driver.failures).toEqual([expect.stringContaining('cam-00: Error: "changed" is false')]);
  });
});

test('faults are told to the simulator in its own words, and the tables name only those of the schedule', () => {
  for (const kind of [...DAMAGING, ...SPOILING]) expect(Object.keys(FAULTS)).toContain(kind);
  expect(faultsOf({ kind: 'switch', to: 'h265' }, FILES)).toEqual([
    { kind: 'switch', file: 'full.h265', codec: 'h265' },
  ]);
  expect(faultsOf({ kind: 'switch', to: 'half' }, FILES)).toEqual([{ kind: 'switch', file: 'half.h264' }]);
  expect(faultsOf({ kind: 'unsupported' }, FILES)).toEqual([{ kind: 'switch', codec: 'jpeg' }]);
  expect(faultsOf({ kind: 'timestampJump', by: -5 }, FILES)).toEqual([
    { kind: 'timestampJump', seconds: -5 },
  ]);
});

describe('the judge', () => {
  const frames = (camera: number, count: number): Seen[] =>
    Array.from({ length: count }, (_, i) => ({
      epoch: 1,
      frame: i,
      number: 128 * (camera + 1) + i,
      time: 1_000 + 100 * i,
    }));

  /** What is found when camera 0 delivered `seen` and camera 1 ten frames. */
  function findings(
    seen: readonly Seen[],
    tracks: Readonly<Record<string, Tracked[]>> = {},
    own?: StreamRow,
  ) {
    const recorder = {
      seen: (id: string) => (id === 'cam-00' ? seen : frames(1, 10)),
      tracks: new Map(Object.entries(tracks)),
    } as unknown as Recorder;
    const rows = new Map([
      ['cam-00', own ?? row('cam-00', seen.length)],
      ['cam-01', row('cam-01', 10)],
    ]);
    return judge({ recorder, driver: stage().driver, cameras: 2, rows }).findings;
  }

  test('finds nothing where all is well', () => {
    const tracks = { '1': [{ stream: 'cam-00', from: 1_000, to: 1_900 }] };
    expect(findings(frames(0, 10), tracks)).toEqual([]);
  });

  test('finds a picture of another camera', () => {
    const seen = [...frames(0, 9), { ...(frames(1, 10)[9] as Seen) }];
    expect(findings(seen)).toContain('cam-00: frame 1/9 shows number 265');
  });

  test('finds a frame that is missing and not counted, and is content with one that is', () => {
    const seen = frames(0, 10).filter(({ frame }) => frame !== 4);
    expect(findings(seen)).toEqual(['cam-00: 1 frames missing, 0 counted']);
    const counted = row('cam-00', 9, { received: 10, dropped: { ...NO_DROPS, decoded: 1 } });
    expect(findings(seen, {}, counted)).toEqual([]);
  });

  test('finds a message that never came', () => {
    expect(findings(frames(0, 9), {}, row('cam-00', 10))).toEqual(['cam-00: 10 messages sent, 9 came']);
  });

  test('finds a track of two streams', () => {
    const owner = (name: string): Tracked => ({ stream: name, from: 1_000, to: 1_100 });
    expect(findings(frames(0, 10), { '7': [owner('cam-00'), owner('cam-01')] })).toEqual([
      'track 7 is of cam-00 and cam-01',
    ]);
  });

  test('finds a track that a stream still has after it was removed and added again', async () => {
    const { driver } = stage();
    const before = Date.now();
    await driver.play([
      event(0, { do: 'remove' }),
      { ...event(0, { do: 'add', transport: 'tcp', place: 0 }), at: 20 },
    ]);
    const tracks = new Map([['7', [{ stream: 'cam-00', from: before, to: Date.now() + 1_000 }]]]);
    const recorder = { seen: () => [], tracks } as unknown as Recorder;
    const rows = new Map(['cam-00', 'cam-01'].map((id) => [id, row(id, 0)]));
    expect(judge({ recorder, driver, cameras: 2, rows }).findings).toEqual([
      'track 7 of cam-00 outlived its removal',
    ]);
  });
});
