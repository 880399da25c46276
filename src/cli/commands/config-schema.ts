import { Command } from 'commander';
import { specJsonSchema } from '../../spec/json-schema.js';
import { print } from '../io.js';

export function configSchemaCommand(): Command {
  return new Command('schema')
    .summary('print the JSON Schema of a spec, for editors')
    .description('Prints the JSON Schema of weir.yaml.')
    .action(() => print(JSON.stringify(specJsonSchema(), null, 2)));
}
