import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import type { ControlClient } from '../../control/client.js';
import { YamlSource } from '../../spec/document.js';
import { record } from '../../spec/fault.js';
import { formatPlan } from '../../supervisor/plan/format-plan.js';
import type { PlanView } from '../../supervisor/views.js';
import {
  type ApplianceOptions,
  controlSocket,
  openClient,
  withApplianceOptions,
} from '../appliance-option.js';
import { examples } from '../examples.js';
import { print, say } from '../io.js';
import { DEFAULT_SPEC, readSpecFile } from '../spec-file.js';
import { withAbsolutePaths } from '../spec-paths.js';
import { plural } from '../text.js';

interface ApplyOptions extends ApplianceOptions {
  readonly dryRun?: true;
  readonly keep?: true;
  readonly json?: true;
}

export function applyCommand(): Command {
  const command = new Command('apply')
    .summary('make a spec the desired state of a running appliance')
    .description(
      'Compares a spec with what a running appliance does, prints the plan and carries it out: all of it or ' +
        'nothing. What was added, changed and removed at run time is undone unless --keep is given. Where nothing ' +
        'says which appliance is meant, it is the one that runs this spec.',
    )
    .argument('[spec]', 'the spec', DEFAULT_SPEC)
    .option('--dry-run', 'only print the plan')
    .option('--keep', 'keep what was added, changed and removed at run time')
    .option(
      '--json',
      'print {"steps": [{action, pipeline, stream, keys, disturbs}], "applied", "generation"}',
    )
    .action(apply);
  return withApplianceOptions(command).addHelpText(
    'after',
    examples(
      ['weir apply --dry-run', 'what would change, and which streams it would disturb'],
      ['weir apply new.yaml --keep'],
    ),
  );
}

async function apply(file: string, options: ApplyOptions): Promise<void> {
  // Tells what is wrong with it by line and column, before anything is sent.
  readSpecFile(file);
  using client = openClient(target(file, options));
  const spec = await specFor(client, file);
  const keep = options.keep ? { keep: true } : {};
  const plan = await client.apply(spec, { ...keep, dryRun: true });
  if (!options.json) print(formatPlan(plan.steps).join('\n'));
  const done = options.dryRun || plan.steps.length === 0 ? plan : await client.apply(spec, keep);
  if (options.json) return print(JSON.stringify(done));
  if (done.applied) print(`applied: ${plural(done.steps.length, 'step')}, generation ${done.generation}`);
  say(`Next: ${next(file, done)}`);
}

function next(file: string, { steps, applied }: PlanView): string {
  if (steps.length > 0 && !applied) return `weir apply ${file} carries this out`;
  const restart = steps.find(({ action }) => action === 'restart-appliance');
  return restart ? `restart the appliance: ${restart.keys.join(', ')} is read when it starts` : 'weir status';
}

/** Where nothing names the appliance: that of this spec if there is one, else the usual one. */
function target(file: string, options: ApplianceOptions): ApplianceOptions {
  if (options.socket ?? options.url ?? options.spec ?? process.env.WEIR_URL) return options;
  return existsSync(controlSocket({ spec: file })) ? { ...options, spec: file } : options;
}

/** The spec as JSON. Over TCP its paths are the appliance's own already. */
async function specFor(client: ControlClient, file: string): Promise<object> {
  const spec = record(new YamlSource(readFileSync(file, 'utf8'), file).value);
  if (client.remote) return spec;
  const folder = dirname(resolve(file));
  const theirs = dirname((await client.status()).spec.file);
  return theirs === folder ? spec : withAbsolutePaths(spec, folder);
}
