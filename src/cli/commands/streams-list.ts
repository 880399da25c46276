import { Command } from 'commander';
import { type ApplianceOptions, openClient, withApplianceOptions } from '../appliance-option.js';
import { examples } from '../examples.js';
import { print, say } from '../io.js';
import { fit } from '../text.js';
import { streamList } from '../views/stream-table.js';

export function streamsListCommand(): Command {
  const command = new Command('list')
    .summary('all streams and what they do')
    .description('Lists the streams of a running appliance.')
    .option('--json', 'print {"streams": [{id, pipeline, origin, state, cause, message, fps, spec, …}]}')
    .action(list);
  return withApplianceOptions(command).addHelpText(
    'after',
    examples(
      ['weir streams list', 'a table'],
      [`weir streams list --json | jq -r '.streams[].id'`, 'their names alone'],
    ),
  );
}

async function list(options: ApplianceOptions & { readonly json?: true }): Promise<void> {
  using client = openClient(options);
  const streams = await client.streams();
  if (options.json) return print(JSON.stringify({ streams }));
  print(fit(streamList(streams)));
  if (streams.length === 0) say('no streams. Next: weir streams add <id> <uri>');
  else say('Next: weir streams show <id>');
}
