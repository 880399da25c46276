import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDir } from '../support/paths.js';

/** Whose elements the contract is asked of: the one the build was configured for. */
export interface ProviderUnderTest {
  readonly name: 'standin' | 'nvidia';
  /** Environment for child processes that are to see the provider's elements. */
  readonly env: Readonly<Record<string, string>>;
}

/** Reads the build's configuration. Throws when there is no build, saying what to do. */
export function providerUnderTest(): ProviderUnderTest {
  const name = configuredProvider();
  if (name === 'nvidia') return { name, env: {} };
  const plugins = join(buildDir, 'gstreamer-1.0');
  if (!existsSync(join(plugins, 'libgstnvstandin.so'))) {
    throw new Error(`${plugins} has no libgstnvstandin.so; run scripts/setup`);
  }
  const path = [plugins, process.env.GST_PLUGIN_PATH].filter(Boolean).join(':');
  return { name, env: { GST_PLUGIN_PATH: path } };
}

function configuredProvider(): ProviderUnderTest['name'] {
  const cache = join(buildDir, 'CMakeCache.txt');
  if (!existsSync(cache)) {
    throw new Error(`${cache} is missing; run scripts/setup, or set WEIR_BUILD_DIR to where it is built`);
  }
  const [, name] = /^WEIR_PROVIDER:\w+=(\w+)$/m.exec(readFileSync(cache, 'utf8')) ?? [];
  if (name === 'standin' || name === 'nvidia') return name;
  throw new Error(`${cache}: WEIR_PROVIDER is ${name ?? 'not set'}; expected standin or nvidia`);
}
