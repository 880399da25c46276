/** Specs of one pipeline, for tests to which most of a spec does not matter. */
import { formatProblems, parseSpec } from '../../src/spec/index.js';
import type { ApplianceSpec } from '../../src/spec/types.js';

/** The text of a weir.yaml: 640x360, the detector `synthetic`, and what is given instead or on top. */
export function specText(nats: string, pipeline: object, more: object = {}): string {
  const usual = { id: 'main', mux: { width: 640, height: 360 }, detector: { model: 'synthetic' } };
  const pipelines = [{ ...usual, ...pipeline }];
  return JSON.stringify({ appliance: 'gate', nats: { url: nats }, ...more, pipelines });
}

/** As Weir reads it. */
export function readSpec(text: string): ApplianceSpec {
  const result = parseSpec(text, 'test.yaml');
  if (!result.ok) throw new Error(formatProblems(result.problems));
  return result.spec;
}
