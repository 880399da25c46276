import { Command } from 'commander';
import { pipelinesListCommand } from './pipelines-list.js';
import { pipelinesRestartCommand } from './pipelines-restart.js';

export function pipelinesCommand(): Command {
  return new Command('pipelines')
    .summary('list pipelines, restart one')
    .description('Works on the pipelines of an appliance that runs: each is a process.')
    .addCommand(pipelinesListCommand())
    .addCommand(pipelinesRestartCommand());
}
