/** Models, machines and detectors for tests of TensorRT engines, all in one folder. */
import { type Machine } from '../../src/device/machine.js';
import type { Platform } from '../../src/device/platform.js';
import { buildEngine, type BuildOptions, type Progress } from '../../src/engines/index.js';
import type { Release } from '../../src/engines/data/trtexec.js';
import { type WantedEngine, wantedEngines } from '../../src/engines/wanted.js';
import type { DetectorSpec, PipelineSpec } from '../../src/spec/types.js';
import { type Dim, OnnxGraph } from '../../scripts/model/onnx-graph.js';
import { readSpec } from './spec.js';
import { TENSORRT, type TrtexecFault, writeTrtexec } from './trtexec.js';
import { writeModel } from './write-model.js';

/** A model with nothing in it but its input. */
export function tinyOnnx(shape: readonly Dim[] = ['N', 3, 32, 64], name = 'input'): Uint8Array {
  const graph = new OnnxGraph('tiny');
  graph.output(graph.node('Relu', 'conv_cov', [graph.input(name, shape)]), shape);
  return graph.encode();
}

/** Answers the path of its manifest. */
export function writeTinyModel(dir: string, onnx: Uint8Array = tinyOnnx()): Promise<string> {
  return writeModel(dir, onnx, ['thing'], {
    name: 'tiny',
    description: 'For engines',
    source: { made: 'here' },
    licence: 'Apache-2.0',
    input: { name: 'input', width: 64, height: 32 },
    thresholds: { confidence: 0.5 },
  });
}

export function orin(release: Release = '10.3'): Platform {
  return { tensorrt: TENSORRT[release].tensorrt, cuda: '12.6', gpu: 'Orin', computeCapability: '8.7' };
}

/** With so much memory available. */
export function machine(availableMb = 8192): Machine {
  const meminfo = `MemTotal:       16000000 kB\nMemAvailable:   ${availableMb * 1024} kB\n`;
  return {
    read: async (path) => (path === '/proc/meminfo' ? meminfo : undefined),
    list: async () => [],
    run: async () => undefined,
  };
}

/** Pipelines `main`, `side`, … with one detector each, of the model in `dir`. */
export function pipelines(dir: string, ...detectors: readonly object[]): readonly PipelineSpec[] {
  const ids = ['main', 'side', 'third'];
  const made = detectors.map((detector, i) => ({
    ...{ id: ids[i], detector: { model: `${dir}/tiny.yaml`, batch: 4, ...detector } },
  }));
  return readSpec(JSON.stringify({ appliance: 'gate', modelDir: dir, pipelines: made })).pipelines;
}

export function detector(dir: string, more: object = {}): DetectorSpec {
  return (pipelines(dir, more)[0] as PipelineSpec).detector;
}

export async function wanted(dir: string, more: object = {}, platform = orin()): Promise<WantedEngine> {
  return (await wantedEngines(pipelines(dir, more), platform))[0] as WantedEngine;
}

export interface Building extends Partial<BuildOptions> {
  readonly release?: Release;
  readonly fails?: TrtexecFault | undefined;
  readonly detector?: object;
}

/** Builds the engine of a detector by a stand-in for trtexec. */
export async function build(dir: string, { release = '10.3', fails, detector, ...more }: Building = {}) {
  const platform = more.platform ?? orin(release);
  const progress: Progress[] = [];
  const result = await buildEngine(await wanted(dir, detector, platform), {
    ...{ platform, machine: machine(), trtexec: writeTrtexec(dir, release, fails) },
    ...{ deadlineMs: 60_000, stop: new AbortController().signal, force: false, checkRoom: true },
    freeBytes: async () => 2 ** 40,
    onProgress: (each) => progress.push(each),
    ...more,
  });
  return { ...result, progress };
}
