import { Command } from 'commander';
import type { ProbeTarget } from '../../probe/index.js';
import { WeirError } from '../../spec/error.js';
import { record } from '../../spec/fault.js';
import { compact } from '../../spec/freeze.js';
import { type ApplianceOptions, openClient, withApplianceOptions } from '../appliance-option.js';
import { carryOut, type ChangeOptions } from '../change.js';
import { withLoginHint } from '../login-hint.js';
import { examples } from '../examples.js';
import { withWaitOption } from '../patience.js';
import { probeFirst } from '../probe/first.js';
import {
  type Description,
  fullUri,
  namesUri,
  plainKeys,
  readDescription,
  type StreamOptions,
  withStreamOptions,
} from '../stream-option.js';

export function streamsAddCommand(): Command {
  const command = new Command('add')
    .summary('add a stream')
    .description(
      'Adds a stream to a running appliance, by its address and options or as a whole from a file. It outlives ' +
        'restarts of the appliance. The same stream again changes nothing.',
    )
    .argument('[id]', 'its name; with --file: that of the file')
    .argument('[uri]', 'address of what is analysed: rtsp://host/path, without user and password')
    .option('--pipeline <id>', 'the pipeline it goes to (default: the only one)')
    .option('--probe', 'try it first, from this machine; add it only if it shows a picture')
    .option('--json', 'print {"changed", "pending", "stream": {…}}')
    .action(add);
  withWaitOption(withStreamOptions(command));
  return withApplianceOptions(command).addHelpText(
    'after',
    examples(
      ['weir streams add yard rtsp://192.0.2.10/stream2 --wait', 'until it is live, or why not'],
      [
        `weir streams add gate rtsp://192.0.2.11/2 --user '\${env:CAM_USER}' --password '\${env:CAM_PASSWORD}'`,
      ],
      ['weir streams add --file yard.yaml --pipeline main', 'a whole description'],
    ),
  );
}

interface AddOptions extends ApplianceOptions, StreamOptions, ChangeOptions {
  readonly pipeline?: string;
  readonly probe?: true;
}

async function add(id: string | undefined, uri: string | undefined, options: AddOptions): Promise<void> {
  const stream = await describe(id, uri, options);
  const words = { id: String(stream.id), done: 'added', same: 'is there already, as described' };
  if (options.probe) await probeFirst(probeTarget(stream));
  using client = openClient(options);
  await carryOut(client, words, options, (wait) =>
    withLoginHint(stream, client.add(stream, options.pipeline, wait)),
  );
}

/** Options go over what the file says. */
async function describe(
  id: string | undefined,
  uri: string | undefined,
  options: StreamOptions,
): Promise<Description> {
  const base = options.file === undefined ? {} : await readDescription(options.file);
  const to = namesUri(uri, options) ? { uri: fullUri(base.uri, uri, options) } : {};
  const own = { ...(id !== undefined && { id }), ...to };
  const stream: Description = { ...base, ...own, ...plainKeys(options) };
  if (typeof stream.id === 'string' && stream.uri !== undefined) return stream;
  throw new WeirError('USAGE', 'a stream needs a name and an address', {
    remedy: 'weir streams add <id> <uri>, or --file with a description that has "id" and "uri"',
  });
}

/** Of what is analysed. Its own checks say what is wrong with it. */
function probeTarget({ uri, user, password, transport }: Description): ProbeTarget {
  const analyse = typeof uri === 'string' ? uri : record(uri).analyse;
  return compact({ uri: String(analyse), user, password, transport }) as ProbeTarget;
}
