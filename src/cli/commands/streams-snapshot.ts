import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { WeirError } from '../../spec/error.js';
import { type ApplianceOptions, openClient, withApplianceOptions } from '../appliance-option.js';
import { examples } from '../examples.js';
import { print, say } from '../io.js';
import { number } from '../number-option.js';

interface SnapshotOptions extends ApplianceOptions {
  readonly out?: string;
  readonly plain?: true;
  readonly timeout?: number;
}

export function streamsSnapshotCommand(): Command {
  const command = new Command('snapshot')
    .summary("save a stream's next picture as JPEG")
    .description("Saves the stream's next picture as JPEG, with the boxes of what was detected in it.")
    .argument('<id>', 'the stream')
    .option('-o, --out <file>', 'file to write; -: stdout (default: <id>.jpg)')
    .option('--plain', 'without boxes and labels')
    .option('--timeout <seconds>', 'how long to wait for a picture', number(0.1, 30))
    .action(snapshot);
  return withApplianceOptions(command).addHelpText(
    'after',
    examples(
      ['weir streams snapshot yard', 'writes yard.jpg'],
      ['weir streams snapshot yard --plain -o - | display'],
    ),
  );
}

async function snapshot(id: string, { out, plain, timeout, ...target }: SnapshotOptions): Promise<void> {
  using client = openClient(target);
  const jpeg = await client.snapshot(id, {
    ...(plain && { annotated: false }),
    ...(timeout !== undefined && { timeoutMs: Math.round(timeout * 1000) }),
  });
  if (out === '-') return void process.stdout.write(jpeg);
  const file = out ?? `${id}.jpg`;
  save(file, jpeg);
  print(file);
  say(`${jpeg.length} bytes of JPEG written`);
}

function save(file: string, jpeg: Buffer): void {
  try {
    writeFileSync(file, jpeg);
  } catch (cause) {
    throw new WeirError('IO', `cannot write ${file}: ${(cause as Error).message}`, { cause });
  }
}
