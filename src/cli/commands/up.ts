import { Command, Option } from 'commander';
import { Appliance } from '../../worker/appliance.js';
import { processUsage, serveChannel } from '../../worker/channel.js';
import { createLogger, LOG_LEVELS, type LogLevel } from '../../worker/log.js';
import { untilStopped } from '../io.js';
import { DEFAULT_SPEC, readSpecFile } from '../spec-file.js';

export function upCommand(): Command {
  return new Command('up')
    .summary('run the appliance a spec describes')
    .description(
      'Runs the appliance until SIGINT or SIGTERM. Logs go to stderr, as JSON unless that is a terminal.',
    )
    .argument('[spec]', 'the spec', DEFAULT_SPEC)
    .addOption(
      new Option('--log-level <level>', 'least important line to log')
        .choices([...LOG_LEVELS])
        .default('info'),
    )
    .action(async (path: string, options: { logLevel: LogLevel }) => up(path, options.logLevel));
}

async function up(path: string, level: LogLevel): Promise<void> {
  const stopped = untilStopped();
  const spec = readSpecFile(path);
  await using appliance = await Appliance.start(spec, { log: createLogger(level) });
  serveChannel({
    status: async () => appliance.status(),
    snapshot: (stream) => appliance.snapshot(stream),
    usage: async () => processUsage(),
  });
  const failure = await Promise.race([stopped, appliance.failed]);
  if (failure) throw failure;
}
