/** Faults of a schedule in the words of the camera simulator, and what they do to pictures. */
import type { CameraFault } from '../camsim.js';
import type { FaultSpec } from './schedule.js';

/** The same frames in another format. */
export interface SceneFiles {
  readonly half: string;
  readonly h265: string;
}

/** Pictures may be missing, repeated or late without our doing. */
export const DAMAGING: ReadonlySet<string> = new Set([
  ...['blackhole', 'frozenPicture', 'throttle', 'loss', 'reorder', 'corrupt', 'jitter'],
  ...['lateKey', 'switch', 'unsupported', 'timestampJump', 'timestampWrap'],
]);
/** Pictures may be spoilt so that their numbers are wrong. */
export const SPOILING: ReadonlySet<string> = new Set([
  ...['loss', 'reorder', 'corrupt', 'jitter', 'blackhole', 'throttle', 'timestampJump', 'timestampWrap'],
]);

/** One after the other. */
export function faultsOf(fault: FaultSpec, files: SceneFiles): readonly CameraFault[] {
  const { kind } = fault;
  if (kind === 'lateKey') return [{ kind, seconds: Number(fault.delay) }, { kind: 'kill' }];
  if (kind === 'timestampJump') return [{ kind, seconds: Number(fault.by) }];
  if (kind === 'timestampWrap') return [{ kind, seconds: Number(fault.after) }];
  if (kind === 'unsupported') return [{ kind: 'switch', codec: 'jpeg' }];
  if (kind !== 'switch') return [fault as unknown as CameraFault];
  return [fault.to === 'h265' ? { kind, file: files.h265, codec: 'h265' } : { kind, file: files.half }];
}
