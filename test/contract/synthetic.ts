/** Synthetic scenes as raw video, and the files that make nvinfer and nvtracker read them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drawScene } from '../../scripts/footage/scene-picture.js';
import type { SceneObject, SceneTruth } from '../../scripts/footage/scene-plan.js';
import { OBJECT_KINDS, SCENE } from '../../scripts/model/synthetic-scene.js';
import { buildDir, root } from '../support/paths.js';
import { type BoxTuple, type DumpedFrame, type DumpedObject, rawSource } from './metadump.js';
import { providerUnderTest } from './provider.js';

export const FPS = 10;
export const UNTRACKED = '18446744073709551615';
export const LABELS = join(root, 'models/labels-synthetic.txt');
export const MODEL = join(root, '.cache/models/synthetic.onnx');

/** Class id of a colour. */
export const kind = (name: (typeof OBJECT_KINDS)[number]['name']): number =>
  OBJECT_KINDS.findIndex((k) => k.name === name);

/** Frames of a scene by the objects each of them has. */
export function sceneOf(
  frames: number,
  objects: (n: number) => readonly SceneObject[],
  { width, height }: { width: number; height: number } = SCENE,
): SceneTruth {
  const numbered = Array.from({ length: frames }, (_, n) => ({ n, objects: objects(n) }));
  return { width, height, fps: FPS, firstNumber: 0, frames: numbered };
}

/** Draws a scene into a file. Returns it as an input of the mux. */
export async function sceneSource(file: string, truth: SceneTruth, format?: string): Promise<string> {
  await writeFile(file, Buffer.concat([...drawScene(truth)]));
  return rawSource(file, truth.width, truth.height, truth.fps, format);
}

type Values = Readonly<Record<string, string | number | undefined>>;

export interface DetectorConfig {
  /** Keys to add, change or (undefined) leave out. */
  readonly property?: Values;
  readonly all?: Values;
  /** Further groups by name. */
  readonly groups?: Readonly<Record<string, Values>>;
}

/** nvinfer's file for the synthetic model: text, or YAML by its suffix. Returns its path. */
export async function writeDetector(
  file: string,
  { property, all, groups }: DetectorConfig = {},
): Promise<string> {
  const config: Record<string, Values> = {
    property: {
      'gie-unique-id': 7,
      'onnx-file': MODEL,
      'labelfile-path': LABELS,
      'net-scale-factor': 1 / 255,
      'model-color-format': 0,
      'infer-dims': '3;360;640',
      'num-detected-classes': 22,
      'batch-size': 4,
      'cluster-mode': 2,
      ...property,
    },
    'class-attrs-all': { 'pre-cluster-threshold': 0.5, 'nms-iou-threshold': 0.5, topk: 100, ...all },
    ...groups,
  };
  await writeFile(file, /\.ya?ml$/.test(file) ? asYaml(config) : asKeyFile(config));
  return file;
}

const defined = (values: Values): [string, string | number][] =>
  Object.entries(values).filter((entry): entry is [string, string | number] => entry[1] !== undefined);

function asKeyFile(config: Readonly<Record<string, Values>>): string {
  const groups = Object.entries(config).map(([name, values]) =>
    [`[${name}]`, ...defined(values).map(([key, value]) => `${key}=${value}`), ''].join('\n'),
  );
  return groups.join('\n');
}

function asYaml(config: Readonly<Record<string, Values>>): string {
  const groups = Object.entries(config).map(([name, values]) =>
    [`${name}:`, ...defined(values).map(([key, value]) => `  ${key}: ${value}`), ''].join('\n'),
  );
  return groups.join('');
}

/** The IOU tracker's file; with an `estimator`, NvSORT's. Returns its path. */
export async function writeTracker(
  file: string,
  management: Readonly<Record<string, number>> = {},
  trajectories: Readonly<Record<string, number>> = {},
  estimator?: Readonly<Record<string, number>>,
): Promise<string> {
  const section = (name: string, values: Readonly<Record<string, number>>): string[] => [
    `${name}:`,
    ...Object.entries(values).map(([key, value]) => `  ${key}: ${value}`),
  ];
  const lines = [
    '%YAML:1.0',
    ...section('BaseConfig', { minDetectorConfidence: 0 }),
    ...section('TargetManagement', {
      preserveStreamUpdateOrder: 0,
      maxTargetsPerStream: 150,
      minIouDiff4NewTarget: 0.5,
      probationAge: 2,
      maxShadowTrackingAge: 5,
      earlyTerminationAge: 1,
      ...management,
    }),
    ...section('TrajectoryManagement', { useUniqueID: 0, ...trajectories }),
    ...section('DataAssociator', {
      dataAssociatorType: 0,
      associationMatcherType: estimator ? 1 : 0,
      checkClassMatch: 1,
      minMatchingScore4Overall: 0,
      minMatchingScore4SizeSimilarity: 0,
      minMatchingScore4Iou: 0,
      matchingScoreWeight4SizeSimilarity: 0.4,
      matchingScoreWeight4Iou: 0.6,
      ...(estimator ? { usePrediction4Assoc: 1 } : {}),
    }),
    ...(estimator ? section('StateEstimator', estimator) : []),
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

/** The provider's low-level tracker library. */
export function trackerLibrary(): string {
  const nvidia = process.env.DEEPSTREAM_ROOT ?? '/opt/nvidia/deepstream/deepstream';
  const folder = providerUnderTest().name === 'nvidia' ? nvidia : buildDir;
  return join(folder, 'lib/libnvds_nvmultiobjecttracker.so');
}

/** A frame's coloured rectangles: without the squares of its number. */
export function rectangles(frame: DumpedFrame): DumpedObject[] {
  return frame.objects.filter((o) => o.class < OBJECT_KINDS.length);
}

export const boxOf = ({ left, top, width, height }: SceneObject): BoxTuple => [left, top, width, height];

/** Whether two boxes differ by at most `most` pixels on each side. */
export function near(a: BoxTuple, b: BoxTuple, most: number): boolean {
  const sides = ([left, top, width, height]: BoxTuple): number[] => [left, top, left + width, top + height];
  const other = sides(b);
  return sides(a).every((side, i) => Math.abs(side - (other[i] as number)) <= most);
}
