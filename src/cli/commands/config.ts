import { Command } from 'commander';
import { configCheckCommand } from './config-check.js';
import { configRenderCommand } from './config-render.js';
import { configSchemaCommand } from './config-schema.js';

export function configCommand(): Command {
  return new Command('config')
    .summary('check a spec, render what is generated from it')
    .description('Works on specs without running anything.')
    .addCommand(configCheckCommand())
    .addCommand(configRenderCommand())
    .addCommand(configSchemaCommand());
}
