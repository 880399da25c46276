/** The parts of a model manifest that building needs. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const MANIFESTS = join(ROOT, 'models');
/** Built models; not in the repository. */
export const MODELS = join(ROOT, '.cache', 'models');

export interface PackageSource {
  readonly package: string;
  readonly version: string;
  /** Path inside the package, and the SHA-256 of that file in hex. */
  readonly file: string;
  readonly sha256: string;
}

export interface Manifest {
  readonly name: string;
  readonly source: PackageSource | { readonly script: string };
  /** Below MODELS, and its SHA-256 in hex. */
  readonly file: string;
  readonly sha256: string;
  /** The same weights in 8 bits, by ranges in a file beside the manifest. */
  readonly int8?: { readonly file: string; readonly sha256: string; readonly ranges: string };
  readonly input: { readonly width: number; readonly height: number };
}

export function readManifests(): Manifest[] {
  const files = readdirSync(MANIFESTS).filter((file) => file.endsWith('.yaml'));
  return files.sort().map((file) => parse(readFileSync(join(MANIFESTS, file), 'utf8')) as Manifest);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function hasContent(path: string, hash: string): boolean {
  return existsSync(path) && sha256(readFileSync(path)) === hash;
}
