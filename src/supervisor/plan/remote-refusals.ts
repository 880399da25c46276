/** What nobody may change over the network: which code is loaded, and what the appliance reaches. */
import { dirname } from 'node:path';
import { MODELS_DIR } from '../../spec/manifest.js';
import type { ApplianceSpec, PipelineSpec } from '../../spec/types.js';
import { differences } from './differences.js';

const APPLIANCE = [
  'nats',
  'control',
  'metrics',
  'stateDir',
  'cameraNetworks',
  'mediaRoot',
  'modelDir',
] as const;

/**
 * The keys of `after` that a caller over TCP or NATS may not change; empty where there is nothing to refuse. Models are
 * free to choose among those that come with Weir: their manifests pin the weights.
 */
export function remoteRefusals(
  before: ApplianceSpec,
  after: ApplianceSpec,
  modelsDir: string = MODELS_DIR,
): string[] {
  const pipelines = after.pipelines.flatMap((pipeline) => {
    const was = before.pipelines.find(({ id }) => id === pipeline.id);
    return detectorRefusals(was, pipeline, modelsDir).map((key) => `pipelines.${pipeline.id}.${key}`);
  });
  return [...differences(before, after, APPLIANCE), ...pipelines];
}

/** Keys of a detector that name a file. */
const FILES = ['engine', 'calibration'] as const;

function detectorRefusals(was: PipelineSpec | undefined, is: PipelineSpec, modelsDir: string): string[] {
  const { model } = is.detector;
  const modelChanges = differences(was, is, ['detector']).some((key) => COVERS_MODEL.has(key));
  const strange = modelChanges && dirname(model.labelsFile) !== modelsDir;
  return [
    ...(strange ? ['detector.model'] : []),
    ...FILES.filter((key) => is.detector[key] !== was?.detector[key]).map((key) => `detector.${key}`),
  ];
}

/** A pipeline that is new differs in its detector as a whole. */
const COVERS_MODEL: ReadonlySet<string> = new Set(['detector', 'detector.model']);
