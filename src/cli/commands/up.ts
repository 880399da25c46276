import { Command, Option } from 'commander';
import { ApplianceHttp } from '../../http/appliance-http.js';
import { Appliance } from '../../worker/appliance.js';
import { processUsage, serveChannel } from '../../worker/channel.js';
import { createLogger, LOG_LEVELS, type LogLevel } from '../../worker/log.js';
import { Redactor } from '../../worker/redact.js';
import { untilStopped } from '../io.js';
import { DEFAULT_SPEC, readSpecFile } from '../spec-file.js';
import { packageVersion } from '../version.js';

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
  const redactor = new Redactor();
  const log = createLogger({ level, redactor });
  await using http = await ApplianceHttp.open(spec, { version: packageVersion(), log });
  // A debugger may look into it where that is asked for.
  const hideMemory = process.env.WEIR_DUMPABLE !== '1';
  await using appliance = await Appliance.start(spec, { log, redactor, hideMemory });
  http.observe(appliance);
  serveChannel({
    add: (stream, pipeline) => appliance.add(stream, pipeline),
    update: (stream) => appliance.update(stream),
    remove: (id) => appliance.remove(id),
    restart: (id) => appliance.restart(id),
    snapshot: (id, options) => appliance.snapshot(id, options),
    status: async () => appliance.status(),
    usage: async () => processUsage(),
  });
  const failure = await Promise.race([stopped, appliance.failed]);
  http.stopping();
  if (failure) throw failure;
}
