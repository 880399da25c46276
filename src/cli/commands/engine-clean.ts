import { Command } from 'commander';
import { leftOvers, removeLeftOver } from '../../engines/index.js';
import { enginesHere, pipelinesOf } from '../engine/pipelines.js';
import { examples } from '../examples.js';
import { print, say } from '../io.js';
import { DEFAULT_SPEC } from '../spec-file.js';
import { plural } from '../text.js';

export function engineCleanCommand(): Command {
  return new Command('clean')
    .summary('remove engines that are of no use any more')
    .description(
      'Removes from the folders of the engines of a spec: engines that are stale or whose model is gone, records ' +
        'whose engine is gone, and what killed builds left. Only what Weir has a record of: engines built by nvinfer ' +
        'or by hand stay, and so does what is being built.',
    )
    .argument('[spec]', 'the spec', DEFAULT_SPEC)
    .option('--dry-run', 'only say what would be removed')
    .addHelpText('after', examples(['weir engine clean weir.yaml --dry-run', 'what would go']))
    .action(clean);
}

async function clean(file: string, { dryRun }: { readonly dryRun?: true }): Promise<void> {
  const { wanted, platform } = await enginesHere(pipelinesOf(file));
  const found = await leftOvers(wanted, platform);
  let removed = 0;
  for (const each of found) {
    if (dryRun) print(`would remove ${each.path}: ${each.why}`);
    else if ((await removeLeftOver(each)).length === 0)
      say(`left ${each.path}: it is being built, or was built just now`);
    else {
      print(`removed ${each.path}: ${each.why}`);
      removed++;
    }
  }
  say(dryRun ? `${plural(found.length, 'file')} would be removed` : `${plural(removed, 'file')} removed`);
}
