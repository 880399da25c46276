/** Finds and loads `weir.node`. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAddon } from './load-addon.js';
import type { NativeBinding } from './types.js';

/** The package's root, both from `src/native` and from `dist/native`. */
export const PACKAGE_ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

let loaded: NativeBinding | undefined;

/** Where the addon is looked for, in order. `WEIR_ADDON` replaces the list. */
export function addonCandidates(env: NodeJS.ProcessEnv = process.env): readonly string[] {
  if (env.WEIR_ADDON) return [resolve(env.WEIR_ADDON)];
  return [join(PACKAGE_ROOT, 'build/native/weir.node')];
}

/** A folder or file that was built with the addon: `lib` (parsers, trackers), `bin/camsim`. */
export function built(path: string, env: NodeJS.ProcessEnv = process.env): string {
  const [addon = ''] = addonCandidates(env);
  return join(dirname(addon), path);
}

/** GStreamer reads the environment once, when the addon initialises it: our plugins must be on the path before. */
function exposePlugins(addon: string): void {
  const plugins = join(dirname(addon), 'gstreamer-1.0');
  if (!existsSync(plugins)) return;
  const path = (process.env.GST_PLUGIN_PATH ?? '')
    .split(':')
    .filter((part) => part !== '' && part !== plugins);
  process.env.GST_PLUGIN_PATH = [plugins, ...path].join(':');
}

/** Loads the addon once per process. Throws NATIVE_MISSING naming every file tried and the remedy. */
export function loadBinding(candidates: readonly string[] = addonCandidates()): NativeBinding {
  loaded ??= loadAddon({
    name: 'the native addon',
    candidates,
    remedy: 'run scripts/setup to build it, or point WEIR_ADDON at a built weir.node',
    prepare: exposePlugins,
  }) as NativeBinding;
  return loaded;
}
