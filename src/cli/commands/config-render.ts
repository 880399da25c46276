import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { WeirError } from '../../spec/error.js';
import { print, say } from '../io.js';
import { PROVIDER_NAMES, renderAll } from '../render.js';
import { DEFAULT_SPEC, readSpecFile } from '../spec-file.js';

export function configRenderCommand(): Command {
  return new Command('render')
    .summary('write the DeepStream files and the graph of a spec')
    .description('Renders the nvinfer and nvtracker files and the graph (DOT) of every pipeline.')
    .argument('[spec]', 'the spec', DEFAULT_SPEC)
    .option('-o, --out <dir>', 'folder to write into (default: print to stdout)')
    .addOption(
      new Option('--provider <name>', 'for which elements').choices(PROVIDER_NAMES).default('standin'),
    )
    .action(render);
}

function render(path: string, options: { out?: string; provider: 'standin' | 'nvidia' }): void {
  const dir = resolve(options.out ?? '.');
  const files = renderAll(readSpecFile(path), options.provider, dir);
  if (options.out === undefined) {
    for (const file of files) print(`# ${basename(file.path)}\n${file.text}`);
    return;
  }
  try {
    mkdirSync(dir, { recursive: true });
    for (const { path: name, text } of files) writeFileSync(join(dir, basename(name)), text);
  } catch (cause) {
    throw new WeirError('IO', `cannot write into ${dir}: ${(cause as Error).message}`, { cause });
  }
  for (const file of files) print(file.path);
  say(`${files.length} files written`);
}
