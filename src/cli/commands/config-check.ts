import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { lintNvinferConfig } from '../../deepstream/index.js';
import { WeirError } from '../../spec/error.js';
import { loadSpec } from '../../spec/load.js';
import { formatProblems, type Problem } from '../../spec/problem.js';
import { print } from '../io.js';
import { PROVIDER_NAMES, renderAll } from '../render.js';
import { DEFAULT_SPEC } from '../spec-file.js';

export function configCheckCommand(): Command {
  return new Command('check')
    .summary('validate a spec, or an nvinfer config file')
    .description(
      'Says all that is wrong with a spec at once: file, line, column, value and remedy. ' +
        'A file whose name ends in .txt is checked as an nvinfer config file.',
    )
    .argument('[file]', 'the spec', DEFAULT_SPEC)
    .addOption(
      new Option('--provider <name>', 'render for these elements').choices(PROVIDER_NAMES).default('standin'),
    )
    .option('--json', 'print {"ok", "problems": [{file, line, column, path, value, message, remedy}]}')
    .action(check);
}

interface CheckOptions {
  readonly provider: 'standin' | 'nvidia';
  readonly json?: true;
}

function check(file: string, { provider, json }: CheckOptions): void {
  const isConfig = file.endsWith('.txt');
  const { problems, next } = isConfig ? checkConfig(file) : checkSpec(file, provider);
  if (json) print(JSON.stringify({ ok: problems.length === 0, problems }));
  if (problems.length > 0) {
    const code = isConfig ? 'CONFIG_INVALID' : 'SPEC_INVALID';
    throw new WeirError(code, `${file} is not valid\n${formatProblems(problems)}`);
  }
  if (!json) print(`${file}: valid${next}`);
}

interface Verdict {
  readonly problems: readonly Problem[];
  readonly next: string;
}

function checkSpec(file: string, provider: 'standin' | 'nvidia'): Verdict {
  const result = loadSpec(file);
  if (!result.ok) return { problems: result.problems, next: '' };
  renderAll(result.spec, provider, '/run/weir');
  const { pipelines } = result.spec;
  const streams = pipelines.reduce((sum, pipeline) => sum + pipeline.streams.length, 0);
  return {
    problems: [],
    next: `; pipelines: ${pipelines.length}, streams: ${streams}. Next: weir up ${file}`,
  };
}

function checkConfig(file: string): Verdict {
  try {
    return { problems: lintNvinferConfig(readFileSync(file, 'utf8'), file), next: '' };
  } catch (cause) {
    throw new WeirError('IO', `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
