/**
 * Makes the synthetic scenes of `weir demo --scene synthetic` that are missing from .cache/footage.
 * Usage: npx tsx scripts/demo-scenes.ts
 */
import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { encodeScene } from './footage/scene.js';
import { planScene } from './footage/scene-plan.js';

const FOOTAGE = fileURLToPath(new URL('../.cache/footage/', import.meta.url));
const SEEDS = [1, 2, 3, 4];
const FRAMES = 300;
const FPS = 10;

try {
  mkdirSync(FOOTAGE, { recursive: true });
  for (const seed of SEEDS) {
    const file = `${FOOTAGE}synthetic-${seed}.h264`;
    if (existsSync(file)) continue;
    console.error(`demo: making ${file}`);
    await encodeScene(planScene({ seed, frames: FRAMES, fps: FPS }), file);
  }
} catch (error) {
  console.error(`demo: ${(error as Error).message}`);
  process.exitCode = 1;
}
