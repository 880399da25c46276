import { Command, Option } from 'commander';
import { WeirError } from '../../spec/error.js';
import { loadSpec } from '../../spec/load.js';
import { formatProblems, type Problem } from '../../spec/problem.js';
import { print } from '../io.js';
import { PROVIDER_NAMES, renderAll } from '../render.js';
import { DEFAULT_SPEC } from '../spec-file.js';

export function configCheckCommand(): Command {
  return new Command('check')
    .summary('validate a spec and everything generated from it')
    .description('Says all that is wrong with a spec at once: file, line, column, value and remedy.')
    .argument('[spec]', 'the spec', DEFAULT_SPEC)
    .addOption(
      new Option('--provider <name>', 'elements to check against').choices(PROVIDER_NAMES).default('standin'),
    )
    .option('--json', 'print {"ok", "problems": [{file, line, column, path, value, message, remedy}]}')
    .action(check);
}

function check(path: string, options: { provider: 'standin' | 'nvidia'; json?: true }): void {
  const result = loadSpec(path);
  if (result.ok) renderAll(result.spec, options.provider, '/run/weir');
  const problems: readonly Problem[] = result.ok ? [] : result.problems;
  if (options.json) print(JSON.stringify({ ok: result.ok, problems }));
  if (!result.ok) throw new WeirError('SPEC_INVALID', `${path} is not valid\n${formatProblems(problems)}`);
  if (options.json) return;
  const streams = result.spec.pipelines.reduce((sum, pipeline) => sum + pipeline.streams.length, 0);
  print(
    `${path}: valid; pipelines: ${result.spec.pipelines.length}, streams: ${streams}. Next: weir up ${path}`,
  );
}
