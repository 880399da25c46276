/** Filmed pedestrians through RTSP and the whole pipeline, against people labelled by hand. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Detections, record, startAppliance } from '../support/appliance.js';
import { startCamsim } from '../support/camsim.js';
import { startNats } from '../support/nats.js';
import { footage, root } from '../support/paths.js';
import { until } from '../support/wait.js';

interface Person {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}
type Found = Detections['objects'][number];

const labels = JSON.parse(readFileSync(join(root, 'test/contract/data/vtest-people.json'), 'utf8')) as {
  matchIou: number;
  people: Record<string, Person[]>;
  ignore: Record<string, Person[]>;
};
/** The camera plays the film (10 fps) at three times its speed, to see all of it in a third of the time. */
const FPS = 30;

function overlap(person: Person, { box }: Found): number {
  const right = Math.min(person.right, box.left + box.width);
  const bottom = Math.min(person.bottom, box.top + box.height);
  const shared =
    Math.max(0, right - Math.max(person.left, box.left)) *
    Math.max(0, bottom - Math.max(person.top, box.top));
  const area = (person.right - person.left) * (person.bottom - person.top);
  return shared / (area + box.width * box.height - shared);
}

/** The best-matching person of `candidates` for a detection. */
function best(found: Found, candidates: readonly Person[]): Person | undefined {
  const matching = candidates.filter((p) => overlap(p, found) >= labels.matchIou);
  return matching.sort((a, b) => overlap(b, found) - overlap(a, found))[0];
}

interface Score {
  hits: number;
  wrong: number;
  people: number;
}

/** Greedy by confidence: each person is found at most once; detections of ignored people count for nothing. */
function score(found: readonly Found[], frame: number): Score {
  const open = new Set(labels.people[frame]);
  const ignored = labels.ignore[frame] ?? [];
  let [hits, wrong] = [0, 0];
  for (const each of [...found].sort((a, b) => b.confidence - a.confidence)) {
    const match = best(each, [...open]);
    if (match) {
      open.delete(match);
      hits++;
    } else if (!best(each, ignored)) wrong++;
  }
  return { hits, wrong, people: hits + open.size };
}

const spec = (nats: string, uri: string): string => `
appliance: footage
nats: {url: "${nats}"}
pipelines:
  - id: main
    mux: {width: 768, height: 576}
    detector: {model: nanodet-320x256, threshold: 0.35, classes: [person]}
    tracker: {classes: [person]} # detections stay while their tracks are on probation
    streams:
      - {id: square, uri: "${uri}", fps: ${FPS}}
`;

test('people are found with recall .90 and precision .92', async () => {
  await using nats = await startNats();
  await using recording = await record(nats.url);
  const file = footage('vtest-576.h264');
  await using cameras = await startCamsim({ cameras: [{ id: 'square', file, fps: FPS }] });
  await using appliance = await startAppliance(spec(nats.url, cameras.uris.square ?? ''));

  const frames = Object.keys(labels.people).map(Number);
  const last = Math.max(...frames);
  const camera = await until('the camera plays', async () => {
    const now = (await cameras.stats()).square;
    return now?.runs[0] && { fileFrames: now.fileFrames, firstFrame: now.runs[0].firstFrame };
  });
  /** Place in the film, from the time since the first message. */
  const wanted = (m: Detections): number => {
    const since = (m.pts - (recording.detections[0]?.pts ?? 0)) / 1e9;
    return (camera.firstFrame + Math.round(since * FPS)) % camera.fileFrames;
  };
  await until(`frame ${last} is read`, () => recording.detections.some((m) => wanted(m) >= last), {
    timeoutMs: 90_000,
  });
  const row = await appliance.row('square');
  expect({ ...row.dropped, errors: row.decodeErrors }, 'the first message is the first frame').toMatchObject({
    encoded: 0,
    discarded: 0,
    errors: 0,
  });

  const total = { hits: 0, wrong: 0, people: 0 };
  for (const frame of frames) {
    const message = recording.detections.find((m) => wanted(m) === frame);
    expect(message, `frame ${frame}`).toBeDefined();
    const result = score(message?.objects ?? [], frame);
    for (const key of ['hits', 'wrong', 'people'] as const) total[key] += result[key];
  }
  const recall = total.hits / total.people;
  const precision = total.hits / (total.hits + total.wrong);
  console.log(`recall ${recall.toFixed(3)}, precision ${precision.toFixed(3)} on ${total.people} people`);
  expect(recall).toBeGreaterThanOrEqual(0.9);
  expect(precision).toBeGreaterThanOrEqual(0.92);
}, 150_000);
