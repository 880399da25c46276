import { Command } from 'commander';
import { type ApplianceOptions, openClient, withApplianceOptions } from '../appliance-option.js';
import { examples } from '../examples.js';
import { print, say } from '../io.js';
import { whole } from '../number-option.js';
import { fit } from '../text.js';
import { operationTable } from '../views/operation-table.js';

interface OperationsOptions extends ApplianceOptions {
  readonly lines: number;
  readonly json?: true;
}

export function operationsCommand(): Command {
  const command = new Command('operations')
    .summary('who changed what')
    .description('Lists who changed what while the appliance ran and by which door, the latest first.')
    .option('-n, --lines <n>', 'at most so many', whole(1, 1000), 100)
    .option(
      '--json',
      'print {"operations": [{time, actor, operation, stream, pipeline, result, changed, generation}]}',
    )
    .action(operations);
  return withApplianceOptions(command).addHelpText(
    'after',
    examples(['weir operations --lines 10', 'the latest ten']),
  );
}

async function operations({ lines, json, ...target }: OperationsOptions): Promise<void> {
  using client = openClient(target);
  const found = await client.operations(lines);
  if (json) return print(JSON.stringify({ operations: found }));
  if (found.length === 0) return say('nothing has been changed yet');
  print(fit(operationTable(found)));
}
