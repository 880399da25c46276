/** Film for the benchmarks: what setup has made, and larger pictures that nobody else needs. */
import { join } from 'node:path';
import { buildRenditions, type Rendition, RENDITIONS } from '../../../scripts/footage/vtest.js';
import { root } from '../../support/paths.js';
import type { Footage } from './scene.js';

const film = (name: string, width: number, height: number, fps: number, frames: number): Rendition => ({
  ...{ codec: 'h264', quantiser: 24, width, height, fps, frames },
  file: join(root, '.cache/footage', name),
});

const FILMS = {
  '360p': RENDITIONS['vtest-360p'],
  '720p': film('vtest-720p15.h264', 1280, 720, 15, 300),
  '1080p': film('vtest-1080p30.h264', 1920, 1080, 30, 300),
} as const satisfies Record<string, Rendition>;

/** Encoded when it is not there yet. */
export async function benchFootage(size: keyof typeof FILMS): Promise<Footage> {
  await buildRenditions([FILMS[size]]);
  const { file, width, height, fps } = FILMS[size];
  return { file, width, height, fps };
}
