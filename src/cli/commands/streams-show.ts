import { Command } from 'commander';
import { type ApplianceOptions, openClient, withApplianceOptions } from '../appliance-option.js';
import { examples } from '../examples.js';
import { print, say } from '../io.js';
import { streamCard } from '../views/stream-card.js';

export function streamsShowCommand(): Command {
  const command = new Command('show')
    .summary('everything about one stream')
    .description('Shows what a stream does, why, what happens next, its description and its counters.')
    .argument('<id>', 'the stream')
    .option('--json', 'print {id, pipeline, origin, state, since, cause, message, retryAt, spec, …}')
    .action(show);
  return withApplianceOptions(command).addHelpText(
    'after',
    examples(['weir streams show front-door', 'state, cause, next attempt, counters']),
  );
}

async function show(id: string, options: ApplianceOptions & { readonly json?: true }): Promise<void> {
  using client = openClient(options);
  const stream = await client.stream(id);
  if (options.json) return print(JSON.stringify(stream));
  print(streamCard(stream));
  say(`Next: weir logs --stream ${id}`);
}
