/** Whether an engine is what is wanted. */
import { stat } from 'node:fs/promises';
import { type Difference, differences, differenceText, type Fingerprint } from './fingerprint.js';
import { type EngineRecord, readRecord } from './record.js';

export type EngineState =
  | { readonly kind: 'missing' }
  /** There, but nothing is known of it: built by nvinfer or by hand, or put in the place of another. */
  | { readonly kind: 'unknown'; readonly bytes: number }
  | { readonly kind: 'fresh'; readonly bytes: number; readonly record: EngineRecord }
  | {
      readonly kind: 'stale';
      readonly bytes: number;
      readonly record: EngineRecord;
      readonly differences: readonly Difference[];
    };

/** `wanted`: the parts that matter. */
export async function engineState(engine: string, wanted: Partial<Fingerprint>): Promise<EngineState> {
  const bytes = await sizeOf(engine);
  if (bytes === undefined) return { kind: 'missing' };
  const record = await readRecord(engine);
  if (record?.bytes !== bytes) return { kind: 'unknown', bytes };
  const found = differences(record.fingerprint, wanted);
  return found.length === 0
    ? { kind: 'fresh', bytes, record }
    : { kind: 'stale', bytes, record, differences: found };
}

/** Why it has to be built, or needs not. */
export function stateText(state: EngineState): string {
  switch (state.kind) {
    case 'missing':
      return 'it is not there';
    case 'unknown':
      return 'there is no record of how it was built';
    case 'fresh':
      return `it was built for this at ${state.record.builtAt}`;
    case 'stale':
      return state.differences.map(differenceText).join('; ');
  }
}

/** Of a file that is not empty; undefined for anything else. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() && found.size > 0 ? found.size : undefined;
  } catch {
    return undefined;
  }
}
