/**
 * Builds the footage that is missing from .cache/footage.
 * Usage: npx tsx scripts/footage/build.ts
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildFootage } from './vtest.js';

try {
  mkdirSync(fileURLToPath(new URL('../../.cache', import.meta.url)), { recursive: true });
  await buildFootage();
} catch (error) {
  console.error(`footage: ${(error as Error).message}`);
  process.exitCode = 1;
}
