import { setTimeout as pause } from 'node:timers/promises';
import { Command, Option } from 'commander';
import type { AuditView } from '../../audit/audit.js';
import { KEPT_MS } from '../../audit/history.js';
import type { ControlClient } from '../../control/client.js';
import { WeirError } from '../../spec/error.js';
import { type ApplianceOptions, openClient, withApplianceOptions } from '../appliance-option.js';
import { examples } from '../examples.js';
import { print, say } from '../io.js';
import { span } from '../number-option.js';
import { auditText } from '../views/audit-text.js';

interface AuditOptions extends ApplianceOptions {
  readonly last?: number;
  readonly for?: number;
  readonly json?: true;
}

export function auditCommand(): Command {
  const command = new Command('audit')
    .summary('what became of everything the cameras sent')
    .description(
      'Tells of every stage between camera and NATS what came, what went on, what was dropped where and why, and\n' +
        'whether the sums agree. Without a window: since each stream was added. Fails where they do not agree.',
    )
    .argument('[stream]', 'only this one')
    .addOption(
      new Option('--last <time>', 'the last 30s, 10m, 1h (at most)')
        .argParser(span(KEPT_MS))
        .conflicts('for'),
    )
    .addOption(new Option('--for <time>', 'from now on, for so long').argParser(span(KEPT_MS)))
    .option('--json', 'print {from, to, streams: [{id, parts: [{stages, …}], unknown, agrees}], agrees}')
    .action(audit);
  return withApplianceOptions(command).addHelpText(
    'after',
    examples(['weir audit --last 10m', 'all streams'], ['weir audit front-door --for 30s']),
  );
}

async function audit(stream: string | undefined, { json, ...options }: AuditOptions): Promise<void> {
  using client = openClient(options);
  const view = await ask(client, stream, options);
  print(json ? JSON.stringify(view) : auditText(view));
  if (view.agrees) return;
  const wrong = view.streams.filter(({ agrees }) => !agrees).map(({ id }) => id);
  throw new WeirError('INTERNAL', `the sums disagree: ${wrong.join(', ')}`, {
    remedy: 'a count is wrong: report it with the output of weir audit --json',
  });
}

async function ask(client: ControlClient, id: string | undefined, window: AuditOptions): Promise<AuditView> {
  const one = id === undefined ? {} : { stream: id };
  if (window.last !== undefined) return client.audit({ ...one, lastMs: window.last });
  if (window.for === undefined) return client.audit(one);
  const { to: since } = await client.audit(one);
  say(`watching for ${window.for / 1000} s`);
  await pause(window.for);
  return client.audit({ ...one, since });
}
