/**
 * Copies what runs out of a built checkout: `npx tsx scripts/install-tree.ts FOLDER`. No compiler, no npm, no development
 * package and no test goes along. FOLDER must not be there yet.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const MODELS = '.cache/models';

interface LockedPackage {
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
}

/** Folders of the packages that run, by the lock file. The optional one is ONNX Runtime, whose library is copied by itself. */
export function runtimePackages(lockFile: string): string[] {
  const { packages } = JSON.parse(lockFile) as { packages: Readonly<Record<string, LockedPackage>> };
  return Object.entries(packages)
    .filter(([path, entry]) => path !== '' && !entry.dev && !entry.optional && !entry.devOptional)
    .map(([path]) => path);
}

/** What else is copied. Links become what they lead to; the stand-in's parts are not there on NVIDIA. */
const PARTS: readonly { readonly path: string; readonly ifThere?: true }[] = [
  { path: 'LICENSE' },
  { path: 'package.json' },
  { path: 'models' },
  { path: 'dist' },
  { path: 'build/native/weir.node' },
  { path: 'build/native/weir_sys.node' },
  { path: 'build/native/lib' },
  { path: 'build/native/gstreamer-1.0', ifThere: true },
];

/** Throws where something that was to be built is missing, naming it. */
export function installTree(from: string, to: string): void {
  const packages = runtimePackages(readFileSync(join(from, 'package-lock.json'), 'utf8'));
  const paths = [...PARTS, ...packages.map((path) => ({ path })), ...weights(from)];
  const missing = paths.filter((each) => !('ifThere' in each) && !existsSync(join(from, each.path)));
  if (missing.length > 0)
    throw new Error(`${missing.map(({ path }) => path).join(', ')}: not built; run scripts/setup first`);
  if (existsSync(to)) throw new Error(`${to} is there already; name a new folder`);
  for (const { path } of paths) if (existsSync(join(from, path))) copy(join(from, path), join(to, path));
}

function weights(from: string): { path: string }[] {
  const names = existsSync(join(from, MODELS)) ? readdirSync(join(from, MODELS)) : [];
  const onnx = names.filter((name) => name.endsWith('.onnx'));
  return onnx.length > 0 ? onnx.map((name) => ({ path: join(MODELS, name) })) : [{ path: MODELS }];
}

/** A package below another comes with it; copying it again changes nothing. */
function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(realpathSync(from), to, { recursive: true, dereference: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error('name the folder to be made');
  installTree(ROOT, resolve(folder));
}
