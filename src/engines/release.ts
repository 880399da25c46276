/** Which of the releases that are known speaks for a version of TensorRT. */
import { WeirError } from '../spec/error.js';
import { type Release, RELEASES, TRTEXEC_OPTIONS, type TrtexecOption } from './data/trtexec.js';

/**
 * `version`: as `10.3.0`. The last known release of that major version which is not later, or else its first. Throws
 * ENGINE_UNSUPPORTED for a major version of which nothing is known.
 */
export function releaseOf(version: string): Release {
  const [major = NaN, minor = 0] = version.split('.').map(Number);
  const same = RELEASES.filter((release) => Number(release.split('.')[0]) === major);
  const found = same.findLast((release) => Number(release.split('.')[1]) <= minor) ?? same[0];
  if (found) return found;
  throw new WeirError('ENGINE_UNSUPPORTED', `engines of TensorRT ${version} cannot be built`, {
    remedy: `known are the options of trtexec of ${RELEASES.join(', ')} and of releases between`,
  });
}

export function hasOption(release: Release, option: TrtexecOption): boolean {
  return (TRTEXEC_OPTIONS[option] as readonly Release[]).includes(release);
}

/** Whether the release chooses precisions itself where a flag allows it; else the ONNX file says them. */
export function isWeaklyTyped(release: Release): boolean {
  return hasOption(release, '--fp16');
}

/** The version in trtexec's own lines: `100300` is 10.3.0, `8601` is 8.6.1. */
export function versionOf(banner: string): string {
  const digits = Number(banner);
  const [major, minor] = digits < 10_000 ? [1_000, 100] : [10_000, 100];
  return [Math.floor(digits / major), Math.floor((digits % major) / minor), digits % minor].join('.');
}
