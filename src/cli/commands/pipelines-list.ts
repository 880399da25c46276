import { Command } from 'commander';
import { type ApplianceOptions, openClient, withApplianceOptions } from '../appliance-option.js';
import { examples } from '../examples.js';
import { print, say } from '../io.js';
import { fit } from '../text.js';
import { pipelineTable } from '../views/pipeline-table.js';

export function pipelinesListCommand(): Command {
  const command = new Command('list')
    .summary('all pipelines and their processes')
    .description(
      'Lists the pipelines of a running appliance, why their processes ended and when they start anew.',
    )
    .option(
      '--json',
      'print {"pipelines": [{id, state, since, pid, restarts, lastEnd, slots, streams, live, …}]}',
    )
    .action(list);
  return withApplianceOptions(command).addHelpText('after', examples(['weir pipelines list', 'a table']));
}

async function list(options: ApplianceOptions & { readonly json?: true }): Promise<void> {
  using client = openClient(options);
  const pipelines = await client.pipelines();
  if (options.json) return print(JSON.stringify({ pipelines }));
  print(fit(pipelineTable(pipelines)));
  say('Next: weir logs --pipeline <id>');
}
