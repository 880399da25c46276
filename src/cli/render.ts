/** Everything generated from a spec, as text. */

import { join } from 'node:path';
import { type ConfigFile, configFiles } from '../deepstream/index.js';
import { graph, type Provider, toDot } from '../graph/index.js';
import type { ApplianceSpec } from '../spec/types.js';
import { locations } from '../worker/plan.js';

export const PROVIDER_NAMES: readonly Provider[] = ['standin', 'nvidia'];

export function renderAll(spec: ApplianceSpec, provider: Provider, dir: string): ConfigFile[] {
  const at = locations(dir);
  return spec.pipelines.flatMap((pipeline) => [
    ...configFiles(pipeline, provider, at),
    { path: join(dir, `${pipeline.id}.dot`), text: toDot(graph(spec, pipeline.id, provider, at)) },
  ]);
}
