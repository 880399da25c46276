/** Messages held to docs/wire.schema.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { root } from './paths.js';

const schema = JSON.parse(readFileSync(join(root, 'docs/wire.schema.json'), 'utf8')) as object;
const validate = new Ajv2020({ allErrors: true }).compile(schema);

/** What is wrong with a message, one text per fault; empty when it fits the schema. */
export function wireFaults(message: unknown): string[] {
  return validate(message) ? [] : (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message}`);
}
