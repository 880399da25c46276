import { Command, InvalidArgumentError, Option } from 'commander';
import { thisMachine } from '../../device/machine.js';
import {
  buildEngine,
  type BuildOptions,
  engineRequest,
  findTrtexec,
  POOLS,
  type Pool,
  type Progress,
  releaseOf,
  trtexecArguments,
  versionIn,
} from '../../engines/index.js';
import { WeirError } from '../../spec/error.js';
import { compact } from '../../spec/freeze.js';
import { enginesHere, type Here, type OneModel, pipelinesFor, pipelinesOf } from '../engine/pipelines.js';
import { examples } from '../examples.js';
import { print, say, stopSignal } from '../io.js';
import { whole } from '../number-option.js';
import { DEFAULT_SPEC } from '../spec-file.js';
import { duration } from '../text.js';

interface BuildCommandOptions extends Partial<OneModel> {
  readonly workspace?: number;
  readonly pool?: Partial<Record<Pool, number>>;
  readonly timingCache?: string;
  readonly optimisation?: number;
  readonly deadline: number;
  readonly trtexec?: string;
  readonly force?: true;
  readonly unchecked?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

const MAX_MIB = 1024 * 1024;

export function engineBuildCommand(): Command {
  const command = new Command('build')
    .summary('build the engines a spec needs')
    .description(
      'Builds the TensorRT engines of all pipelines of a spec that are missing, stale or of unknown origin, one after ' +
        'the other, on the machine that will load them. Takes minutes each. An interrupted build leaves the old engine.',
    )
    .argument('[spec]', `the spec (default: "${DEFAULT_SPEC}")`)
    .option('--dry-run', 'only print the command lines of trtexec')
    .option('--force', 'build also what is fresh')
    .option('--deadline <minutes>', 'give an engine up after so long', whole(1, 1440), 60)
    .option('--json', 'print {"engines": [{engine, outcome, why, bytes, seconds}]}');
  return withModel(withTrtexec(command))
    .addHelpText(
      'after',
      examples(
        ['weir engine build weir.yaml', 'what its pipelines need'],
        ['weir engine build --model nanodet-320x256 --batch 8 --precision fp16', 'without a spec'],
      ),
    )
    .action(build);
}

function withTrtexec(command: Command): Command {
  return command
    .option('--workspace <MiB>', 'most memory a layer may use while it runs', whole(1, MAX_MIB))
    .addOption(
      new Option(
        `--pool <name=MiB>`,
        `limit of another memory pool, again for each: ${POOLS.slice(1).join(', ')}`,
      ).argParser(pool),
    )
    .option('--timing-cache <file>', 'keep what was measured, for faster builds')
    .option(
      '--optimisation <level>',
      "0 builds fastest, 5 makes the fastest engines (default: TensorRT's)",
      whole(0, 5),
    )
    .option(
      '--trtexec <file>',
      'trtexec to use (default: WEIR_TRTEXEC, /usr/src/tensorrt/bin/trtexec, the PATH)',
    )
    .option('--unchecked', 'do not look at free memory and disk before');
}

/** Instead of a spec: keys of its `detector`. */
function withModel(command: Command): Command {
  return command
    .option('--model <name>', 'an engine of this model, without a spec')
    .option('--batch <pictures>', 'with --model: detector.batch', whole(1, 1024))
    .option('--precision <name>', 'with --model: detector.precision')
    .option('--calibration <file>', 'with --model: detector.calibration')
    .option('--gpu <number>', 'with --model: detector.gpu', whole(0, 63))
    .option('--dla <core>', 'with --model: detector.dla', whole(0, 3));
}

function pool(text: string, before: Partial<Record<Pool, number>> = {}): Partial<Record<Pool, number>> {
  const [name = '', size = ''] = text.split('=');
  const known = POOLS.slice(1).find((each) => each === name);
  if (!known)
    throw new InvalidArgumentError(`Expected ${POOLS.slice(1).join(', ')} and a size, as dlaSRAM=1.`);
  return { ...before, [known]: whole(1, MAX_MIB)(size) };
}

async function build(file: string | undefined, options: BuildCommandOptions): Promise<void> {
  const here = await enginesHere(
    options.model === undefined ? ofSpec(file, options) : ofModel(file, options),
  );
  if (options.dryRun) return dryRun(here, options);
  const stop = stopSignal();
  const engines = [];
  for (const wanted of here.wanted) {
    const result = await buildEngine(wanted, buildOptions(here, options, stop));
    engines.push(result);
    const { engine, outcome, why, seconds } = result;
    say(
      outcome === 'fresh' ? `skipped ${engine}: ${why}` : `built ${engine} in ${duration(seconds)}: ${why}`,
    );
    if (!options.json) print(engine);
  }
  if (options.json) print(JSON.stringify({ engines }));
}

function ofSpec(file: string = DEFAULT_SPEC, options: BuildCommandOptions) {
  const given = MODEL_KEYS.filter((key) => options[key] !== undefined);
  if (given.length === 0) return pipelinesOf(file);
  const names = given.map((key) => `--${key}`).join(', ');
  throw new WeirError('USAGE', `${names}: only with --model; in a spec its detector says that`);
}

function ofModel(file: string | undefined, options: BuildCommandOptions) {
  if (file !== undefined) throw new WeirError('USAGE', 'a spec and --model exclude each other');
  const { model = '', batch, precision, calibration, gpu, dla } = options;
  return pipelinesFor(compact({ model, batch, precision, calibration, gpu, dla }));
}

const MODEL_KEYS = ['batch', 'precision', 'calibration', 'gpu', 'dla'] as const;

function dryRun({ wanted, platform }: Here, options: BuildCommandOptions): void {
  const release = releaseOf(versionIn(platform));
  const command = options.trtexec ?? 'trtexec';
  for (const each of wanted) {
    const request = { ...engineRequest(each, tuning(options)), output: each.engine };
    print([command, ...trtexecArguments(request, release)].map(quoted).join(' '));
  }
}

/** As a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function buildOptions({ platform }: Here, options: BuildCommandOptions, stop: AbortSignal): BuildOptions {
  return {
    ...{ platform, machine: thisMachine, stop, ...tuning(options) },
    trtexec: findTrtexec(options.trtexec),
    deadlineMs: options.deadline * 60_000,
    force: options.force ?? false,
    checkRoom: !options.unchecked,
    onProgress: tell(),
  };
}

function tuning({ workspace, pool, timingCache, optimisation }: BuildCommandOptions) {
  const pools = { ...pool, ...(workspace !== undefined && { workspace }) };
  return {
    pools,
    ...(timingCache !== undefined && { timingCache }),
    ...(optimisation !== undefined && { optimisation }),
  };
}

function tell(): (progress: Progress) => void {
  let told = false;
  return ({ engine, step, seconds, log }) => {
    if (!told) say(`building ${engine}; what trtexec says: ${log}`);
    told = true;
    say(`  ${duration(seconds)}: ${step}`);
  };
}
