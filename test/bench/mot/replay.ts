/** Detections through the low-level tracker library, by the test program `trackreplay`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildDir, program } from '../../support/paths.js';
import { run } from '../../support/process.js';
import { tempDir } from '../../support/temp.js';
import type { Detection } from './crowd.js';
import type { Identified } from './score.js';

export interface Track extends Identified {
  /** Whether a detection of this frame belongs to it; else it is a prediction. */
  readonly detected: boolean;
}

/** Tracks of each frame. Frame `n` is inferred where `n` divides by `every`; `config` is the tracker's file. */
export async function replay(
  detections: readonly (readonly Detection[])[],
  config: string,
  every = 1,
): Promise<Track[][]> {
  await using dir = await tempDir();
  const file = join(dir.path, 'tracker.yml');
  await writeFile(file, config);
  const input = detections.flatMap((boxes, n) => {
    const inferred = n % every === 0;
    return [`f ${Number(inferred)}`, ...(inferred ? boxes.map(asLine) : []), ''].join('\n');
  });
  const library = join(buildDir, 'lib/libnvds_nvmultiobjecttracker.so');
  const outcome = await run(program('trackreplay'), [library, file], { input: input.join('') });
  if (outcome.code !== 0) throw new Error(`trackreplay ended with ${outcome.code}: ${outcome.stderr}`);
  return parse(outcome.stdout);
}

const asLine = (d: Detection): string =>
  `d ${d.class} ${d.confidence} ${d.left} ${d.top} ${d.width} ${d.height}`;

function parse(text: string): Track[][] {
  const frames: Track[][] = [];
  for (const line of text.split('\n')) {
    if (line === 'f') frames.push([]);
    const [kind, id = '', detected, left, top, width, height] = line.split(' ');
    if (kind !== 't') continue;
    const box = { left: Number(left), top: Number(top), width: Number(width), height: Number(height) };
    frames.at(-1)?.push({ id, detected: detected === '1', ...box });
  }
  return frames;
}
