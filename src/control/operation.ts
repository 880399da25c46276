/** An operation: written once, mounted at every door. */
import type { z } from 'zod';
import type { ErrorCode } from '../spec/error.js';
import type { Scope } from '../spec/types.js';
import type { ControlledAppliance } from './appliance.js';
import type { Caller } from './caller.js';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/**
 * What an operation has to do with streams, for callers who may see only some of them. `one`: the stream its input
 * names in `id` or `stream.id`; `some`: its answer leaves out the others; `all`: such callers may not use it.
 */
export type Reach = 'one' | 'some' | 'all';

export interface Operation<I extends z.ZodObject = z.ZodObject, O extends z.ZodType = z.ZodType> {
  /** `streams.add`: also the last tokens of its subject on NATS. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly scope: Scope;
  readonly reach: Reach;
  readonly method: Method;
  /** Below `/v1`; `{id}` is a field of the input. Other fields come in the query of a GET or DELETE, else in the body. */
  readonly path: string;
  readonly input: I;
  readonly output: O;
  /** The field of the output that HTTP sends as it is, decoded from base64. */
  readonly binary?: { readonly field: string; readonly type: string };
  /** Of its own; COMMON_ERRORS come on top. */
  readonly errors: readonly ErrorCode[];
  /** How long it may take, besides what it is asked to wait. Default: 30 s. */
  readonly deadlineMs?: number;
  run(appliance: ControlledAppliance, input: z.output<I>, caller: Caller): Promise<z.input<O>>;
}

/** What any operation may be answered with, whatever the door. */
export const COMMON_ERRORS = [
  'BAD_REQUEST',
  'FORBIDDEN',
  'RATE_LIMITED',
  'STOPPED',
  'TIMEOUT',
  'INTERNAL',
] as const satisfies readonly ErrorCode[];

/** Keeps the types of input and output together. */
export function operation<I extends z.ZodObject, O extends z.ZodType>(of: Operation<I, O>): Operation {
  return of;
}
