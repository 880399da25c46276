/** The input of an operation, checked. What is wrong is told as of a spec: field, value, expectation. */
import { WeirError } from '../spec/error.js';
import { compact } from '../spec/freeze.js';
import { problemsOf } from '../spec/issues.js';
import { type Examined, formatPath, type Problem, type ProblemDetails } from '../spec/problem.js';
import type { Operation } from './operation.js';

export type Input = Readonly<Record<string, unknown>>;

const MAX_TOLD = 10;
const MAX_PATH = 100;

/** Throws BAD_REQUEST with every problem. Secrets are not repeated. */
export function parseInput({ name, input: schema }: Operation, input: unknown): Input {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(new Request(input), schema, parsed.error.issues);
  const told = problems.slice(0, MAX_TOLD).map(({ path, message }) => `${path || 'the input'}: ${message}`);
  const remedy = problems.find((problem) => problem.remedy !== undefined)?.remedy;
  throw new WeirError('BAD_REQUEST', `${name}: ${told.join('; ')}`, remedy === undefined ? {} : { remedy });
}

class Request implements Examined {
  constructor(readonly value: unknown) {}

  at(path: readonly PropertyKey[], message: string, { value, remedy }: ProblemDetails = {}): Problem {
    const place = formatPath(path).slice(0, MAX_PATH);
    return { file: 'input', path: place, message, ...compact({ value, remedy }) };
  }
}
