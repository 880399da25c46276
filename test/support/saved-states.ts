/** States and stores for tests of what is saved. */
import { seal } from '../../src/supervisor/state/envelope.js';
import type { Json } from '../../src/supervisor/state/json.js';
import { EMPTY_STATE, type SavedState } from '../../src/supervisor/state/saved-state.js';
import { StateStore } from '../../src/supervisor/state/store.js';
import { diskOf, FaultyFiles, type Image } from './faulty-files.js';

export const STATE_PATH = '/state/weir.state.json';
export const LAST_PATH = `${STATE_PATH}.last`;

/** As many streams as the generation says: states differ in length too. */
export function stateOf(generation: number): SavedState {
  const entry = (n: number) => ({
    pipeline: 'main',
    stream: { id: `cam-${n}`, uri: `rtsp://192.0.2.${n}/ströme` },
  });
  const ids = Array.from({ length: generation % 4 }, (_, n) => n);
  return {
    ...EMPTY_STATE,
    generation,
    streams: Object.fromEntries(ids.map((n) => [`cam-${n}`, entry(n)])),
  };
}

export function sealedState(state: unknown): string {
  return seal(state as Json, { kind: 'state', format: 1 });
}

export function openStore(files: FaultyFiles, deadlineMs?: number): Promise<StateStore> {
  return StateStore.open({ path: STATE_PATH, files, ...(deadlineMs !== undefined && { deadlineMs }) });
}

/** What a process finds that starts on this disk; nothing of it is changed. */
export async function found(image: Image): Promise<SavedState> {
  await using store = await openStore(new FaultyFiles(image));
  return store.state;
}

/** A disk with a state of this generation and the one before it as last good copy. */
export function settledDisk(generation: number): Image {
  return diskOf({
    [STATE_PATH]: sealedState(stateOf(generation)),
    [LAST_PATH]: sealedState(stateOf(generation - 1)),
  });
}

export async function refusal(
  work: Promise<unknown>,
): Promise<{ code: string; message: string; remedy: string }> {
  try {
    await work;
  } catch (error) {
    return error as { code: string; message: string; remedy: string };
  }
  throw new Error('it was not refused');
}
