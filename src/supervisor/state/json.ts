/** JSON as values. Keys of any name are data: none reaches a prototype. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One text for one value, whatever the order of its keys. */
export function canonical(value: Json): string {
  return JSON.stringify(sorted(value));
}

/** The same with keys in order, so that the same value always looks the same. */
export function sorted(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(sorted);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** What a record holds under a name; names like `constructor` are names as any other. */
export function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** The record without some of its entries. */
export function without<T>(record: Readonly<Record<string, T>>, drop: (key: string) => boolean) {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !drop(key)));
}
