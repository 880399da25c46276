import { Command } from 'commander';
import { inventory } from '../../engines/index.js';
import { enginesHere, pipelinesOf } from '../engine/pipelines.js';
import { engineRow, engineTable } from '../engine/text.js';
import { examples } from '../examples.js';
import { print, say } from '../io.js';
import { DEFAULT_SPEC } from '../spec-file.js';

export function engineListCommand(): Command {
  return new Command('list')
    .summary('all engines, and whether they fit')
    .description(
      'Lists the engines of a spec, and what else lies in their folders: fresh, stale, missing, or unknown where ' +
        'nothing is recorded of how it was built.',
    )
    .argument('[spec]', 'the spec', DEFAULT_SPEC)
    .option('--json', 'print {"engines": [{engine, state, pipelines, why, bytes, builtAt, seconds, …}]}')
    .addHelpText('after', examples(['weir engine list weir.yaml', 'a table']))
    .action(list);
}

async function list(file: string, { json }: { readonly json?: true }): Promise<void> {
  const { wanted, platform } = await enginesHere(pipelinesOf(file));
  const engines = (await inventory(wanted, platform)).map(engineRow);
  if (json) return print(JSON.stringify({ engines }));
  print(engineTable(engines));
  say(`Next: weir engine why ${file}`);
}
