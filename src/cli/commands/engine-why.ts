import { Command } from 'commander';
import { engineState, stateText } from '../../engines/index.js';
import { enginesHere, pipelinesOf } from '../engine/pipelines.js';
import { examples } from '../examples.js';
import { print, say } from '../io.js';
import { DEFAULT_SPEC } from '../spec-file.js';

export function engineWhyCommand(): Command {
  return new Command('why')
    .summary('whether each engine is used as it is, and why not')
    .description(
      'Says for each engine of a spec whether it is used as it is (hit) or has to be built (miss), and what is ' +
        'different: what it was built for, and what it is to be for now.',
    )
    .argument('[spec]', 'the spec', DEFAULT_SPEC)
    .option('--json', 'print {"engines": [{engine, hit, state, why, differences: [{part, was, is}]}]}')
    .addHelpText('after', examples(['weir engine why weir.yaml']))
    .action(why);
}

async function why(file: string, { json }: { readonly json?: true }): Promise<void> {
  const { wanted } = await enginesHere(pipelinesOf(file));
  const engines = await Promise.all(
    wanted.map(async ({ engine, fingerprint }) => {
      const state = await engineState(engine, fingerprint);
      const hit = state.kind === 'fresh';
      const differences = state.kind === 'stale' ? state.differences : [];
      return { engine, hit, state: state.kind, why: stateText(state), differences };
    }),
  );
  if (json) return print(JSON.stringify({ engines }));
  for (const { engine, hit, why } of engines) print(`${hit ? 'hit ' : 'miss'} ${engine}: ${why}`);
  if (engines.some(({ hit }) => !hit)) say(`Next: weir engine build ${file}`);
}
