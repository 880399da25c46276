/** JSON Schema as OpenAPI wants it: what has a name stands among the components. */
import { z } from 'zod';
import { streamSchema } from '../spec/schema.js';
import { streamInput } from './schemas.js';

export type Json = Record<string, unknown>;

const PLACE = '#/components/schemas/';

export class OpenApiSchemas {
  readonly components: Record<string, Json> = {};

  constructor() {
    this.components.StreamSpec = this.of(streamSchema, 'input');
  }

  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const {
      $schema: _,
      $defs = {},
      ...json
    } = z.toJSONSchema(schema, { io, override: (context) => adapt(context, io) });
    for (const [name, definition] of Object.entries($defs))
      this.components[name] = placed(definition) as Json;
    return placed(json) as Json;
  }
}

interface Context {
  readonly zodSchema: z.core.$ZodType;
  readonly jsonSchema: Json;
}

function adapt({ zodSchema, jsonSchema }: Context, io: 'input' | 'output'): void {
  const { type, defaultValue } = zodSchema._zod.def as { type: string; defaultValue?: unknown };
  if (type === 'default') jsonSchema.default = defaultValue;
  if (zodSchema === streamInput) replace(jsonSchema, { $ref: `${PLACE}StreamSpec` });
  delete jsonSchema.readOnly;
  // The format says it; and answers may get more fields with time.
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
}

function replace(target: Json, content: Json): void {
  for (const key of Object.keys(target)) delete target[key];
  Object.assign(target, content);
}

function placed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(placed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === '$ref' ? moved(String(inner)) : placed(inner)]),
  );
}

function moved(ref: string): string {
  return ref.replace('#/$defs/', PLACE);
}
