/** Waits with a deadline. What is waited for goes on by itself. */
import { WeirError } from '../spec/error.js';

/** Rejects with what `late` makes; where it is text, with TIMEOUT, saying that. */
export async function within<T>(ms: number, late: string | (() => Error), work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const error = typeof late === 'string' ? () => tooLate(ms, late) : late;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(error()), Math.max(0, ms));
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLate(ms: number, what: string): WeirError {
  return new WeirError('TIMEOUT', `${what} within ${ms / 1000} s`, {
    remedy: 'it may still happen; every operation can be asked for again',
  });
}
