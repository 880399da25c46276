import { Command, Option } from 'commander';
import type { LogLine } from '../../supervisor/views.js';
import { LOG_LEVELS } from '../../worker/log.js';
import { type ApplianceOptions, openClient, withApplianceOptions } from '../appliance-option.js';
import { stopSignal } from '../away.js';
import { examples } from '../examples.js';
import { print, say } from '../io.js';
import { type LogFilter, LogFollower } from '../log-follower.js';
import { whole } from '../number-option.js';
import { logText } from '../views/log-text.js';

interface LogsOptions extends ApplianceOptions, LogFilter {
  readonly follow?: true;
  readonly lines: number;
  readonly json?: true;
}

export function logsCommand(): Command {
  const command = new Command('logs')
    .summary('what the appliance and its workers log')
    .description('Prints the latest lines of the log, of the supervisor and all workers.')
    .option('-f, --follow', 'go on until SIGINT, also over restarts of the appliance')
    .option('-n, --lines <n>', 'begin with so many', whole(1, 1000), 100)
    .option('--stream <id>', 'of one stream')
    .option('--pipeline <id>', 'of one pipeline')
    .addOption(
      new Option('--level <level>', 'the least important').choices(
        LOG_LEVELS.filter((each) => each !== 'silent'),
      ),
    )
    .option('--json', 'print each line as JSON: {seq, time, level, message, pipeline, stream, details}')
    .action(logs);
  return withApplianceOptions(command).addHelpText(
    'after',
    examples(
      ['weir logs --follow --level warn', 'what goes wrong, as it happens'],
      ['weir logs --stream front-door --lines 20'],
    ),
  );
}

async function logs({ follow, lines, json, stream, pipeline, level, ...target }: LogsOptions): Promise<void> {
  using client = openClient(target);
  const filter = { ...(stream && { stream }), ...(pipeline && { pipeline }), ...(level && { level }) };
  const line = (each: LogLine) => print(json ? JSON.stringify(each) : logText(each));
  if (follow) return await new LogFollower(client, filter, { line, say, signal: stopSignal() }).follow(lines);
  const page = await client.logs({ ...filter, lines });
  for (const each of page.lines) line(each);
  if (page.lines.length === 0) say('no such lines');
}
