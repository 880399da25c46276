/** What stands around durable content: JSON for people, a checksum for us. */
import { createHash } from 'node:crypto';
import { canonical, isObject, type Json, sorted } from './json.js';

/** What a file holds, and in which format. */
export interface Label {
  readonly kind: string;
  readonly format: number;
}

export type Unsealed =
  | { readonly ok: true; readonly content: Json }
  /** `newer`: it was written by a later version, which is no damage. */
  | { readonly ok: false; readonly reason: string; readonly newer: boolean };

export function seal(content: Json, { kind, format }: Label): string {
  const text = canonical(content);
  const envelope = { weir: kind, format, bytes: Buffer.byteLength(text), sha256: sha256(text) };
  return `${JSON.stringify({ ...envelope, [kind]: sorted(content) }, null, 2)}\n`;
}

/** The content as it was sealed, and nothing else: spaces and the order of keys do not matter. */
export function unseal(text: string, { kind, format }: Label): Unsealed {
  const envelope = parse(text);
  if (!isObject(envelope) || envelope.weir !== kind || typeof envelope.format !== 'number')
    return bad(`it is not a whole ${kind} file of weir`);
  if (envelope.format > format)
    return { ...bad(`it has format ${envelope.format}, which a later version of weir wrote`), newer: true };
  const content = envelope[kind];
  if (envelope.format !== format || content === undefined) return bad('it has no content');
  const whole = canonical(content);
  const matches = envelope.bytes === Buffer.byteLength(whole) && envelope.sha256 === sha256(whole);
  return matches ? { ok: true, content } : bad('its checksum does not match its content');
}

function bad(reason: string) {
  return { ok: false, reason, newer: false } as const;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
