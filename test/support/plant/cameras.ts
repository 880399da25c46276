/** Numbered scenes for cameras with ids of a test's own. */
import { cameraScene, FPS } from '../fleet/scenes.js';

export type CameraId = string;

export interface PlantCameras {
  readonly files: ReadonlyMap<CameraId, string>;
  /** The number of each one's scene. */
  readonly numbers: ReadonlyMap<CameraId, number>;
  readonly fps: number;
}

export async function camerasOf(ids: readonly CameraId[]): Promise<PlantCameras> {
  const [files, numbers] = [new Map<CameraId, string>(), new Map<CameraId, number>()];
  for (const [number, id] of ids.entries()) {
    files.set(id, (await cameraScene(number)).file);
    numbers.set(id, number);
  }
  return { files, numbers, fps: FPS };
}
