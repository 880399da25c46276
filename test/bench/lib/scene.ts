/** What all contestants of a round are given: cameras, a model, and how often to look. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Camsim, startCamsim } from '../../support/camsim.js';
import { root } from '../../support/paths.js';

export interface Footage {
  /** H.264 without B-frames, a key frame each second. */
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

/** As a program needs it that reads no manifests. */
export interface BenchModel {
  readonly name: string;
  /** Path of a manifest that is not in models/. */
  readonly manifest?: string;
  readonly file: string;
  readonly input: string;
  readonly width: number;
  readonly height: number;
  /** Subtracted per channel, blue first. */
  readonly mean: readonly number[];
  readonly confidence: number;
  readonly iou: number;
}

export interface BenchScene {
  readonly streams: number;
  readonly footage: Footage;
  readonly model: BenchModel;
  /** Detections per second and stream. */
  readonly rate: number;
  /** Nothing but key frames is decoded, by those who can. */
  readonly keyFrames?: boolean;
}

/** Frames of the film between the places where neighbouring cameras begin: two never show the same. */
const APART = 60;

interface Manifest {
  readonly file: string;
  readonly int8?: { readonly file: string };
  readonly input: {
    readonly name: string;
    readonly width: number;
    readonly height: number;
    readonly colorFormat: string;
    readonly offsets?: readonly number[];
  };
  readonly thresholds: { readonly confidence: number; readonly iou?: number };
}

/** With the weights Weir uses without a GPU. Throws for a model that the alternatives cannot read: they know pictures of blue, green and red, and NanoDet's boxes. */
export function benchModel(name: string): BenchModel {
  const { file, int8, input, thresholds } = parse(
    readFileSync(join(root, `models/${name}.yaml`), 'utf8'),
  ) as Manifest;
  if (input.colorFormat !== 'bgr') throw new Error(`model ${name}: expected colorFormat bgr`);
  return {
    name,
    file: join(root, '.cache/models', (int8 ?? { file }).file),
    input: input.name,
    width: input.width,
    height: input.height,
    mean: input.offsets ?? [0, 0, 0],
    confidence: thresholds.confidence,
    iou: thresholds.iou ?? 0.5,
  };
}

export function startCameras({ streams, footage }: Pick<BenchScene, 'streams' | 'footage'>): Promise<Camsim> {
  return startCamsim({
    cameras: Array.from({ length: streams }, (_, i) => ({
      id: cameraId(i),
      file: footage.file,
      fps: footage.fps,
      start: i * APART,
    })),
  });
}

export const cameraId = (index: number): string => `cam-${index + 1}`;
