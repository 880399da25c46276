import { Command } from 'commander';
import { type ApplianceOptions, openClient, withApplianceOptions } from '../appliance-option.js';
import { examples } from '../examples.js';
import { print, say } from '../io.js';

export function pipelinesRestartCommand(): Command {
  const command = new Command('restart')
    .summary("replace a pipeline's process")
    .description(
      'Replaces the process of a pipeline; returns when the new one plays. Its streams connect anew.',
    )
    .argument('<id>', 'the pipeline')
    .option('--json', 'print {id, state, since, pid, restarts, …}')
    .action(restart);
  return withApplianceOptions(command).addHelpText('after', examples(['weir pipelines restart main']));
}

async function restart(id: string, options: ApplianceOptions & { readonly json?: true }): Promise<void> {
  using client = openClient(options);
  const pipeline = await client.restartPipeline(id);
  if (options.json) return print(JSON.stringify(pipeline));
  const { state, pid } = pipeline;
  print(`restarted ${id}: ${state}${pid === undefined ? '' : `, process ${pid}`}`);
  say('Next: weir status --watch');
}
