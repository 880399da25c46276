import { Command } from 'commander';
import { type ApplianceOptions, openClient, withApplianceOptions } from '../appliance-option.js';
import { carryOut, type ChangeOptions } from '../change.js';
import { examples } from '../examples.js';
import { withWaitOption } from '../patience.js';

export function streamsRestartCommand(): Command {
  const command = new Command('restart')
    .summary('connect a stream anew, at once')
    .description('Connects a stream anew without waiting for its next attempt. Ends its quarantine.')
    .argument('<id>', 'the stream')
    .option('--json', 'print {"changed", "pending", "stream": {…}}')
    .action(restart);
  return withApplianceOptions(withWaitOption(command)).addHelpText(
    'after',
    examples(['weir streams restart yard --wait 10', 'until it is live, or why not']),
  );
}

async function restart(id: string, options: ApplianceOptions & ChangeOptions): Promise<void> {
  using client = openClient(options);
  const words = { id, done: 'restarted', same: 'was not restarted' };
  await carryOut(client, words, options, (wait) => client.restart(id, wait));
}
