import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Lets time pass in which nothing is awaited: a rate is measured, or a schedule says so. */
export const pass = (ms: number): Promise<void> => sleep(Math.max(0, ms));

/**
 * Asks `probe` again and again until it answers something other than undefined, null or false. For what has no
 * event to wait for. Rejects, saying `what`, after `timeoutMs` (default 20,000).
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T> | T,
  { timeoutMs = 20_000, everyMs = 25 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined && answer !== null && answer !== false) {
      return answer as Exclude<T, undefined | null | false>;
    }
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await pass(everyMs);
  }
}

/** A TCP port of 127.0.0.1 that was free a moment ago. Prefer programs that pick their own. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the system named no port');
  return address.port;
}
