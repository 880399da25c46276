import { Command, Option } from 'commander';
import { graph, type Provider, toDot, toMermaid } from '../../graph/index.js';
import { WeirError } from '../../spec/error.js';
import { locations } from '../../worker/plan.js';
import { type ApplianceOptions, openClient, withApplianceOptions } from '../appliance-option.js';
import { examples } from '../examples.js';
import { print, say } from '../io.js';
import { PROVIDER_NAMES } from '../render.js';
import { readSpecFile } from '../spec-file.js';

type Format = 'dot' | 'mermaid';

interface GraphOptions extends ApplianceOptions {
  readonly format: Format;
  readonly provider: Provider;
}

const WRITERS = { dot: toDot, mermaid: toMermaid } as const;
const NEXT: Readonly<Record<Format, string>> = {
  dot: 'Next: pipe it into dot -Tsvg > pipeline.svg',
  mermaid: 'Next: put it between ```mermaid and ``` in a Markdown page',
};
/** Where a running appliance would keep the files that the graph names. */
const RUNTIME_DIR = '/run/weir';

export function graphCommand(): Command {
  const command = new Command('graph')
    .summary("draw a pipeline's graph, as DOT or Mermaid")
    .description('Prints the elements of a pipeline and their links: of a running appliance, or of a spec.')
    .argument('[pipeline]', 'the pipeline (default: the only one)')
    .addOption(new Option('--format <format>', 'language').choices(['dot', 'mermaid']).default('dot'))
    .option('-s, --spec <file>', 'of this spec, without an appliance')
    .addOption(
      new Option('--provider <name>', 'with --spec: for which elements')
        .choices(PROVIDER_NAMES)
        .default('standin'),
    )
    .action(draw);
  return withApplianceOptions(command, { spec: false }).addHelpText(
    'after',
    examples(
      ['weir graph main | dot -Tsvg > main.svg', 'of the running appliance'],
      ['weir graph --spec weir.yaml --format mermaid', 'of a spec'],
    ),
  );
}

async function draw(pipeline: string | undefined, options: GraphOptions): Promise<void> {
  const text =
    options.spec === undefined
      ? await fromAppliance(pipeline, options)
      : fromSpec(options.spec, pipeline, options);
  print(text.trimEnd());
  say(NEXT[options.format]);
}

async function fromAppliance(pipeline: string | undefined, options: GraphOptions): Promise<string> {
  using client = openClient(options);
  const id = pipeline ?? only((await client.pipelines()).map((each) => each.id));
  return await client.graph(id, options.format);
}

function fromSpec(file: string, pipeline: string | undefined, { format, provider }: GraphOptions): string {
  const spec = readSpecFile(file);
  const ids = spec.pipelines.map(({ id }) => id);
  const id = pipeline ?? only(ids);
  if (!ids.includes(id))
    throw new WeirError('PIPELINE_UNKNOWN', `${file} has no pipeline "${id}"`, { remedy: choose(ids) });
  return WRITERS[format](graph(spec, id, provider, locations(RUNTIME_DIR)));
}

function only(ids: readonly string[]): string {
  const [first, ...more] = ids;
  if (first !== undefined && more.length === 0) return first;
  throw new WeirError('PIPELINE_UNKNOWN', `none of ${ids.length} pipelines is named`, {
    remedy: choose(ids),
  });
}

function choose(ids: readonly string[]): string {
  return `name one of ${ids.join(', ')}`;
}
