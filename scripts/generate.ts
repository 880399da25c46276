/**
 * Writes what is generated and checked in: catalogue data, JSON Schema, docs/spec.md, docs/metrics.md,
 * docs/openapi.json, the dashboard of Grafana, deepstream-configs.
 * With --check nothing is written; differing files are named and the exit code is 1.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { specJsonSchema } from '../src/spec/index.js';
import { elementsModule, nvinferKeysModule } from './generate/catalogue.js';
import { dashboardFile } from './generate/dashboard.js';
import { exampleFiles, type GeneratedFile } from './generate/examples.js';
import { metricsPage } from './generate/metrics.js';
import { openApiFile } from './generate/openapi.js';
import { referencePage } from './generate/reference.js';

export const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

export function generatedFiles(): GeneratedFile[] {
  return [
    { path: 'src/deepstream/data/elements.ts', text: elementsModule() },
    { path: 'src/deepstream/data/nvinfer-keys.ts', text: nvinferKeysModule() },
    { path: 'docs/weir.schema.json', text: `${JSON.stringify(specJsonSchema(), null, 2)}\n` },
    { path: 'docs/spec.md', text: referencePage() },
    { path: 'docs/metrics.md', text: metricsPage() },
    { path: 'docs/openapi.json', text: openApiFile() },
    { path: 'deploy/grafana/dashboards/weir.json', text: dashboardFile() },
    ...exampleFiles(ROOT),
  ];
}

/** Paths whose content on disk is not what would be generated. */
export function staleFiles(): string[] {
  return generatedFiles()
    .filter(({ path, text }) => readOrUndefined(join(ROOT, path)) !== text)
    .map(({ path }) => path);
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function main(check: boolean): number {
  const stale = staleFiles();
  if (check) {
    for (const path of stale) console.error(`${path} is not up to date; run: npx tsx scripts/generate.ts`);
    return stale.length > 0 ? 1 : 0;
  }
  for (const { path, text } of generatedFiles().filter((file) => stale.includes(file.path))) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
    console.log(path);
  }
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = main(process.argv.includes('--check'));
