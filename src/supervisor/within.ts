/** Waits with a deadline. What is waited for goes on by itself. */
import { WeirError } from '../spec/error.js';

/** Rejects with TIMEOUT, saying `what`. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(tooLate(ms, what)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLate(ms: number, what: string): WeirError {
  return new WeirError('TIMEOUT', `${what} within ${ms / 1000} s`, {
    remedy: 'it may still happen; every operation can be asked for again',
  });
}
