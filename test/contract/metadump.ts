/** Pipelines run by the test program `metadump`, and what it prints, typed. */
import { run } from '../support/process.js';
import { program } from '../support/paths.js';
import { providerUnderTest } from './provider.js';

/** left, top, width, height in canvas pixels. */
export type BoxTuple = [number, number, number, number];

export interface DumpedObject {
  class: number;
  component: number;
  confidence: number;
  /** 64-bit, decimal. */
  id: string;
  label: string;
  text: string;
  box: BoxTuple;
  detector: BoxTuple;
  border: number;
  trackerConfidence: number;
}

export interface DumpedFrame {
  frame: number;
  pad: number;
  slot: number;
  pts: number;
  ntp: number;
  inferred: boolean;
  source: [number, number];
  canvas: [number, number];
  count: number;
  objects: DumpedObject[];
}

export interface Dump {
  frames: DumpedFrame[];
  /** Number of frames of each batch. */
  batches: number[];
  events: { event: string; pad?: number }[];
  elements: string[];
  errors: { error: number; domain: string; message: string }[];
  stateFailed: boolean;
  stderr: string;
}

/** Runs `pipeline` (gst-launch text with an element `name=last`) to its end or first error. */
export async function metadump(pipeline: string): Promise<Dump> {
  const outcome = await run(program('metadump'), [pipeline], { env: providerUnderTest().env });
  if (outcome.code !== 0) throw new Error(`metadump ended with ${outcome.code}: ${outcome.stderr}`);
  const dump: Dump = {
    frames: [],
    batches: [],
    events: [],
    elements: [],
    errors: [],
    stateFailed: false,
    stderr: outcome.stderr,
  };
  for (const line of outcome.stdout.split('\n').filter((l) => l.startsWith('{'))) {
    const item = JSON.parse(line) as Record<string, unknown>;
    if ('frame' in item) dump.frames.push(item as unknown as DumpedFrame);
    else if ('batch' in item) dump.batches.push(item.batch as number);
    else if ('event' in item) dump.events.push(item as unknown as Dump['events'][number]);
    else if ('element' in item) dump.elements.push(item.element as string);
    else if ('error' in item) dump.errors.push(item as unknown as Dump['errors'][number]);
    else if ('state' in item) dump.stateFailed = true;
  }
  return dump;
}

/** Raw I420 frames as an input of the mux. */
export function rawSource(file: string, width: number, height: number, fps: number): string {
  const convert = providerUnderTest().name === 'nvidia' ? '! nvvideoconvert ! video/x-raw(memory:NVMM) ' : '';
  return `filesrc location=${file} ! rawvideoparse format=i420 width=${width} height=${height} framerate=${fps}/1 ${convert}`;
}
