/** The addon that makes metadata up and hands it over in the ways that are compared. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { NativeBatch } from '../../../src/native/types.js';
import { root } from '../../support/paths.js';
import type { Format, Measured } from './ways.js';

export interface SourceOptions {
  readonly streams: number;
  /** Per frame. */
  readonly objects: number;
  readonly way: Format | 'objects' | 'hops' | 'ticks';
  /** Objects at random, such as nobody would wish for. */
  readonly seed?: number;
}

/** A frame as `objects` hands it over. */
export interface Frame {
  readonly stream: number;
  readonly frame: number;
  readonly objects: readonly {
    readonly id: string;
    readonly label: string;
    readonly confidence: number;
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  }[];
}

export interface BatchSource {
  run(batches: number, everyUs: number): Promise<Pick<Measured, 'producerUs' | 'makingUs'>>;
  /** A batch has been dealt with. */
  done(): void;
  takeBatch(): NativeBatch | undefined;
  releaseBatch(id: number): void;
  close(): void;
}

type Constructor = new (options: SourceOptions, onBatch: (...args: never[]) => void) => BatchSource;

/** Throws where it has not been built. */
export function loadSource(): Constructor {
  const addon = createRequire(import.meta.url)(join(root, 'build/native/weir_bench.node')) as {
    Source: Constructor;
  };
  return addon.Source;
}
