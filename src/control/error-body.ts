/** How every door tells a failure. */
import { type ErrorCode, ERRORS, type WeirError } from '../spec/error.js';
import { Redactor } from '../worker/redact.js';

export interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy?: string;
}

/** Knows no secret, but the places where credentials usually stand. */
const places = new Redactor();

export function errorBody({ code, message, remedy }: WeirError): ErrorBody {
  return {
    code,
    message: places.clean(message),
    ...(remedy !== undefined && { remedy: places.clean(remedy) }),
  };
}

export function statusOf(code: ErrorCode): number {
  return ERRORS[code].httpStatus;
}
