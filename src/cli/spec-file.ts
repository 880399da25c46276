/** Reads the spec a command works on. */
import { WeirError } from '../spec/error.js';
import { loadSpec } from '../spec/load.js';
import { formatProblems } from '../spec/problem.js';
import type { ApplianceSpec } from '../spec/types.js';

export const DEFAULT_SPEC = 'weir.yaml';

/** Throws SPEC_INVALID with every problem at its place. */
export function readSpecFile(path: string): ApplianceSpec {
  const result = loadSpec(path);
  if (result.ok) return result.spec;
  const { length } = result.problems;
  const count = length === 1 ? 'one problem' : `${length} problems`;
  throw new WeirError('SPEC_INVALID', `${path} has ${count}\n${formatProblems(result.problems)}`);
}
