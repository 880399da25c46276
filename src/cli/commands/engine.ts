import { Command } from 'commander';
import { engineBuildCommand } from './engine-build.js';
import { engineCleanCommand } from './engine-clean.js';
import { engineListCommand } from './engine-list.js';
import { engineWhyCommand } from './engine-why.js';

export function engineCommand(): Command {
  return new Command('engine')
    .summary('build TensorRT engines, say which are stale')
    .description('Works on the TensorRT engines that pipelines load on NVIDIA hardware.')
    .addCommand(engineBuildCommand())
    .addCommand(engineListCommand())
    .addCommand(engineWhyCommand())
    .addCommand(engineCleanCommand());
}
