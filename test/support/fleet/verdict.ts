/** What is wrong after a scenario: each finding one line, empty when all is well. */
import type { StreamRow } from '../../../src/worker/status.js';
import { disorder, dropped, faultsOfBooks, gaps, lostFrames, type Seen, strangers } from './accounting.js';
import type { ChaosDriver, Occupancy } from './chaos-driver.js';
import { cameraId } from './fleet.js';
import type { Recorder } from './recorder.js';

export interface Evidence {
  readonly recorder: Recorder;
  readonly driver: ChaosDriver;
  readonly cameras: number;
  /** Of those that are there, after nothing flows any more. */
  readonly rows: ReadonlyMap<string, StreamRow>;
}

export interface Verdict {
  readonly findings: readonly string[];
  readonly delivered: number;
  /** Missing between delivered frames while neither camera nor network lost any, and what the counters own up to. */
  readonly missing: number;
  readonly counted: number;
}

const within = (seen: readonly Seen[], { from, to }: Occupancy): Seen[] =>
  seen.filter(({ time }) => time >= from && time < to);

export function judge(evidence: Evidence): Verdict {
  const findings = [...evidence.driver.failures, ...sharedTracks(evidence)];
  const sums = { delivered: 0, missing: 0, counted: 0 };
  for (let camera = 0; camera < evidence.cameras; camera++) {
    findings.push(...foreign(evidence, camera));
    for (const occupancy of evidence.driver.occupancies(camera))
      judgeOne(evidence, occupancy, sums, findings);
  }
  return { findings, ...sums };
}

function judgeOne(
  { recorder, driver, rows }: Evidence,
  occupancy: Occupancy,
  sums: { delivered: number; missing: number; counted: number },
  findings: string[],
): void {
  const id = cameraId(occupancy.camera);
  const row = occupancy.row ?? rows.get(id);
  if (!row) return void findings.push(`${id}: nothing is known of its totals`);
  const seen = within(recorder.seen(id), occupancy);
  const missing = lostFrames(gaps(seen, driver.damaged(occupancy.camera)));
  sums.delivered += seen.length;
  sums.missing += missing;
  sums.counted += dropped(row);
  findings.push(...faultsOfBooks(row, seen.length));
  if (missing > dropped(row)) findings.push(`${id}: ${missing} frames missing, ${dropped(row)} counted`);
  for (const { epoch, frame } of disorder(seen)) findings.push(`${id}: frame ${epoch}/${frame} out of order`);
}

function foreign({ recorder, driver }: Evidence, camera: number): string[] {
  const id = cameraId(camera);
  return strangers(recorder.seen(id), camera, driver.spoilt(camera)).map(
    ({ epoch, frame, number }) => `${id}: frame ${epoch}/${frame} shows number ${number}`,
  );
}

/** Track ids of more than one stream, or of one stream before and after it was removed. */
function sharedTracks({ recorder, driver }: Evidence): string[] {
  const findings: string[] = [];
  for (const [id, owners] of recorder.tracks) {
    const names = owners.map(({ stream }) => stream);
    if (names.length > 1) findings.push(`track ${id} is of ${names.join(' and ')}`);
    for (const { stream, from, to } of owners) {
      const stays = driver.occupancies(Number(stream.replace(/^cam-/, '')));
      const home = stays.find((stay) => from >= stay.from && from < stay.to);
      if (!home || to >= home.to) findings.push(`track ${id} of ${stream} outlived its removal`);
    }
  }
  return findings;
}
