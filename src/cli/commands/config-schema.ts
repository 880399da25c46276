import { Command } from 'commander';
import { z } from 'zod';
import { applianceSchema } from '../../spec/schema.js';
import { print } from '../io.js';

export function configSchemaCommand(): Command {
  return new Command('schema')
    .summary('print the JSON Schema of a spec, for editors')
    .description('Prints the JSON Schema of weir.yaml.')
    .action(() => print(JSON.stringify(z.toJSONSchema(applianceSchema, { io: 'input' }), null, 2)));
}
