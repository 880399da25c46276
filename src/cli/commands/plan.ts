import { Command, Option } from 'commander';
import { readPlatform } from '../../device/read-platform.js';
import { thisMachine } from '../../device/machine.js';
import {
  DEFAULT_FORMAT,
  type Device,
  deviceOfPart,
  DEVICES,
  findDevice,
  LIST_DEVICES,
  type Plan,
  plan,
  planInput,
  type PlanOptions,
} from '../../planner/index.js';
import { probeCamera } from '../../probe/index.js';
import { type ApplianceSpec, WeirError } from '../../spec/index.js';
import { examples } from '../examples.js';
import { print, say } from '../io.js';
import { number, whole } from '../number-option.js';
import { answer } from '../plan/answer.js';
import {
  ASSUME_SYNTAX,
  type Assumption,
  assumedFormat,
  checkStreams,
  parseAssumption,
} from '../plan/assume.js';
import { engineBytes } from '../plan/engine-size.js';
import { byModel } from '../plan/by-model.js';
import { probeAll, type Probed } from '../plan/probed.js';
import { devicesText, planText } from '../plan/text.js';
import { DEFAULT_SPEC, readSpecFile } from '../spec-file.js';

interface PlanCommandOptions {
  readonly device?: string;
  readonly devices?: true;
  readonly assume: readonly Assumption[];
  readonly probe?: true;
  readonly modelFps?: ReadonlyMap<string, number>;
  readonly gflops?: ReadonlyMap<string, number>;
  readonly super?: true;
  readonly videoClock?: number;
  readonly snapshots: number;
  readonly encodedViews: number;
  readonly json?: true;
}

/** The part number of the module this machine is. */
type Detect = () => Promise<string | undefined>;

const thisModule: Detect = async () => (await readPlatform(thisMachine)).part;

export function planCommand(): Command {
  return new Command('plan')
    .summary('does a device carry the cameras of a spec, and what would fit')
    .description(
      'Computes from published figures what the cameras of a spec ask of a Jetson or GPU: its decoder, GPU and ' +
        'memory. Names what is in the way, and the smallest changes that fit. Exits with 69 when it does not fit.',
    )
    .argument('[spec]', 'the spec', DEFAULT_SPEC)
    .option('--device <id>', 'for this device: its id or part number (default: this machine)')
    .option('--devices', 'list the devices')
    .addOption(
      new Option('--assume <format>', `what cameras send: ${ASSUME_SYNTAX}; may be repeated`)
        .argParser((text: string, before: readonly Assumption[]) => [...before, parseAssumption(text)])
        .default([], 'the fps of the spec, 1920x1080/h264/4M'),
    )
    .option('--probe', 'ask the cameras what they send; those that do not answer are assumed')
    .option(
      '--model-fps <n>',
      "frames per second of a model's bare engine: [MODEL=]N; may be repeated",
      byModel,
    )
    .option(
      '--gflops <n>',
      'for an estimate of them: billions of operations of one inference, [MODEL=]N',
      byModel,
    )
    .option('--super', 'the module runs in a Super power mode')
    .option('--video-clock <share>', 'configured of highest video clock', number(0.01, 1))
    .option('--snapshots <n>', 'JPEG pictures per second', number(0, 100_000), 0)
    .option('--encoded-views <n>', 'views encoded as video at once', whole(0, 1024), 0)
    .option('--json', 'print the plan, or the devices, as JSON: docs/planning.md')
    .addHelpText(
      'after',
      examples(
        ['weir plan --device orin-nx-16gb', 'does weir.yaml fit on it?'],
        ['weir plan --device agx-orin-64gb --assume 1920x1080@15/h265/3M'],
        ['weir plan --probe', 'on the device itself, with its cameras'],
      ),
    )
    .action((file: string, options: PlanCommandOptions) => run(file, options));
}

async function run(file: string, options: PlanCommandOptions): Promise<void> {
  if (options.devices) return print(options.json ? JSON.stringify(DEVICES) : devicesText(DEVICES));
  const device = await deviceOf(options.device);
  const made = await make(readSpecFile(file), device, options);
  print(options.json ? JSON.stringify(made) : planText(made));
  if (made.verdict === 'too-large')
    throw new WeirError('PLAN_TOO_LARGE', answer(made).split('\n')[0] as string);
}

/** Throws DEVICE_UNKNOWN. */
export async function deviceOf(named: string | undefined, detect: Detect = thisModule): Promise<Device> {
  if (named !== undefined) return findDevice(named);
  const part = await detect();
  const device = deviceOfPart(part);
  if (device) return device;
  const seen = part === undefined ? 'this machine is no Jetson module' : `the module ${part} is not known`;
  throw new WeirError('DEVICE_UNKNOWN', seen, { remedy: `name a device with --device; ${LIST_DEVICES}` });
}

async function make(spec: ApplianceSpec, device: Device, options: PlanCommandOptions): Promise<Plan> {
  const ids = spec.pipelines.flatMap(({ streams }) => streams.map(({ id }) => id));
  checkStreams(ids, options.assume);
  const probed = options.probe ? await ask(spec) : undefined;
  const input = planInput(spec, {
    format: ({ id }) => ({ ...assumedFormat(id, options.assume), ...probed?.formats.get(id) }),
    engineBytes,
  });
  const made = plan(input, device, planOptions(options));
  const isAssumed = ids.some((id) => !probed?.formats.has(id));
  return {
    ...made,
    assumptions: [...(isAssumed ? formatNotes(options) : []), ...made.assumptions],
    warnings: [...(probed?.failures ?? []).map((why) => `not probed: ${why}`), ...made.warnings],
  };
}

async function ask(spec: ApplianceSpec): Promise<Probed> {
  say('asking the cameras what they send');
  return probeAll(spec, probeCamera);
}

function planOptions(options: PlanCommandOptions): PlanOptions {
  const { modelFps, gflops, videoClock, snapshots, encodedViews } = options;
  return {
    ...(options.super && { superMode: true }),
    ...(modelFps && { modelFps }),
    ...(gflops && { modelGflops: gflops }),
    ...(videoClock !== undefined && { videoClock }),
    ...{ snapshotsPerSecond: snapshots, encodedViews },
  };
}

/** What was not said of the cameras. */
function formatNotes({ assume }: PlanCommandOptions): string[] {
  const { width, height, codec, mbps } = DEFAULT_FORMAT;
  const defaults = `${width}x${height}/${codec}/${mbps}M, and the fps of the spec (15 where it says none)`;
  return [
    ...assume.map(({ text }) => `cameras send ${text}`),
    `where nothing else is said, cameras send ${defaults}`,
  ];
}
