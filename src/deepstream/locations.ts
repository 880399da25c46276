/** Where things lie on this machine: the only way a path gets into a generated file or a graph. */
import { join, relative } from 'node:path';
import type { Model } from '../spec/index.js';

export interface Locations {
  /** Absolute folder of the generated files of this run. */
  readonly configDir: string;
  /** Absolute folder of Weir's own libraries: parsers, and the stand-in's tracker. */
  readonly libDir: string;
  /** Root of NVIDIA's SDK. */
  readonly deepstreamDir?: string;
  /** For checked-in examples: paths are written relative to this folder, except NVIDIA's. */
  readonly relativeTo?: string;
}

const DEEPSTREAM_DIR = '/opt/nvidia/deepstream/deepstream';
const TRACKER_LIBRARY = 'libnvds_nvmultiobjecttracker.so';

/** The path as it is written. */
export function written(path: string, at: Locations): string {
  return at.relativeTo === undefined ? path : relative(at.relativeTo, path);
}

export function detectorConfigPath(pipeline: string, at: Locations): string {
  return join(at.configDir, `${pipeline}.detector.txt`);
}

export function trackerConfigPath(pipeline: string, at: Locations): string {
  return join(at.configDir, `${pipeline}.tracker.yml`);
}

/** The parser library; undefined for nvinfer's built-in parser. */
export function parserLibrary(model: Model, at: Locations): string | undefined {
  return model.parser && written(join(at.libDir, model.parser.library), at);
}

export function nvidiaTrackerLibrary(at: Locations): string {
  return join(at.deepstreamDir ?? DEEPSTREAM_DIR, 'lib', TRACKER_LIBRARY);
}

export function standinTrackerLibrary(at: Locations): string {
  return written(join(at.libDir, TRACKER_LIBRARY), at);
}
