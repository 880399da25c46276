/** Four synthetic scenes through cameras, RTSP, the whole pipeline and NATS: every frame and object accounted for. */
import { expect, test } from 'vitest';
import { OBJECT_KINDS, BITS } from '../../scripts/model/synthetic-scene.js';
import { type Scene, type SceneObject, scene } from '../../scripts/footage/scene.js';
import { iou } from '../contract/preprocess-reference.js';
import { type Detections, record, startAppliance } from '../support/appliance.js';
import { startCamsim } from '../support/camsim.js';
import { unpublished } from '../support/fleet/accounting.js';
import { startNats } from '../support/nats.js';
import { pictureNumber } from '../support/picture-number.js';
import { LONG } from '../support/reliability.js';
import { until } from '../support/wait.js';

const SECONDS = LONG ? 300 : 15;
const FPS = 10;
const PROBATION = 2;
const STREAMS = [
  { id: 'red-house', seed: 1, transport: 'tcp' },
  { id: 'north-gate', seed: 2, transport: 'udp' },
  { id: 'yard', seed: 3, transport: 'tcp' },
  { id: 'dock-3', seed: 4, transport: 'udp' },
] as const;
/** Frame numbers of different scenes never meet. */
const firstNumber = (seed: number): number => seed * 10_000;

function spec(nats: string, uris: Readonly<Record<string, string>>): string {
  const stream = ({ id, transport }: (typeof STREAMS)[number]): string =>
    `      - {id: ${id}, uri: "${uris[id]}", transport: ${transport}, fps: ${FPS}}`;
  return `
appliance: synthetic
nats: {url: "${nats}"}
pipelines:
  - id: main
    slots: 4
    mux: {width: 640, height: 360}
    detector: {model: synthetic}
    tracker:
      algorithm: iou # boxes as they are detected, not smoothed
      probationAge: ${PROBATION}
      maxShadowTrackingAge: 5
      classes: [${OBJECT_KINDS.map((kind) => kind.name).join(', ')}]
    streams:
${STREAMS.map(stream).join('\n')}
`;
}

const objectsOf = (message: Detections) => message.objects.filter((o) => o.class < BITS.firstClass);

interface Life {
  readonly track: string | undefined;
  readonly frames: number;
}

/** Compares one message with the truth of its frame; returns each object's track. */
function compare(
  message: Detections,
  truth: readonly SceneObject[],
  place: string,
): Map<number, string | undefined> {
  const found = objectsOf(message);
  expect(found.length, `${place}: objects`).toBe(truth.length);
  const tracks = new Map<number, string | undefined>();
  for (const object of truth) {
    const match = found.find((f) => f.class === object.class && iou(f.box, object) >= 0.9);
    expect(match, `${place}: object ${object.id} at ${JSON.stringify(object)}`).toBeDefined();
    tracks.set(object.id, match?.id);
  }
  return tracks;
}

/** One track id per object from the end of probation to the end of its life, and no id for two objects. */
function checkTracks(messages: readonly Detections[], made: Scene, fileFrames: number): number {
  const owner = new Map<string, string>();
  let lives = new Map<number, Life>();
  for (const message of messages) {
    const n = (pictureNumber(message) - made.truth.firstNumber) % fileFrames;
    const place = `${message.stream} frame ${message.frame} (${n} of the scene)`;
    const truth = made.truth.frames[n];
    expect(truth, place).toBeDefined();
    const tracks = compare(message, truth?.objects ?? [], place);
    const next = new Map<number, Life>();
    for (const [object, track] of tracks) {
      const life = lives.get(object) ?? { track: undefined, frames: 0 };
      if (life.frames >= PROBATION) expect(track, `${place}: object ${object} has no track`).toBeDefined();
      if (life.track !== undefined) expect(track, `${place}: object ${object}`).toBe(life.track);
      if (track !== undefined) {
        const name = `${object} since frame ${message.frame - life.frames}`;
        expect(owner.get(track) ?? name, `${place}: track ${track}`).toBe(name);
        owner.set(track, name);
      }
      next.set(object, { track, frames: life.frames + 1 });
    }
    lives = next;
  }
  return owner.size;
}

test(
  `${SECONDS} s of four scenes: nothing lost without a cause, nothing invented, nothing mixed up`,
  async () => {
    const scenes = await Promise.all(
      STREAMS.map(({ seed }) => scene({ seed, fps: FPS, frames: 200, firstNumber: firstNumber(seed) })),
    );
    await using nats = await startNats();
    await using recording = await record(nats.url);
    await using cameras = await startCamsim({
      cameras: STREAMS.map(({ id }, i) => ({ id, file: scenes[i]?.file ?? '', fps: FPS })),
    });
    await using appliance = await startAppliance(spec(nats.url, cameras.uris));

    const enough = SECONDS * FPS;
    await until(
      `every camera has sent ${enough} frames`,
      async () => {
        const stats = await cameras.stats();
        return STREAMS.every(({ id }) => (stats[id]?.framesSent ?? 0) >= enough);
      },
      { timeoutMs: SECONDS * 2000, everyMs: 250 },
    );
    await cameras.pause();
    const stats = await cameras.stats();

    for (const [i, { id }] of STREAMS.entries()) {
      const made = scenes[i];
      const camera = stats[id];
      if (!made || !camera) throw new Error(`nothing known of ${id}`);
      expect(camera.runs, `${id} connected once`).toHaveLength(1);
      const sent = camera.runs[0]?.frames ?? 0;
      const row = await until(`all ${sent} frames of ${id} are accounted for`, async () => {
        const now = await appliance.row(id);
        const lost = now.dropped.encoded + now.dropped.decoded + now.dropped.discarded + now.decodeErrors;
        return now.received === sent && now.frames + lost === sent && now;
      });
      const messages = await until(`the messages of ${id} are read`, () => {
        const mine = recording.detections.filter((m) => m.stream === id);
        return mine.length === row.inferred - unpublished(row) && mine;
      });
      expect(row.inferred, `${id}: every frame is inferred`).toBe(row.frames);
      expect(messages.length / sent, `${id}: delivered`).toBeGreaterThan(0.9);
      for (const [k, message] of messages.entries()) {
        const before = messages[k - 1];
        if (!before) continue;
        expect(message.frame).toBeGreaterThan(before.frame);
        expect(message.pts).toBeGreaterThan(before.pts);
      }
      expect(checkTracks(messages, made, camera.fileFrames)).toBeGreaterThan(5);
      console.log(
        `${id}: ${sent} sent, ${messages.length} delivered, dropped ${JSON.stringify(row.dropped)}`,
      );
    }
    expect(await appliance.stop()).toBe(0);
  },
  SECONDS * 3000 + 60_000,
);
