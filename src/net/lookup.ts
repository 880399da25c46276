/** Names to addresses, by the system's own means: its files, mDNS and name servers. */
import { lookup as systemLookup } from 'node:dns';
import { isIPv6 } from 'node:net';
import { ConnectFailure } from '../streams/connect-failure.js';

/** All addresses of a name. Rejects as node:dns does, with `code`. */
export type Lookup = (name: string) => Promise<readonly string[]>;

export interface LookupOptions {
  /** Default 3000. */
  readonly timeoutMs?: number;
  readonly lookup?: Lookup;
}

/** A lookup holds a thread of a pool of four until the system gives up: one is left for files. */
const MAX_AT_ONCE = 3;

const SAID: Readonly<Record<string, string>> = {
  ENOTFOUND: 'name not known',
  ENODATA: 'name has no address',
  EAI_AGAIN: 'the name server does not answer',
};

/** IPv4 first, as cameras have it; at least one. Rejects with ConnectFailure `dns`, at the latest after the deadline. */
export async function addressesOf(name: string, options: LookupOptions = {}): Promise<readonly string[]> {
  const { timeoutMs = 3000, lookup = shared } = options;
  const found = await deadline(name, timeoutMs, () => lookup(name));
  if (found.length === 0) throw new ConnectFailure('dns', `${name}: name has no address`);
  return [...found].sort((a, b) => Number(isIPv6(a)) - Number(isIPv6(b)));
}

async function deadline<T>(name: string, timeoutMs: number, ask: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const seconds = (timeoutMs / 1000).toFixed(1);
    timer = setTimeout(
      () => reject(new ConnectFailure('dns', `${name}: no answer within ${seconds} s`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([ask(), late]);
  } catch (error) {
    throw error instanceof ConnectFailure ? error : new ConnectFailure('dns', `${name}: ${reason(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown failure';
  return SAID[code] ?? code;
}

/** Whoever asks for a name that is being looked up waits for the same answer. */
export function bounded(ask: Lookup, atOnce: number): Lookup {
  const pending = new Map<string, Promise<readonly string[]>>();
  const waiting: (() => void)[] = [];
  let running = 0;
  const turn = async (name: string): Promise<readonly string[]> => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await ask(name);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
  return (name) => {
    const answer = pending.get(name) ?? turn(name).finally(() => pending.delete(name));
    pending.set(name, answer);
    return answer;
  };
}

const shared = bounded(
  (name) =>
    new Promise((resolve, reject) => {
      systemLookup(name, { all: true }, (error, found) => {
        if (error) reject(error);
        else resolve(found.map(({ address }) => address));
      });
    }),
  MAX_AT_ONCE,
);
