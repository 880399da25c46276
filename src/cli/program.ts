/** The command tree. */
import { Command } from 'commander';
import { applyCommand } from './commands/apply.js';
import { auditCommand } from './commands/audit.js';
import { configCommand } from './commands/config.js';
import { demoCommand } from './commands/demo.js';
import { discoverCommand } from './commands/discover.js';
import { doctorCommand } from './commands/doctor.js';
import { engineCommand } from './commands/engine.js';
import { graphCommand } from './commands/graph.js';
import { logsCommand } from './commands/logs.js';
import { operationsCommand } from './commands/operations.js';
import { pipelinesCommand } from './commands/pipelines.js';
import { statusCommand } from './commands/status.js';
import { streamsCommand } from './commands/streams.js';
import { planCommand } from './commands/plan.js';
import { probeCommand } from './commands/probe.js';
import { upCommand } from './commands/up.js';
import { watchCommand } from './commands/watch.js';
import { packageVersion } from './version.js';

/** In the order of the help text. */
const COMMANDS: readonly (() => Command)[] = [
  upCommand,
  ...[statusCommand, streamsCommand, pipelinesCommand, applyCommand],
  ...[logsCommand, operationsCommand, graphCommand, watchCommand, auditCommand],
  ...[configCommand, planCommand, engineCommand],
  ...[doctorCommand, probeCommand, discoverCommand, demoCommand],
];

const EXIT_CODES = `
Exit codes: 0 done, 64 wrong usage, 65 bad data, 69 something needed is missing or away,
70 a fault of Weir or its pipeline, 74 input/output, 77 not permitted, 78 wrong configuration.`;

export function buildProgram(): Command {
  const program = new Command('weir')
    .description('Cameras in, tracked detections on NATS out: runs DeepStream pipelines from one YAML file.')
    .version(packageVersion())
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('(--help says how it is used)');
  for (const make of COMMANDS) program.addCommand(make());
  return withOverride(program);
}

/** Errors are thrown to the one place that reports them, from every command. */
function withOverride(command: Command): Command {
  command.exitOverride();
  command.configureHelp({ helpWidth: 100 });
  for (const sub of command.commands) withOverride(sub);
  return command;
}
