/**
 * Synthetic scenes as video with their ground truth.
 * Usage: npx tsx scripts/footage/scene.ts --seed 1 [--frames 300] [--fps 10] [--objects 4] [--seam-frames 45]
 *          [--first-number 0] --out file.h264 --truth file.json
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { encoder, transcode, writeWhole } from './encode.js';
import { drawScene } from './scene-picture.js';
import { planScene, type SceneOptions, type SceneTruth } from './scene-plan.js';

export type { SceneObject, SceneOptions, SceneTruth } from './scene-plan.js';

const SCENES = fileURLToPath(new URL('../../.cache/scenes', import.meta.url));
const QUANTISER = 18;
/** Whatever decides what a scene looks like: a change makes cached scenes stale. */
const SOURCES = ['encode.ts', 'scene-picture.ts', 'scene-plan.ts', 'scene.ts', '../model/synthetic-scene.ts'];

export interface Scene {
  /** Annex-B H.264. */
  readonly file: string;
  /** The truth as JSON. */
  readonly truthFile: string;
  readonly truth: SceneTruth;
}

/** Encodes a planned scene as Annex-B H.264 with a key frame each second. */
export function encodeScene(truth: SceneTruth, file: string): Promise<void> {
  const { width, height, fps } = truth;
  const raw = ['rawvideoparse', 'format=i420', `width=${width}`, `height=${height}`, `framerate=${fps}/1`];
  const elements = [...raw, '!', ...encoder({ codec: 'h264', fps, quantiser: QUANTISER })];
  return writeWhole(file, (part) => transcode(drawScene(truth), elements, part));
}

/** A scene from the cache, made when it is not there. */
export async function scene(options: SceneOptions): Promise<Scene> {
  const stem = join(SCENES, cacheKey(options));
  const [file, truthFile] = [`${stem}.h264`, `${stem}.json`];
  if (!existsSync(file) || !existsSync(truthFile)) await write(options, file, truthFile);
  return { file, truthFile, truth: JSON.parse(await readFile(truthFile, 'utf8')) as SceneTruth };
}

async function write(options: SceneOptions, file: string, truthFile: string): Promise<void> {
  const truth = planScene(options);
  await encodeScene(truth, file);
  await writeWhole(truthFile, (part) => writeFile(part, `${JSON.stringify(truth)}\n`));
}

function cacheKey(options: SceneOptions): string {
  const hash = createHash('sha256').update(JSON.stringify(Object.entries(options).sort()));
  for (const source of SOURCES) hash.update(readFileSync(new URL(source, import.meta.url)));
  return `scene-${options.seed}-${hash.digest('hex').slice(0, 16)}`;
}

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      ...{ seed: text, frames: text, fps: text, objects: text, 'seam-frames': text, 'first-number': text },
      ...{ out: text, truth: text },
    },
  });
  const { out, truth } = values;
  if (values.seed === undefined || out === undefined || truth === undefined) {
    throw new Error('expected at least --seed N --out FILE.h264 --truth FILE.json');
  }
  const optional = (key: keyof SceneOptions, value: string | undefined): Partial<SceneOptions> =>
    value === undefined ? {} : { [key]: Number(value) };
  const options = {
    seed: Number(values.seed),
    ...optional('frames', values.frames),
    ...optional('fps', values.fps),
    ...optional('objects', values.objects),
    ...optional('seamFrames', values['seam-frames']),
    ...optional('firstNumber', values['first-number']),
  };
  await write(options, out, truth);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await main();
  } catch (error) {
    console.error(`scene: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
