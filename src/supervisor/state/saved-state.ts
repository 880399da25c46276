/** What the appliance remembers: everything operators did at run time, over what the spec file says. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ID_PATTERN } from '../../spec/schema.js';
import { isObject, type JsonObject } from './json.js';

export interface SavedState {
  readonly format: 1;
  /** One more with every change. */
  readonly generation: number;
  /** Takes the place of the spec file for as long as that one is not edited. */
  readonly applied?: AppliedSpec;
  /** The last word on each id: present with this description in that pipeline, or (null) removed. */
  readonly streams: Readonly<Record<string, StreamEntry | null>>;
  readonly quarantine: Readonly<Record<string, Quarantine>>;
}

export interface AppliedSpec {
  /** A whole weir.yaml as JSON. */
  readonly spec: JsonObject;
  /** `specHash` of the spec file when this was applied. */
  readonly fileHash: string;
}

export interface StreamEntry {
  readonly pipeline: string;
  /** As under `streams` in weir.yaml. */
  readonly stream: JsonObject;
}

export interface Quarantine {
  /** RFC 3339. */
  readonly since: string;
  readonly reason: string;
}

export const EMPTY_STATE: SavedState = Object.freeze({
  format: 1,
  generation: 0,
  streams: Object.freeze({}),
  quarantine: Object.freeze({}),
});

/** SHA-256 of the spec file's bytes. */
export function specHash(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const id = z.string().regex(ID_PATTERN);
// Kept as it stands: what is inside is checked where it is used, by the rules of that version.
const object = z.custom<JsonObject>(isObject, 'expected a map');
const entry = z.strictObject({ pipeline: id, stream: object });

export const savedStateSchema = z.strictObject({
  format: z.literal(1),
  generation: z.int().min(0),
  applied: z.strictObject({ spec: object, fileHash: z.string().regex(/^[0-9a-f]{64}$/) }).exactOptional(),
  streams: z
    .record(id, entry.nullable())
    .refine((all) => Object.entries(all).every(([key, each]) => each === null || each.stream.id === key), {
      message: 'a stream stands under another id than its own',
    }),
  quarantine: z.record(id, z.strictObject({ since: z.iso.datetime(), reason: z.string() })),
}) satisfies z.ZodType<SavedState>;
