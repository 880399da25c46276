/** Names to addresses, by the system's own means: its files, mDNS and name servers. */
import { lookup as systemLookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { ConnectFailure } from '../streams/connect-failure.js';
import { within } from '../streams/within.js';
import { seconds } from '../streams/words.js';

/** All addresses of a name. Rejects as node:dns does, with `code`. */
export type Lookup = (name: string) => Promise<readonly string[]>;

export interface LookupOptions {
  /** Default 3000. */
  readonly timeoutMs?: number;
  readonly lookup?: Lookup;
}

const SAID: Readonly<Record<string, string>> = {
  ENOTFOUND: 'name not known',
  ENODATA: 'name has no address',
  EAI_AGAIN: 'the name server does not answer',
};

/** IPv4 first, as cameras have it; at least one. Rejects with ConnectFailure `dns`, at the latest after the deadline. */
export async function addressesOf(name: string, options: LookupOptions = {}): Promise<readonly string[]> {
  const { timeoutMs = 3000, lookup = shared } = options;
  const late = () => new ConnectFailure('dns', `${name}: no answer within ${seconds(timeoutMs)}`);
  const found = await within(timeoutMs, late, lookup(name)).catch((error: unknown) => {
    throw error instanceof ConnectFailure ? error : new ConnectFailure('dns', `${name}: ${reason(error)}`);
  });
  if (found.length === 0) throw new ConnectFailure('dns', `${name}: name has no address`);
  return [...found].sort((a, b) => Number(isIPv6(a)) - Number(isIPv6(b)));
}

function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown failure';
  return SAID[code] ?? code;
}

/** Whoever asks for a name that is being looked up waits for the same answer. */
export function once(ask: Lookup): Lookup {
  const pending = new Map<string, ReturnType<Lookup>>();
  return (name) => {
    const answer = pending.get(name) ?? ask(name).finally(() => pending.delete(name));
    pending.set(name, answer);
    return answer;
  };
}

const shared = once(async (name) => (await systemLookup(name, { all: true })).map(({ address }) => address));
