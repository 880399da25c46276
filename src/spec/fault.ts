/** What rules between values find, before it is known where the value stands. */

export interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly remedy?: string;
}

/** A password alone authenticates nobody, and a user alone is nearly always a slip. */
export function pairFaults(owner: Readonly<Record<string, unknown>>): Fault[] {
  if ((owner.user === undefined) === (owner.password === undefined)) return [];
  const [given, missing] = owner.user === undefined ? ['password', 'user'] : ['user', 'password'];
  return [{ path: [given], message: `"${given}" without "${missing}"`, remedy: `add "${missing}"` }];
}

/** An empty one in place of anything that is no map. */
export function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
