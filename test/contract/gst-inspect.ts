import { join } from 'node:path';
import { type InspectedElement, inspectElement } from '../../src/conformance/inspection.js';
import { run } from '../support/process.js';
import { withTempDir } from '../support/temp.js';
import type { ProviderUnderTest } from './provider.js';

/**
 * What `gst-inspect-1.0` says of an element. Undefined when there is no such element.
 * A registry of its own each time: a stale one would hide a plugin that failed to load before.
 */
export function inspect(element: string, provider: ProviderUnderTest): Promise<InspectedElement | undefined> {
  return withTempDir((dir) => {
    const env = {
      ...provider.env,
      ...ourPluginsOnly(provider),
      GST_REGISTRY: join(dir, 'registry'),
      LC_ALL: 'C',
    };
    return inspectElement(
      {
        async run(command, args) {
          const { code, stdout } = await run(command, args, { env });
          return code === 0 ? stdout : undefined;
        },
      },
      element,
    );
  });
}

/** The stand-in needs no other plugin, and scanning all of them takes seconds. */
function ourPluginsOnly(provider: ProviderUnderTest): Record<string, string> {
  return provider.name === 'standin' ? { GST_PLUGIN_SYSTEM_PATH: '' } : {};
}
