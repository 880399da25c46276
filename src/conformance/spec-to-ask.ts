import { loadSpec, parseSpec } from '../spec/load.js';
import { modelNames } from '../spec/manifest.js';
import type { ApplianceSpec } from '../spec/types.js';

/** The spec of the file, or else the smallest that shows which elements a pipeline uses. Undefined if it does not validate. */
export function specToAsk(file?: string, env: NodeJS.ProcessEnv = process.env): ApplianceSpec | undefined {
  const result = file === undefined ? parseSpec(smallest(), 'doctor', { env }) : loadSpec(file, { env });
  return result.ok ? result.spec : undefined;
}

function smallest(): string {
  const [model] = modelNames();
  return JSON.stringify({ appliance: 'doctor', pipelines: [{ id: 'main', detector: { model } }] });
}
