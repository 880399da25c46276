import { Command } from 'commander';
import { type ApplianceOptions, openClient, withApplianceOptions } from '../appliance-option.js';
import { stopSignal } from '../away.js';
import { examples } from '../examples.js';
import { print, say } from '../io.js';
import { type Glance, glance, watchStatus } from '../status-watch.js';
import { LiveTable } from '../table.js';
import { fit, paint } from '../text.js';
import { statusText } from '../views/status-text.js';

interface StatusOptions extends ApplianceOptions {
  readonly watch?: true;
  readonly json?: true;
}

const REDRAW_MS = 1_000;

export function statusCommand(): Command {
  const command = new Command('status')
    .summary('the appliance, its pipelines and streams at a glance')
    .description(
      'Shows a running appliance: its pipelines and their processes, its streams, and what is wrong with them.',
    )
    .option('-w, --watch', 'go on each second until SIGINT, also while the appliance is away')
    .option(
      '--json',
      'print {appliance, version, generation, spec, pipelines, streams}; with --watch a line each',
    )
    .action(status);
  return withApplianceOptions(command).addHelpText(
    'after',
    examples(
      ['weir status --watch', 'a live table'],
      ['weir status --json | jq .streams', 'how many are live'],
    ),
  );
}

async function status({ watch, json, ...target }: StatusOptions): Promise<void> {
  using client = openClient(target);
  if (watch) {
    const show = json ? showJson : showLive(new LiveTable(process.stdout));
    return await watchStatus(client, { everyMs: REDRAW_MS, signal: stopSignal(), show });
  }
  if (json) return print(JSON.stringify(await client.status()));
  const { appliance, streams } = await glance(client);
  print(fit(statusText(appliance, streams)));
  say('Next: weir streams show <id>, or weir status --watch');
}

function showLive(table: LiveTable): (glance: Glance, away?: string) => void {
  return ({ appliance, streams }, away) => {
    const note = away === undefined ? '' : `${paint('red', away)}\nas it was last:\n\n`;
    table.show(`${note}${statusText(appliance, streams)}`);
  };
}

function showJson({ appliance }: Glance, away?: string): void {
  if (away === undefined) print(JSON.stringify(appliance));
  else say(away);
}
