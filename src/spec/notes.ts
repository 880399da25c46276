/** What the schema knows beyond zod: the words of messages and of the reference page. */
import { z } from 'zod';

export interface Note {
  /** One sentence for people. */
  readonly doc: string;
  /** Completes "expected …". */
  readonly expects: string;
  readonly unit?: string;
  readonly remedy?: string;
  /** The value never appears in a message. */
  readonly secret?: boolean;
  /** The default where it depends on other values. */
  readonly derived?: string;
  readonly example?: unknown;
}

export const notes = z.registry<Note>();

/** Attaches the note, and its text to the JSON Schema. */
export function field<T extends z.ZodType>(schema: T, note: Note): T {
  const unit = note.unit ? ` Unit: ${note.unit}.` : '';
  const derived = note.derived ? ` Default: ${note.derived}.` : '';
  const meta = { description: `${note.doc}${unit}${derived}` };
  const described = schema.meta(note.example === undefined ? meta : { ...meta, examples: [note.example] });
  notes.add(described, note);
  return described;
}

type NumberNote = Omit<Note, 'expects'>;

export function whole(min: number, max: number, note: NumberNote) {
  const expects = `a whole number from ${min} to ${max}`;
  return field(z.int().min(min).max(max), { ...note, expects: withUnit(expects, note.unit) });
}

export function decimal(min: number, max: number, note: NumberNote) {
  const expects = `a number from ${min} to ${max}`;
  return field(z.number().min(min).max(max), { ...note, expects: withUnit(expects, note.unit) });
}

export function flag(note: NumberNote) {
  return field(z.boolean(), { ...note, expects: 'true or false' });
}

export function choice<const T extends readonly [string, ...string[]]>(values: T, note: NumberNote) {
  return field(z.enum(values), { ...note, expects: oneOf(values) });
}

export function text(pattern: RegExp, note: Note) {
  return field(z.string().regex(pattern), note);
}

export function oneOf(values: readonly string[]): string {
  return values.length === 1 ? `${values[0]}` : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
}

function withUnit(expects: string, unit: string | undefined): string {
  return unit ? `${expects} (${unit})` : expects;
}

/** The schema without optional, default and the like. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const def = schema._zod.def as { type: string; innerType?: z.core.$ZodType; in?: z.core.$ZodType };
  const inner = def.innerType ?? (def.type === 'pipe' ? def.in : undefined);
  return inner ? unwrap(inner) : schema;
}

/** The note of a schema or of what it wraps. */
export function noteOf(schema: z.core.$ZodType): Note | undefined {
  const own = notes.get(schema as z.ZodType);
  if (own) return own;
  const inner = (schema._zod.def as { innerType?: z.core.$ZodType }).innerType;
  return inner ? noteOf(inner) : undefined;
}

/** The schema responsible for `path` of `value`; undefined where nothing is declared. */
export function schemaAt(
  schema: z.core.$ZodType,
  path: readonly PropertyKey[],
  value: unknown,
): z.core.$ZodType | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return schema;
  const def = unwrap(schema)._zod.def as {
    type: string;
    shape?: Record<string, z.core.$ZodType>;
    element?: z.core.$ZodType;
    valueType?: z.core.$ZodType;
    options?: readonly z.core.$ZodType[];
  };
  if (def.options) {
    const option = def.options.find((o) => accepts(o, value));
    return option && schemaAt(option, path, value);
  }
  const child = def.shape?.[String(key)] ?? def.element ?? def.valueType;
  const inside =
    typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  return child && schemaAt(child, rest, inside);
}

/** Whether a union's option is for this kind of value at all. */
export function accepts(option: z.core.$ZodType, value: unknown): boolean {
  const type = unwrap(option)._zod.def.type;
  if (Array.isArray(value)) return type === 'array';
  if (typeof value === 'object' && value !== null) return type === 'object' || type === 'record';
  return type === typeof value;
}
