import { Command } from 'commander';
import { type ApplianceOptions, openClient, withApplianceOptions } from '../appliance-option.js';
import { examples } from '../examples.js';
import { print, say } from '../io.js';

export function streamsRemoveCommand(): Command {
  const command = new Command('remove')
    .summary('remove streams')
    .description('Removes streams from a running appliance, without asking. Unknown ones change nothing.')
    .argument('<id...>', 'the streams')
    .option('--json', 'print {"removed": [id], "unknown": [id]}')
    .action(remove);
  return withApplianceOptions(command).addHelpText(
    'after',
    examples(['weir streams remove yard gate', 'both']),
  );
}

async function remove(ids: string[], options: ApplianceOptions & { readonly json?: true }): Promise<void> {
  using client = openClient(options);
  const removed: string[] = [];
  const unknown: string[] = [];
  for (const id of new Set(ids)) {
    const { changed } = await client.remove(id);
    (changed ? removed : unknown).push(id);
    if (changed && !options.json) print(`removed ${id}`);
    if (!changed) say(`there is no stream "${id}"; nothing was changed`);
  }
  if (options.json) return print(JSON.stringify({ removed, unknown }));
  say(unknown.length > 0 ? 'Next: weir streams list names those there are' : 'Next: weir streams list');
}
