/**
 * The filmed pedestrians: what is detected in each frame, and what can be said of tracks there. People are labelled in
 * eight frames far apart, without identities, so there is no IDF1: how well tracks are placed is judged on those frames,
 * how well they last by their number and length.
 */
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { overlap } from '../../../scripts/footage/scene-plan.js';
import { configFiles } from '../../../src/deepstream/index.js';
import { metadump } from '../../contract/metadump.js';
import { buildDir, footage, root } from '../../support/paths.js';
import { tempDir } from '../../support/temp.js';
import { assign } from './assign.js';
import type { Detection } from './crowd.js';
import type { Track } from './replay.js';
import { pipelineSpec } from './settings.js';

export const FILM = { width: 768, height: 576, fps: 10 };
const FILE = footage('vtest-576.h264');

interface Person {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const labels = JSON.parse(readFileSync(join(root, 'test/contract/data/vtest-people.json'), 'utf8')) as {
  readonly matchIou: number;
  readonly people: Readonly<Record<string, readonly Person[]>>;
};

/** People that the detector finds in each frame; undefined where there is no footage. */
export async function filmDetections(): Promise<Detection[][] | undefined> {
  if (!existsSync(FILE)) return undefined;
  await using dir = await tempDir();
  const spec = pipelineSpec('threshold: 0.35, classes: [person]', 'algorithm: none');
  const [detector] = configFiles(spec, 'standin', { configDir: dir.path, libDir: join(buildDir, 'lib') });
  if (!detector) throw new Error('no detector file');
  await writeFile(detector.path, detector.text);
  const size = `width=${FILM.width} height=${FILM.height}`;
  const elements = [
    `filesrc location=${FILE} ! h264parse ! video/x-h264,framerate=${FILM.fps}/1 ! avdec_h264 ! m.sink_0`,
    `nvstreammux name=m ${size} batch-size=1`,
  ];
  const dump = await metadump(
    `${elements.join(' ')} ! nvinfer name=last config-file-path=${detector.path} ! fakesink`,
    { timeoutMs: 10 * 60_000 },
  );
  if (dump.frames.length === 0) throw new Error(`the film has no frames: ${JSON.stringify(dump.errors)}`);
  return dump.frames.map(({ objects }) =>
    objects.map(({ class: id, confidence, box: [left, top, width, height] }) => ({
      ...{ class: id, confidence, left, top, width, height },
    })),
  );
}

export interface FilmResult {
  /** Ids in the whole film. */
  readonly tracks: number;
  /** Of those, that were reported over less than a second. */
  readonly short: number;
  /** Seconds from first to last report: the one in the middle. */
  readonly medianSeconds: number;
  /** People of the labelled frames, and how many have a track on them. */
  readonly people: number;
  readonly covered: number;
}

export function judgeFilm(film: readonly (readonly Track[])[]): FilmResult {
  const lives = new Map<string | number, [first: number, last: number]>();
  for (const [n, tracks] of film.entries()) {
    for (const { id } of tracks) lives.set(id, [lives.get(id)?.[0] ?? n, n]);
  }
  const seconds = [...lives.values()]
    .map(([first, last]) => (last - first + 1) / FILM.fps)
    .sort((a, b) => a - b);
  const judged = Object.entries(labels.people).map(([n, people]) => coverage(people, film[Number(n)] ?? []));
  return {
    tracks: lives.size,
    short: seconds.filter((each) => each < 1).length,
    medianSeconds: seconds[Math.floor(seconds.length / 2)] ?? 0,
    people: judged.reduce((sum, { people }) => sum + people, 0),
    covered: judged.reduce((sum, { covered }) => sum + covered, 0),
  };
}

function coverage(people: readonly Person[], tracks: readonly Track[]): { people: number; covered: number } {
  const weights = people.map(({ left, top, right, bottom }) =>
    tracks.map((track) => {
      const iou = overlap({ left, top, width: right - left, height: bottom - top }, track);
      return iou >= labels.matchIou ? 1 + iou : 0;
    }),
  );
  return { people: people.length, covered: assign(weights).length };
}
