/** Who calls an operation, and what they may do. */
import type { Scope } from '../spec/types.js';
import type { Actor } from '../supervisor/views.js';

export interface Caller {
  readonly actor: Actor;
  readonly scope: Scope;
  /** Ids of streams, or their beginning and `*`; absent: all. */
  readonly cameras?: readonly string[];
  /** Over TCP or NATS: may not widen what the appliance reaches or loads. */
  readonly remote: boolean;
}

const RANK: Readonly<Record<Scope, number>> = { read: 0, operate: 1, admin: 2 };

export function mayDo({ scope }: Pick<Caller, 'scope'>, needed: Scope): boolean {
  return RANK[scope] >= RANK[needed];
}

export function maySee({ cameras }: Pick<Caller, 'cameras'>, stream: string): boolean {
  if (!cameras) return true;
  return cameras.some((each) =>
    each.endsWith('*') ? stream.startsWith(each.slice(0, -1)) : stream === each,
  );
}
