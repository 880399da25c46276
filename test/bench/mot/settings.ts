/** The trackers that are compared, as files that specs make. */
import { join } from 'node:path';
import { renderNvtracker } from '../../../src/deepstream/index.js';
import { formatProblems, parseSpec, type PipelineSpec } from '../../../src/spec/index.js';
import { root } from '../../support/paths.js';

export interface Setting {
  readonly name: string;
  /** Text of the low-level tracker's file. */
  readonly config: string;
}

/** A pipeline with a detector and a tracker of these settings. */
export function pipelineSpec(detector: string, tracker: string): PipelineSpec {
  const text = `appliance: bench\nmodelDir: ${join(root, '.cache/models')}\npipelines:\n  - id: main\n    slots: 1\n    detector: {${['model: nanodet-320x256', detector].filter(Boolean).join(', ')}}\n    tracker: {${tracker}}\n`;
  const result = parseSpec(text, 'bench.yaml', { modelsDir: join(root, 'models'), env: {} });
  const [pipeline] = result.ok ? result.spec.pipelines : [];
  if (!pipeline) throw new Error(result.ok ? 'no pipeline' : formatProblems(result.problems));
  return pipeline;
}

/** The file of `tracker: {…}`. */
export const trackerFile = (tracker: string): string => renderNvtracker(pipelineSpec('', tracker));

/** Thresholds of NVIDIA's NvSORT sample. */
export const NVIDIA_NVSORT =
  'algorithm: nvsort, minDetectorConfidence: 0.1345, maxTargetsPerStream: 300, minIouForNewTarget: 0.578, probationAge: 5, maxShadowTrackingAge: 26, minMatchingScore: 0.2543, minMatchingSize: 0.4019, minMatchingIou: 0.2159, sizeWeight: 0.1365, iouWeight: 0.3836';

/** For rare detections: who was seen twice is reported, and may be missed once before that. */
const QUICK = 'probationAge: 1, earlyTerminationAge: 2';

export const SETTINGS: readonly Setting[] = [
  { name: 'iou', config: trackerFile('algorithm: iou') },
  { name: 'nvsort', config: trackerFile('algorithm: nvsort') },
  { name: "nvsort, NVIDIA's sample", config: trackerFile(NVIDIA_NVSORT) },
  { name: 'iou, quick', config: trackerFile(`algorithm: iou, ${QUICK}`) },
  { name: 'nvsort, quick', config: trackerFile(`algorithm: nvsort, ${QUICK}`) },
];
