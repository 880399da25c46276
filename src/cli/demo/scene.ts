/** What the demo's cameras show, and the spec of an appliance that watches them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { PACKAGE_ROOT } from '../../native/loader.js';
import { WeirError } from '../../spec/error.js';
import type { CameraFile } from './servers.js';

export type SceneName = 'footage' | 'synthetic';

interface Scene {
  /** Below `.cache/footage`; cameras take them in turn. */
  readonly files: readonly string[];
  readonly frames: number;
  readonly fps: number;
  readonly width: number;
  readonly height: number;
  readonly model: string;
}

const SCENES: Readonly<Record<SceneName, Scene>> = {
  footage: {
    files: ['vtest-576.h264'],
    frames: 795,
    fps: 10,
    width: 768,
    height: 576,
    model: 'nanodet-320x256',
  },
  synthetic: {
    files: ['synthetic-1.h264', 'synthetic-2.h264', 'synthetic-3.h264', 'synthetic-4.h264'],
    frames: 300,
    fps: 10,
    width: 640,
    height: 360,
    model: 'synthetic',
  },
};

/** Cameras that show the same file begin at different places in it. Throws IO when a file is missing. */
export function sceneCameras(name: SceneName, count: number): CameraFile[] {
  const { files, frames, fps } = SCENES[name];
  return Array.from({ length: count }, (_, i) => {
    const file = join(PACKAGE_ROOT, '.cache/footage', files[i % files.length] ?? '');
    if (!existsSync(file)) {
      throw new WeirError('IO', `${file} is missing`, { remedy: `npm run demo -- --scene ${name} makes it` });
    }
    return { id: `cam-${i + 1}`, file, fps, start: Math.round((i * frames) / count) };
  });
}

export interface DemoSpecOptions {
  readonly scene: SceneName;
  readonly rate: number;
  readonly nats: string;
  readonly streams: readonly { readonly id: string; readonly uri: string }[];
}

export const DEMO_APPLIANCE = 'demo';

export function demoSpec({ scene, rate, nats, streams }: DemoSpecOptions): string {
  const { fps, width, height, model } = SCENES[scene];
  return stringify({
    appliance: DEMO_APPLIANCE,
    nats: { url: nats },
    pipelines: [
      {
        id: 'main',
        mux: { width, height },
        detector: { model, rate },
        streams: streams.map(({ id, uri }) => ({ id, uri, fps })),
      },
    ],
  });
}
