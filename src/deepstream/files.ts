/** All configuration files of a pipeline, as text. */
import type { PipelineSpec } from '../spec/index.js';
import { detectorConfigPath, type Locations, trackerConfigPath } from './locations.js';
import { renderNvinfer } from './nvinfer.js';
import { renderNvtracker } from './nvtracker.js';
import type { Provider } from './provider.js';

export interface ConfigFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** What must lie on disk before the pipeline's graph is instantiated. */
export function configFiles(pipeline: PipelineSpec, provider: Provider, at: Locations): ConfigFile[] {
  const detector = { path: detectorConfigPath(pipeline.id, at), text: renderNvinfer(pipeline, provider, at) };
  if (pipeline.tracker.algorithm === 'none') return [detector];
  return [detector, { path: trackerConfigPath(pipeline.id, at), text: renderNvtracker(pipeline) }];
}
