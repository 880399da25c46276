/** What a detector loads: to be looked at before anything loads it. */
import { existsSync } from 'node:fs';
import { verifyModel } from '../spec/manifest.js';
import { requireTrusted } from '../spec/trusted-file.js';
import type { DetectorSpec } from '../spec/types.js';
import { engineFile } from './nvinfer.js';

/** Throws MODEL_MISSING, MODEL_CORRUPT, FILE_UNTRUSTED. Whether an engine is there and fits is asked where it is loaded. */
export async function verifyDetector(detector: DetectorSpec): Promise<void> {
  await verifyModel(detector.model);
  const engine = engineFile(detector);
  if (existsSync(engine)) requireTrusted(engine, { what: 'engine', code: true });
}
