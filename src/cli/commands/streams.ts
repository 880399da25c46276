import { Command } from 'commander';
import { streamsAddCommand } from './streams-add.js';
import { streamsListCommand } from './streams-list.js';
import { streamsRemoveCommand } from './streams-remove.js';
import { streamsRestartCommand } from './streams-restart.js';
import { streamsShowCommand } from './streams-show.js';
import { streamsSnapshotCommand } from './streams-snapshot.js';
import { streamsUpdateCommand } from './streams-update.js';

export function streamsCommand(): Command {
  return new Command('streams')
    .summary('list, add, change and remove streams while it runs')
    .description('Works on the streams of an appliance that runs. What is changed outlives its processes.')
    .addCommand(streamsListCommand())
    .addCommand(streamsShowCommand())
    .addCommand(streamsAddCommand())
    .addCommand(streamsUpdateCommand())
    .addCommand(streamsRemoveCommand())
    .addCommand(streamsRestartCommand())
    .addCommand(streamsSnapshotCommand());
}
