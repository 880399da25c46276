/** JSON Schema of weir.yaml for editors: draft-07, what may be left out is optional. */
import { z } from 'zod';
import { applianceSchema } from './schema.js';

export function specJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(applianceSchema, { target: 'draft-07', io: 'input' });
  return { $schema, title: 'Weir appliance', ...schema };
}
