/** A scene for each camera of a fleet; the number in every picture tells camera and frame. */
import { existsSync } from 'node:fs';
import { SCENE } from '../../../scripts/model/synthetic-scene.js';
import { encoder, transcode, writeWhole } from '../../../scripts/footage/encode.js';
import { drawScene } from '../../../scripts/footage/scene-picture.js';
import { type Scene, scene } from '../../../scripts/footage/scene.js';

export const FPS = 10;
/** Length of a scene: whole groups of pictures, so that the loop has no seam. */
export const SCENE_FRAMES = 120;
/** Numbers per camera; the first camera's begin here, so that 0, which is black, is nobody's. */
const NUMBERS = 128;

/** Whose frame a number is; undefined when no camera shows it. */
export interface FrameName {
  readonly camera: number;
  readonly place: number;
}

export function nameOf(number: number): FrameName | undefined {
  const [camera, place] = [Math.floor(number / NUMBERS) - 1, number % NUMBERS];
  return camera >= 0 && place < SCENE_FRAMES ? { camera, place } : undefined;
}

/** 640x360 in H.264. */
export function cameraScene(camera: number): Promise<Scene> {
  return scene({
    seed: camera + 1,
    fps: FPS,
    frames: SCENE_FRAMES,
    objects: 2,
    seamFrames: 15,
    firstNumber: (camera + 1) * NUMBERS,
  });
}

/** The same frames in another size or codec: what a camera sends after its settings were changed. */
export async function otherScene(of: Scene, codec: 'h264' | 'h265', reduction: 1 | 2): Promise<string> {
  const [width, height] = [SCENE.width / reduction, SCENE.height / reduction];
  const file = of.file.replace(/\.h264$/, `-${width}x${height}.${codec}`);
  if (!existsSync(file)) await writeWhole(file, (part) => encode(of, part, { codec, width, height }));
  return file;
}

interface Format {
  readonly codec: 'h264' | 'h265';
  readonly width: number;
  readonly height: number;
}

function encode({ truth }: Scene, part: string, { codec, width, height }: Format): Promise<void> {
  const raw = [`width=${truth.width}`, `height=${truth.height}`, `framerate=${truth.fps}/1`];
  const scale = ['videoscale', '!', `video/x-raw,width=${width},height=${height}`];
  const elements = ['rawvideoparse', 'format=i420', ...raw, '!', ...scale, '!'];
  return transcode(
    drawScene(truth),
    [...elements, ...encoder({ codec, fps: truth.fps, quantiser: 18 })],
    part,
  );
}
